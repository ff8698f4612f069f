"""Runs the browser tests in Debian's own Firefox.

    python tests/browser/firefox.py [PYTEST ARGUMENT ...]

Playwright drives an unchanged Firefox by WebDriver BiDi. The version of it that the other tests
use asks for commands that the long-term Firefox does not know yet, so an older one stands in an
environment of its own, `.firefox`, before all else that `.venv` holds.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACE = ROOT / ".firefox"
PLAYWRIGHT = "playwright==1.58.0"

FILES = (
    "first_page",
    "tab",
    "fingerprint",
    "keyboard",
    "announced",
    "article",
    "docs",
    "explore",
)

NO_DOWNLOAD = "downloads are not told"
NO_MEDIA = "neither scheme nor motion can be chosen"

BEYOND = {
    "first_page::test_export_is_the_library_s_comparison": NO_DOWNLOAD,
    "explore::test_a_selection_is_described_and_goes_to_classify": NO_DOWNLOAD,
    "fingerprint::test_cells_slide_to_their_places_when_the_order_changes": NO_MEDIA,
    "fingerprint::test_it_is_drawn_again_when_the_text_the_encoder_or_the_scheme_changes": NO_MEDIA,
    "fingerprint::test_a_tap_reads_a_cell_and_the_next_elsewhere_ends_it": "there is no touch",
}
"""Tests that need what Playwright can't do in Firefox by BiDi yet, each with the reason."""


def main(arguments: list[str]) -> int:
    """Run the tests, all or those that are named; return pytest's exit code."""
    check()
    firefox()
    python = environment()
    chosen = [] if any(not it.startswith("-") for it in arguments) else FILES
    files = [f"tests/browser/test_{name}.py" for name in chosen]
    left_out = [f"--deselect={node(name)}[firefox]" for name in BEYOND]
    pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--browser", "firefox"]
    ran = subprocess.run([*pytest, *arguments, *files, *left_out], cwd=ROOT, check=False)
    print(f"Ran in Firefox: {', '.join(chosen) or ' '.join(arguments)}. Left out everywhere:")
    for name, reason in BEYOND.items():
        print(f"  {node(name)}: {reason}")
    return ran.returncode


def node(name: str) -> str:
    """Return pytest's name of a test."""
    file, test = name.split("::")
    return f"tests/browser/test_{file}.py::{test}"


def check() -> None:
    """Refuse a name that no test has any more: nothing is left out unseen."""
    for name in BEYOND:
        file, test = name.split("::")
        if f"def {test}(" not in (HERE / f"test_{file}.py").read_text(encoding="utf-8"):
            raise SystemExit(f"There is no test {node(name)}: correct the list in {__file__}.")


def firefox() -> None:
    """Install Debian's Firefox where there is none."""
    if any(map(shutil.which, ("firefox-esr", "firefox"))):
        return
    apt = shutil.which("apt-get")
    if apt is None:
        raise SystemExit("Install Firefox first.")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    install = ["install", "-y", "-qq", "--no-install-recommends", "firefox-esr"]
    for step in (["update", "-qq"], install):
        subprocess.run([*sudo, apt, *step], check=True, stdout=subprocess.DEVNULL)


def environment() -> Path:
    """Make the environment of the older Playwright; return its Python."""
    python = PLACE / "bin" / "python"
    stamp = PLACE / "made"
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == PLAYWRIGHT):
        shutil.rmtree(PLACE, ignore_errors=True)
        venv.create(PLACE, with_pip=True, symlinks=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PLAYWRIGHT], check=True)
        [packages] = (PLACE / "lib").glob("python*/site-packages")
        own = sysconfig.get_path("purelib")  # of the environment that runs this
        (packages / "project.pth").write_text(f"{own}\n", encoding="utf-8")
        stamp.write_text(PLAYWRIGHT, encoding="utf-8")
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
