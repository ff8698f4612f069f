"""`likewise scale plan`: what a job is made of, and what it will take."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli.command import Command
from likewise.cli.encoder import load, load_as
from likewise.cli.options import (
    EncoderOptions,
    encoder_options,
    json_option,
    reading_options,
    text_option,
)
from likewise.cli.output import (
    note,
    print_json,
    print_table,
    stages,
    table,
    waiting,
)
from likewise.cli.scale.shared import (
    duration,
)
from likewise.errors import InvalidOption
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from likewise.distributed.costs import Sampled
    from likewise.distributed.plan import ModelFile
    from likewise.distributed.planning import PlannedJob
    from likewise.encoders import Encoder


@click.command(
    cls=Command,
    examples=(
        "likewise scale plan reviews.parquet reviews-embedded",
        "likewise scale plan s3://bucket/reviews s3://bucket/embedded --keep-columns --float16",
        "likewise scale plan reviews/ moods --model mood.likewise",
    ),
)
@click.argument("source", metavar="INPUT")
@click.argument("out", metavar="OUT")
@text_option("Column of INPUT that holds the texts.")
@encoder_options
@click.option("--model", metavar="FILE", help="Predict with a model of `likewise train`.")
@click.option("--coverage", default=0.95, show_default=True,
              help="Share of texts whose truth is in the set or interval.")  # fmt: skip
@click.option("--abstain", default=0.05, show_default=True,
              help="Share of fitting texts that may be called none of the labels.")  # fmt: skip
@click.option("--keep-columns", is_flag=True, help="Keep INPUT's other columns beside the results.")
@click.option("--id-column", metavar="NAME", help="Column of ids; by default file and row.")
@click.option("--float16", is_flag=True, help="Keep vectors in half the space.")
@click.option("--shard-rows", type=click.IntRange(min=1), default=65_536, show_default=True,
              help="Rows per shard, roughly: as much as a crash costs.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True,
              help="Workers that the estimate is for.")  # fmt: skip
@click.option("--no-sample", is_flag=True, help="Estimate nothing: no text is embedded.")
@json_option
@reading_options
def plan(
    source: str,
    out: str,
    text: str | None,
    asked: EncoderOptions,
    model: str | None,
    coverage: float,
    abstain: float,
    keep_columns: bool,
    id_column: str | None,
    float16: bool,
    shard_rows: int,
    workers: int,
    no_sample: bool,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Fix what a job consists of, and estimate what it will take.

    INPUT is a file, or a folder of parquet, csv or jsonl files, including its subfolders. Only the
    footers of parquet files are read, and shards are cut between row groups. Large csv and jsonl
    files are read once and cut between records, unless they are packed or not UTF-8; every other
    file is one shard. OUT must be new or empty.
    """
    from likewise.distributed.planning import JobOptions, make_plan, write_plan
    from likewise.distributed.store import JobStore

    chosen, learnt = _reader(asked, model, coverage, abstain)
    read = {key: value for key, value in reading.items() if key != "strict" and value is not None}
    options = JobOptions(
        text=text,
        id=id_column,
        keep=keep_columns,
        rows=shard_rows,
        precision="float16" if float16 else "float32",
        reading=read,
    )
    store = JobStore(out)
    with stages() as stage:
        planned = make_plan(
            source, store.address, chosen.identity, options, model=learnt, progress=stage
        )
    for said in planned.notes:
        note(said)
    new = write_plan(planned.plan, store)
    sampled = None if no_sample else _sampled(planned, chosen)
    _print_plan(planned, out, sampled, workers, as_json=as_json)
    if not new:
        note(f"{out} holds this very plan already.")
    note(f"Run it: likewise scale {planned.plan.job} {out}")


def _reader(
    asked: EncoderOptions,
    model: str | None,
    coverage: float,
    abstain: float,
) -> tuple["Encoder", "ModelFile | None"]:
    """Return the encoder of a job, and the trained model of one that predicts."""
    if model is None:
        return load(asked), None
    from likewise.classify.model import check_reads_texts
    from likewise.classify.predictions import check_options
    from likewise.classify.saved.artifact import load as load_model
    from likewise.distributed.plan import ModelFile
    from likewise.distributed.shard import model_digest

    if asked.prefix is not None or asked.dims is not None:
        raise InvalidOption(
            "A model brings its own encoder with it.", "Leave --prefix and --dims out."
        )
    path = Path(model).absolute()
    learnt = load_model(path)
    check_options(learnt, coverage, abstain, explained=False)
    said = ModelFile(str(path), model_digest(path), coverage, abstain)
    return load_as(check_reads_texts(learnt), asked.name), said


def _sampled(planned: "PlannedJob", encoder: "Encoder") -> "Sampled":
    from likewise.distributed.costs import sampled
    from likewise.distributed.rows import rows_for
    from likewise.distributed.shard import load_model

    plan = planned.plan
    learnt = load_model(plan, None) if plan.job == "predict" else None
    with waiting("Measuring on the first texts"):
        return sampled(plan, rows_for(plan, encoder, learnt), encoder, planned.sample)


def _print_plan(
    planned: "PlannedJob", out: str, sampled: "Sampled | None", workers: int, *, as_json: bool
) -> None:
    plan = planned.plan
    rows, known = planned.rows
    said: dict[str, Any] = {
        "out": out,
        "job": plan.job,
        "encoder": plan.identity.to_dict(),
        "digest": plan.digest,
        "files": len(plan.files),
        "shards": len(plan),
        "rows": rows,
        "rows_are_estimated": not known,
        "sample": None if sampled is None else sampled.to_dict(),
    }
    lines = [
        ("job", f"{plan.job} with {plan.identity.name}"),
        ("files", f"{len(plan.files):,}, {sum(one.size for one in plan.files) / 1e6:,.1f} MB"),
        ("rows", "unknown" if rows is None else f"{'' if known else 'about '}{rows:,}"),
        ("shards", f"{len(plan):,}"),
    ]
    if sampled is not None and rows is not None and sampled.texts:
        hours = rows / sampled.rate / 3600 / workers
        dollars = None if sampled.price is None else rows * sampled.tokens * sampled.price / 1e6
        said |= {"hours": hours, "bytes": rows * sampled.bytes, "dollars": dollars}
        lines += [
            ("time", f"about {duration(hours * 3600)} with {workers} × {sampled.rate:,.1f} texts/s"
                     f" ({sampled.texts:,} texts measured here)"),
            ("results", f"about {rows * sampled.bytes / 1e6:,.1f} MB"),
            ("cost", "unknown: the provider's price is not known" if dollars is None
             else f"about ${dollars:,.2f}, {sampled.tokens:,.0f} tokens a text" if dollars
             else "nothing but the machines"),
        ]  # fmt: skip
    if as_json:
        print_json(said)
        return
    made = table("", "")
    for name, value in lines:
        made.add_row(name, value)
    print_table(made)
