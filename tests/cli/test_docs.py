"""docs/cli.md says what the commands say."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "write_cli_docs.py"


def test_the_page_is_up_to_date():
    done = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_old_page_is_noticed_and_the_remedy_said(tmp_path):
    copy = tmp_path / "scripts" / SCRIPT.name
    copy.parent.mkdir()
    copy.write_text(SCRIPT.read_text())
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "cli.md").write_text("old")
    done = subprocess.run(
        [sys.executable, copy, "--check"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SCRIPT.parents[1])},
    )
    assert done.returncode == 1
    assert done.stderr == ("docs/cli.md is not up to date; run: python scripts/write_cli_docs.py\n")
