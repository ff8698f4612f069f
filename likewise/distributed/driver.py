"""Drives a job: asks the store what is finished, has the rest done, and counts."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from likewise.distributed.executors import Executor, Work
from likewise.distributed.lease import Lease
from likewise.distributed.shard import Outcome
from likewise.errors import ShardsFailed
from likewise.types import Reading

MOST_IN_A_ROW = 16
"""Parts that fail one after another before the rest is not even tried."""

_TOLD = 5


@dataclass
class Progress:
    """How far a job is.

    parts: in all. done: finished, before this run too. rows, failed, reading: of this run.
    seconds: since its beginning. problems: parts that could not be finished, with the reason.
    in_a_row: how many of them came one after another at last.
    """

    parts: int
    done: int
    rows: int = 0
    failed: int = 0
    seconds: float = 0.0
    finished: int = 0
    reading: Reading = field(default_factory=Reading)
    problems: list[tuple[int, str]] = field(default_factory=list)
    in_a_row: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def rows_per_second(self) -> float:
        """Rows that are done in a second."""
        return self.rows / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at this pace; None before anything is finished."""
        if not self.finished:
            return None
        return self.seconds / self.finished * (self.parts - self.done)

    def count(self, outcome: Outcome) -> None:
        """Take in what became of a part."""
        self.seconds = time.monotonic() - self.began
        if outcome.problem is not None:
            self.problems.append((outcome.number, outcome.problem))
            self.in_a_row += 1
            return
        self.in_a_row = 0
        self.done += 1
        self.finished += 1
        self.rows += outcome.rows
        self.failed += outcome.failed
        self.reading.join(Reading(**outcome.reading))


def drive(
    executor: Executor,
    work: Work,
    todo: Sequence[int],
    *,
    parts: int,
    lease: Lease | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Progress:
    """Have parts of a job done, and return how it went.

    Args:
        executor: who does them.
        work: what is to be done.
        todo: numbers of the parts that are not finished yet.
        parts: how many there are in all.
        lease: the right to do so; checked after each.
        progress: told after each part.

    Raises:
        ShardsFailed: some could not be finished; all others are.
        DriverBusy: another driver has taken the job.
    """
    state = Progress(parts, parts - len(todo))
    with closing(_each(executor.run(work, todo))) as outcomes:
        for outcome in outcomes:
            state.count(outcome)
            if progress:
                progress(state)
            if lease is not None:
                lease.tell(done=state.done, parts=parts, rows_per_second=state.rows_per_second)
                lease.check()
            if state.in_a_row >= MOST_IN_A_ROW:
                break
    if state.problems:
        raise _failures(state)
    return state


def _each(outcomes: Iterator[Outcome]) -> Generator[Outcome, None, None]:
    yield from outcomes  # closing it ends the work, whatever kind of iterator that is


def _failures(state: Progress) -> ShardsFailed:
    failed = len(state.problems)
    first = "; ".join(f"{number}: {said}" for number, said in state.problems[:_TOLD])
    more = " …" if failed > _TOLD else ""
    rest = state.parts - state.done - failed
    untried = f" {rest:,} were not tried after that." if rest else ""
    return ShardsFailed(
        f"{failed:,} of {state.parts:,} shards could not be finished ({first}{more}).{untried}",
        f"{state.done:,} are finished and kept. Fix the cause and run it again: only the others "
        "are made.",
    )
