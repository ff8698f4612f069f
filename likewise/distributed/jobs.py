"""A planned job as an entrance sees it: run it, ask how far it is, verify what it has made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likewise.collections.storage.manifest import NAME as COLLECTION
from likewise.distributed.driver import Progress, drive
from likewise.distributed.executors import Executor
from likewise.distributed.lease import EXPIRE_SECONDS, Lease, drivers
from likewise.distributed.plan import NAME, Job, JobPlan, finished
from likewise.distributed.shard import ShardWork, load_model
from likewise.distributed.store import JobStore
from likewise.distributed.verify import Counted, Verification, counted, foreign
from likewise.encoders import Encoder
from likewise.errors import InvalidOption, ScaleError, shown
from likewise.types import check_same

_NAMED = 5
"""Shards that are missing and named."""

MOST_COUNTED = 20_000
"""Footers of finished shards that `status` reads without being asked."""


@dataclass(frozen=True)
class Status:
    """How far a job is.

    shards, done: in all, and finished. rows: planned, None where files do not say. counted: rows of
    finished shards, None where they were not counted. drivers: what each driver says of itself.
    """

    shards: int
    done: int
    rows: int | None
    counted: Counted | None
    drivers: tuple[dict[str, object], ...]


def opened(address: str) -> tuple[JobStore, JobPlan]:
    """Return the folder of a job and its plan.

    Args:
        address: of the folder, or of the plan in it.

    Raises:
        FileMissing: there is no plan.
        DamagedPlan: it was changed, or can't be understood.
    """
    before, mark, query = address.partition("?")
    before = before.removesuffix(NAME).rstrip("/") if before.endswith(f"/{NAME}") else before
    store = JobStore((before or "/") + mark + query if before != NAME else ".")
    return store, JobPlan.read(store)


def run(
    store: JobStore,
    plan: JobPlan,
    encoder: Encoder,
    executor: Executor,
    *,
    job: Job,
    model: Path | None = None,
    take: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Progress:
    """Make all shards that are not finished.

    Args:
        store: the folder of the job.
        plan: its plan.
        encoder: of the plan's identity.
        executor: who does the work.
        job: what is to be done, which must be what was planned.
        model: file of the trained model, where it lies elsewhere than when the job was planned.
        take: take the job from a driver that is dead.
        progress: told after each shard.

    Raises:
        InvalidOption: another job was planned.
        ScaleError: another process drives it, it is a collection now, or shards failed.
        IncompatibleVectors: the encoder or the model is another one.
    """
    if job != plan.job:
        raise InvalidOption(
            f"{shown(store.address, 200)} was planned to {plan.job}, not to {job}.",
            f"Run `likewise scale {plan.job}`, or plan again with another OUT.",
            param="job",
        )
    check_same(plan.identity, encoder.identity)
    if plan.job == "predict":
        load_model(plan, model)
    if store.entry(COLLECTION) is not None:
        raise ScaleError(
            f"{shown(store.address, 200)} is a collection now, which is changed with `likewise "
            "add`.",
            "Plan again with another OUT.",
        )
    with Lease(store, take=take) as lease:
        todo = np.flatnonzero(~finished(store, plan)).tolist()
        work = ShardWork(store, plan.digest, encoder, model)
        return drive(executor, work, todo, parts=len(plan), lease=lease, progress=progress)


def status(store: JobStore, plan: JobPlan, *, count: bool | None = None) -> Status:
    """Return how far a job is.

    Args:
        store: the folder of the job.
        plan: its plan.
        count: whether to count rows by the footers of finished shards; by default where these are
            `MOST_COUNTED` at most.
    """
    done = int(finished(store, plan).sum())
    wanted = done <= MOST_COUNTED if count is None else count
    entries = drivers(store)
    newest = max((entry.changed for entry, _ in entries), default=0)
    alive = (s for entry, s in entries if newest - entry.changed < EXPIRE_SECONDS * 1e9)
    return Status(
        len(plan), done, plan.known_rows, counted(store, plan) if wanted else None, tuple(alive)
    )


def verify(
    store: JobStore,
    plan: JobPlan,
    executor: Executor,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[Progress, list[str]]:
    """Read all that a job has made; return how much, and what is wrong, a sentence each.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    total = Progress(len(plan), 0)
    wrong = [f"{name} is not a shard of this plan." for name in foreign(store, plan)]
    there = finished(store, plan)
    if not there.all():
        first = ", ".join(f"{number:,}" for number in np.flatnonzero(~there)[:_NAMED].tolist())
        missing = int((~there).sum())
        more = " …" if missing > _NAMED else ""
        wrong.append(f"{missing:,} of {len(plan):,} shards are not there: {first}{more}.")
    for outcome in executor.run(Verification(store), np.flatnonzero(there).tolist()):
        total.count(outcome)
        if outcome.problem is not None:
            wrong.append(f"Shard {outcome.number:,}: {outcome.problem.removesuffix('.')}.")
        if progress:
            progress(total)
    return total, wrong
