"""Jobs that wait for their turn: whose texts are in the next batch.

Each client has a virtual clock that its tokens advance, and the one whose clock is behind is
next (A. Demers, S. Keshav, S. Shenker, "Analysis and simulation of a fair queueing algorithm",
SIGCOMM 1989); the jobs of one client take turns. Pieces of several jobs go into a batch together,
because a batch of many short texts costs little more than one text.

Not safe between threads by itself; `likewise.server.engine.batching` holds the lock.
"""

import itertools
import logging
import math
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from likewise.encoders.base import Encoder
from likewise.types import Encoding

log = logging.getLogger(__name__)

PIECE_TOKENS = 256
"""Tokens that one client gets in a row while others wait for the same batch."""


@dataclass(eq=False)
class EncodingJob:
    """Texts of one caller that are to be encoded; `future` gets the encoding."""

    encoder: Encoder
    texts: Sequence[str]
    costs: Sequence[int]
    deadline: float
    latest: float = math.inf
    """When it must have begun."""
    future: Future[Encoding] = field(default_factory=Future)

    def __post_init__(self) -> None:
        n = len(self.texts)
        # by length: a piece then holds texts of like length, which need little padding
        self._order = deque(sorted(range(n), key=self.costs.__getitem__))
        self._left = n
        self._result: Encoding | None = None

    @property
    def waiting(self) -> int:
        """Tokens that are not in a batch yet."""
        return sum(self.costs[index] for index in self._order)

    @property
    def begun(self) -> bool:
        """Whether all texts are in batches."""
        return not self._order

    @property
    def under_way(self) -> bool:
        """Whether some texts are in batches."""
        return len(self._order) < len(self.texts)

    @property
    def over(self) -> bool:
        """Whether nobody wants the result any more."""
        return self.future.done()

    def take(self, room: int, *, alone: bool) -> list[int]:
        """Return the next texts: a piece of them, or one that is longer than that.

        None where there is no `room` for it, unless it would be `alone` in its batch.
        """
        taken: list[int] = []
        piece = min(room, PIECE_TOKENS)
        while self._order:
            cost = self.costs[self._order[0]]
            if taken and cost > piece:
                break
            if not taken and cost > room and not alone:
                break
            taken.append(self._order.popleft())
            piece -= cost
        return taken

    def put(self, which: list[int], encoding: Encoding | None = None) -> None:
        """Take the rows of the texts `which`; the last ones complete the future."""
        if encoding is not None and len(self.texts) == 1:
            self._result = encoding  # as nearly every job of a busy server
        elif encoding is not None:
            whole = self._result = self._result or self._empty()
            whole.vectors[which] = encoding.vectors
            whole.tokens[which] = encoding.tokens
            whole.truncated[which] = encoding.truncated
            whole.unknown[which] = encoding.unknown
        self._left -= len(which)
        if not self._left:
            result = self._result or self._empty()
            self._end(lambda: self.future.set_result(result))

    def _empty(self) -> Encoding:
        n, dims = len(self.texts), self.encoder.identity.dims
        return Encoding(
            np.empty((n, dims), np.float32),
            np.empty(n, np.int32),
            np.empty(n, np.bool_),
            np.empty(n, np.int32),
        )

    def fail(self, error: BaseException) -> None:
        """Give the job up."""
        self._end(lambda: self.future.set_exception(error))

    def _end(self, how: Callable[[], None]) -> None:
        """Complete the future unless its owner has cancelled it meanwhile."""
        if self.over:
            return
        try:
            how()
        except InvalidStateError:
            log.debug("a job was cancelled just as it ended")


@dataclass(eq=False)
class Flow:
    """The jobs of one client and its virtual clock, in tokens."""

    clock: int
    jobs: deque[EncodingJob] = field(default_factory=deque)
    waiting: int = 0
    """Tokens of its jobs that are not in a batch yet."""


class Turn(NamedTuple):
    """When a client is served: by its clock, and of two by who came first."""

    clock: int
    number: int
    client: str
    flow: Flow


