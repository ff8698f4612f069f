"""docs/cli.md says what the commands say, docs/library.md what the docstrings say."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
PAGES = {"write_cli_docs": "cli.md", "write_library_docs": "library.md"}


@pytest.fixture
def checked(monkeypatch, capsys):
    """Return a function that runs a script as with --check: what it returns, and what it says."""
    monkeypatch.syspath_prepend(SCRIPTS)

    def check(name: str, page: Path | None = None) -> tuple[int, str]:
        script = importlib.import_module(name)
        monkeypatch.setattr(sys, "argv", [name, "--check"])
        if page is not None:
            monkeypatch.setattr(script, "PAGE", page)
        return script.main(), capsys.readouterr().err

    return check


@pytest.mark.parametrize("script", PAGES)
def test_the_page_is_up_to_date(script):
    # click keeps what a command's help said first, so this asks a new process
    done = subprocess.run(
        [sys.executable, SCRIPTS / f"{script}.py", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", PAGES)
def test_an_old_page_is_noticed_and_the_remedy_said(tmp_path, checked, script):
    (tmp_path / "page.md").write_text("old")
    remedy = f"docs/{PAGES[script]} is not up to date; run: python scripts/{script}.py\n"
    assert checked(script, tmp_path / "page.md") == (1, remedy)
    assert checked(script, tmp_path / "missing.md") == (1, remedy)


def test_every_public_name_is_described(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    import write_library_docs

    import likewise

    described = {name for module, name in write_library_docs.NAMES if module == "likewise"}
    assert described == set(likewise.__all__) - {"__version__", "errors"}
