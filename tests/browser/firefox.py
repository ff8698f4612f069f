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

BEYOND = {
    "first_page::test_a_late_answer_never_replaces_a_newer_one": "the body of a request",
    "first_page::test_the_server_s_own_error_is_shown_with_its_remedy": "the body of a request",
    "first_page::test_export_is_the_library_s_comparison": "downloads",
    "first_page::test_pasting_lines_makes_texts_and_can_be_taken_back": "a clipboard of its own",
}
"""Tests that need what BiDi does not give in Firefox: they are left out, by name."""


def main(arguments: list[str]) -> int:
    """Run the tests; return pytest's exit code."""
    firefox()
    python = environment()
    chosen = arguments or [
        *(str(HERE / f"test_{name}.py") for name in FILES),
        *(
            f"--deselect=tests/browser/test_{name.replace('::', '.py::')}[firefox]"
            for name in BEYOND
        ),
    ]
    print(f"Left out, for want of a driver: {len(BEYOND)} tests", flush=True)
    pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--browser", "firefox"]
    return subprocess.run([*pytest, *chosen], cwd=ROOT, check=False).returncode


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
