"""A job from its plan to its results, in a loop and in processes: every row once, in its place."""

import os
import threading
from dataclasses import replace

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.distributed import executors, jobs
from likewise.distributed.executors import Loop, Processes
from likewise.distributed.input_rows import rows_of
from likewise.distributed.plan import NAME, JobPlan, finished
from likewise.distributed.planning import JobOptions, make_plan, write_plan
from likewise.distributed.shard import Outcome, ShardWork
from likewise.distributed.store import JobStore
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import (
    ColumnMissing,
    DamagedPlan,
    DriverBusy,
    FileMissing,
    IncompatibleVectors,
    InvalidOption,
    ScaleError,
    ShardsFailed,
    UnreadableFile,
    UnwritableFile,
)
from likewise.files.vectors.embeddings import VECTOR, vectors_of
from tests.distributed.conftest import digests, rows_in
from tests.distributed.deadly import Deadly


def test_every_row_is_there_once_and_in_its_place(source, done, sha256):
    store, plan = done(source, keep=True)
    table = rows_in(store)
    assert table["id"].to_pylist() == [f"{f}-{r}" for f in (1, 2, 3) for r in range(1, 1_001)]
    assert table["year"].to_pylist() == [row for _ in range(3) for row in range(1_000)]
    blank = [row % 100 == 0 for _ in range(3) for row in range(1_000)]
    assert [said == "it has no text" for said in table["error"].to_pylist()] == blank
    assert [vector is None for vector in table[VECTOR].to_pylist()] == blank
    texts = [text for text in table["text"].to_pylist() if text]
    found = vectors_of(table[VECTOR])[~np.array(blank)]
    np.testing.assert_array_equal(found, sha256.encode(texts).vectors)
    assert plan.known_rows == len(table) == 3_000


def test_processes_make_the_same_bytes_as_a_loop(mixed, done):
    one, plan = done(mixed, "loop")
    other, _ = done(mixed, "processes", Processes(2))
    assert digests(one) == digests(other)
    assert len(plan.cuts) == 2
    assert np.bincount(plan.file).min() > 1
    assert (len(digests(one)), len(rows_in(one))) == (len(plan), 5_000)


