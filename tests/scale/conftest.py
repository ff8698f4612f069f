"""Jobs that take long enough to be broken while they run."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.distributed import jobs
from likewise.distributed.executors import Loop
from tests.distributed.conftest import done, planned, sha256, source

__all__ = ["done", "planned", "sha256", "source"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def many(tmp_path):
    """Forty files, so that a job of them has many shards."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        rows = pa.table({"text": [f"text {number} {row}" for row in range(2_000)]})
        pq.write_table(rows, folder / f"{number:02}.parquet")
    return folder


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a program of Python and does not wait for its end."""
    started = []

    def begin(*arguments, **env):
        process = subprocess.Popen(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process):
    """Wait for a program; return its exit code and what it said."""
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def whole(store, plan):
    """Fail unless every row is there once and as it was written."""
    state, wrong = jobs.verify(store, plan, Loop())
    assert wrong == []
    assert state.rows == plan.known_rows
    return True


def shards(store):
    """Return the names of finished shards."""
    return {name for name in store.entries() if name.endswith(".parquet")}


@pytest.fixture(scope="session", autouse=True)
def ray_folder():
    """Keep what Ray writes in a folder of this run, whose name is short enough for sockets."""
    folder = tempfile.mkdtemp(prefix="lw-ray-", dir="/tmp")
    os.environ["RAY_TMPDIR"] = folder
    yield
    del os.environ["RAY_TMPDIR"]
    shutil.rmtree(folder, ignore_errors=True)
