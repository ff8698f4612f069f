"""Who does the work: a loop, or processes of this machine. `on_ray` is a third one.

All keep one contract: every number that is given comes back once, as an `Outcome`, in any order.
Nothing else is promised, for what is finished is asked of the store, never of who did it.
"""

import gc
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from likewise.distributed.shard import Outcome
from likewise.errors import LikewiseError, is_failure, shown

Work = Callable[[int], Outcome]
"""Does one part of a job; it can be pickled."""

MOST_CRASHES = 3
"""Times that one part may end a process before it is left alone."""

_END_SECONDS = 5.0


class Executor(Protocol):
    """Does parts of a job."""

    @property
    def name(self) -> str:
        """What does them, for people."""

    @property
    def threads(self) -> int | None:
        """Threads that an encoder should have, so that workers share the processors out.

        None where one has all that the settings give it.
        """

    def run(self, work: Work, numbers: Sequence[int]) -> Iterator[Outcome]:
        """Yield one outcome for each number, in any order.

        Closing the iterator ends the work; what is finished stays.
        """


def attempted(work: Work, number: int) -> Outcome:
    """Return what became of a part, also where it raised something."""
    try:
        return work(number)
    except LikewiseError as error:
        return Outcome(number, problem=str(error))
    except MemoryError:
        return Outcome(number, problem="its machine had too little memory")
    except BaseException as error:
        if not is_failure(error):
            raise
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Outcome(number, problem=shown(said, 300), ours=False)


def prepared(work: Work) -> None:
    """Let a worker import and load what it will need, before it is given its first part.

    A work that has something to load has a method `prepare`. What fails there is told by the parts
    that need it, which are tried again where that may help.
    """
    prepare = getattr(work, "prepare", None)
    if prepare is not None:
        try:
            prepare()
        except BaseException as error:
            if not is_failure(error):
                raise
    # what is there now stays, a hundred thousand objects with Ray's: looking through them for
    # garbage again and again took an eighth of the time of work that makes many objects
    gc.collect()
    gc.freeze()


class Loop:
    """Does one part after another, in this process."""

    name = "this process"
    threads = None

    def run(self, work: Work, numbers: Sequence[int]) -> Iterator[Outcome]:
        """See `Executor`."""
        for number in numbers:
            yield attempted(work, number)


class Processes:
    """Does parts in processes of this machine; one that is killed is replaced.

    Args:
        workers: how many processes.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @property
    def name(self) -> str:
        """See `Executor`."""
        return f"{self.workers} process{'' if self.workers == 1 else 'es'}"

    @property
    def threads(self) -> int:
        """See `Executor`."""
        return max(1, (os.cpu_count() or 1) // self.workers)

    def run(self, work: Work, numbers: Sequence[int]) -> Iterator[Outcome]:
        """See `Executor`."""
        waiting = deque(numbers)
        crashes: Counter[int] = Counter()
        team: list[_Worker] = []
        try:
            while waiting or any(one.number is not None for one in team):
                team += [_Worker(work) for _ in range(min(len(waiting), self.workers - len(team)))]
                _hand_out(team, waiting)
                for one in _heard(team):
                    outcome = one.take()
                    if outcome is not None:
                        yield outcome
                        continue
                    team.remove(one)
                    lost = one.end()
                    if lost is not None and (outcome := _again(lost, crashes, one, waiting)):
                        yield outcome
        finally:
            for one in team:
                one.process.terminate()
            for one in team:
                one.end()


class _Worker:
    """A process that does one part at a time; it ends with the process that started it."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(other, work), daemon=True)
        self.number: int | None = None
        self.process.start()
        other.close()

    def give(self, number: int) -> None:
        self.number = number
        with suppress(OSError):  # it has ended, which is seen when it is asked
            self.pipe.send(number)

    def take(self) -> Outcome | None:
        """Return what it says, None where it has ended."""
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):
            return None
        self.number = None
        return outcome

    def end(self) -> int | None:
        """Wait for its end; return the part that it had not finished."""
        self.pipe.close()
        self.process.join(_END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        return self.number


def _hand_out(team: Sequence[_Worker], waiting: deque[int]) -> None:
    for one in team:
        if one.number is None and waiting:
            one.give(waiting.popleft())


def _heard(team: Sequence[_Worker]) -> list[_Worker]:
    """Wait until a worker says something, or ends; a pipe whose other end is gone is ready too."""
    ready = wait([one.pipe for one in team])
    return [one for one in team if one.pipe in ready]


def _again(
    number: int, crashes: Counter[int], worker: _Worker, waiting: deque[int]
) -> Outcome | None:
    """Put a part whose process was killed behind the others, unless it has killed several."""
    crashes[number] += 1
    if crashes[number] < MOST_CRASHES:
        waiting.append(number)
        return None
    code = worker.process.exitcode
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    said = f"its process ended {MOST_CRASHES} times ({how}), perhaps for want of memory"
    return Outcome(number, problem=said)


def _serve(pipe: Connection, work: Work) -> None:
    # Ctrl-C reaches all processes of a terminal; the one that drives tells the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepared(work)
    with suppress(EOFError, OSError):  # the other end is gone, and so is the job
        while True:
            pipe.send(attempted(work, pipe.recv()))
