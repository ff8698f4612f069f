"""What an address of an input or of results means, and what is said of one that means nothing."""

import logging
import types

import fsspec
import pyarrow as pa
import pyarrow.fs as pf
import pyarrow.parquet as pq
import pytest

from likewise.distributed import addresses
from likewise.distributed import store as stores
from likewise.distributed.inputs import found_files, lies_within
from likewise.distributed.planning import JobOptions, make_plan
from likewise.distributed.store import JobStore
from likewise.errors import FileMissing, InvalidOption, StoreUnavailable


class Odd(fsspec.AbstractFileSystem):
    """A store that raises the same error at every question."""

    cachable = False

    def __init__(self, error):
        super().__init__()
        self.error = error

    def info(self, path, **_):
        raise self.error


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("foo://bucket/x", "Protocol not known: foo"),
        ("file://machine/x", "is of a machine 'machine'"),
        ("s3:/bucket/x", "lacks a slash"),
        ("S3:bucket", "lacks a slash"),
        ("https:/host/x", "lacks a slash"),
        ("s3://[x/y", "can't be understood"),
        ("s3://", "names no bucket"),
        ("s3://bucket/a//b", "nothing between two of its slashes"),
        (" ", "is empty"),
        ("github://user:repository@main/x", "holds a user, a password"),
        ("abfs://container:secret@account.dfs.core.windows.net/x", "holds a user, a password"),
        ("hdfs://nowhere/x", "can't be used"),
    ],
)
def test_an_address_that_means_nothing_is_said_in_a_sentence(address, said):
    with pytest.raises(InvalidOption) as refused:
        JobStore(address)
    assert said in str(refused.value)


@pytest.mark.parametrize("form", ["file://{}", "file://localhost{}", "{}/", "{}/../in put"])
def test_a_folder_of_this_machine_has_several_addresses(tmp_path, form):
    folder = tmp_path / "in put"
    folder.mkdir()
    (folder / "a.csv").write_text("text\nb\n")
    address = form.format(folder)
    for spelt in {address, address.replace(" ", "%20") if "://" in form else address}:
        found, files = found_files(spelt)
        assert (found.local, [path for path, _, _ in files]) == (folder, ["a.csv"])
    one = form.format(folder).rstrip("/") + "/a.csv"
    found, files = found_files(one)
    assert (found.local, [path for path, _, _ in files]) == (folder, ["a.csv"])


def test_a_folder_may_be_called_like_a_file_and_hold_what_spark_leaves(tmp_path, sha256):
    folder = tmp_path / "reviews.parquet"
    (folder / "day=1").mkdir(parents=True)
    for name in ("part-0.parquet", "day=1/part-1.parquet", "_metadata.parquet"):
        pq.write_table(pa.table({"text": [name]}), folder / name)
    for name in ("_SUCCESS", ".part-0.parquet.crc", "day=1/._x.parquet", "_temporary.csv"):
        (folder / name).write_text("")
    made = make_plan(str(folder), str(tmp_path / "out"), sha256.identity, JobOptions())
    assert [one.path for one in made.plan.files] == ["day=1/part-1.parquet", "part-0.parquet"]


@pytest.mark.parametrize("spelt", ["{}/data/out", "file://{}/data/out", "file://{}/data/x/../out"])
def test_results_within_the_input_are_refused_however_they_are_spelt(tmp_path, sha256, spelt):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("text\nb\n")
    with pytest.raises(InvalidOption, match="lies within the input"):
        make_plan(f"file://{tmp_path}/data", spelt.format(tmp_path), sha256.identity, JobOptions())


def test_what_lies_within_what_on_other_stores(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert lies_within("s3://a/b/c", "s3a://a/b/")
    assert lies_within("s3://a/b", "s3://a/b/")
    assert not lies_within("s3://a/bc", "s3://a/b")
    assert not lies_within("/a/b/c", "s3://a/b")
    # a bucket of the same name at another store is another one
    here, there = "?endpoint_override=store:9000&scheme=http", "?endpoint_override=STORE2:9000"
    assert lies_within(f"s3://a/b/c{here}", f"s3://a/b{here}")
    assert not lies_within(f"s3://a/b/c{here}", f"s3://a/b{there}")
    assert not lies_within(f"s3://a/b/c{here}", "s3://a/b")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://Store:9000")
    assert lies_within(f"s3://a/b/c{here}", "s3://a/b")


def test_a_container_of_azures_is_no_user():
    assert JobStore("abfss://box@account.dfs.core.windows.net/in").path("a.csv") == "box/in/a.csv"


def test_what_an_object_stores_address_says_is_no_pattern():
    with pytest.raises(FileMissing, match="Check the address"):
        found_files("memory://no-folder-of-that-name?region=eu")


def test_a_pattern_is_no_address(tmp_path):
    (tmp_path / "a.csv").write_text("text\nb\n")
    with pytest.raises(FileMissing, match=r"\* and \? stand for themselves"):
        found_files(f"{tmp_path}/*.csv")


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (NotImplementedError(), InvalidOption, "has no way to"),
        (EOFError("530 Login incorrect"), StoreUnavailable, "530 Login incorrect"),
        (ValueError(), StoreUnavailable, "ValueError"),
    ],
)
def test_what_a_store_of_another_kind_raises_is_told_in_a_sentence(
    monkeypatch, error, raised, said
):
    fs = pf.PyFileSystem(pf.FSSpecHandler(Odd(error)))
    monkeypatch.setattr(addresses, "_fsspec", lambda *_: (fs, "x"))
    store = JobStore(f"odd://{type(error).__name__}/x")
    with pytest.raises(raised, match=said):
        store.entry("a.csv")


def test_a_store_that_is_slow_is_told_of_meanwhile(monkeypatch, caplog):
    store = JobStore("memory://slow")
    told = []

    class Timer:
        def __init__(self, seconds, function, args):
            self.start = lambda: told.append((seconds, function, args))
            self.cancel = told.clear

    monkeypatch.setattr(stores.threading, "Timer", Timer)
    with store.asking("be listed"):
        [(seconds, function, args)] = told
        with caplog.at_level(logging.WARNING):
            function(*args)
    assert (seconds, told) == (10.0, [])
    assert caplog.messages == [
        "'memory://slow' is still being asked after 10 s: it is slow, holds many files, or is gone."
    ]


@pytest.mark.parametrize(("status", "asked"), [(429, 3), (403, 1)])
def test_what_was_one_request_too_many_is_asked_again(monkeypatch, status, asked):
    monkeypatch.setattr(stores, "_PAUSES", (0.0, 0.0, 0.0))
    tries = []

    def listed(_):
        tries.append(1)
        if len(tries) < 3:
            raise OSError(f"AWS Error UNKNOWN (HTTP status {status}) during PutObject operation")
        return []

    store = JobStore("memory://busy")
    monkeypatch.setattr(store, "_fs", types.SimpleNamespace(get_file_info=listed))
    if status == 429:
        assert store.entries() == {}
    else:
        with pytest.raises(StoreUnavailable, match="HTTP status 403"):
            store.entries()
    assert len(tries) == asked
