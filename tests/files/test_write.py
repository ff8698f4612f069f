"""Files appear whole or not at all."""

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from likewise.errors import UnwritableFile
from likewise.files import temporary, write
from likewise.files.write import (
    alone,
    check_target,
    keep,
    replace_keeping,
    replacing,
    unwritable,
)
from tests.waiting import A_HANG

FORBIDDEN = Path("/sys" if sys.platform == "linux" else "/System")
"""A folder in which not even the superuser can make a file."""


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "out.bin"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new and longer")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new and longer"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("mine")])
def test_an_error_in_the_block_leaves_the_old_file_alone(tmp_path, error):
    path = tmp_path / "out.bin"
    path.write_bytes(b"old")

    def write_half():
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "write"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_leaves_the_old_file_alone(tmp_path, monkeypatch, step, number):
    path = tmp_path / "out.bin"
    path.write_bytes(b"old")

    def refuse(_descriptor):
        raise OSError(number, os.strerror(number))

    def write_half():
        with replacing(path) as file:
            file.write(b"half")
            if step == "write":
                refuse(0)

    if step == "fsync":
        monkeypatch.setattr(write.os, "fsync", refuse)
    with pytest.raises(UnwritableFile) as raised:
        write_half()
    said = "the disk is full" if number != errno.EIO else os.strerror(errno.EIO).lower()
    assert raised.value.problem == f"'{path}' can't be written: {said}."
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_mode_and_link_of_the_old_file_are_kept(tmp_path):
    real = tmp_path / "real.bin"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link = tmp_path / "link.bin"
    link.symlink_to(real)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_that_the_user_set_for_new_files(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "new.bin") as file:
            file.write(b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.bin").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            FORBIDDEN / "out.npy",
            "can't be written: you have no permission. Choose a folder that is yours.",
        ),
        (Path("/dev/full"), "is a device or a pipe."),
        (Path("no-such-folder/out.npy"), "There is no folder 'no-such-folder'. Make it"),
        (Path("/"), "is a folder. Name a file in it."),
        (Path("x" * 300), "File name too long".lower()),
    ],
    ids=["forbidden", "device", "no-folder", "folder", "long"],
)
def test_places_where_no_file_can_be(tmp_path, monkeypatch, path, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnwritableFile) as raised, replacing(path) as file:
        file.write(b"x")
    assert said in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", ["000001.parquet", "manifest.json", "maps/1.npy"])
def test_no_output_takes_the_place_of_a_part_of_a_collection(tmp_path, part):
    (tmp_path / "maps").mkdir()
    (tmp_path / "manifest.json").write_text('{\n  "likewise": "collection"}')
    target = tmp_path / part
    before = target.read_bytes() if target.exists() else target.write_bytes(b"x") and b"x"
    with pytest.raises(UnwritableFile, match="is a part of"):
        check_target(target)
    with pytest.raises(UnwritableFile, match="is a part of"), replacing(target):
        pass
    assert target.read_bytes() == before
    with replacing(target, links=False) as file:  # as the collection itself does
        file.write(b"new")
    assert target.read_bytes() == b"new"
    check_target(tmp_path / "new.csv")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_what_is_being_written_is_never_more_open_than_what_it_replaces(tmp_path, mode):
    path = tmp_path / "out.bin"
    path.touch()
    path.chmod(mode)
    with replacing(path) as file:
        (temporary,) = set(tmp_path.iterdir()) - {path}
        assert stat.S_IMODE(temporary.stat().st_mode) & ~mode == 0
        file.write(b"secret")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_that_leads_nowhere_or_to_itself(tmp_path):
    for name, to in (("dangling", "gone/file"), ("loop", "loop")):
        link = tmp_path / name
        link.symlink_to(to)
        with pytest.raises(UnwritableFile) as raised:
            check_target(link)
        said = "There is no folder" if name == "dangling" else "leads nowhere"
        assert said in raised.value.problem
        assert "folder '.'" not in raised.value.problem


def test_an_older_file_is_kept_under_a_name_that_is_free_of_links_too(tmp_path, monkeypatch):
    path = tmp_path / "m.html"
    path.write_text("mine")
    path.chmod(0o600)
    victim = tmp_path / "victim"
    (tmp_path / "m-1.html").symlink_to(victim)
    assert keep(path).name == "m-2.html"
    assert not victim.exists()

    def refuse(*_):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    copy = keep(path)
    assert (copy.name, copy.read_text()) == ("m-3.html", "mine")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_folder_that_takes_no_file_is_known_before_the_work(tmp_path):
    with pytest.raises(UnwritableFile, match="can't be written: you have no permission"):
        check_target(FORBIDDEN / "out.npy")
    check_target(tmp_path / "out.npy")
    assert list(tmp_path.iterdir()) == []


WRITING = """
import sys, time
from pathlib import Path
from likewise.cli import main
from likewise.cli.command import Command
from likewise.cli import run
import click, types

@click.command(cls=Command)
def write():
    from likewise.files.write import replacing
    with replacing(Path("out.bin")) as file:
        file.write(b"half")
        print("writing", flush=True)
        time.sleep(600)

sys.modules["write"] = types.SimpleNamespace(command=write)
run.COMMANDS["write"] = "write"
sys.argv = ["likewise", "write"]
main()
"""


