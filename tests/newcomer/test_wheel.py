"""The wheel is the product: built from the sources as they are committed, installed without
Node in a clean environment, it serves the page.

Also held here: an sdist brings the page with it and asks for no Node.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def without_node(tmp_path_factory) -> dict[str, str]:
    """An environment whose PATH has no node, no npm and no pip of its own."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("sh", "git", "env"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    environment = {**os.environ, "PATH": str(folder)}
    environment.pop("VIRTUAL_ENV", None)
    assert shutil.which("node", path=environment["PATH"]) is None
    return environment


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """What a stranger's clone holds, in a folder with a space in its name."""
    target = tmp_path_factory.mktemp("a stranger") / "likewise"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    assert not (target / "likewise" / "server" / "page").exists()
    return target


class Built(NamedTuple):
    """What a build made and said."""

    folder: Path
    """The sdist, and the wheel that was built from it."""
    said: str


@pytest.fixture(scope="module")
def build(sources, without_node, tmp_path_factory) -> Built:
    """A build of the sources: of the sdist first, then of the wheel from that."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", folder, sources],
        env=without_node,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Built(folder, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def built(build) -> Path:
    return build.folder


def only(folder: Path, pattern: str) -> Path:
    [found] = folder.glob(pattern)
    return found


def test_the_wheel_holds_the_page_and_no_sources_of_it(built):
    names = zipfile.ZipFile(only(built, "*.whl")).namelist()
    assert "likewise/server/page/index.html" in names
    assert any(re.fullmatch(r"likewise/server/page/assets/.*\.js", name) for name in names)
    assert "likewise/py.typed" in names
    assert not [name for name in names if name.startswith(("web/", "tests/"))]
    assert not [name for name in names if name.endswith((".map", ".safetensors"))]


def test_the_sdist_holds_the_page_too(built):
    with tarfile.open(only(built, "*.tar.gz")) as archive:
        names = archive.getnames()
    assert any(name.endswith("likewise/server/page/index.html") for name in names)
    assert not [name for name in names if "node_modules" in name]


def test_an_sdist_asks_for_no_node(build):
    of_sources, of_the_sdist = build.said.split("Building wheel from sdist")
    assert "hatchling" in of_sources
    assert "hatchling" in of_the_sdist
    assert "nodejs" in of_sources
    assert "nodejs" not in of_the_sdist


@pytest.fixture(scope="module")
def installed(built, without_node, tmp_path_factory) -> Path:
    """The Python of a clean environment that has the wheel and what it requires, no more."""
    folder = tmp_path_factory.mktemp("clean env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    install = (*pip, "install", "--quiet", "--no-compile")
    for command in (
        (*install, "--require-hashes", "--requirement", ROOT / "locks" / "runtime.txt"),
        (*install, "--no-deps", only(built, "*.whl")),
        (*pip, "check"),  # the lock has all that the wheel asks for
    ):
        done = subprocess.run(
            command, env=without_node, capture_output=True, text=True, check=False, timeout=280
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return python


def test_it_serves_the_page(installed, without_node, tmp_path):
    process = subprocess.Popen(
        [installed, "-m", "likewise", "play", "--port", "0", "--no-browser"],
        cwd=tmp_path,
        env={**without_node, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        address = None
        deadline = time.monotonic() + 60
        while address is None and time.monotonic() < deadline:
            line = process.stdout.readline()
            assert line or process.poll() is None, "it stopped before it was ready"
            address = re.search(r"http://\S+", line)
        with urllib.request.urlopen(address[0], timeout=10) as answer:
            html = answer.read().decode()
        [script] = re.findall(r'src="\./(assets/[^"]+\.js)"', html)
        with urllib.request.urlopen(address[0] + script, timeout=10) as answer:
            assert len(answer.read()) > 10_000
        # the opening results are there before any request
        assert '"similarity":' in html
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_it_compares(installed, tmp_path):
    done = subprocess.run(
        [installed, "-m", "likewise", "compare", "I love my cat.", "My kitten is dear to me."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "My kitten is dear to me." in done.stdout
