"""Ctrl-C, kill -9, and going on from there."""

import importlib
import os
import pty
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from likewise.cli import stopping
from likewise.encoders.stream import SLICE_TEXTS
from tests.cli.conftest import COMMAND, interrupt, texts_file
from tests.waiting import wait_for

FIRST = "000000.parquet"

STOPPED_AT_AN_IMPORT = """
import os, signal, sys
from likewise.cli import main

left = [int(sys.argv.pop(1))]

def stop(event, _):
    if event == "import":
        left[0] -= 1
        if left[0] == 0:
            print("stopped", flush=True)
            os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(stop)
main()
"""
"""Presses Ctrl-C when a command's start has come to its n-th import."""


def lines(count, more=f" {'x' * 200}"):
    """Texts of which a slice is more than what is read ahead from a pipe to see what it is."""
    return [f"number {number} says hello{more}" for number in range(count)]


def joined(texts):
    return "".join(f"{text}\n" for text in texts).encode()


@pytest.mark.parametrize(
    ("how", "format_"),
    [
        (signal.SIGINT, "npz"),
        (signal.SIGINT, "jsonl"),
        (signal.SIGKILL, "npy"),
        (signal.SIGKILL, "parquet"),
        (signal.SIGTERM, "csv"),
    ],
)
def test_a_stopped_run_goes_on_to_the_same_bytes(tmp_path, cli, start, how, format_):
    texts = lines(SLICE_TEXTS * 4)
    whole, out = tmp_path / f"whole.{format_}", tmp_path / f"out.{format_}"
    assert cli("embed", "-", "-o", whole, "-e", "sha256", stdin=joined(texts)).code == 0
    process = start("embed", "-", "-o", out, "-e", "sha256")
    process.stdin.write(joined(texts[: SLICE_TEXTS * 2 - 5]))
    process.stdin.flush()
    part = tmp_path / f"out.{format_}.part"
    wait_for((part / FIRST).exists)
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err
    if how == signal.SIGINT:
        assert f"Stopped. What is finished is in {out}.part; the same" in err.decode()
    assert not out.exists()
    made = (part / FIRST).stat().st_mtime_ns
    process = start("embed", "-", "-o", out, "-e", "sha256")
    process.stdin.write(joined(texts[: SLICE_TEXTS * 3]))
    process.stdin.flush()
    wait_for((part / "000001.parquet").exists)
    assert (part / FIRST).stat().st_mtime_ns == made
    _, err = process.communicate(joined(texts[SLICE_TEXTS * 3 :]), timeout=60)
    assert b"Going on from what an earlier run has embedded." in err
    assert out.read_bytes() == whole.read_bytes()
    assert not part.exists()


def test_ctrl_c_within_the_real_encoder(tmp_path, cli, start, minilm):
    # equal texts are encoded once, so the first slice is soon done, and the second takes a while
    texts = [f"say {number % 50}" for number in range(SLICE_TEXTS)]
    texts += [f"say {number} {'and on ' * 60}" for number in range(100)]
    texts_file(tmp_path / "t.txt", texts)
    process = start("embed", "t.txt", "-o", "out.npy")
    wait_for((tmp_path / "out.npy.part" / FIRST).exists, 120)  # now the second is computed
    code, err = interrupt(process)
    assert code == 130
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.npy.part", "t.txt"]
    assert cli("embed", "t.txt", "-o", "out.npy").code == 0
    vectors = np.load(tmp_path / "out.npy")
    assert len(vectors) == len(texts)
    either = np.r_[:50, SLICE_TEXTS - 50 : SLICE_TEXTS + 50]  # of what was finished, and after it
    expected = minilm.encode([texts[row] for row in either]).vectors
    assert (vectors[either] * expected).sum(axis=1).min() > 0.9999


def test_ctrl_c_before_anything_is_finished_leaves_nothing(tmp_path, start):
    process = start("embed", "-", "-o", "out.npy", "-e", "sha256")
    process.stdin.write(joined(lines(2_000)))
    process.stdin.flush()
    wait_for((tmp_path / "out.npy.part" / "output").exists)
    code, err = interrupt(process)
    assert code == 130
    assert "Stopped. Nothing is kept" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (("--help",), (1, 30, 100)),
        (("compare", "a", "b"), (1, 100, 400)),
        (("doctor",), (1, 100, 400)),
    ],
)
def test_ctrl_c_at_any_moment_of_a_start(tmp_path, arguments, numbers):
    for number in numbers:
        done = subprocess.run(
            [sys.executable, "-c", STOPPED_AT_AN_IMPORT, str(number), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr.strip()) == (130, ""), number
        assert done.stdout.startswith("stopped\n")


def test_changed_texts_and_encoders_are_refused_until_restart(tmp_path, cli, start):
    texts = lines(SLICE_TEXTS * 2)
    process = start("embed", "-", "-o", "out.npy", "-e", "sha256")
    process.stdin.write(joined(texts[: SLICE_TEXTS * 2 - 5]))
    process.stdin.flush()
    wait_for((tmp_path / "out.npy.part" / FIRST).exists)
    assert interrupt(process)[0] == 130
    texts[7] = "changed"
    ran = cli("embed", "-", "-o", "out.npy", "-e", "sha256", stdin=joined(texts))
    assert ran.code == 4
    assert "does not fit: the texts have changed since then. Add --restart" in ran.err
    ran = cli("embed", "-", "-o", "out.npy", stdin=joined(texts))
    assert ran.code == 4
    assert "its encoder is sha256, not minilm" in ran.err
    assert (tmp_path / "out.npy.part" / FIRST).exists()
    ran = cli("embed", "-", "-o", "out.npy", "-e", "sha256", "--restart", stdin=joined(texts))
    assert ran.code == 0
    assert np.load(tmp_path / "out.npy").shape == (len(texts), 256)


def test_a_terminal_shows_progress_and_time_left(tmp_path):
    texts_file(tmp_path / "t.txt", lines(30_000))
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "embed", "t.txt", "-o", "out.csv", "-e", "sha256"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=follower,
        env=os.environ | {"COLUMNS": "100", "TERM": "xterm-256color"},
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 65_536)
        except OSError:  # Linux: the other side has closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(leader)
    assert process.wait(timeout=60) == 0
    assert b"Embedding" in shown
    assert b"/30000" in shown
    assert b"left" in shown
    assert b"30,000 texts embedded by sha256 into out.csv" in shown


def test_a_stop_during_an_import_waits_for_its_end(tmp_path, monkeypatch):
    timers: list[tuple[int, float]] = []
    monkeypatch.setattr(signal, "setitimer", lambda *arguments: timers.append(arguments))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    stops: list[int] = []

    def asked(frame):
        stop = stopping(stops)
        stop(signal.SIGINT, frame)  # a compiled module would take an exception for its own
        with pytest.raises(KeyboardInterrupt):
            stop(signal.SIGINT, frame)  # who asks twice is not kept waiting

    (tmp_path / "stopped.py").write_text("import sys, asking\nasking.asked(sys._getframe())\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "asking", SimpleNamespace(asked=asked))
    importlib.import_module("stopped")
    assert (len(stops), len(timers)) == (2, 1)
    with pytest.raises(KeyboardInterrupt):
        stopping([])(signal.SIGINT, sys._getframe())


def test_the_end_of_a_terminal_that_is_told_twice_is_one_stop():
    stop, ended = stopping([]), []
    for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGINT):
        try:
            stop(number, None)
        except KeyboardInterrupt:  # not let through, which would end the tests
            ended.append(number)
    assert ended == [signal.SIGHUP, signal.SIGINT]
