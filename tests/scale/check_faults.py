"""What can break while a job runs: each ends with all rows once, or with a clear refusal."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.distributed import jobs
from likewise.distributed.executors import Loop
from likewise.distributed.lease import FOLDER
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import ShardsFailed, TextNotEncoded
from tests.distributed.conftest import digests, rows_in
from tests.scale.conftest import ROOT, ended, shards, whole
from tests.waiting import wait_for

SLOW = "tests.scale.slow_job"


def children(process):
    """Return the processes that a process has started."""
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)],
                          capture_output=True, text=True, check=False)  # fmt: skip
    return [int(line) for line in said.stdout.split()]


def workers_of(process):
    """Return those of them that do shards."""
    found = []
    for pid in children(process):
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


@pytest.mark.parametrize("workers", [1, 2])
def check_a_driver_that_was_killed(many, planned, start, workers, sha256):
    store, plan = planned(many, rows=2_000)
    driver = start(SLOW, store.address, workers, "0.05")
    wait_for(lambda: len(shards(store)) >= 3)
    driver.kill()
    driver.wait()
    kept = len(shards(store))
    assert 3 <= kept < len(plan)
    assert len(store.entries(FOLDER)) == 1  # its claim is still there
    code, _, said = ended(start(SLOW, store.address, workers, "0"))
    assert (code, said) == (0, "")
    assert whole(store, plan)


def check_a_driver_that_was_stopped_by_ctrl_c(many, planned, start):
    store, plan = planned(many)
    driver = start("likewise", "scale", "embed", store.address, "--workers", "2")
    wait_for(lambda: len(shards(store)) >= 2 or driver.poll() is not None)
    team = workers_of(driver)
    driver.send_signal(signal.SIGINT)
    code, _, said = ended(driver)
    assert code in (0, 130), said
    wait_for(lambda: not [pid for pid in team if Path(f"/proc/{pid}").exists()])
    assert store.entries(FOLDER) == {}
    assert ended(start("likewise", "scale", "embed", store.address))[0] == 0
    assert whole(store, plan)


def check_workers_that_were_killed(many, planned, start):
    store, plan = planned(many, rows=2_000)
    driver = start(SLOW, store.address, 2, "0.05")
    for kills in range(4):
        wait_for(lambda least=4 * kills + 1: len(shards(store)) >= least and workers_of(driver))
        os.kill(workers_of(driver)[0], signal.SIGKILL)
    code, _, said = ended(driver)
    assert (code, said) == (0, "")
    assert whole(store, plan)


def check_two_drivers(many, planned, start):
    store, plan = planned(many, rows=2_000)
    first = start(SLOW, store.address, 1, "0.05")
    wait_for(lambda: shards(store))
    code, _, said = ended(start("likewise", "scale", "embed", store.address))
    assert code == 4
    assert f"Another driver is at work: process {first.pid}" in said
    assert ended(first)[0] == 0
    assert whole(store, plan)


def check_two_drivers_that_start_at_the_same_moment(many, planned, start):
    store, plan = planned(many, rows=2_000)
    both = [start(SLOW, store.address, 1, "0.02") for _ in range(2)]
    found = [ended(one) for one in both]
    codes = sorted(code for code, _, _ in found)
    assert codes in ([0, 4], [0, 0], [4, 4])
    refused = [said for code, _, said in found if code == 4]
    assert [said for said in refused if "Another driver is at work" not in said] == []
    assert ended(start(SLOW, store.address, 1, "0"))[0] == 0
    assert whole(store, plan)


def check_a_driver_that_was_suspended_past_its_lease(many, planned, start):
    store, plan = planned(many, rows=2_000)
    first = start(SLOW, store.address, 1, "0.2", "2")
    wait_for(lambda: len(shards(store)) >= 2)
    first.send_signal(signal.SIGSTOP)
    held = len(shards(store))
    # it lives, so nobody takes the job before its lease is over
    wait_for(lambda: ended(start(SLOW, store.address, 1, "0.02", "2"))[0] == 0)
    assert len(shards(store)) == len(plan) > held
    first.send_signal(signal.SIGCONT)
    code, _, said = ended(first)
    assert code == 4, said
    assert "Another process has taken over this job" in said
    assert whole(store, plan)


def check_a_disk_that_is_full(many, planned, start, sha256):
    store, plan = planned(many, rows=2_000)
    program = (
        "import resource, runpy, sys, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)); "
        f"sys.argv = ['likewise', 'scale', 'embed', {store.address!r}]; "
        "runpy.run_module('likewise', run_name='__main__')"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                         cwd=ROOT, check=False)  # fmt: skip
    assert ran.returncode == 1
    assert "can't be written: the file is too large" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert shards(store) == set()
    assert [path.name for path in store.local.iterdir()] in (
        ["plan.json", FOLDER],
        [FOLDER, "plan.json"],
    )
    jobs.run(store, plan, sha256, Loop(), job="embed")
    assert whole(store, plan)


class Choosy(Sha256Encoder):
    """Gives no vector for some texts."""

    def __init__(self, refuses):
        self.refuses = refuses

    def encode(self, texts, *, progress=None):
        texts = list(texts)
        for place, text in enumerate(texts):
            if self.refuses(text):
                raise TextNotEncoded("no vector for this text", "Leave it out.", which=place)
        return super().encode(texts, progress=progress)


def check_poison_rows(many, planned):
    store, plan = planned(many, rows=2_000)
    choosy = Choosy(lambda text: text.startswith("text 7 ") and text.endswith("99"))
    state = jobs.run(store, plan, choosy, Loop(), job="embed")
    assert state.failed == 20
    assert whole(store, plan)
    table = rows_in(store)
    lost = [error is not None for error in table["error"].to_pylist()]
    texts = table["text"].to_pylist()
    assert lost == [text.startswith("text 7 ") and text.endswith("99") for text in texts]


def check_an_encoder_that_is_broken(many, planned, sha256):
    store, plan = planned(many, rows=2_000)
    with pytest.raises(ShardsFailed, match="no vector for this text"):
        jobs.run(store, plan, Choosy(lambda text: " 7 " in text), Loop(), job="embed")
    assert len(shards(store)) == len(plan) - 1  # all texts of one file have a 7 there
    jobs.run(store, plan, sha256, Loop(), job="embed")
    assert whole(store, plan)


MEMORY = """
import resource, sys
from likewise.distributed import jobs
from likewise.distributed.executors import Loop
from tests.scale.tiny import TinyEncoder
store, plan = jobs.opened(sys.argv[1])
jobs.run(store, plan, TinyEncoder(), Loop(), job="embed")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def check_a_shard_with_a_million_rows_and_one_with_none(tmp_path):
    from likewise.distributed.planning import JobOptions, make_plan, write_plan
    from likewise.distributed.store import JobStore
    from tests.scale.tiny import TinyEncoder

    used = []
    for rows in (50_000, 1_000_000):
        folder = tmp_path / f"in-{rows}"
        folder.mkdir()
        pq.write_table(pa.table({"text": pa.array([], pa.string())}), folder / "0.parquet")
        with pq.ParquetWriter(folder / "1.parquet", pa.schema({"text": pa.string()})) as out:
            for start in range(0, rows, 50_000):
                texts = [f"text number {n} of many" for n in range(start, start + 50_000)]
                out.write_table(pa.table({"text": texts}))
        store = JobStore(str(tmp_path / f"out-{rows}"))
        wish = JobOptions(rows=10_000_000)
        plan = make_plan(str(folder), store.address, TinyEncoder.identity, wish).plan
        write_plan(plan, store)
        assert plan.rows.tolist() == [0, rows]
        ran = subprocess.run([sys.executable, "-c", MEMORY, store.address], check=True, cwd=ROOT,
                             capture_output=True, text=True)  # fmt: skip
        used.append(int(ran.stdout.split()[-1]))
        assert [pq.read_metadata(store.local / f"00000{n}.parquet").num_rows for n in (0, 1)] == [
            0,
            rows,
        ]
    assert used[1] < used[0] + 150, f"{used} MB"


def check_an_input_that_changes_between_two_runs(source, planned, sha256):
    store, plan = planned(source)
    before = (source / "2.parquet").read_bytes()
    pq.write_table(pa.table({"body": ["x"] * 1_000}), source / "2.parquet", row_group_size=300)
    with pytest.raises(ShardsFailed, match="has changed since"):
        jobs.run(store, plan, sha256, Loop(), job="embed")
    assert len(digests(store)) == 6
    (source / "2.parquet").write_bytes(before)
    jobs.run(store, plan, sha256, Loop(), job="embed")
    assert whole(store, plan)
