"""One driver at a time, on any store; a dead one keeps nobody waiting."""

import os
import shutil
import subprocess
import sys

import orjson
import pytest

from likewise.distributed import lease as leases
from likewise.distributed.lease import FOLDER, Lease, drivers
from likewise.distributed.store import JobStore
from likewise.errors import DriverBusy, FileMissing, UnwritableFile

DEAD, FAR = f"{'d' * 16}.json", f"{'f' * 16}.json"


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    if request.param == "folder":
        return JobStore(str(tmp_path))
    return JobStore(f"memory://{tmp_path.name}")


def claims(store):
    return [name for name in store.entries(FOLDER) if name.endswith(".json")]


def test_a_second_driver_is_refused_and_a_later_one_is_not(store):
    with Lease(store) as held:
        held.tell(done=3)
        with pytest.raises(DriverBusy, match=f"process {os.getpid()}"), Lease(store):
            pass
        held.check()
        assert len(claims(store)) == 1
    assert claims(store) == []
    with Lease(store):
        pass


def test_of_two_that_ask_at_the_same_moment_at_most_one_gets_it(store, monkeypatch):
    inside = []

    class Twin(Lease):
        def _others(self):
            if not inside:  # the other one asks between this one's claim and its look round
                inside.append(1)
                with pytest.raises(DriverBusy), Lease(store):
                    pass
            return super()._others()

    monkeypatch.setattr(leases, "_TRIES", 1)
    with Twin(store):
        assert len(claims(store)) == 1


def test_a_driver_of_this_machine_that_was_killed_is_forgotten_at_once(store):
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    dead = {**leases._me(), "process": int(done.stdout), "at_work": True}
    store.make(FOLDER)
    store.write(f"{FOLDER}/{DEAD}", orjson.dumps(dead))
    assert drivers(store) == []
    with Lease(store):
        assert DEAD not in claims(store)


def elsewhere(store, age):
    """A driver on another machine, whose last sign was `age` seconds ago by the store's clock."""
    store.make(FOLDER)
    said = {"host": "far", "machine": "away", "process": 1, "began": "1", "at_work": True}
    store.write(f"{FOLDER}/{FAR}", orjson.dumps(said))
    path = store.local / FOLDER / FAR
    now = path.stat().st_mtime_ns
    os.utime(path, ns=(now, now - int(age * 1e9)))


def test_a_driver_elsewhere_is_dead_when_it_has_given_no_sign_for_long(tmp_path):
    store = JobStore(str(tmp_path))
    elsewhere(store, 30)
    with pytest.raises(DriverBusy, match=r"on 'far', last heard from 3\d s ago.*--take-over"):
        Lease(store).__enter__()
    with Lease(store, take=True):
        assert len(claims(store)) == 1
    elsewhere(store, 90)
    with Lease(store):
        assert len(claims(store)) == 1


def test_a_driver_whose_claim_was_taken_stops(tmp_path):
    store = JobStore(str(tmp_path))
    store.write("plan.json", b"{}")
    with Lease(store, renew=0.01) as slow, Lease(store, take=True):
        slow._thread.join(20)
        with pytest.raises(DriverBusy, match="taken over"):
            slow.check()


def test_a_driver_whose_job_was_removed_says_that(tmp_path):
    store = JobStore(str(tmp_path / "out"))
    with Lease(store, renew=0.01) as lease:
        shutil.rmtree(tmp_path / "out")
        lease._thread.join(20)
        with pytest.raises(FileMissing, match=r"The plan in .*out' is not there any more"):
            lease.check()
    assert not (tmp_path / "out").exists()


def test_a_claim_that_was_written_again_as_it_was_taken_stops_nevertheless(tmp_path):
    store = JobStore(str(tmp_path))
    with Lease(store) as slow, Lease(store, take=True):
        slow._say()
        assert len(claims(store)) == 2
        assert slow._was_taken()


def test_nobody_elses_files_are_taken_for_claims(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "settings.json").write_text('{"process": 1}')
    os.utime(precious / "settings.json", (1, 1))
    out = JobStore(str(tmp_path / "out"))
    out.make()
    (out.local / FOLDER).symlink_to(precious)
    with pytest.raises(UnwritableFile, match="is a link"):
        Lease(out, take=True).__enter__()
    (out.local / FOLDER).unlink()
    out.make(FOLDER)
    (out.local / FOLDER / "settings.json").write_text('{"process": 1}')
    with Lease(out, take=True):
        assert (out.local / FOLDER / "settings.json").exists()
    assert (precious / "settings.json").exists()
