"""Threads of one kind of work: bounded, nobody's hostage, dropped with their caller."""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from likewise.errors import Overloaded
from likewise.server.engine.runner import Runner


@pytest.fixture
def gate():
    """An event on which work waits; set at the end."""
    event = threading.Event()
    yield event
    event.set()


def test_functions_are_run_and_their_errors_are_their_callers():
    runner = Runner("sums", threads=2, waiting=2)
    assert runner.submit(lambda: 1 + 1).result(10) == 2
    with pytest.raises(ZeroDivisionError):
        runner.submit(lambda: 1 // 0).result(10)
    assert asyncio.run(runner.run(lambda: 3)) == 3
    runner.stop()


def test_what_can_not_wait_is_refused(gate):
    runner = Runner("sums", threads=2, waiting=3, retry_after=7)
    began = threading.Barrier(3)

    def wait():
        began.wait(10)
        return gate.wait()

    futures = [runner.submit(wait) for _ in range(2)]
    began.wait(10)  # both threads are taken
    futures += [runner.submit(gate.wait) for _ in range(3)]
    with pytest.raises(Overloaded, match="3 sums are waiting") as raised:
        runner.submit(gate.wait)
    assert raised.value.retry_after == 7
    gate.set()
    assert all(future.result(10) for future in futures)
    assert runner.submit(lambda: "again").result(10) == "again"
    runner.stop()


def test_what_was_given_up_takes_no_place(gate):
    runner = Runner("sums", threads=1, waiting=1)
    runner.submit(gate.wait)
    ran = []
    waiting = runner.submit(lambda: ran.append("given up"))
    assert waiting.cancel()
    other = runner.submit(lambda: ran.append("other"))
    gate.set()
    other.result(10)
    assert ran == ["other"]
    runner.stop()


def test_work_is_dropped_with_its_caller(gate):
    runner = Runner("sums", threads=1, waiting=2)
    runner.submit(gate.wait)
    ran = []

    async def go():
        task = asyncio.create_task(runner.run(lambda: ran.append("dropped")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    gate.set()
    runner.submit(lambda: ran.append("kept")).result(10)
    assert ran == ["kept"]
    runner.stop()


def test_after_its_end_nothing_runs(gate):
    for _ in range(100):  # its thread may or may not have begun the first by then
        runner = Runner("sums", threads=1, waiting=2)
        runner.submit(gate.wait)
        waiting = runner.submit(lambda: 1)
        runner.stop()
        with pytest.raises(CancelledError):
            waiting.result(10)
    with pytest.raises(Overloaded, match="stopping"):
        runner.submit(lambda: 1)


def test_what_hangs_does_not_hold_up_the_end_of_the_process():
    code = """
import threading
from likewise.server.engine.runner import Runner
begun = threading.Event()
Runner("sums", threads=1, waiting=1).submit(lambda: (begun.set(), threading.Event().wait()))
assert begun.wait(30)
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=True, capture_output=True)
    assert done.stderr == b""
