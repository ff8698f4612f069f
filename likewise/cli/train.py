"""`likewise train`: a file of labelled texts to a model."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli.command import Command
from likewise.cli.encoder import load, note_reading
from likewise.cli.options import (
    EncoderOptions,
    encoder_options,
    json_option,
    max_cost_option,
    reading_options,
    text_option,
)
from likewise.cli.output import note, print_json, print_table, stages, standard_output, table
from likewise.cli.spending import bound_cost, bytes_of_files, note_cost, note_extra
from likewise.errors import InvalidOption, UnwritableFile, counted, shown
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from likewise.classify.training import Trained
    from likewise.classify.training_data import TrainingData


@click.command(
    cls=Command,
    examples=(
        "likewise train moods.csv -o mood.likewise",
        "likewise train tickets.csv --text body --label team -o team.likewise",
        "likewise train reviews.parquet --target stars -o stars.likewise",
        "likewise train tickets.csv -o team.likewise --test later-tickets.csv",
        "likewise train tickets.csv --group customer -o team.likewise --audit doubtful.csv",
        "likewise train films.csv --label genres --label-separator ';' -o genres.likewise",
        "likewise train notes.csv --label urgent --label billing --label legal -o notes.likewise",
    ),
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--output", "-o", metavar="OUT", required=True, help="Model file to write.")
@text_option()
@click.option(
    "--label",
    "labels",
    metavar="NAME",
    multiple=True,
    help="Column that holds the labels; given several times, columns of 0 and 1, one for each.",
)
@click.option(
    "--multi/--no-multi",
    default=None,
    help="Whether a text may have several labels, in one cell or list; by default the cells tell.",
)
@click.option(
    "--label-separator", metavar="MARK", help="Separator between the labels in a cell, e.g. ';'."
)
@click.option("--target", metavar="NAME", help="Column that holds numbers, to predict them.")
@click.option(
    "--group",
    metavar="NAME",
    help="Column of a person, thread or ticket: rows of one are never split between learning "
    "and testing.",
)
@click.option(
    "--time", metavar="NAME", help="Column of dates or numbers: learn from the past, test on later."
)
@click.option(
    "--metric",
    metavar="NAME",
    help="What to choose a model by: accuracy, macro-F1 or balanced accuracy, or with several "
    "labels per text micro-F1 or macro-F1.  [default: the first]",
)
@click.option("--balanced", is_flag=True, help="Give every label the same weight, however rare.")
@click.option("--test", metavar="FILE", help="Labelled texts to test on, with the same columns.")
@encoder_options
@reading_options
@max_cost_option
@click.option("--quick", is_flag=True, help="Only train: compare nothing, write no report.")
@click.option("--without-texts", is_flag=True, help="Keep no training texts in the model.")
@click.option("--report", metavar="HTML", help="Report to write; by default next to OUT.")
@click.option("--audit", metavar="CSV", help="Table to write, of labels that look wrong.")
@json_option
def command(
    files: tuple[str, ...],
    output: str,
    text: str | None,
    labels: tuple[str, ...],
    multi: bool | None,
    label_separator: str | None,
    target: str | None,
    group: str | None,
    time: str | None,
    metric: str | None,
    balanced: bool,
    test: str | None,
    asked: EncoderOptions,
    reading: ReadingOptions,
    max_cost: float | None,
    quick: bool,
    without_texts: bool,
    report: str | None,
    audit: str | None,
    as_json: bool,
) -> None:
    """Train a model that predicts labels, or numbers, on a file of examples.

    FILE is a table, a folder of tables, or several; `likewise look FILE` shows how it is read. Rows
    that can't be understood are set aside and reported. Several models are compared with each
    other, and with simple baselines, on texts that they have not seen; the best becomes OUT. If
    there is already a model at OUT, it is kept under another name, and so is its report.
    """
    from likewise.classify.foreign import foreign_texts
    from likewise.classify.training import check_audit, train
    from likewise.classify.training_data import TrainingOptions, expected_minutes, read
    from likewise.encoders import with_cache
    from likewise.files.several import expanded, open_tables
    from likewise.files.write import alone, check_target

    options = TrainingOptions(
        text=text,
        label=labels[0] if len(labels) == 1 else None,
        label_columns=labels if len(labels) > 1 else (),
        multi=multi,
        label_separator=label_separator,
        target=target,
        group=group,
        time=time,
        metric=metric,
        class_weight="balanced" if balanced else None,
        keep_texts=not without_texts,
        compared=not quick,
    )
    if quick and report is not None:
        raise InvalidOption(
            "--quick writes no report.", "Leave out --quick, or --report.", param="report"
        )
    if as_json or not quick:
        standard_output()  # before the work, not after it
    inputs = [*expanded(files), *([] if test is None else [test])]
    path = check_target(Path(output), *inputs)
    page = None if quick else _beside(path, "report", report, inputs)
    doubtful = None if audit is None else _beside(path, "audit", audit, inputs)
    tested = None if test is None else open_tables([test], columns=True, **reading)
    data = read(open_tables(files, columns=True, **reading), options, tested)
    if audit is not None:
        check_audit(data)
    _note_data(data)
    engine = with_cache(load(asked))
    bound_cost(engine, bytes_of_files(inputs), max_cost)
    if target is None:
        note_extra(engine, foreign_texts(), "To try what belongs to none of the labels")
    if minutes := expected_minutes(data, options):
        note(f"This will take some {counted(minutes, 'minute')}.")
    with stages() as progress:
        trained = train(data, engine, options, progress)
    with alone(path.parent):  # of two trainings each leaves its own files, not one of each
        _saved(trained.estimator.save(path), path)
        if page is not None:
            _saved(trained.write_report(page), page, "Report")
        if doubtful is not None:
            _saved(trained.write_audit(doubtful), doubtful, "Audit")
    if as_json:
        print_json(trained.results)
    else:
        _print(trained)
    _note(trained, len(data.findings) if trained.data is data else 0)
    note_cost(engine)


def _note_data(data: "TrainingData") -> None:
    """Say what was read, before anything is learnt from it."""
    for said in data.labelled.notes:
        note(said)
    if data.kind != "numbers":
        texts, labels = len(data.labelled.texts), data.classes
        note(f"{texts:,} texts with {counted(labels, 'label')}.")
    for finding in data.findings:
        note(f"Check: {finding.message}")


def _beside(path: Path, what: str, name: str | None, inputs: list[str]) -> Path:
    """Return a file to write besides the model; nothing that is read or written may stand there."""
    from likewise.files.write import check_beside, check_target

    other = path.with_suffix(".html") if name is None else Path(name)
    check = check_beside if name is None else check_target
    if check(other, *inputs) == path:
        raise UnwritableFile(
            f"{shown(other.name)} can't be both the model and its {what}.",
            "Name the model with another ending, such as .likewise.",
        )
    return other


def _saved(older: Path | None, path: Path, what: str = "Model") -> None:
    if older is not None:
        note(f"The {what.lower()} that stood there is now {older}.")
    note(f"{what}: {path}")


def _print(trained: "Trained") -> None:
    from likewise.classify.report.shown import (
        CLASS_COLUMNS,
        LABEL_COLUMNS,
        NUMBER_COLUMNS,
        class_row,
        label_row,
        number_row,
    )

    results, board = trained.results, trained.results["leaderboard"]
    if board is None or not trained.options.compared:
        return
    if results["kind"] == "numbers":
        made = table("", *NUMBER_COLUMNS)
        for entry in board:
            made.add_row("★" if entry["saved"] else "", *number_row(entry))
    else:
        one = results["kind"] == "classes"
        made = table("", *(CLASS_COLUMNS if one else LABEL_COLUMNS))
        for entry in board["entries"]:
            mark = "★" if entry["name"] == board["saved"] else ""
            made.add_row(mark, *(class_row if one else label_row)(entry, board["saved"]))
    print_table(made)


def _note(trained: "Trained", told: int) -> None:
    """Say what must be known to read the table, and what stands in no table.

    Of the findings, the first are told already.
    """
    from likewise.classify.report.shown import about, headline

    identity = trained.estimator.model_.identity
    if identity is not None:
        note_reading(identity, trained.estimator.model_.facts.reading)
    for finding in trained.results["findings"][told:]:
        note(f"Check: {finding['message']}")
    note(headline(trained.results))
    for said in about(trained.results):
        note(said)
