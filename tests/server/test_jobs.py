"""Long work: how far it is, its end, its error, its stop."""

import threading
from unittest.mock import Mock

import pytest

from likewise.errors import ColumnMissing, NotFound
from likewise.server.engine.runner import Runner
from likewise.server.jobs import Job, start
from tests.panics import PanicException
from tests.waiting import wait_for


@pytest.fixture
def runner():
    runner = Runner("jobs", threads=1, waiting=4)
    yield runner
    runner.stop()


def ended(job):
    wait_for(lambda: job.over)
    return job.status()


def test_a_job_says_how_far_it_is(runner):
    job, seen, go_on = Job("Waiting"), threading.Event(), threading.Event()
    at_first = []

    def work(job):
        at_first.append(job.what)
        job.report("Counting", 2, 5)
        seen.set()
        assert go_on.wait(30)
        return 7

    start(runner, job, work)
    assert seen.wait(30)
    assert at_first == ["Getting ready"]  # nothing is waited for any more
    status = job.status()
    assert (status["state"], status["what"]) == ("running", "Counting")
    assert (status["done"], status["total"], status["error"]) == (2, 5, None)
    with pytest.raises(NotFound, match="This sum is running: it has no result"):
        job.outcome("sum")
    go_on.set()
    assert ended(job)["state"] == "done"
    assert job.outcome("sum") == 7


def test_what_was_stopped_while_it_waited_keeps_nobodys_place(runner):
    begun, go_on, first = threading.Event(), threading.Event(), Job("Waiting")

    def work(job):
        begun.set()
        assert go_on.wait(30)

    start(runner, first, work)
    assert begun.wait(30)
    for _ in range(20):  # the runner takes four that wait
        job = Job("Waiting")
        start(runner, job, work)
        job.stop()
        assert job.status()["state"] == "stopped"
    last = Job("Waiting")
    start(runner, last, work)
    go_on.set()
    assert ended(first)["state"] == ended(last)["state"] == "done"


def test_a_job_is_stopped_at_its_next_step(runner):
    job, seen = Job("Waiting"), threading.Event()

    def work(job):
        while True:
            job.report("Counting", 1, 0)
            seen.set()

    start(runner, job, work)
    assert seen.wait(30)
    job.stop()
    assert ended(job)["state"] == "stopped"
    job.stop()
    assert job.state == "stopped"


def test_a_job_that_waits_is_stopped_at_once_and_never_runs(runner):
    gate, ran = threading.Event(), []
    runner.submit(gate.wait)
    job = Job("Waiting")
    start(runner, job, lambda _: ran.append(1))
    job.stop()
    assert job.state == "stopped"
    gate.set()
    runner.submit(lambda: None).result(30)
    assert ran == []


def test_an_error_is_told_and_a_defect_is_not(runner, caplog):
    def fails(_):
        raise ColumnMissing("There is no column 'x'.", "Name another.")

    job = Job("Waiting")
    start(runner, job, fails)
    status = ended(job)
    assert status["state"] == "failed"
    assert status["error"] == {"problem": "There is no column 'x'.", "remedy": "Name another."}
    for defect in (ZeroDivisionError(), PanicException("index out of bounds")):
        job = Job("Waiting")
        start(runner, job, Mock(side_effect=defect))
        status = ended(job)
        assert "defect" in status["error"]["problem"]
        assert type(defect).__name__ in caplog.text
