"""Makes the project's environment `.venv`, then runs a command in it.

    python3 scripts/environment.py [--tests | --scale] [--] [ARGUMENT ...]

Needs nothing but Python 3.11 and its standard library. What has been made is stamped with
what it was made from, so a second run starts at once and needs no network. Two runs at the
same time wait for one another. With --tests it also installs what the checks need, a browser
included, and with --scale what the checks of jobs on many machines need; arguments are given to
the environment's Python.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PAGE = ROOT / "likewise" / "server" / "page" / "index.html"
LOCKS = ROOT / "locks"
HEADLESS = "chromium-headless-shell"
"""Debian's Chromium without windows: the browser tests take half the processor time in it."""
BROWSERS = (HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OLDEST_PYTHON = (3, 11)
STEPS = {"--tests": "tests", "--scale": "scale"}
"""What is installed beside the project's own, each from the lock of that name."""


def main(arguments: list[str]) -> int:  # noqa: RET503 - execv does not return
    """Make the environment and run `arguments` in it; return the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        return _complain(
            f"Likewise needs Python 3.11 or newer, and {sys.executable} is "
            f"{sys.version.split()[0]}. Name a newer one: make PYTHON=python3.12 …"
        )
    step = STEPS.get(arguments[0]) if arguments else None
    command = [argument for argument in arguments[step is not None :] if argument != "--"]
    try:
        with _alone(ROOT / ".environment.lock"):
            _make_venv()
            _install("runtime", ["--no-deps", "-e", "."])
            if step is not None:
                _install(step)
            if step == "tests":
                _find_browser()
    except subprocess.CalledProcessError as error:
        return _complain(f"`{' '.join(map(str, error.cmd))}` failed; what it said stands above.")
    except RuntimeError as error:
        return _complain(str(error))
    if not command:
        return 0
    if os.name == "nt":
        return subprocess.run([PYTHON, *command], cwd=ROOT, check=False).returncode
    os.chdir(ROOT)
    # takes this process's place, so that Ctrl-C goes to the command alone
    os.execv(PYTHON, [str(PYTHON), *command])


def _make_venv() -> None:
    """Make `.venv`; one that was left half made, or whose Python is gone, is made anew."""
    marker = VENV / "made"
    if marker.is_file() and PYTHON.exists():
        return
    _say("Making .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    # the Python that runs this may have been the one in .venv
    python = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([python, "-m", "venv", VENV], check=True)
    marker.touch()


def _install(step: str, *projects: list[str]) -> None:
    """Install the step's lock, then projects; once for each state of what says what to install."""
    lock = LOCKS / f"{step}.txt"
    stamp = VENV / f"installed-{step}"
    wanted = _digest(lock)
    if PAGE.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    _say(f"Installing what the {step} needs; the first time takes some minutes …")
    started = time.monotonic()
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if step != "runtime":  # half the time; most of the checks' modules are never imported
        pip.append("--no-compile")
    for what in (["--require-hashes", "--requirement", lock], *projects):
        subprocess.run([*pip, *what], cwd=ROOT, check=True)
    stamp.write_text(wanted, encoding="ascii")
    _say(f"Installed in {time.monotonic() - started:.0f} s")


def _digest(lock: Path) -> str:
    """Return a hash of all that decides what an installation holds, the page's sources too."""
    digest = hashlib.sha256()
    sources = [ROOT / "pyproject.toml", lock, ROOT / "hatch_build.py"]
    sources += sorted(
        path
        for path in (ROOT / "web").rglob("*")
        if path.is_file() and "node_modules" not in path.parts
    )
    for path in sources:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _find_browser() -> None:
    """Install Debian's Chromium where the machine has no browser.

    Who runs as root, as in a container, gets the one without windows beside another browser; that
    this can't be had is no reason to stop there.
    """
    if os.environ.get("CHROMIUM") or shutil.which(HEADLESS):
        return
    there = any(map(shutil.which, BROWSERS))
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    apt = shutil.which("apt-get")
    if there and not (is_root and apt):
        return
    if apt is None or not (is_root or shutil.which("sudo")):
        raise RuntimeError(
            "The browser tests need Chromium. Install it, or name a browser's program in CHROMIUM."
        )
    _say("Installing Chromium for the browser tests …")
    command = [*([] if is_root else ["sudo", "-n"]), apt, "-qq", "-o", "Acquire::http::Timeout=20"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        for step in (["update"], ["install", "-y", "--no-install-recommends", HEADLESS]):
            subprocess.run(
                [*command, *step],
                check=True,
                env=quiet,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if there else None,
                timeout=120 if there else None,
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        if not there:
            raise


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that other runs wait for; it goes with the process, however that ends."""
    with path.open("w") as file:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
