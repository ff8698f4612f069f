"""Parts of a job: in any order, whole or not there, and never in somebody else's folder."""

import errno
import os
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import ResumeMismatch, UnwritableFile
from likewise.files.vectors.shards import Shards

ENCODER = Sha256Encoder().identity.to_dict()


def put(shards, number, data=b"part"):
    with shards.publish(number) as file:
        file.write(data)


@settings(deadline=None, max_examples=25)
@given(order=st.permutations(range(6)), stop=st.integers(0, 6))
def test_parts_may_be_finished_in_any_order(tmp_path_factory, order, stop):
    folder = tmp_path_factory.mktemp("job") / "x.part"
    with Shards(folder, ENCODER) as shards:
        for number in order[:stop]:
            put(shards, number, b"%d" % number)
    with Shards(folder, ENCODER) as shards:
        assert shards.done() == set(order[:stop])
        for number in sorted(set(order) - shards.done()):
            put(shards, number, b"%d" % number)
        assert [shards.path(number).read_bytes() for number in range(6)] == [
            b"%d" % number for number in range(6)
        ]
        shards.remove()
    assert not folder.exists()


def test_those_who_work_for_a_job_publish_without_entering_it(tmp_path):
    with Shards(tmp_path / "x.part", ENCODER) as shards:
        work = Shards(tmp_path / "x.part", ENCODER)
        script = (
            "import sys; from pathlib import Path\n"
            "from likewise.files.vectors.shards import Shards\n"
            f"shards = Shards(Path(sys.argv[1]), {ENCODER!r})\n"
            "with shards.publish(7) as file: file.write(b'elsewhere')"
        )
        subprocess.run([sys.executable, "-c", script, str(shards.folder)], check=True)
        put(work, 2)
        assert shards.done() == {2, 7}
        assert shards.path(7).read_bytes() == b"elsewhere"


def test_two_may_finish_one_part(tmp_path):
    with Shards(tmp_path / "x.part", ENCODER) as shards:
        with shards.publish(3) as slow:
            slow.write(b"same")
            put(shards, 3, b"same")
        assert shards.done() == {3}
        assert shards.path(3).read_bytes() == b"same"


def test_a_part_that_fails_is_not_there(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Shards(tmp_path / "x.part", ENCODER) as shards:
        put(shards, 0)
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(UnwritableFile, match="the disk is full"):
            put(shards, 1)
        monkeypatch.undo()
        assert shards.done() == {0}
        assert {entry.name for entry in shards.folder.iterdir()} == {
            "lock",
            "manifest.json",
            "000000.parquet",
        }


def test_only_the_owner_may_look_into_it(tmp_path):
    before = os.umask(0)
    try:
        with Shards(tmp_path / "x.part", ENCODER) as shards:
            put(shards, 0)
    finally:
        os.umask(before)
    assert (tmp_path / "x.part").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "plant",
    [
        lambda part: (part / "mine").mkdir(parents=True),
        lambda part: (part.mkdir(), (part / "thesis.txt").write_text("mine")),
        lambda part: (part.mkdir(), (part / "000000.parquet").mkdir()),
        lambda part: (
            part.mkdir(),
            (part / "manifest.json").write_text('{"my": "own"}'),
            (part / "data").write_text("mine"),
        ),
        lambda part: part.write_text("a file"),
        lambda part: (part.with_name("elsewhere").mkdir(), part.symlink_to("elsewhere")),
        lambda part: part.symlink_to("nowhere"),
        lambda part: (part.mkdir(), (part / "output").symlink_to("../victim")),
        lambda part: (part.mkdir(), (part / "lock").symlink_to("../victim")),
        lambda part: (part.mkdir(), (part / "000000.parquet").symlink_to("../victim")),
    ],
)
@pytest.mark.parametrize("restart", [False, True])
def test_what_somebody_else_has_made_is_left_alone(tmp_path, plant, restart):
    (tmp_path / "victim").write_text("precious")
    plant(tmp_path / "x.part")
    before = {path: path.lstat().st_ino for path in tmp_path.rglob("*")}
    with (
        pytest.raises(UnwritableFile, match=r"'.*x\.part' is in the way, and Likewise has not"),
        Shards(tmp_path / "x.part", ENCODER, restart=restart),
    ):
        pytest.fail("the block must not be entered")
    assert {path: path.lstat().st_ino for path in tmp_path.rglob("*")} == before
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_link_beside_a_true_manifest_is_not_followed(tmp_path):
    (tmp_path / "victim").write_text("precious")
    with Shards(tmp_path / "x.part", ENCODER):
        pass
    (tmp_path / "x.part" / "output").symlink_to("../victim")
    with pytest.raises(UnwritableFile, match="in the way"), Shards(tmp_path / "x.part", ENCODER):
        pytest.fail("the block must not be entered")
    assert (tmp_path / "victim").read_text() == "precious"


def test_what_was_put_into_our_folder_survives_its_end(tmp_path):
    with Shards(tmp_path / "x.part", ENCODER) as shards:
        put(shards, 0)
        (shards.folder / "notes.txt").write_text("mine")
        shards.remove()
    assert [entry.name for entry in (tmp_path / "x.part").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("left", [(), ("lock",), ("lock", "manifest.json")])
def test_a_crash_at_the_beginning_leaves_nothing_in_the_way(tmp_path, left):
    (tmp_path / "x.part").mkdir()
    for name in left:
        (tmp_path / "x.part" / name).touch()
    with Shards(tmp_path / "x.part", ENCODER) as shards:
        put(shards, 0)
        assert shards.done() == {0}


def test_a_job_that_differs_says_in_what(tmp_path):
    with Shards(tmp_path / "x.part", ENCODER, {"inputs": ["a"], "precision": "float16"}):
        pass
    with (
        pytest.raises(ResumeMismatch, match="its precision is 'float16', not 'float32'"),
        Shards(tmp_path / "x.part", ENCODER, {"inputs": ["a"], "precision": "float32"}),
    ):
        pytest.fail("the block must not be entered")
    with suppress(ResumeMismatch), Shards(tmp_path / "x.part", ENCODER, {"inputs": ["b"]}):
        pytest.fail("the block must not be entered")
