"""`likewise scale embed` and `predict`: make what is not finished yet."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli.command import Command
from likewise.cli.encoder import load_as, note_reading
from likewise.cli.output import note
from likewise.cli.scale.shared import (
    address_option,
    cpus_option,
    encoder_here_option,
    executor_at,
    gpus_option,
    manifest_option,
    max_cost_option,
    shown_progress,
    take_option,
    workers_option,
)
from likewise.cli.spending import bound_cost, note_cost

if TYPE_CHECKING:
    from likewise.distributed.executors import Executor
    from likewise.distributed.plan import Job


@click.command(
    cls=Command,
    examples=(
        "likewise scale embed reviews-embedded",
        "likewise scale embed reviews-embedded --workers 4",
        "likewise scale embed s3://bucket/embedded --address auto --cpus 2",
    ),
)
@manifest_option
@address_option
@workers_option
@cpus_option
@gpus_option
@encoder_here_option
@take_option
@max_cost_option
def embed(
    manifest: str,
    address: str,
    workers: int | None,
    cpus: float,
    gpus: float,
    encoder: str | None,
    take_over: bool,
    max_cost: float | None,
) -> None:
    """Embed what is not embedded yet; a second call picks up where the first ended."""
    _run("embed", manifest, executor_at(address, workers, cpus, gpus), encoder, take_over,
         max_cost=max_cost)  # fmt: skip


@click.command(cls=Command, examples=("likewise scale predict moods --workers 4",))
@manifest_option
@address_option
@workers_option
@cpus_option
@gpus_option
@encoder_here_option
@click.option("--model", metavar="FILE", help="The plan's model, if it is somewhere else here.")
@take_option
@max_cost_option
def predict(
    manifest: str,
    address: str,
    workers: int | None,
    cpus: float,
    gpus: float,
    encoder: str | None,
    model: str | None,
    take_over: bool,
    max_cost: float | None,
) -> None:
    """Predict what is not predicted yet, with the model in the plan."""
    _run("predict", manifest, executor_at(address, workers, cpus, gpus), encoder, take_over,
         model=None if model is None else Path(model).absolute(), max_cost=max_cost)  # fmt: skip


def _run(
    job: "Job",
    manifest: str,
    executor: "Executor",
    encoder: str | None,
    take: bool,
    *,
    model: Path | None = None,
    max_cost: float | None = None,
) -> None:
    from likewise.distributed import jobs

    store, plan = jobs.opened(manifest)
    chosen = load_as(plan.identity, encoder, threads=executor.threads)
    bound_cost(chosen, None, max_cost)
    note(f"{len(plan):,} shards of {plan.input}, by {executor.name}.")
    with shown_progress(plan, "Embedding" if job == "embed" else "Predicting") as tell:
        state = jobs.run(
            store, plan, chosen, executor, job=job, model=model, take=take, progress=tell
        )
    note_cost(chosen)
    note_reading(plan.identity, state.reading)
    if not state.finished:
        note(f"All {state.parts:,} shards are finished already.")
        return
    note(
        f"{state.finished:,} shards with {state.rows:,} rows in {state.seconds:,.1f} s, "
        f"{state.rows_per_second:,.1f} rows/s; {state.done:,} of {state.parts:,} shards are "
        "finished."
    )
    if state.failed:
        note(
            f"{state.failed:,} of these rows could not be done: column `error` says why. "
            f"likewise scale status {manifest} counts all."
        )
