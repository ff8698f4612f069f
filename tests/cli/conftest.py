"""The command line as a person runs it: a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "likewise"]


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., Ran]:
    """Return a function that runs a command in an empty folder: cli("compare", "a", "b")."""

    def run(
        *arguments: str | Path,
        stdin: str | bytes = b"",
        env: dict[str, str] | None = None,
        **options: Any,
    ) -> Ran:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            cwd=tmp_path,
            env=os.environ | (env or {}),
            timeout=120,
            check=False,
            **({"capture_output": True} | options),
        )
        return Ran(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())

    return run


@pytest.fixture
def start(tmp_path: Path):
    """Return a function that starts a command and does not wait; what still runs is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)], cwd=tmp_path, **(streams | options)
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for(happened: Callable[[], bool], seconds: float = 60) -> None:
    """Return when `happened()` is true; fail when it is not in time."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def interrupt(process: "subprocess.Popen[bytes]") -> tuple[int, float, str]:
    """Press Ctrl-C; return the exit code, the seconds until then, and standard error."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, time.monotonic() - began, err.decode()


def one_sentence_error(ran: Ran, code: int, *said: str) -> None:
    """Assert that a command failed as it should: one line, no traceback, nothing on stdout."""
    lines = ran.err.strip().splitlines()
    errors = [line for line in lines if line.startswith("Error: ")]
    assert ran.code == code, ran
    assert ran.out == ""
    assert errors == lines[-1:], ran.err
    assert "Traceback" not in ran.err
    for part in said:
        assert part in errors[0]


def texts_file(path: Path, texts: Sequence[str]) -> Path:
    """Write texts a line each."""
    path.write_text("".join(f"{text}\n" for text in texts))
    return path