@pytest.fixture
def writer(tmp_path):
    """Start a command that is in the middle of a file; what still runs is killed."""
    started = []

    def start(**options):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITING],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        started.append(process)
        assert process.stdout.readline() == b"writing\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_ends_the_process_leaves_no_half_file(tmp_path, writer, sent):
    process = writer()
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if sent == signal.SIGINT else -sent)
    assert b"Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_signal_that_is_ignored_stays_so(tmp_path, writer):
    process = writer(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM


def test_what_a_killed_process_left_is_taken_away_and_nothing_else(tmp_path, writer, monkeypatch):
    killed, alive = writer(), None
    killed.kill()
    killed.communicate()
    (left,) = tmp_path.iterdir()
    alive = writer()
    assert alive.poll() is None
    mine = tmp_path / ".likewise-notes.txt"
    mine.touch()
    (at_work,) = set(tmp_path.iterdir()) - {left, mine}  # which took away what was left
    assert not left.exists()
    monkeypatch.setattr(temporary, "_tidied", set())
    with replacing(tmp_path / "other.bin") as file:
        file.write(b"x")
    assert {path.name for path in tmp_path.iterdir()} == {at_work.name, mine.name, "other.bin"}


def test_what_is_too_large_is_told_from_a_full_disk():
    assert "too large" in str(unwritable("out.npy", OSError(errno.EFBIG, "File too large")))


def test_a_file_that_another_process_takes_away_before_it_is_claimed_is_made_anew(
    tmp_path, monkeypatch
):
    made = []

    def opened(path, like):
        file = open_new(path, like)
        made.append(path)
        if len(made) == 1:  # as if another process looked round just now
            temporary._tidied.discard(tmp_path)
            temporary.tidy(tmp_path)
        return file

    open_new = temporary.open_new
    monkeypatch.setattr(temporary, "open_new", opened)
    with write.replacing(tmp_path / "out") as file:
        file.write(b"whole")
    assert len(made) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"whole"


def test_a_file_that_is_closed_and_not_in_its_place_yet_is_not_taken_away(tmp_path, monkeypatch):
    def published(aside, target):  # as if another process looked round just now
        temporary._tidied.discard(tmp_path)
        temporary.tidy(tmp_path)
        publish(aside, target)

    publish = write.publish
    monkeypatch.setattr(write, "publish", published)
    with write.replacing(tmp_path / "out") as file:
        file.write(b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"whole"


def test_a_file_that_may_not_be_written_is_said_before_the_work(tmp_path, monkeypatch):
    path = tmp_path / "out.bin"
    path.write_bytes(b"old")
    # to the superuser none is
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(UnwritableFile, match="no permission"):
        check_target(path)
    assert check_target(tmp_path / "new.bin") == tmp_path / "new.bin"


def test_of_several_who_write_one_file_at_once_none_loses_anything(tmp_path, monkeypatch):
    monkeypatch.setattr("likewise.files.write._TURN_SECONDS", A_HANG)  # however slow the disk is
    path = tmp_path / "out.likewise"
    path.write_bytes(b"before")
    ready = threading.Barrier(8)

    def write(number):
        def fill(file):
            file.write(f"file {number}".encode())
            ready.wait(A_HANG)

        return replace_keeping(path, fill)

    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(write, range(8)))
    assert len(set(kept)) == 8
    found = sorted(one.read_bytes() for one in tmp_path.iterdir())
    assert found == [b"before", *(f"file {number}".encode() for number in range(8))]


def test_files_that_belong_together_take_their_places_together(tmp_path, monkeypatch):
    monkeypatch.setattr("likewise.files.write._TURN_SECONDS", A_HANG)
    ready = threading.Barrier(4)

    def write(number):
        ready.wait(A_HANG)
        with alone(tmp_path):
            for name in ("model", "report"):
                replace_keeping(tmp_path / name, lambda file: file.write(str(number).encode()))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    for name in ("", "-1", "-2", "-3"):
        assert (tmp_path / f"model{name}").read_bytes() == (tmp_path / f"report{name}").read_bytes()


def test_who_holds_a_folder_holds_up_nobody_for_long(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "_TURN_SECONDS", 0.05)
    claim = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(claim, fcntl.LOCK_EX)
    with replacing(tmp_path / "out") as file:
        file.write(b"there")
    os.close(claim)
    assert (tmp_path / "out").read_bytes() == b"there"


def test_a_name_that_another_takes_meanwhile_is_left_to_it(tmp_path, monkeypatch):
    path = tmp_path / "out.csv"
    path.write_text("mine")
    real = Path.hardlink_to

    def late(name, target):
        if name.name == "out-1.csv":
            name.write_text("theirs")
        real(name, target)

    monkeypatch.setattr(Path, "hardlink_to", late)
    assert keep(path) == tmp_path / "out-2.csv"
    assert (tmp_path / "out-1.csv").read_text() == "theirs"


@pytest.mark.skipif(sys.platform == "win32", reason="has no flock")
def test_where_folders_can_not_be_locked_nobody_waits(tmp_path, monkeypatch):
    """A network's file system locks only files that are open for writing."""
    import fcntl

    lock = fcntl.flock

    def flock(file, how):
        if isinstance(file, int):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        lock(file, how)

    def waited(_):
        raise AssertionError("it is waited for nobody")

    monkeypatch.setattr("fcntl.flock", flock)
    monkeypatch.setattr("time.sleep", waited)
    with replacing(tmp_path / "out.bin") as file:
        file.write(b"new")
    assert (tmp_path / "out.bin").read_bytes() == b"new"
