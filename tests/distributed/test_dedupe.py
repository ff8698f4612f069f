"""Near-duplicates over many shards: the same as by brute force, and how many are missed is told."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.distributed import blocks, dedupe, jobs
from likewise.distributed.executors import Loop
from likewise.distributed.planning import JobOptions, make_plan, write_plan
from likewise.distributed.store import JobStore
from likewise.encoders.column import texts_of
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import InvalidOption, ScaleError
from likewise.types import Encoding


class Near(Sha256Encoder):
    """Gives texts that differ after a # vectors that are near to each other: cosine about 0.98."""

    def encode(self, texts, *, progress=None):
        every = texts_of(texts)
        base = super().encode([text.partition("#")[0] for text in every]).vectors
        noise = super().encode(every).vectors
        mixed = base + np.float32(0.15) * noise
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        return Encoding(mixed.astype(np.float32), *self.count_tokens(every))


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """3,000 rows: 300 texts stand once more, 200 nearly so, one 40 times, 60 rows have none."""
    folder = tmp_path_factory.mktemp("dedupe")
    texts = [f"text {number}" for number in range(2_400)]
    texts += [f"text {number}" for number in range(300)]
    texts += [f"text {number}#more" for number in range(400, 600)]
    texts += ["text 2399"] * 40 + [None] * 60
    order = np.random.default_rng(0).permutation(len(texts))
    rows = pa.table({"text": [texts[place] for place in order]})
    pq.write_table(rows, folder / "in.parquet", row_group_size=750)
    store = JobStore(str(folder / "out"))
    wish = JobOptions(rows=750)
    plan = make_plan(str(folder / "in.parquet"), store.address, Near.identity, wish).plan
    write_plan(plan, store)
    jobs.run(store, plan, Near(), Loop(), job="embed")
    return store, plan, [texts[place] for place in order]


def expected(texts):
    """Return the id of each row that need not be kept, with that of the one that is."""
    first, found = {}, {}
    for row, text in enumerate(texts, 1):
        if text is not None:
            base = text.partition("#")[0]
            if base in first:
                found[f"1-{row}"] = f"1-{first[base]}"
            first.setdefault(base, row)
    return found


def test_one_block_finds_what_brute_force_finds(job):
    store, plan, texts = job
    said = dedupe.dedupe(store, plan, Loop(), cosine=0.9, sample=500)
    table = pq.read_table(store.local / said.result)
    found = dict(zip(table["id"].to_pylist(), table["duplicate_of"].to_pylist(), strict=True))
    assert found == expected(texts)
    assert (said.rows, said.duplicates) == (3_000, 540)
    assert said.recall == 1.0
    assert said.pairs > 50
    text_of = {f"1-{row}": text for row, text in enumerate(texts, 1)}
    same = [text_of[one] == text_of[other] for one, other in found.items()]
    assert table["same_text"].to_pylist() == same


def test_each_cosine_has_parts_of_its_own(job):
    store, plan, _ = job
    starts = np.array([0, 750])
    begun = [dedupe._begun(store, plan, starts, cosine, 2, 1)[0] for cosine in (0.9, 0.9000001)]
    assert begun[0].folder != begun[1].folder


def test_many_blocks_find_most_and_say_how_many(job, monkeypatch):
    store, plan, _ = job
    monkeypatch.setattr(dedupe, "_BLOCK_ROWS", 100)
    monkeypatch.setattr(dedupe, "_PART_ROWS", 1_000)
    said = dedupe.dedupe(store, plan, Loop(), cosine=0.901, sample=500)
    assert said.blocks == 30
    assert 0.7 < said.recall <= 1


def test_a_search_that_was_stopped_goes_on(job, monkeypatch):
    store, plan, _ = job

    class Stops(Loop):
        left = 4

        def run(self, work, numbers):
            for outcome in super().run(work, numbers):
                Stops.left -= 1
                if not Stops.left:
                    raise KeyboardInterrupt
                yield outcome

    whole = dedupe.dedupe(store, plan, Loop(), cosine=0.902)
    with pytest.raises(KeyboardInterrupt):
        dedupe.dedupe(store, plan, Stops(), cosine=0.903)
    again = dedupe.dedupe(store, plan, Loop(), cosine=0.903)
    assert (again.duplicates, again.groups) == (whole.duplicates, whole.groups)


def test_thousands_that_are_alike_give_few_pairs():
    one = np.zeros((1, 8), np.float32)
    one[0, 0] = 1
    vectors = np.concatenate([np.repeat(one, 5_000, axis=0), np.eye(8, dtype=np.float32)])
    [(left, right)] = blocks.joined_pairs(vectors, 0.95)
    assert len(left) == 5_000
    assert set(left.tolist()) == {0}
    assert sorted(right.tolist()) == list(range(1, 5_001))


def test_what_has_no_duplicates_to_tell_is_refused(job, planned, source):
    store, plan, _ = job
    with pytest.raises(InvalidOption, match="A cosine of 0 is no measure"):
        dedupe.dedupe(store, plan, Loop(), cosine=0)
    with pytest.raises(ScaleError, match="are not finished"):
        dedupe.dedupe(*planned(source), Loop())
