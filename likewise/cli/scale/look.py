"""`likewise scale status` and `verify`: how far a job is, and whether all is well."""

from dataclasses import asdict

import click

from likewise.cli.command import Command
from likewise.cli.options import (
    json_option,
)
from likewise.cli.output import (
    note,
    print_json,
    print_line,
    waiting,
)
from likewise.cli.scale.shared import (
    address_option,
    cpus_option,
    executor_at,
    manifest_option,
    shown_progress,
    workers_option,
)
from likewise.errors import ScaleError


@click.command(cls=Command, examples=("likewise scale status reviews-embedded --json",))
@manifest_option
@click.option("--count/--no-count", default=None,
              help="Read the footers of finished shards.  [default: up to 20,000]")  # fmt: skip
@json_option
def status(manifest: str, count: bool | None, as_json: bool) -> None:
    """Show how far a job has got, and who is working on it."""
    from likewise.distributed import jobs

    store, plan = jobs.opened(manifest)
    with waiting("Looking at finished shards"):
        said = jobs.status(store, plan, count=count)
    counted = said.counted
    if as_json:
        print_json(
            {
                "job": plan.job,
                "encoder": plan.identity.to_dict(),
                "digest": plan.digest,
                "shards": said.shards,
                "done": said.done,
                "rows": said.rows,
                "rows_done": None if counted is None else counted.rows,
                "rows_failed": None if counted is None else counted.failed,
                "shards_wrong": None if counted is None else counted.wrong,
                "reading": None if counted is None else asdict(counted.reading),
                "drivers": list(said.drivers),
            }
        )
        return
    print_line(f"{plan.job} with {plan.identity.name}")
    print_line(f"{said.done:,} of {said.shards:,} shards are finished")
    if counted is not None:
        of = "" if said.rows is None else f" of {said.rows:,}"
        print_line(f"{counted.rows:,}{of} rows, {counted.failed:,} of them with an error")
        if counted.wrong:
            print_line(
                f"{counted.wrong:,} of the finished shards are damaged or of another plan: "
                f"likewise scale verify {manifest}"
            )
        for told in counted.reading.notes(plan.identity):
            print_line(told)
    for one in said.drivers:
        pace = one.get("rows_per_second")
        at = f", {pace:,.1f} rows/s" if isinstance(pace, float) else ""
        print_line(f"at work: process {one.get('process')} on {one.get('host')}{at}")
    if not said.drivers and said.done < said.shards:
        print_line(f"nobody is at work: likewise scale {plan.job} {manifest}")


@click.command(cls=Command, examples=("likewise scale verify reviews-embedded --workers 4",))
@manifest_option
@address_option
@workers_option
@cpus_option
def verify(manifest: str, address: str, workers: int | None, cpus: float) -> None:
    """Read every byte of the results: counts, digests, checksums, finiteness."""
    from likewise.distributed import jobs

    store, plan = jobs.opened(manifest)
    with shown_progress(plan, "Verifying") as tell:
        state, wrong = jobs.verify(store, plan, executor_at(address, workers, cpus, 0), tell)
    for said in wrong:
        print_line(said)
    note(
        f"{state.rows:,} rows in {state.done:,} of {state.parts:,} shards are as they were "
        f"written; {state.failed:,} of them have an error."
    )
    if wrong:
        raise ScaleError(
            "One thing is wrong." if len(wrong) == 1 else f"{len(wrong):,} things are wrong.",
            f"Remove shards that are damaged, then call likewise scale {plan.job} {manifest}: "
            "what is missing is made.",
        )
