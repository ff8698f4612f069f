"""Jobs on an object store that speaks S3, also while it fails."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.distributed import addresses, jobs, shard
from likewise.distributed import store as stores
from likewise.distributed.executors import Loop
from likewise.distributed.lease import FOLDER, Lease
from likewise.distributed.planning import JobOptions, make_plan, write_plan
from likewise.distributed.store import JobStore
from likewise.errors import DriverBusy, FileMissing, LikewiseError, StoreUnavailable
from tests.scale.conftest import ended, shards, whole
from tests.scale.object_store import CUT, object_store
from tests.waiting import wait_for

SLOW = "tests.scale.slow_job"


@pytest.fixture
def store(monkeypatch):
    # as patient as ever with what passes, and quicker with what does not
    monkeypatch.setattr(addresses, "_TRIES", 4)
    monkeypatch.setattr(shard, "_PAUSE", 0.02)
    monkeypatch.setattr(stores, "_PAUSES", (0.02, 0.02, 0.02))
    with object_store() as faulty:
        yield faulty


@pytest.fixture
def job(store, sha256):
    """A job of 8 shards, from S3 to S3."""
    inputs = JobStore("s3://data/in")
    for number in range(2):
        file = io.BytesIO()
        rows = pa.table({"text": [f"text {number} {row}" for row in range(1_000)]})
        pq.write_table(rows, file, row_group_size=250)
        inputs.write(f"{number}.parquet", file.getvalue())
    out = JobStore("s3://data/out")
    plan = make_plan("s3://data/in", out.address, sha256.identity, JobOptions(rows=250)).plan
    assert write_plan(plan, out) is True
    return out, plan


def check_a_job_from_s3_to_s3_by_the_command_line(job, start):
    out, plan = job
    assert ended(start("likewise", "scale", "embed", "s3://data/out", "--workers", "2"))[0] == 0
    assert whole(out, plan)
    code, said, _ = ended(start("likewise", "scale", "status", "s3://data/out", "--json"))
    told = json.loads(said)
    assert (code, told["done"], told["rows_done"], told["drivers"]) == (0, 8, 2_000, [])
    assert "testing" not in out.read("plan.json").decode()
    assert out.entries(FOLDER) == {}


def check_a_store_that_refuses_now_and_then(job, store, sha256):
    out, plan = job

    def rule(method, path, number):
        return 503 if number % 5 == 0 else 500 if number % 7 == 0 else None

    store.rule = rule
    state = jobs.run(out, plan, sha256, Loop(), job="embed")
    store.rule = lambda *_: None
    assert store.refused > 10
    assert (state.done, state.rows) == (8, 2_000)
    assert whole(out, plan)


@pytest.mark.parametrize(
    "rule",
    [
        lambda method, path, number: 429 if number % 23 == 0 else None,
        lambda method, path, number: CUT if method == "GET" and number % 3 == 0 else None,
    ],
    ids=["too many requests now and then", "answers that are cut off in the middle"],
)
def check_what_passes_costs_no_row(job, store, sha256, rule):
    out, plan = job
    store.rule = rule
    assert jobs.run(out, plan, sha256, Loop(), job="embed").rows == 2_000
    store.rule = lambda *_: None
    assert store.refused > 3
    assert whole(out, plan)


def check_credentials_that_expire_midway(job, store, sha256):
    out, plan = job
    store.rule = lambda method, path, number: 403 if len(done) >= 3 else None
    done = []
    with pytest.raises(LikewiseError, match=r"s3://data/.*can't be .*"):
        jobs.run(out, plan, sha256, Loop(), job="embed", progress=done.append)
    store.rule = lambda *_: None
    assert len(shards(out)) == 3
    assert jobs.run(out, plan, sha256, Loop(), job="embed", take=True).finished == 5
    assert whole(out, plan)


def check_a_store_that_is_slow(job, store, sha256):
    out, plan = job
    store.rule = lambda method, path, number: 0.3 if number % 3 == 0 else None
    jobs.run(out, plan, sha256, Loop(), job="embed")
    store.rule = lambda *_: None
    assert whole(out, plan)


def check_a_store_that_takes_no_shard_is_said_and_the_job_goes_on_later(job, store, sha256):
    out, plan = job
    store.rule = lambda method, path, number: (
        503 if method in ("PUT", "POST") and path.endswith("3.parquet") else None
    )
    with pytest.raises(
        LikewiseError, match=r"1 of 8 shards could not be finished \(3: .*000003.parquet.*as told"
    ):
        jobs.run(out, plan, sha256, Loop(), job="embed")
    store.rule = lambda *_: None
    assert len(shards(out)) == 7
    assert jobs.run(out, plan, sha256, Loop(), job="embed").finished == 1
    assert whole(out, plan)


def check_a_store_that_is_gone_is_said(job, store, sha256):
    out, plan = job
    store.rule = lambda *_: 503
    with pytest.raises(StoreUnavailable, match=r"s3://data/out.*can't be"):
        jobs.run(out, plan, sha256, Loop(), job="embed")
    store.rule = lambda *_: None
    assert shards(out) == set()


def check_names_with_spaces_signs_and_other_letters(store, sha256):
    odd = "s3://data/in put/ü+%20#1 a@b"
    lines = "".join(f"text {row}\n" for row in range(60_000))
    JobStore(odd).write("day=1/ä b#2%.csv", f"text\n{lines}".encode())
    out = JobStore("s3://data/out put/#é%")
    plan = make_plan(odd, out.address, sha256.identity, JobOptions(rows=5_000)).plan
    write_plan(plan, out)
    jobs.run(out, plan, sha256, Loop(), job="embed")
    assert (len(plan.cuts), plan.known_rows) == (1, 60_000)
    assert whole(out, plan)


def check_a_bucket_or_a_plan_that_is_not_there_is_said(store):
    with pytest.raises(FileMissing, match="There is no plan"):
        jobs.opened("s3://data/nothing")
    with pytest.raises(LikewiseError, match="s3://nobucket"):
        JobStore("s3://nobucket/x").write("y", b"z")


def check_a_driver_that_was_killed_and_two_at_a_time(job, start):
    out, plan = job
    first = start(SLOW, out.address, 1, "0.4")
    wait_for(lambda: len(shards(out)) >= 2)
    with pytest.raises(DriverBusy), Lease(out):
        pass
    first.kill()
    first.wait()
    assert 2 <= len(shards(out)) < 8
    assert ended(start(SLOW, out.address, 1, "0"))[0] == 0
    assert whole(out, plan)


def check_an_object_that_is_half_written_never_takes_its_place(job, monkeypatch):
    out, _ = job

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("mmap.mmap", interrupted)
    with pytest.raises(KeyboardInterrupt), out.publish("000000.parquet") as file:
        file.write(b"x" * 20_000_000)
    import gc

    gc.collect()  # a stream that is forgotten is closed
    assert out.entry("000000.parquet") is None or out.entry("000000.parquet").size == 0
