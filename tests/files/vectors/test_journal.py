"""Long work goes on where it was stopped, and only with the same texts and encoder."""

import errno
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import ResumeMismatch, UnwritableFile
from likewise.files.vectors.journal import Journal
from likewise.files.vectors.shards import Shards

ENCODER = Sha256Encoder().identity.to_dict()
TEXTS = ["one", "two"]
ENCODING = Sha256Encoder().encode(TEXTS)
ENCODING = replace(ENCODING, truncated=np.array([True, False]))
FIRST = "000000.parquet"


class Stopped(Exception):
    """What a test stops the work with."""


def begin(path):
    """Finish one slice, then stop."""
    with suppress(Stopped), Journal(path, ENCODER) as journal:
        journal.add(0, TEXTS, ENCODING)
        raise Stopped
    assert (path.with_name(f"{path.name}.part") / FIRST).exists()


def test_what_is_finished_is_kept_and_goes_when_the_output_is_there(tmp_path):
    path = tmp_path / "out.npy"
    begin(path)
    with Journal(path, ENCODER) as journal:
        assert journal.finished == 1
        kept = journal.kept(0, TEXTS)
        assert kept.vectors.tobytes() == ENCODING.vectors.tobytes()
        assert kept.tokens.tolist() == ENCODING.tokens.tolist()
        assert kept.truncated.tolist() == [True, False]
        assert journal.kept(1, TEXTS) is None
        with journal.output() as file:
            file.write(b"whole")
            assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.npy"]


def test_nothing_stays_where_nothing_was_finished(tmp_path):
    with (
        suppress(Stopped),
        Journal(tmp_path / "out.npy", ENCODER) as journal,
        journal.output() as file,
    ):
        file.write(b"half")
        raise Stopped
    assert list(tmp_path.iterdir()) == []


def test_changed_texts_are_refused(tmp_path):
    begin(tmp_path / "out.npy")
    with (
        pytest.raises(ResumeMismatch, match=r"the texts have changed .* --restart"),
        Journal(tmp_path / "out.npy", ENCODER) as journal,
    ):
        journal.kept(0, ["on", "etwo"])


def test_another_encoder_is_refused(tmp_path):
    begin(tmp_path / "out.npy")
    other = ENCODER | {"name": "other", "digest": "0" * 64}
    with (
        pytest.raises(ResumeMismatch, match="its encoder is sha256, not other"),
        Journal(tmp_path / "out.npy", other),
    ):
        pytest.fail("the block must not be entered")
    assert (tmp_path / "out.npy.part" / FIRST).exists()


def test_another_name_of_the_same_encoder_is_not(tmp_path):
    begin(tmp_path / "out.npy")
    with Journal(tmp_path / "out.npy", ENCODER | {"name": "alias"}) as journal:
        assert journal.finished == 1


def test_slices_of_another_version_are_refused(tmp_path, monkeypatch):
    begin(tmp_path / "out.npy")
    monkeypatch.setattr("likewise.files.vectors.shards._VERSION", 3)
    with (
        pytest.raises(ResumeMismatch, match="another version"),
        Journal(tmp_path / "out.npy", ENCODER),
    ):
        pytest.fail("the block must not be entered")


def test_another_job_of_the_same_encoder_is_refused(tmp_path):
    path = tmp_path / "out.npy"
    with suppress(Stopped), Journal(path, ENCODER, {"slice": [4]}) as journal:
        journal.add(0, TEXTS, ENCODING)
        raise Stopped
    with (
        pytest.raises(ResumeMismatch, match=r"its slice is \[4\], not \[7\]"),
        Journal(path, ENCODER, {"slice": [7]}),
    ):
        pytest.fail("the block must not be entered")


def test_restart_forgets(tmp_path):
    begin(tmp_path / "out.npy")
    with Journal(tmp_path / "out.npy", ENCODER | {"digest": "0"}, restart=True) as journal:
        assert journal.finished == 0
        assert journal.kept(0, TEXTS) is None


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"cut"])
def test_a_damaged_slice_is_made_again(tmp_path, damage):
    begin(tmp_path / "out.npy")
    slice_ = tmp_path / "out.npy.part" / FIRST
    slice_.write_bytes(slice_.read_bytes()[:-5] if damage == b"cut" else damage)
    with Journal(tmp_path / "out.npy", ENCODER) as journal:
        assert journal.kept(0, TEXTS) is None


def test_a_damaged_manifest_begins_again(tmp_path):
    begin(tmp_path / "out.npy")
    (tmp_path / "out.npy.part" / "manifest.json").write_text("{")
    with Journal(tmp_path / "out.npy", ENCODER) as journal:
        assert journal.finished == 0


def test_a_second_process_is_refused(tmp_path):
    path = tmp_path / "out.npy"
    script = (
        "import sys; from pathlib import Path; from likewise.files.vectors.journal import Journal\n"
        f"with Journal(Path(sys.argv[1]), {ENCODER!r}): print('in')"
    )
    with Journal(path, ENCODER):
        second = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
        )
    assert "Another process is at work in" in second.stderr
    assert second.stdout == ""
    third = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert third.stdout == "in\n"


def test_nobody_begins_in_a_folder_that_is_being_removed(tmp_path, monkeypatch):
    path = tmp_path / "out.npy"
    real = Shards.remove

    def remove(shards):
        monkeypatch.setattr(Shards, "remove", real)
        with pytest.raises(UnwritableFile, match="at work in"), Journal(path, ENCODER):
            pass
        real(shards)

    monkeypatch.setattr(Shards, "remove", remove)
    with Journal(path, ENCODER):
        pass
    assert list(tmp_path.iterdir()) == []


def test_who_comes_when_the_folder_goes_makes_it_anew(tmp_path, monkeypatch):
    path = tmp_path / "out.npy"
    real = Shards._claim

    def claim(shards):
        monkeypatch.setattr(Shards, "_claim", real)
        real(shards)
        shards.folder.rmdir()  # as the end of another process' work does

    monkeypatch.setattr(Shards, "_claim", claim)
    with Journal(path, ENCODER) as journal:
        assert journal.folder.is_dir()


def test_a_full_disk_keeps_what_was_finished(tmp_path, monkeypatch):
    path = tmp_path / "out.npy"
    path.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Journal(path, ENCODER) as journal:
        journal.add(0, TEXTS, ENCODING)
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(UnwritableFile, match="the disk is full"):
            journal.add(1, TEXTS, ENCODING)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    names = sorted(entry.name for entry in (tmp_path / "out.npy.part").iterdir())
    assert [name for name in names if name != "lock"] == [FIRST, "manifest.json"]
    with Journal(path, ENCODER) as journal:
        assert journal.finished == 1