def test_row_groups_stay_together_and_large_ones_are_cut(planned, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    table = pa.table({"text": [f"t{n}" for n in range(1_000)]})
    pq.write_table(table, folder / "a.parquet", row_group_size=150)
    pq.write_table(table, folder / "b.parquet")
    pq.write_table(table.slice(0, 0), folder / "c.parquet")
    _, plan = planned(folder)
    assert plan.file.tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert plan.start.tolist() == [0, 300, 600, 0, 333, 666, 0]
    assert plan.rows.tolist() == [300, 300, 400, 333, 333, 334, 0]


def test_other_formats_are_one_shard_a_file_with_what_is_set_aside(tmp_path, done):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text('text,year\nhello,1\nbro"ken",2,3,4,5\nthere,3\n')
    (folder / "b.jsonl").write_text('{"text":"one","year":1}\n{broken\n{"text":"two"}\n')
    store, plan = done(folder, keep=True)
    assert plan.rows.tolist() == [-1, -1]
    table = rows_in(store)
    errors = dict(zip(table["id"].to_pylist(), table["error"].to_pylist(), strict=True))
    assert [key for key, error in errors.items() if error is None] == ["1-1", "1-3", "2-1", "2-3"]
    assert [key for key, error in errors.items() if error] == ["1-line-3", "2-line-2"]
    assert table.schema.field("year").type == pa.string()


def test_columns_with_dots_and_odd_types_come_along(tmp_path, done):
    folder = tmp_path / "in"
    folder.mkdir()
    table = pa.table(
        {
            "a.text": ["x", "y"],
            "when": pa.array([1, None], pa.timestamp("ns")),
            "kind": pa.array(["p", "q"]).dictionary_encode(),
            "tags": [["a"], None],
            "small": pa.array([1, 2], pa.int8()),
        }
    )
    pq.write_table(table, folder / "a.parquet")
    store, _ = done(folder, text="a.text", keep=True)
    found = rows_in(store)
    assert found["text"].to_pylist() == ["x", "y"]
    assert found["when"].cast("int64").to_pylist() == [1, None]
    assert found["kind"].to_pylist() == ["p", "q"]
    assert found["tags"].to_pylist() == ['["a"]', None]
    assert found["small"].to_pylist() == [1, 2]


def test_a_text_that_is_no_utf8_is_an_error_of_its_row_alone(tmp_path, done):
    folder = tmp_path / "in"
    folder.mkdir()
    raw = pa.array([b"good", b"\xff\xfe bad", b"fine"]).cast(pa.binary())
    text = pa.StringArray.from_buffers(3, *raw.buffers()[1:])
    pq.write_table(pa.table({"text": text}), folder / "a.parquet")
    store, _ = done(folder)
    assert rows_in(store)["error"].to_pylist() == [None, "its text is not UTF-8", None]


def test_a_second_call_makes_only_what_is_missing(source, planned, sha256):
    store, plan = planned(source)

    class Some(Loop):
        def run(self, work, numbers):
            return super().run(work, numbers[:4])

    jobs.run(store, plan, sha256, Some(), job="embed")
    before = {path: path.stat().st_mtime_ns for path in store.local.glob("*.parquet")}
    assert len(before) == 4
    state = jobs.run(store, plan, sha256, Loop(), job="embed")
    assert (state.finished, state.done) == (5, 9)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    again = jobs.run(store, plan, sha256, Loop(), job="embed")
    assert again.finished == 0


def test_an_empty_file_of_a_shards_name_is_no_finished_shard(source, planned):
    store, plan = planned(source)
    (store.local / "000003.parquet").touch()
    assert not finished(store, plan).any()


def test_a_file_that_changed_since_the_plan_is_refused_and_the_rest_made(source, planned, sha256):
    store, plan = planned(source)
    pq.write_table(pa.table({"body": ["other"] * 1_000}), source / "1.parquet", row_group_size=300)
    with pytest.raises(ShardsFailed, match=r"3 of 9 shards.*has changed since"):
        jobs.run(store, plan, sha256, Loop(), job="embed")
    assert sorted(digests(store)) == [f"{n:06}.parquet" for n in (0, 1, 2, 6, 7, 8)]


def test_a_csv_that_changed_and_a_file_that_is_gone_are_refused(tmp_path, planned, sha256):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("text\nhello\n")
    store, plan = planned(folder)
    (folder / "a.csv").write_text("text\nhullo\n")
    os.utime(folder / "a.csv", ns=(1, 1))
    (folder / "b.csv").unlink()
    with pytest.raises(ShardsFailed, match=r"has changed since.*not there any more"):
        jobs.run(store, plan, sha256, Loop(), job="embed")
    assert digests(store) == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("text",), "year"),
        (("encoder", "name"), "minilm"),
        (("files", 0, 0), "../../etc/passwd.parquet"),
        (("shards", "rows", 0), 299),
        (("likewise",), "collection"),
        (("version",), 2),
        (("job",), "delete"),
        (("model",), {}),
    ],
)
def test_an_edited_plan_is_refused(source, planned, sha256, path, value):
    store, _ = planned(source)
    members = orjson.loads((store.local / NAME).read_bytes())
    place = members
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    (store.local / NAME).write_bytes(orjson.dumps(members))
    with pytest.raises(DamagedPlan):
        JobPlan.read(store)


def test_a_plan_of_a_later_version_is_said_whatever_it_holds(source, planned):
    store, _ = planned(source)
    members = orjson.loads((store.local / NAME).read_bytes()) | {"version": 2, "more": []}
    (store.local / NAME).write_bytes(orjson.dumps(members))
    with pytest.raises(DamagedPlan, match="version 2, of a later Likewise"):
        JobPlan.read(store)


def test_a_store_that_lists_late_has_shards_made_twice_to_the_same_end(
    source, done, sha256, monkeypatch
):
    store, plan = done(source)
    before = digests(store)
    listed = JobStore.entries

    def late(self, folder="", **options):
        return {} if folder == "" else listed(self, folder, **options)

    with monkeypatch.context() as patch:
        patch.setattr(JobStore, "entries", late)
        assert jobs.run(store, plan, sha256, Loop(), job="embed").finished == len(plan)
    assert digests(store) == before


def test_folders_may_have_spaces_signs_and_other_letters(tmp_path, planned, sha256):
    folder = tmp_path / "in put #1" / "50%20 ü?"
    folder.mkdir(parents=True)
    (folder / "ä [b] %.csv").write_text("text\none\ntwo\n")
    store, plan = planned(folder, "out put #é%")
    jobs.run(store, plan, sha256, Loop(), job="embed")
    again, _ = jobs.opened(f"{store.address}/{NAME}")
    assert again.local == store.local
    assert rows_in(store)["text"].to_pylist() == ["one", "two"]


