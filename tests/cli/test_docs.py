"""docs/cli.md says what the commands say, docs/library.md what the docstrings say."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
PAGES = {"write_cli_docs.py": "cli.md", "write_library_docs.py": "library.md"}


@pytest.mark.parametrize("script", PAGES)
def test_the_page_is_up_to_date(script):
    done = subprocess.run(
        [sys.executable, SCRIPTS / script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", PAGES)
def test_an_old_page_is_noticed_and_the_remedy_said(tmp_path, script):
    copy = tmp_path / "scripts" / script
    copy.parent.mkdir()
    copy.write_text((SCRIPTS / script).read_text())
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / PAGES[script]).write_text("old")
    done = subprocess.run(
        [sys.executable, copy, "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SCRIPTS.parent)},
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"docs/{PAGES[script]} is not up to date; run: python scripts/{script}\n"
    )


def test_every_public_name_is_described(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    import write_library_docs

    import likewise

    described = {name for module, name in write_library_docs.NAMES if module == "likewise"}
    assert described == set(likewise.__all__) - {"__version__", "errors"}
