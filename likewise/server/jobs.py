"""Long work that the page starts and follows: how far it is, its end, its error, and its stop.

A job runs on a thread of a `Runner`.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, Literal, TypeVar

from likewise.errors import LikewiseError, NotFound, is_failure
from likewise.server.engine.runner import Runner
from likewise.server.http.envelope import internal_error

log = logging.getLogger(__name__)

JobState = Literal["waiting", "running", "done", "failed", "stopped"]

Outcome = TypeVar("Outcome")


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
