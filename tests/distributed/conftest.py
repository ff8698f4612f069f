"""Small inputs and jobs of the `sha256` encoder, whose vectors are the same everywhere."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import likewise
from likewise.distributed import jobs
from likewise.distributed.executors import Loop
from likewise.distributed.planning import JobOptions, make_plan, write_plan
from likewise.distributed.store import JobStore


@pytest.fixture(scope="session")
def sha256(own_folders):
    return likewise.load("sha256")


@pytest.fixture
def source(tmp_path):
    """Three parquet files of 1,000 rows: every hundredth has no text."""
    folder = tmp_path / "input"
    folder.mkdir()
    for number in range(3):
        rows = pa.table(
            {
                "body": [f"text {number} {row}" if row % 100 else None for row in range(1_000)],
                "year": list(range(1_000)),
            }
        )
        pq.write_table(rows, folder / f"{number}.parquet", row_group_size=300)
    return folder


@pytest.fixture
def mixed(source):
    """The same beside csv and jsonl files that are cut, at pieces of 4,096 bytes."""
    texts = [f'body\n"{row}",\nof several lines' for row in range(1_000)]
    cells = [text.replace('"', '""') for text in texts]
    (source / "3.csv").write_text("".join(f'"{one}",{len(one)}\n' for one in ["body", *cells]))
    lines = [json.dumps({"body": text}) for text in texts]
    (source / "4.jsonl").write_text("\n".join(lines))
    return source


@pytest.fixture
def planned(sha256, tmp_path):
    """Return a function that plans a job and gives its store and its plan."""

    def plan(source, out="out", **wish):
        store = JobStore(str(tmp_path / out) if "://" not in out else out)
        made = make_plan(
            str(source), store.address, sha256.identity, JobOptions(**{"rows": 400, **wish})
        )
        write_plan(made.plan, store)
        return store, made.plan

    return plan


@pytest.fixture
def done(planned, sha256):
    """Return a function that plans a job and runs it."""

    def run(source, out="out", executor=None, **wish):
        store, plan = planned(source, out, **wish)
        jobs.run(store, plan, sha256, executor or Loop(), job="embed")
        return store, plan

    return run


def digests(store):
    """Return a hash of each shard."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in store.local.glob("*.parquet")
    }


def rows_in(store):
    """Return all rows of all shards, in order."""
    parts = sorted(store.local.glob("*.parquet"))
    return pa.concat_tables([pq.read_table(path) for path in parts])
