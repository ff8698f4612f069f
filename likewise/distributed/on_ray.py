"""Does parts of a job on a Ray cluster. Ray is imported here and nowhere else.

A fixed number of actors do the parts, each one at a time: placing them, and starting them again
when a process or a machine is lost, is Ray's part. Vectors never pass through Ray: an actor
publishes a shard itself and returns a few numbers. What is finished is asked of the store.

Ray Data is not used. It hears of what its actors have done ten times a second, its own processes
compute beside them, and a part that was given to an actor stays there when that is lost.

Ray's usage statistics are turned off before it is imported.
"""

import logging
import math
import os
import re
import socket
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple

from likewise.distributed.executors import MOST_CRASHES, Work, attempted, prepared
from likewise.distributed.shard import Outcome
from likewise.errors import InvalidOption, MissingPackage, StoreUnavailable, shown

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 10
_JOIN_SECONDS = 60.0
"""For so long a cluster is waited for that has no machine large enough for a worker, and after so
long it is said that no worker is there."""

_PORT = 10_001
"""Where a cluster listens for `ray://` unless it was told otherwise."""

_ADDRESS = re.compile(r"(ray://)?(\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+)(?::(\d{1,5}))?/?", re.ASCII)


class OnRay:
    """An executor that is a Ray cluster.

    Args:
        address: `auto` for the cluster that this machine belongs to, `HOST:PORT` of its head,
            `ray://HOST:PORT`, or None for a cluster of this machine alone that ends with the job.
        workers: actors; by default as many as the cluster's processors allow.
        cpus: processors of each.
        gpus: graphics cards of each, or a share of one.

    Raises:
        InvalidOption: the address can't be understood.
    """

    def __init__(
        self, address: str | None, workers: int | None = None, *, cpus: float = 1, gpus: float = 0
    ) -> None:
        self._host = _host(address)
        self._address = address
        self._workers = workers
        self._cpus = cpus
        self._gpus = gpus

    @property
    def name(self) -> str:
        """See `Executor`."""
        return f"Ray at {self._address}" if self._address else "Ray on this machine"

    @property
    def threads(self) -> int:
        """See `Executor`."""
        return max(1, int(self._cpus))

    def run(self, work: Work, numbers: Sequence[int]) -> Iterator[Outcome]:
        """See `Executor`.

        Raises:
            MissingPackage: Ray is not installed.
            StoreUnavailable: the cluster can't be reached.
            InvalidOption: no machine of it has room for a worker.
        """
        if not numbers:
            return
        ray = _imported()
        self._connect(ray)
        try:
            room = self._room(ray)
            size = min(self._workers or room, len(numbers))
            yield from _Team(ray, self._actors(ray, work, size)).outcomes(numbers)
        except ConnectionError as error:  # of `ray://`; others end with their cluster
            said = shown(_last_line(error).rstrip("."), 300)
            raise StoreUnavailable(
                f"The connection to the Ray cluster at {shown(self._address)} was lost: {said}.",
                "Give the command again: what is finished is kept. Run on the cluster itself, a "
                "job does not depend on a connection.",
                param="address",
            ) from None
        finally:
            with suppress(Exception):
                ray.shutdown()

    def _actors(self, ray: ModuleType, work: Work, size: int) -> list[Any]:
        made = ray.remote(_doing(work)).options(
            num_cpus=self._cpus, num_gpus=self._gpus, max_restarts=-1
        )
        return [made.remote() for _ in range(size)]

    def _room(self, ray: ModuleType) -> int:
        """Return how many workers the cluster has room for, whatever else it is doing now."""
        wanted = {"CPU": self._cpus, "GPU": self._gpus}
        end = time.monotonic() + _JOIN_SECONDS
        while True:
            there = [one["Resources"] for one in ray.nodes() if one["Alive"]]
            fitting = (
                # a tenth of a processor fits ten times into one
                min(
                    (int(one.get(k, 0) / each + 1e-9) for k, each in wanted.items() if each),
                    default=1,
                )
                for one in there
            )
            if room := sum(fitting):
                return room
            if time.monotonic() >= end:
                break
            time.sleep(0.5)  # machines of a new cluster join it one by one
        most = {kind: max((one.get(kind, 0) for one in there), default=0) for kind in wanted}
        raise InvalidOption(
            f"A worker is to have {self._cpus:g} processors and {self._gpus:g} graphics cards, "
            f"and no machine of the cluster has more than {most['CPU']:g} and {most['GPU']:g}.",
            "Give --cpus and --gpus that one has, or add machines to the cluster.",
            param="cpus",
        )

    def _connect(self, ray: ModuleType) -> None:
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if self._address is None:
            options |= {"include_dashboard": False}
            if self._workers is not None:
                options["num_cpus"] = max(1, math.ceil(self._workers * self._cpus))
        try:
            if self._host is not None:
                _check_listens(self._host)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Ray Client connection timed out")  # raised, too
                # not None, which would be any cluster that somebody has started on this machine
                ray.init(self._address or "local", **options)
        except ImportError:
            raise MissingPackage(
                "What Ray needs for ray:// is not installed.",
                "Install it on this machine and on the cluster's head: pip install 'ray[client]'.",
            ) from None
        except (ConnectionError, RuntimeError, OSError, ValueError) as error:
            whole = " ".join(str(error).split())
            said = _last_line(error) if "Traceback" in whole else whole
            where = "of this machine" if self._address is None else f"at {shown(self._address)}"
            raise StoreUnavailable(
                f"The Ray cluster {where} can't be used: {said[:300].rstrip('.')}.",
                "Start one: ray start --head; or name another address. Ray and Python must be of "
                "the same version on all machines, and RAY_AUTH_TOKEN the same.",
                param="address",
            ) from None