@pytest.mark.parametrize("path", ["../out.parquet", "/etc/x.parquet", "a/../../x.csv", "", "a\\b"])
def test_a_plan_that_leads_out_of_its_input_is_refused_though_its_digest_fits(
    source, planned, path
):
    store, plan = planned(source)
    bent = replace(plan, files=(plan.files[0]._replace(path=path), *plan.files[1:]))
    bent.write(store)
    with pytest.raises(DamagedPlan, match="contradicts itself"):
        JobPlan.read(store)


@pytest.mark.parametrize(
    ("name", "at", "value"), [("start", 1, 299), ("rows", 0, -1), ("file", 8, 1), ("rows", 8, -5)]
)
def test_a_plan_with_gaps_or_overlaps_is_refused(source, planned, name, at, value):
    store, plan = planned(source)
    bent = getattr(plan, name).copy()
    bent[at] = value
    replace(plan, **{name: bent}).write(store)
    with pytest.raises(DamagedPlan, match="contradicts itself"):
        JobPlan.read(store)


def test_a_plan_that_changes_while_the_job_runs_ends_it(source, planned, sha256):
    store, plan = planned(source)

    class Bent(Loop):
        def run(self, work, numbers):
            _, other = planned(source, "other", rows=300)
            other.write(store)
            return super().run(work, numbers)

    with pytest.raises(ShardsFailed, match="another one than when the job began"):
        jobs.run(store, plan, sha256, Bent(), job="embed")
    assert digests(store) == {}


def test_another_encoder_is_refused(source, planned, sha256, tmp_path):
    class Other(Sha256Encoder):
        identity = replace(sha256.identity, weights="others")

    store, plan = planned(source)
    with pytest.raises(IncompatibleVectors):
        jobs.run(store, plan, Other(), Loop(), job="embed")
    with pytest.raises(InvalidOption, match="planned to embed"):
        jobs.run(store, plan, sha256, Loop(), job="predict")
    outcome = ShardWork(store, plan.digest, Other())(0)
    assert "can't be compared" in outcome.problem
    assert digests(store) == {}


def test_the_same_plan_twice_is_one_and_another_is_refused(source, planned, sha256, tmp_path):
    store, plan = planned(source)
    assert write_plan(plan, store) is False
    other = make_plan(str(source), store.address, sha256.identity, JobOptions(rows=300)).plan
    with pytest.raises(ScaleError, match="another plan"):
        write_plan(other, store)
    full = tmp_path / "full"
    (full / "input").mkdir(parents=True)
    with pytest.raises(ScaleError, match="is not empty"):
        write_plan(plan, JobStore(str(full)))


def test_of_two_who_plan_at_the_same_moment_one_is_refused(source, sha256, tmp_path, monkeypatch):
    store = JobStore(str(tmp_path / "out"))
    one, other = (
        make_plan(str(source), store.address, sha256.identity, JobOptions(rows=rows)).plan
        for rows in (100, 300)
    )
    real = JobPlan.write

    def write(plan, into):
        monkeypatch.setattr(JobPlan, "write", real)
        with pytest.raises(DriverBusy):  # which has found the folder empty too
            write_plan(other, store)
        real(plan, into)

    monkeypatch.setattr(JobPlan, "write", write)
    assert write_plan(one, store) is True
    assert JobPlan.read(store).digest == one.digest
    with pytest.raises(ScaleError, match="another plan"):
        write_plan(other, store)


def test_what_can_not_be_planned_says_why(source, sha256, tmp_path):
    def plan(where, **wish):
        out = str(wish.pop("out", tmp_path / "out"))
        return make_plan(str(where), out, sha256.identity, JobOptions(**wish))

    with pytest.raises(FileMissing):
        plan(tmp_path / "nothing")
    with pytest.raises(ColumnMissing):
        plan(source, text="nonesuch")
    with pytest.raises(ColumnMissing):
        plan(source, id="nonesuch")
    with pytest.raises(InvalidOption, match="lies within the input"):
        plan(source, out=source / "out")
    (odd := tmp_path / "no text").mkdir()
    (odd / "a\udcff.parquet").touch()  # a name that no plan can hold
    with pytest.raises(InvalidOption, match=r"'a\\udcff.parquet' is not UTF-8"):
        plan(odd)
    link = tmp_path / "link"
    link.symlink_to(source)
    with pytest.raises(InvalidOption, match="lies within the input"):
        plan(source, out=link / "out")
    with pytest.raises(InvalidOption):
        plan(source, rows=0)
    odd = tmp_path / "odd"
    odd.mkdir()
    pq.write_table(pa.table({"text": ["a"], "vector": ["b"]}), odd / "a.parquet")
    with pytest.raises(InvalidOption, match="can't be named"):
        plan(odd, keep=True)


