"""A service's user often has no home folder: what needs one says so, and nothing else asks."""

import os
import subprocess
import sys

import pytest

HOMELESS = """
import pwd, sys

def unknown(_):
    raise KeyError("no such user")

pwd.getpwuid = pwd.getpwnam = unknown
from likewise.cli import main
sys.exit(main())
"""


@pytest.fixture
def homeless(tmp_path):
    """Return a function that runs a command as a user who has neither HOME nor an entry."""

    def run(*arguments, **env):
        kept = {
            name: value
            for name, value in os.environ.items()
            if name != "HOME" and not name.startswith(("XDG_", "HF_", "LIKEWISE_"))
        }
        return subprocess.run(
            [sys.executable, "-c", HOMELESS, *arguments],
            cwd=tmp_path,
            env=kept | env,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_without_a_cache_it_says_how_to_name_one(homeless, tmp_path):
    done = homeless("compare", "a", "b", "--encoder", "sha256")
    assert done.returncode == 2
    assert "Name a folder in LIKEWISE_CACHE" in done.stderr
    assert list(tmp_path.iterdir()) == []  # above all no folder "~"


def test_with_one_it_works(homeless, tmp_path):
    cache = str(tmp_path / "cache")
    done = homeless("compare", "a", "b", "--encoder", "sha256", LIKEWISE_CACHE=cache)
    assert done.returncode == 0, done.stderr


def test_a_model_that_is_not_there_is_looked_for_and_not_found(homeless, tmp_path):
    done = homeless("models", LIKEWISE_CACHE=str(tmp_path / "cache"), LIKEWISE_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert "minilm" in done.stdout
    done = homeless(
        "compare", "a", "b", LIKEWISE_CACHE=str(tmp_path / "cache"), LIKEWISE_OFFLINE="1"
    )
    assert done.returncode not in (0, 1), "1 stands for a defect"
    assert "LIKEWISE_OFFLINE" in done.stderr


def test_the_home_of_nobody_is_a_folder_that_is_not_there(homeless, tmp_path):
    cache = str(tmp_path / "cache")
    done = homeless("compare", "a", "b", "--encoder", "~nobody/model", LIKEWISE_CACHE=cache)
    assert "There is no folder '~nobody/model'" in done.stderr.replace("“", "'").replace("”", "'")
    assert done.returncode not in (0, 1), "1 stands for a defect"
