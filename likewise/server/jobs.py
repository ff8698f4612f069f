"""Long work that the page starts and follows: how far it is, its end, its error, and its stop.

A job runs on a thread of a `Runner`. Work that must be ended at any moment, or that would keep
the interpreter to itself, runs in a process of its own: `in_process` makes it look the same.
"""

import logging
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection
from typing import Any, Generic, Literal, TypeVar

from likewise.errors import LikewiseError, NotFound, is_failure
from likewise.server.engine.runner import Runner
from likewise.server.http.envelope import internal_error

log = logging.getLogger(__name__)

JobState = Literal["waiting", "running", "done", "failed", "stopped"]

Outcome = TypeVar("Outcome")

LOOK_SECONDS = 0.2
"""How often a job in a process of its own is asked to stop, at the least."""


class StoppedError(Exception):
    """Ends a job from inside; no caller ever sees it."""


class Job(Generic[Outcome]):
    """One job; written by its thread, read by requests.

    Attributes:
        what: what is being done, for people.
        done: how much of it is done.
        total: of how much; 0 where that is unknown.
        seconds: how long it has run, as of its last report.
        error: why it failed.
        queued: its place in the queue.
    """

    def __init__(self, what: str) -> None:
        self.state: JobState = "waiting"
        self.what = what
        self.done = 0
        self.total = 0
        self.seconds = 0.0
        self.error: LikewiseError | None = None
        self.queued: Future[None] | None = None
        self._outcome: Outcome | None = None
        self._stopping = False
        self._began = 0.0

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("done", "failed", "stopped")

    def outcome(self, kind: str) -> Outcome:
        """Return what came of it; `kind` is what it is called in errors.

        Raises:
            NotFound: it has not ended well.
        """
        if self.state != "done" or self._outcome is None:
            raise NotFound(
                kind,
                f"This {kind} is {self.state}: it has no result.",
                "Wait for it, or start it again.",
            )
        return self._outcome

    def stop(self) -> None:
        """End it at its next step; one that has ended stays as it is."""
        self._stopping = True
        if self.state == "waiting":
            self.state = "stopped"
            if self.queued is not None:
                self.queued.cancel()  # it keeps nobody else's place

    def check(self) -> None:
        """End the work here where somebody stopped it."""
        self.seconds = time.monotonic() - self._began
        if self._stopping:
            raise StoppedError

    def report(self, what: str, done: int, total: int) -> None:
        """Say how far the work is, and end it here where somebody stopped it."""
        self.check()
        self.what, self.done, self.total = what, done, total

    def run(self, work: Callable[["Job[Outcome]"], Outcome]) -> None:
        """Do the work on this thread; nothing is raised."""
        if self._stopping:
            return
        self._began = time.monotonic()
        self.what = "Getting ready"  # until the work says more
        self.state = "running"
        try:
            self._outcome = work(self)
            ended: JobState = "done"
        except StoppedError:
            ended = "stopped"
        except LikewiseError as error:
            self.error, ended = error, "failed"
        except BaseException as error:
            if not is_failure(error):
                raise
            log.exception("a job failed because of a defect")
            self.error, ended = internal_error(), "failed"
        self.seconds = time.monotonic() - self._began
        self.state = ended  # last: whoever sees it finds the rest

    def status(self) -> dict[str, Any]:
        """Return how it is, ready for JSON."""
        error = self.error
        return {
            "state": self.state,
            "what": self.what,
            "done": self.done,
            "total": self.total,
            "seconds": round(self.seconds, 1),
            "error": error and {"problem": error.problem, "remedy": error.remedy},
        }


def start(runner: Runner, job: Job[Outcome], work: Callable[[Job[Outcome]], Outcome]) -> None:
    """Queue a job's work; raises `Overloaded` where too many wait."""
    job.queued = runner.submit(lambda: job.run(work))


def in_process(
    function: Callable[..., Outcome],
    *arguments: Any,  # noqa: ANN401  # they travel by pickle
) -> Callable[[Job[Outcome]], Outcome]:
    """Return work that calls `function(report, *arguments)` in a process of its own.

    The function, its arguments and what it returns must be such as `multiprocessing` can send.
    Stopping the job kills the process. Errors of the tree arrive as they are.
    """

    def work(job: Job[Outcome]) -> Outcome:
        context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(theirs, function, arguments), daemon=True)
        process.start()
        theirs.close()
        try:
            return _follow(job, ours)
        finally:
            process.kill()
            process.join()
            ours.close()

    return work


def _follow(job: Job[Outcome], pipe: Connection) -> Outcome:
    while True:
        job.check()
        if not pipe.poll(LOOK_SECONDS):
            continue
        kind, value = pipe.recv()
        if kind == "report":
            job.report(*value)
        elif kind == "error":
            raise value
        else:
            outcome: Outcome = value
            return outcome


def _child(pipe: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    def report(what: str, done: int, total: int) -> None:
        pipe.send(("report", (what, done, total)))

    try:
        pipe.send(("outcome", function(report, *arguments)))
    except BaseException as error:  # it is raised where the job is followed
        if not is_failure(error):
            raise
        # a library's panic is of a class that can't be sent
        told = error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
        pipe.send(("error", told))
