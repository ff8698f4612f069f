"""Writes the locks in locks/, or asks whether a version in them has a known weakness.

    python scripts/locks.py [--upgrade]    # write; versions stay unless --upgrade
    python scripts/locks.py --audit        # ask PyPI's advisories

A lock names every package with one version, for every system that Likewise runs on, and with the
hashes of its files. Both tools run in an environment of their own, which goes afterwards. Needs
the network.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "runtime": [],
    "tests": ["--group", "test"],
    "scale": ["--group", "test", "--group", "scale"],
}
"""What each lock holds beside the project's own dependencies."""

UV = "uv>=0.9,<1"  # resolves for all systems at once
AUDIT = "pip-audit>=2.9,<3"


def main(arguments: list[str]) -> int:
    """Write or audit; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        tools = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        try:
            if arguments == ["--audit"]:
                _install(tools, AUDIT)
                for name in LOCKS:
                    _audit(tools, name)
            else:
                _install(tools, UV)
                for name, groups in LOCKS.items():
                    _write(tools, name, groups + arguments)
        except subprocess.CalledProcessError as error:
            return int(error.returncode)
    return 0


def _install(tools: Path, package: str) -> None:
    subprocess.run([tools / "python", "-m", "pip", "install", "--quiet", package], check=True)


def _write(tools: Path, name: str, options: list[str]) -> None:
    lock = Path("locks") / f"{name}.txt"
    if name != "runtime":  # both give a package the same version
        options = [*options, "--constraints", str(Path("locks") / "runtime.txt")]
    compile_ = [tools / "uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal"]
    # where the files were fetched from does not belong into a lock
    form = ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
    subprocess.run([*compile_, *form, *options, "--output-file", lock], cwd=ROOT, check=True)
    print(f"{lock} is written.")


def _audit(tools: Path, name: str) -> None:
    """Fail where a version has a known weakness, and where one could not be asked for."""
    ask = [tools / "pip-audit", "--strict", "--disable-pip", "--require-hashes"]
    subprocess.run([*ask, "--requirement", ROOT / "locks" / f"{name}.txt"], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
