"""Does parts of a job on a Ray cluster. Ray is imported here and nowhere else.

One row of a Ray dataset is one part of the job, and a fixed pool of actors does them: scheduling,
placement and the replacement of lost machines are Ray's. Vectors never pass through Ray: an actor
publishes a shard itself and returns a few numbers. What is finished is asked of the store, so Ray's
own checkpoints are not used, and none of its readers is.

Ray's usage statistics are turned off before it is imported.
"""

import logging
import os
import socket
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

import orjson

from likewise.distributed.executors import Work, attempted
from likewise.distributed.shard import Outcome
from likewise.errors import MissingPackage, StoreUnavailable, shown

MOST_ROWS = 50_000
"""Rows of a Ray dataset; where there are more parts, a row has several of them."""

_CONNECT_SECONDS = 10

_QUEUING = 16
"""Parts for each actor from which the next one waits at an actor while it does another.

While several actors work, Ray Data looks ten times a second for parts that are done: without a
next one an actor is idle for up to 0.1 s after each. Where parts are many, and so perhaps short,
that counts; where they are few, it counts more that one waits behind another at the end while
another actor is idle.
"""

_RETRIES = 1
"""Times that a part is given to an actor again, in one round, when its own has died."""

_ROUNDS = 3
"""Rounds in which parts are tried whose workers have died."""


class OnRay:
    """An executor that is a Ray cluster.

    Args:
        address: `auto` for the cluster that this machine belongs to, `HOST:PORT` of its head,
            `ray://HOST:PORT`, or None for a cluster of this machine alone that ends with the job.
        workers: actors; by default as many as the cluster's processors allow.
        cpus: processors of each.
        gpus: graphics cards of each, or a share of one.
    """

    def __init__(
        self, address: str | None, workers: int | None = None, *, cpus: float = 1, gpus: float = 0
    ) -> None:
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
        """
        if not numbers:
            return
        ray = _imported()
        self._connect(ray)
        try:
            waiting = set(numbers)
            # tries are used up quickly while Ray has not noticed yet that a machine is lost
            for _ in range(_ROUNDS):
                for outcome in self._outcomes(ray, work, sorted(waiting)):
                    waiting.discard(outcome.number)
                    yield outcome
                if not waiting:
                    return
            for number in sorted(waiting):
                said = "its worker died again and again, perhaps for want of memory"
                yield Outcome(number, problem=said)
        finally:
            with suppress(Exception):
                ray.shutdown()

    def _outcomes(self, ray: ModuleType, work: Work, numbers: Sequence[int]) -> Iterator[Outcome]:
        import ray.data as data

        context = data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        # parts that fail come back as outcomes; Ray keeps its own words in its log files
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        # a part whose worker dies again and again must not take the others with it
        context.max_errored_blocks = -1
        together = -(-len(numbers) // MOST_ROWS)
        parts = [
            {"numbers": orjson.dumps(list(numbers[at : at + together])).decode()}
            for at in range(0, len(numbers), together)
        ]
        size = min(self._workers or self._room(ray), len(parts))
        dataset = data.from_items(parts, override_num_blocks=len(parts))
        with warnings.catch_warnings():
            # the one way to bound tries in this range of versions; the next one has another
            warnings.simplefilter("ignore", DeprecationWarning)
            rows = self._mapped(
                dataset, data, work, size, 2 if len(parts) >= _QUEUING * size else 1
            )
        for row in rows.iter_rows():
            for said in orjson.loads(row["outcomes"]):
                yield Outcome(**said)

    def _mapped(
        self,
        dataset: Any,  # noqa: ANN401
        data: ModuleType,
        work: Work,
        size: int,
        given: int,
    ) -> Any:  # noqa: ANN401
        return dataset.map(
            _doing(work),
            # done one at a time, whatever is given
            compute=data.ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=given),
            num_cpus=self._cpus,
            num_gpus=self._gpus,
            ray_remote_args_fn=lambda: {"max_restarts": -1, "max_task_retries": _RETRIES},
        )

    def _room(self, ray: ModuleType) -> int:
        """Return how many workers the cluster has room for now."""
        there = ray.cluster_resources()
        by_cpu = there.get("CPU", 1) / self._cpus if self._cpus else float("inf")
        by_gpu = there.get("GPU", 0) / self._gpus if self._gpus else float("inf")
        return max(1, int(min(by_cpu, by_gpu)))

    def _connect(self, ray: ModuleType) -> None:
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if self._address is None:
            options |= {"include_dashboard": False}
            if self._workers is not None:
                options["num_cpus"] = max(1, int(self._workers * self._cpus))
        try:
            _check_listens(self._address)
            ray.init(self._address, **options)
        except (ConnectionError, RuntimeError, OSError, ValueError) as error:
            said = " ".join(str(error).split())
            where = "of this machine" if self._address is None else f"at {shown(self._address)}"
            raise StoreUnavailable(
                f"The Ray cluster {where} can't be used: {said[:300].rstrip('.')}.",
                "Start one: ray start --head; or name another address. Ray and Python must be of "
                "the same version on all machines.",
                param="address",
            ) from None


def _check_listens(address: str | None) -> None:
    """Raise `OSError` where nobody listens: Ray itself would go on asking for minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()


def _doing(work: Work) -> Any:  # noqa: ANN401
    """Return the class whose objects do what one row of the dataset says, and live as long.

    The work is part of the class: arguments of a constructor would lie in the memory of a machine
    that may be lost, and an actor could not begin again then.
    """

    class Doing:
        def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
            done = [attempted(work, number) for number in orjson.loads(row["numbers"])]
            return {"outcomes": orjson.dumps([one.to_dict() for one in done]).decode()}

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
