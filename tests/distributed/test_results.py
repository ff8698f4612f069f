"""What a job has made: verified byte by byte, counted, and opened as a collection in its place."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import likewise
from likewise.collections import Collection
from likewise.distributed import jobs
from likewise.distributed.dedupe import dedupe
from likewise.distributed.executors import Loop
from likewise.distributed.mapped import map_results
from likewise.distributed.opened import open_results
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import CollectionExists, InvalidOption, LikewiseError, ScaleError
from likewise.settings import Settings
from likewise.types import Reading
from tests.distributed.conftest import digests, rows_in


def wrong(store, plan):
    return jobs.verify(store, plan, Loop())[1]


def test_a_whole_job_is_verified_and_counted(source, done):
    store, plan = done(source, keep=True)
    state, said = jobs.verify(store, plan, Loop())
    assert (state.rows, state.failed, said) == (3_000, 30, [])
    status = jobs.status(store, plan)
    assert (status.shards, status.done, status.rows, status.drivers) == (9, 9, 3_000, ())
    assert (status.counted.rows, status.counted.failed) == (3_000, 30)
    assert jobs.status(store, plan, count=False).counted is None


def test_how_the_texts_were_read_stands_in_the_shards(source, planned, sha256):
    class Shortsighted(Sha256Encoder):
        """Reads half of each text, and knows none of the tokens in every tenth."""

        def encode(self, texts, *, progress=None):
            found = super().encode(texts, progress=progress)
            tenth = np.array([text.endswith("7") for text in texts], np.int32)
            return replace(found, truncated=np.ones(len(found.tokens), bool), unknown=tenth * 2)

    store, plan = planned(source)
    assert jobs.status(store, plan).counted.reading == Reading()
    state = jobs.run(store, plan, Shortsighted(), Loop(), job="embed")
    told = jobs.status(store, plan).counted.reading
    assert told == state.reading
    assert (told.texts, told.cut_off, told.with_unknown, told.unknown) == (2_970, 2_970, 300, 600)


def test_each_kind_of_damage_is_said(source, done, planned, sha256):
    store, plan = done(source)
    path = store.local / "000001.parquet"
    good = path.read_bytes()

    def bent(table=None, **columns):
        old = pq.read_table(path) if table is None else table
        for name, values in columns.items():
            at = old.schema.get_field_index(name)
            old = old.set_column(at, old.schema.field(at), values(old[name]))
        pq.write_table(old, path)
        found = wrong(store, plan)
        path.write_bytes(good)
        return found

    def swapped(column):
        return pa.chunked_array([pa.concat_arrays([column.slice(0, 2).combine_chunks()[::-1],
                                                   column.slice(2).combine_chunks()])])  # fmt: skip

    assert bent(pq.read_table(path).slice(1)) == ["Shard 1: its ids are not those of its rows."]
    assert bent(pq.read_table(path).slice(0, 299)) == ["Shard 1: it has 299 rows, not 300."]
    assert bent(id=swapped) == ["Shard 1: its ids are not those of its rows."]
    assert bent(text=swapped) == [
        "Shard 1: a text or what stands beside it is not as it was written."
    ]
    said = ["Shard 1: a row has neither a result nor an error, or both."]
    assert bent(error=lambda _: pa.array([None] * 300, pa.string())) == said
    assert bent(error=lambda _: pa.array(["x"] * 300)) == said
    twice = pa.array(np.full(300 * 256, 0.5, np.float32))
    assert "not finite or not of unit length" in bent(
        vector=lambda column: pa.FixedSizeListArray.from_arrays(twice, type=column.type)
    )[0]  # fmt: skip
    path.write_bytes(good[:-20])
    assert "a part of it is lost" in wrong(store, plan)[0]
    path.write_bytes(bytearray(good[:5_000]) + bytes([good[5_000] ^ 1]) + good[5_001:])
    assert len(wrong(store, plan)) == 1
    path.write_bytes((store.local / "000002.parquet").read_bytes())
    assert wrong(store, plan) == ["Shard 1: it is of another plan, or of another place in it."]
    path.unlink()
    assert wrong(store, plan) == ["1 of 9 shards are not there: 1."]
    path.write_bytes(good)
    (store.local / "000009.parquet").write_bytes(good)
    assert wrong(store, plan) == ["000009.parquet is not a shard of this plan."]


def test_a_shard_that_is_damaged_or_of_another_plan_is_used_by_nothing(source, done):
    store, plan = done(source)
    other, _ = done(source, "other", rows=250)
    path = store.local / "000001.parquet"
    good, foreign = path.read_bytes(), (other.local / "000001.parquet").read_bytes()
    uses = (
        lambda: dedupe(store, plan, Loop(), sample=10),
        lambda: map_results(store, plan, Loop(), sample=10, layout="pca"),
        lambda: open_results(str(store.local)),
    )
    for data, said in (
        (foreign, "'000001.parquet' is of another plan, or of another place in it"),
        ((store.local / "000002.parquet").read_bytes(), "of another place in it"),
        (good[: len(good) // 2], "000001.parquet' is damaged"),
    ):
        path.write_bytes(data)
        for use in uses:
            with pytest.raises(LikewiseError, match=said):
                use()
        counted = jobs.status(store, plan).counted
        assert (counted.shards, counted.wrong, counted.rows) == (9, 1, 2_700)
    path.unlink()
    assert jobs.run(store, plan, likewise.load("sha256"), Loop(), job="embed").finished == 1
    assert path.read_bytes() == good


def test_results_are_a_collection_in_their_place(source, done, sha256):
    store, _ = done(source, keep=True)
    before = digests(store)
    folder, texts = open_results(str(store.local))
    assert (folder, texts) == (store.local, 2_970)
    assert digests(store) == before
    found = Collection.open(folder, settings=Settings(encoder="sha256"))
    assert len(found) == 2_970
    assert list(found.columns) == ["year"]
    hit = found.search("text 2 345", k=1)[0]
    assert (hit.id, hit.text) == ("3-346", "text 2 345")
    assert hit.similarity == pytest.approx(1.0)
    assert found.verify() == []
    found.add(["one more"], ids=["new"])
    found.compact()
    assert len(found) == 2_971
    np.testing.assert_allclose(found.search("one more", k=1)[0].similarity, 1.0, atol=1e-6)
    with pytest.raises(CollectionExists):
        open_results(str(store.local))
    with pytest.raises(ScaleError, match="is a collection now"):
        jobs.run(*jobs.opened(str(store.local)), sha256, Loop(), job="embed")


def test_what_is_no_finished_job_is_not_opened(source, planned, done, tmp_path):
    store, _ = planned(source)
    with pytest.raises(ScaleError, match="9 of 9 shards are not finished"):
        open_results(str(store.local))
    with pytest.raises(InvalidOption, match="Copy the results here first"):
        open_results("memory://nowhere")
    folder = tmp_path / "twice"
    folder.mkdir()
    rows = pa.table({"text": ["a", "b"], "sku": ["x", "x"]})
    pq.write_table(rows, folder / "a.parquet")
    store, _ = done(folder, "twice-out", id="sku")
    with pytest.raises(ScaleError, match="The id 'x' stands for more than one row"):
        open_results(str(store.local))


def test_shards_can_be_added_to_a_collection_without_what_has_no_vector(source, done, tmp_path):
    from likewise.collections.adding.sources import EmbeddedSource

    store, _ = done(source)
    found = EmbeddedSource(store.local / "000000.parquet")
    assert len(list(found)) == 297
    assert found.oddities() == ["3 rows without text or vector left out."]


def test_a_job_on_another_file_system_is_the_same(source, planned, sha256, tmp_path):
    local, plan = planned(source)
    jobs.run(local, plan, sha256, Loop(), job="embed")
    store, plan = planned(source, f"memory://{tmp_path.name}")
    jobs.run(store, plan, sha256, Loop(), job="embed")
    for path in local.local.glob("*.parquet"):
        assert pq.read_table(pa.BufferReader(store.read(path.name))).equals(pq.read_table(path))
    assert wrong(store, plan) == []
    assert len(rows_in(local)) == 3_000


@pytest.mark.parametrize(
    "address",
    ["s3://key:secret@bucket/x", "s3://key@bucket/x", "s3://bucket/x?secret_key=1", "s3:///x"],
)
def test_an_address_with_a_password_is_refused(address):
    from likewise.distributed.store import JobStore

    with pytest.raises(InvalidOption) as refused:
        JobStore(address)
    assert "secret@" not in str(refused.value)


def test_what_lies_below_a_file_is_missing(tmp_path):
    from likewise.errors import FileMissing

    (tmp_path / "table.csv").write_text("text\na\n")
    with pytest.raises(FileMissing, match="There is no plan in"):
        jobs.opened(str(tmp_path / "table.csv"))


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("gs://bucket/bounded", "gs://bucket/bounded?retry_limit_seconds=60"),
        ("gcs://bucket/bounded?scheme=http", "gs://bucket/bounded?scheme=http&retry_limit_seconds=60"),
        ("hdfs://host/bounded", "hdfs://host/bounded"),
    ],
)  # fmt: skip
def test_a_store_of_google_is_not_asked_for_many_minutes(monkeypatch, address, asked):
    import pyarrow.fs as pf

    from likewise.distributed.store import JobStore

    class Asked:
        @staticmethod
        def from_uri(uri):
            heard.append(uri)
            return pf.LocalFileSystem(), "/bounded"

    heard = []
    monkeypatch.setattr(pf, "FileSystem", Asked)
    JobStore(address)
    assert heard == [asked]