@dataclass(frozen=True)
class Piece:
    """Some texts of one job, in one batch."""

    job: EncodingJob
    which: list[int]

    @property
    def texts(self) -> list[str]:
        """The texts themselves."""
        return [self.job.texts[index] for index in self.which]

    @property
    def tokens(self) -> int:
        """Tokens of the texts."""
        return sum(self.job.costs[index] for index in self.which)


class FairQueue:
    """Jobs by client."""

    def __init__(self) -> None:
        self.waiting = 0
        """Tokens that are not in a batch yet."""
        self._numbers = itertools.count()
        self._flows: dict[str, Flow] = {}
        self._turns: list[Turn] = []
        """A heap of whose turn it is; of a flow that is over, or has a later turn, it may have some
        that do not count any more."""
        self._clock = 0

    def __bool__(self) -> bool:
        return bool(self._flows)

    @property
    def jobs(self) -> list[EncodingJob]:
        """All jobs that wait, at least in part."""
        return [job for flow in self._flows.values() for job in flow.jobs]

    def add(self, client: str, job: EncodingJob) -> None:
        """Put `job` behind the other jobs of `client`."""
        flow = self._flows.get(client)
        if flow is None:
            flow = self._flows[client] = Flow(self._clock)
            self._await_turn(client, flow)
        flow.jobs.append(job)
        flow.waiting += job.waiting
        self.waiting += job.waiting

    def is_behind(self, client: str, tokens: int, most: float) -> bool:
        """Whether about more than `most` tokens would be served before a new job has ended.

        Jobs of a client take turns, and so do clients; so a short job does not wait for the
        whole of a long one, but for about as much of it as it has tokens itself.
        """
        own = self._flows.get(client)
        mine = min(own.waiting, len(own.jobs) * tokens) if own else 0
        ahead = mine
        for flow in self._flows.values():
            if ahead > most:
                break  # enough is known; there may be thousands more
            if flow is not own:
                ahead += min(flow.waiting, mine + tokens)
        return ahead > most

    def batch(self, most: int) -> list[Piece]:
        """Take pieces for one encoder, of whoever has had least so far, up to `most` tokens."""
        pieces: list[Piece] = []
        room = most
        passed_over: list[tuple[str, Flow]] = []
        while room > 0 and (found := self._next()):
            client, flow = found
            job = flow.jobs[0]
            if pieces and job.encoder is not pieces[0].job.encoder:
                passed_over.append(found)
                continue
            # a text that is longer than a whole batch gets one of its own
            piece = Piece(job, job.take(room, alone=not pieces))
            if not piece.which:
                passed_over.append(found)
                break
            pieces.append(piece)
            room -= piece.tokens
            self._account(client, flow, piece.tokens)
        for client, flow in passed_over:
            self._await_turn(client, flow)
        return pieces

    def drop(self, unwanted: Callable[[EncodingJob], bool]) -> None:
        """Take out the jobs that are `unwanted`."""
        for client, flow in list(self._flows.items()):
            gone = {job for job in flow.jobs if unwanted(job)}
            if gone:
                tokens = sum(job.waiting for job in gone)
                flow.jobs = deque(job for job in flow.jobs if job not in gone)
                flow.waiting -= tokens
                self.waiting -= tokens
            if not flow.jobs:
                del self._flows[client]

    def _await_turn(self, client: str, flow: Flow) -> None:
        heappush(self._turns, Turn(flow.clock, next(self._numbers), client, flow))

    def _next(self) -> tuple[str, Flow] | None:
        """Take out the client whose turn it is; `_await_turn` follows, or the end of its jobs."""
        while self._turns:
            turn = heappop(self._turns)
            if self._flows.get(turn.client) is turn.flow:
                return turn.client, turn.flow
        return None

    def _account(self, client: str, flow: Flow, tokens: int) -> None:
        """Note that the first job of `flow` got so many tokens; the next one is then first."""
        self.waiting -= tokens
        flow.waiting -= tokens
        self._clock = max(self._clock, flow.clock)
        flow.clock += tokens
        job = flow.jobs.popleft()
        if not job.begun:
            flow.jobs.append(job)
        if flow.jobs:
            self._await_turn(client, flow)
        else:
            del self._flows[client]
