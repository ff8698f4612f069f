"""What the commands of `likewise scale` share: where they run, and how far they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from likewise.cli.output import (
    note,
    progress,
)

if TYPE_CHECKING:
    from likewise.distributed.driver import Progress
    from likewise.distributed.executors import Executor
    from likewise.distributed.plan import JobPlan

manifest_option = click.argument("manifest", metavar="MANIFEST")
address_option = click.option(
    "--address",
    default="local",
    show_default=True,
    metavar="WHERE",
    help="local; ray for a cluster of this machine; auto for the Ray cluster that this machine is "
    "part of; HOST:PORT or ray://HOST:PORT.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes, or Ray actors.  [default: 1, on Ray all processors]",
)
cpus_option = click.option(
    "--cpus", type=click.FloatRange(min=0), default=1.0, show_default=True,
    help="Processors per worker on Ray, and threads that compute.")  # fmt: skip
gpus_option = click.option(
    "--gpus", type=click.FloatRange(min=0), default=0.0, show_default=True,
    help="Graphics cards per worker on Ray.")  # fmt: skip
take_option = click.option(
    "--take-over", is_flag=True, help="Take the job from a driver that is known to be dead."
)
max_cost_option = click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    metavar="DOLLARS",
    help="What a worker may spend at a provider.",
)
encoder_here_option = click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="The plan's encoder, if it has another name here. Texts go to a provider only if you name "
    "its encoder.  [default: as in the plan]",
)


@contextmanager
def shown_progress(plan: "JobPlan", what: str) -> Iterator[Callable[["Progress"], None]]:
    """Show finished shards: as a bar on a terminal, elsewhere as a line now and then."""
    last = [0.0]
    with progress(what, unit="shards") as advance:

        def tell(state: "Progress") -> None:
            advance(state.done, len(plan))
            if state.seconds - last[0] >= _SAID_SECONDS:
                last[0] = state.seconds
                left = state.seconds_left
                note(
                    f"{state.done:,} of {state.parts:,} shards, {state.rows_per_second:,.1f} "
                    f"rows/s{'' if left is None else f', {duration(left)} left'}"
                )

        yield tell


_SAID_SECONDS = 30.0


def executor_at(address: str, workers: int | None, cpus: float, gpus: float) -> "Executor":
    """Return who does the work: this process, several of this machine, or a Ray cluster."""
    if address == "local":
        from likewise.distributed.executors import Loop, Processes

        return Loop() if workers in (None, 1) else Processes(int(workers or 1))
    from likewise.distributed.on_ray import OnRay

    return OnRay(None if address == "ray" else address, workers, cpus=cpus, gpus=gpus)


def duration(seconds: float) -> str:
    """Return a time as a person says it: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:,.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:,.0f} min"
    return f"{seconds / 3600:,.1f} h"
