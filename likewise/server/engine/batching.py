"""One thread that encodes for everybody, in batches bounded in tokens.

An encoder uses all cores by itself; two at once would only disturb each other. So jobs wait in
a fair queue that is bounded in tokens, and one thread takes batches from it. A batch is never
more than a budget of tokens, so that nobody waits for longer than a batch behind a long job.

Nothing here knows of HTTP.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from likewise.encoders.base import Encoder
from likewise.encoders.culprit import culprit
from likewise.encoders.forking import renewed_after_fork
from likewise.encoders.wrapped import WrappedEncoder
from likewise.errors import DefectiveVectors, LikewiseError, Overloaded, is_failure
from likewise.server.engine.fair_queue import EncodingJob, FairQueue, Piece
from likewise.server.engine.pace import Pace
from likewise.types import Encoding, Progress, are_unit

PATIENCE = 1.5
"""What has waited for so many times as long as it may have to, because the machine became slower
meanwhile, is given up: it is better told so than late."""

BATCHES = 4
"""The longest wait is at least so many batches long, on a slow machine too."""

LEAST_BATCH = 512
"""Tokens that a batch may have however slow the machine is."""

Observe = Callable[[int, int, float], None]
"""Called after each batch with its texts, tokens and seconds."""


@dataclass(frozen=True)
class Limits:
    """What the batcher takes on. Tokens are as the encoder counts them, cut to what it reads."""

    batch_tokens: int = 2_048
    queue_tokens: int = 100_000
    """Tokens that may be before a job in the queue; a job behind more is refused at once."""
    wait: float = 10.0
    """Seconds that a job may have to wait; what would wait longer is refused at once."""
    held_tokens: int = 2_000_000
    """Tokens that may wait in all, however fairly: a bound on memory."""
    deadline: float = 300.0
    """Seconds after which a job that has not ended is given up."""


@dataclass(frozen=True)
class Load:
    """How much there is to do."""

    waiting_tokens: int
    waiting_jobs: int
    tokens_per_second: float


class Batcher:
    """Encodes jobs on one thread; see the module's text."""

    def __init__(self, limits: Limits | None = None, *, observe: Observe | None = None) -> None:
        """Take jobs on; the thread begins with the first."""
        self.limits = limits or Limits()
        self._observe = observe
        self._queue = FairQueue()
        self._pace = Pace()
        self._begun = 0
        """Tokens of the batch that is encoded."""
        self._began = 0.0
        self._stopped = False
        self._changed = threading.Condition()
        self.engine = threading.Lock()
        """Held while texts are computed, here or by who computes something else with an encoder."""
        self._thread: threading.Thread | None = None
        renewed_after_fork(self)

    def renew(self) -> None:
        """Begin anew after a fork: the thread is gone, and what waited is the other process's."""
        self._queue = FairQueue()
        self._changed = threading.Condition()
        self.engine = threading.Lock()
        self._thread = None

    @property
    def alive(self) -> bool:
        """Whether jobs are worked on: the thread lives, or begins with the next job."""
        return self._thread is None or self._thread.is_alive()

    def submit(
        self,
        encoder: Encoder,
        texts: Sequence[str],
        costs: Sequence[int],
        *,
        client: str = "",
        deadline: float | None = None,
    ) -> Future[Encoding]:
        """Queue texts; the future gives their encoding, in order. Cancel it to drop the work.

        Args:
            encoder: who encodes; texts of several encoders may wait together.
            texts: n texts.
            costs: for each text the tokens that the encoder will read of it.
            client: jobs of one client share one turn.
            deadline: seconds from now, by default the limits'.

        Raises:
            Overloaded: too much waits already, or the batcher has been stopped.
        """
        now = time.monotonic()
        until = now + (self.limits.deadline if deadline is None else deadline)
        latest = now + PATIENCE * self._longest_wait(sum(costs))
        job = EncodingJob(encoder, texts, costs, until, latest)
        if not texts:
            job.put([])
            return job.future
        with self._changed:
            if self._stopped or self._too_much(client, sum(costs)):
                raise self._overloaded()
            self._queue.add(client, job)
            self._begin()
            self._changed.notify_all()
        return job.future

    def given_up(self) -> Overloaded:
        """Return the error for a job that has not ended by its deadline."""
        return self._overloaded()

    def _begin(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            # a daemon: a second signal ends the process at once, also within a batch
            self._thread = threading.Thread(target=self._work, name="inference", daemon=True)
            self._thread.start()

    def check_room(self, client: str, tokens: int, late: float = 0.0) -> None:
        """Raise `Overloaded` where a job of about so many tokens would be refused now.

        late: seconds for which it has waited elsewhere.
        """
        if self._queue.waiting <= self._most_ahead(late):
            return  # also without the lock: not even all that waits is too much
        with self._changed:
            if self._stopped or self._too_much(client, tokens, late):
                raise self._overloaded()

    def expected_wait(self) -> int:
        """Return the seconds in which what waits now will be done, at least one."""
        speed = self._pace.per_second
        return max(1, math.ceil(self._queue.waiting / speed)) if speed else 1

    def load(self) -> Load:
        """Return how much there is to do."""
        with self._changed:
            return Load(self._queue.waiting, len(self._queue.jobs), self._pace.per_second)

    def stop(self, seconds: float = 0.0) -> None:
        """Take nothing more on; give what waits `seconds` to begin, then give it up."""
        until = time.monotonic() + seconds
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            while self._queue and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            for job in self._queue.jobs:
                job.fail(self._overloaded())
            self._queue.drop(lambda _: True)
            self._changed.notify_all()

    def _too_much(self, client: str, tokens: int, late: float = 0.0) -> bool:
        """Whether a job of so many tokens would have to wait for too long.

        A job that takes long itself may wait for longer: for four of its size.
        """
        if not self._queue.waiting:
            return False  # a job of any size: otherwise it could never come
        return (
            self._queue.is_behind(client, tokens, max(self._most_ahead(late), 4 * tokens))
            or self._queue.waiting + tokens > self.limits.held_tokens
        )

    def _most_ahead(self, late: float = 0.0) -> float:
        """Return the tokens that may be before a job that has waited elsewhere already."""
        most, speed = self.limits.queue_tokens, self._pace.per_second
        if not speed:
            return most
        under_way = max(0.0, self._begun - speed * (time.monotonic() - self._began))
        return min(most, speed * (self.limits.wait - late) - under_way)

    def _longest_wait(self, tokens: int) -> float:
        """Return the seconds for which a job of so many tokens may have to wait."""
        speed = self._pace.per_second
        return max(self.limits.wait, 4 * tokens / speed if speed else 0.0)

    def _batch_tokens(self) -> int:
        """Return how many tokens are encoded at a time."""
        speed = self._pace.per_second
        if not speed:
            return self.limits.batch_tokens
        in_time = int(speed * self.limits.wait / BATCHES)
        return min(self.limits.batch_tokens, max(LEAST_BATCH, in_time))

    def _overloaded(self) -> Overloaded:
        return Overloaded(
            "The server is stopping."
            if self._stopped
            else f"The server is overloaded: {self._queue.waiting:,} tokens are waiting.",
            "Try again later, or send smaller requests.",
            retry_after=self.expected_wait(),
        )

    def _work(self) -> None:
        since = time.monotonic()
        while True:
            with self._changed:
                while not self._queue and not self._stopped:
                    self._changed.wait()
                    since = time.monotonic()
                if not self._queue:
                    return
                self._queue.drop(self._unwanted)
                batch = self._queue.batch(self._batch_tokens())
                self._begun, self._began = sum(piece.tokens for piece in batch), time.monotonic()
                self._changed.notify_all()
            if batch:
                self._encode(batch)
                since = self._note(self._begun, since)

    def _unwanted(self, job: EncodingJob) -> bool:
        """Whether nobody waits for the job any more, or it comes too late."""
        now = time.monotonic()
        if job.deadline < now or (job.latest < now and not job.under_way):
            job.fail(self._overloaded())
        return job.over

    def _encode(self, batch: list[Piece]) -> None:
        texts = [text for piece in batch for text in piece.texts]
        began = time.monotonic()
        try:
            with self.engine:
                encoding = _Checked(batch[0].job.encoder).encode(texts)
        except BaseException as error:
            if not is_failure(error):
                raise
            # the culprit is one of the pieces: only its job fails
            if len(batch) == 1:
                batch[0].job.fail(self._about(batch[0], texts, error))
            else:
                for piece in batch:
                    self._encode([piece])
            return
        if self._observe:
            tokens = sum(piece.tokens for piece in batch)
            self._observe(len(texts), tokens, time.monotonic() - began)
        start = 0
        for piece in batch:
            rows = slice(start, start + len(piece.which))
            start = rows.stop
            piece.job.put(piece.which, encoding.take(rows))

    def _about(self, piece: Piece, texts: list[str], error: BaseException) -> BaseException:
        """Return the error of a piece, which says the text at fault where there is one."""
        if isinstance(error, DefectiveVectors):
            with self.engine:
                error = culprit(_Checked(piece.job.encoder), texts, error)
        if isinstance(error, LikewiseError) and error.which is not None:
            error.which = piece.which[error.which]
        return error

    def _note(self, tokens: int, since: float) -> float:
        """Note how fast work gets done while there is some; give the time.

        From the end of a batch to that of the next: on a busy machine much of it is waiting for
        the processor and the interpreter, and those who wait in the queue wait for that too.
        """
        now = time.monotonic()
        self._pace.note(tokens, now - since)
        self._begun = 0
        return now


class _Checked(WrappedEncoder):
    """Every row that leaves is finite and of unit length, whatever the encoder did."""

    def encode(self, texts: Iterable[str], *, progress: Progress | None = None) -> Encoding:
        """Encode; raises `DefectiveVectors` for rows that may not leave."""
        every = list(texts)
        encoding = self.encoder.encode(every, progress=progress)
        good = are_unit(encoding.vectors)
        if len(good) != len(every) or not good.all():
            raise DefectiveVectors(
                f"{self.identity.name} gave a vector that is not finite or not of unit length.",
                "Report it with the model's name; meanwhile try LIKEWISE_PRECISION=f32.",
                which=int(good.argmin()) if len(good) == len(every) else None,
            )
        return encoding
