"""The command line as a person runs it.

`cli` runs a command within the test's own process, where the encoders stay loaded: for what a
command says, writes and exits with. `process` and `start` run a process of its own: for signals,
streams, limits, imports and what the environment decides before a program's first line.
"""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from likewise.cli.run import run as run_command
from likewise.encoders.catalogue import model
from likewise.encoders.loading import open_encoder
from likewise.encoders.local import weights
from likewise.encoders.remote.spending import OF_THE_PROCESS
from likewise.settings import settings

COMMAND = [sys.executable, "-m", "likewise"]


class _Terminal(io.TextIOWrapper):
    """A stream that says that a person looks at it."""

    def isatty(self) -> bool:
        return True


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
        terminal: bool = False,
    ) -> Ran:
        typed = stdin.encode() if isinstance(stdin, str) else stdin
        with pytest.MonkeyPatch.context() as patch, _as_new_process(patch, env or {}):
            patch.chdir(tmp_path)
            streams = {name: io.BytesIO() for name in ("stdout", "stderr")}
            for name, stream in ({"stdin": io.BytesIO(typed)} | streams).items():
                kind = _Terminal if terminal and name != "stdin" else io.TextIOWrapper
                patch.setattr(sys, name, kind(stream, "utf-8", write_through=True))
            code = run_command(list(map(str, arguments)))
            sys.stdout.flush()
            said = {name: stream.getvalue().decode() for name, stream in streams.items()}
        return Ran(code, said["stdout"], said["stderr"])

    return run


@contextmanager
def _as_new_process(patch: pytest.MonkeyPatch, env: dict[str, str]) -> Iterator[None]:
    """Forget what a process reads or counts once; where its settings differ, the encoders too."""
    for name, value in env.items():
        patch.setenv(name, value)
    OF_THE_PROCESS.dollars = 0.0
    try:
        _forget(env)
        yield
    finally:
        patch.undo()
        _forget(env)


def _forget(env: dict[str, str]) -> None:
    settings.cache_clear()
    if env:
        open_encoder.cache_clear()


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., Ran]:
    """Return a function that runs a command as `cli` does, in a process of its own."""

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


def interrupt(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    """Press Ctrl-C; return the exit code and standard error."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err.decode()


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


@pytest.fixture
def model_folder() -> Path:
    """Return the folder of the model that the tests run on."""
    found = weights.find(model("minilm"), settings())
    assert found is not None
    return found
