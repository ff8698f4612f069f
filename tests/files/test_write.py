"""Files appear whole or not at all."""

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from likewise.errors import UnwritableFile
from likewise.files import write
from likewise.files.write import replacing, unwritable

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
        (FORBIDDEN / "out.npy", "may not be written by you. Choose a folder that is yours."),
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


def test_what_is_too_large_is_told_from_a_full_disk():
    assert "too large" in str(unwritable("out.npy", OSError(errno.EFBIG, "File too large")))