class _Asked(NamedTuple):
    """What an actor was asked last: a part, to prepare itself, or else whether it is there."""

    actor: Any
    part: int | None = None
    prepares: bool = False


class _Team:
    """Actors that do parts of a job, and what each was asked last.

    An actor whose process or machine is lost is started again by Ray, elsewhere if need be. It is
    given nothing before it says that it is there; its part goes to whoever is free first.

    An actor that is asked nothing any more is held by nobody here, and so Ray ends it: when no part
    waits. That leaves room for another that is lost in its last part and begins again.
    """

    def __init__(self, ray: ModuleType, actors: Sequence[Any]) -> None:
        self._ray = ray
        self._crashes: Counter[int] = Counter()
        self._why = ""
        self._asked = {one.prepare.remote(): _Asked(one, prepares=True) for one in actors}

    def outcomes(self, numbers: Sequence[int]) -> Iterator[Outcome]:
        """Yield one outcome for each part."""
        waiting = deque(numbers)
        while waiting or any(one.part is not None for one in self._asked.values()):
            if not self._asked:
                yield from (
                    Outcome(one, problem=f"no worker began: {self._why}") for one in waiting
                )
                return
            answered, _ = self._ray.wait(list(self._asked), num_returns=1, timeout=_JOIN_SECONDS)
            if not answered:
                self._say_if_nobody_works()
                continue
            if outcome := self._heard(answered[0], waiting):
                yield outcome

    def _heard(self, ready: Any, waiting: deque[int]) -> Outcome | None:  # noqa: ANN401
        """Take an answer, and give its actor a part; return what became of the one it had."""
        asked = self._asked.pop(ready)
        try:
            said = self._ray.get(ready)
        except self._ray.exceptions.RayError as error:
            return self._lost(asked, error, waiting)
        if waiting:
            given = waiting.popleft()
            self._asked[asked.actor.do.remote(given)] = _Asked(asked.actor, given)
        return None if asked.part is None else Outcome(**said)

    def _lost(self, asked: _Asked, error: Exception, waiting: deque[int]) -> Outcome | None:
        """Wait for an actor to begin again; return what is said of its part, if that is given up.

        Where preparing itself is what ends it, parts will do so too, and these are counted.
        """
        if asked.part is None and not asked.prepares:  # it can't be started at all
            self._why = shown(_last_line(error), 300)
            return None
        # answered when it is started, however often that takes
        there = asked.actor.is_there.options(max_task_retries=-1).remote()
        self._asked[there] = _Asked(asked.actor)
        return None if asked.part is None else self._again(asked.part, waiting)

    def _say_if_nobody_works(self) -> None:
        if all(one.part is None for one in self._asked.values()):
            log.warning(
                "No worker has begun for %.0f s: the cluster has no room for one now, or its "
                "machines are lost. The job goes on when there is.",
                _JOIN_SECONDS,
            )

    def _again(self, number: int, waiting: deque[int]) -> Outcome | None:
        """Put a part whose worker was lost behind the others, unless it has lost several."""
        self._crashes[number] += 1
        if self._crashes[number] < MOST_CRASHES:
            waiting.append(number)
            return None
        said = f"its worker died {MOST_CRASHES} times, perhaps for want of memory"
        return Outcome(number, problem=said)


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__


def _host(address: str | None) -> tuple[str, int] | None:
    """Return the host and port of an address, None where it is not said.

    Raises:
        InvalidOption: it can't be understood.
    """
    if address is None or address == "auto":
        return None
    found = _ADDRESS.fullmatch(address)
    port = 0 if found is None else int(found[3] or (_PORT if found[1] else 0))
    if found is None or not 0 < port < 2**16:
        raise InvalidOption(
            f"The address {shown(address, 200)} of a Ray cluster can't be understood.",
            "Give auto, HOST:PORT, or ray://HOST:PORT; `local` uses processes of this machine, "
            "`ray` a cluster of its own.",
            param="address",
        )
    return found[2].strip("[]"), port


def _check_listens(host: tuple[str, int]) -> None:
    """Raise `OSError` where nobody listens, or no Ray: it would go on asking for minutes.

    Whoever speaks HTTP/2, as Ray's services do, begins with its settings (RFC 9113, 3.4).
    """
    with socket.create_connection(host, _CONNECT_SECONDS) as asked:
        if os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true"):
            return
        asked.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        said = asked.recv(9, socket.MSG_WAITALL)
    if len(said) < 9 or said[3] != 4:
        raise ConnectionError("what listens there is not Ray")


def _doing(work: Work) -> Any:  # noqa: ANN401
    """Return the class of actors that do parts.

    The work is part of the class: arguments of a constructor would lie in the memory of a machine
    that may be lost, and an actor could not begin again then.
    """

    class Doing:
        def prepare(self) -> None:
            prepared(work)

        def is_there(self) -> bool:
            return True

        def do(self, number: int) -> dict[str, Any]:
            outcome = attempted(work, number)
            if outcome.problem is not None:  # which may be one of its machine alone
                outcome = replace(outcome, problem=f"on {socket.gethostname()}, {outcome.problem}")
            return outcome.to_dict()

    return Doing


def _imported() -> ModuleType:
    # read by Ray when it is imported, and handed on to what it starts
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
    except ImportError:
        raise MissingPackage(
            "Ray is not installed.", "Install it: pip install 'likewise[ray]'."
        ) from None
    found: ModuleType = ray
    return found