def test_a_link_where_a_shard_belongs_is_not_followed(source, planned, sha256, tmp_path):
    store, plan = planned(source)
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (store.local / "000000.parquet").symlink_to(precious)
    with pytest.raises(ShardsFailed, match="is a link"):
        jobs.run(store, plan, sha256, Loop(), job="embed")
    assert precious.read_text() == "mine"


def test_a_killed_worker_is_replaced_until_its_part_has_killed_several(tmp_path, monkeypatch):
    assert executors.MOST_CRASHES == 3
    monkeypatch.setattr(executors, "MOST_CRASHES", 2)  # a process less
    (tmp_path / "1").write_text("1")
    (tmp_path / "2").write_text("9")
    found = {one.number: one for one in Processes(1).run(Deadly(tmp_path), range(4))}
    assert sorted(found) == [0, 1, 2, 3]
    assert "ended 2 times (signal 9)" in found[2].problem
    assert (tmp_path / "2").read_text() == "7"
    assert [found[number].problem for number in (0, 1, 3)] == [None] * 3


def test_many_failures_in_a_row_end_the_job(source, planned, sha256):
    store, plan = planned(source, rows=50)

    class Broken(Loop):
        def run(self, work, numbers):
            yield from (Outcome(number, problem="the disk is full") for number in numbers)

    with pytest.raises(ShardsFailed, match=r"16 of 60 shards.*44 were not tried"):
        jobs.run(store, plan, sha256, Broken(), job="embed")


def test_stopping_ends_the_processes_and_keeps_what_is_finished(source, planned, sha256):
    store, plan = planned(source, rows=50)

    def stop(state):
        if state.finished == 3:
            raise KeyboardInterrupt

    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        jobs.run(store, plan, sha256, Loop(), job="embed", progress=stop)
    assert len(digests(store)) == 3
    assert set(threading.enumerate()) <= before
    assert jobs.run(store, plan, sha256, Loop(), job="embed").finished == 57


def test_a_link_that_goes_round_gives_no_row_twice(source, done):
    (source / "round").symlink_to(source, target_is_directory=True)
    (source / "nothing.parquet").symlink_to(source / "gone")
    _, plan = done(source)
    assert [file.path for file in plan.files] == ["0.parquet", "1.parquet", "2.parquet"]


@pytest.mark.parametrize(
    "forged",
    [
        {"rows": [300, 300, 350]},
        {"rows": [300, 300, 500]},
        {"rows": [300, 300, 2**62]},
        {"rows": [300, 300, 2**63 - 601]},
        {"file": [0], "start": [0], "rows": [-1]},
        {"text": "none"},
        {"id": "none"},
    ],
    ids=str,
)
def test_no_row_count_of_a_plan_is_believed(planned, tmp_path, forged):
    folder = tmp_path / "in"
    folder.mkdir()
    table = pa.table({"text": [f"t{n}" for n in range(1_000)]})
    pq.write_table(table, folder / "a.parquet", row_group_size=150)
    store, plan = planned(folder)
    arrays = {name: np.array(x, np.int64) for name, x in forged.items() if isinstance(x, list)}
    replace(plan, **(forged | arrays)).write(store)
    read = JobPlan.read(store)  # it is as it was written: the file alone can tell
    with pytest.raises(DamagedPlan, match=r"does not fit its input 'a\.parquet'"):
        list(rows_of(read, read.shard(len(read) - 1), JobStore(read.input)))


def test_an_address_with_a_nul_is_one_sentence():
    with pytest.raises(InvalidOption, match="NUL"):
        JobStore("/a\0b")


@pytest.mark.parametrize(
    ("what", "error"), [("be read", UnreadableFile), ("be written", UnwritableFile)]
)
def test_what_a_disk_refuses_is_told_as_what_was_wanted(tmp_path, what, error):
    with pytest.raises(error, match=f"can't {what}: "), JobStore(str(tmp_path)).asking(what, "a"):
        raise PermissionError(13, "Permission denied")


def test_columns_that_folders_name_are_not_lost_in_silence(sha256, tmp_path):
    for label in ("up", "down"):
        folder = tmp_path / "input" / f"label={label}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"body": ["one day"], "year": [2020]}), folder / "0.parquet")
    for keep, said in ((True, True), (False, False)):
        wish = JobOptions(text="body", keep=keep)
        made = make_plan(str(tmp_path / "input"), str(tmp_path / "out"), sha256.identity, wish)
        assert any("'label', which folders name" in note for note in made.notes) == said
