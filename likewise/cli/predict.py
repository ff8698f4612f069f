"""`likewise predict`: labels or numbers for a file of texts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from likewise.cli.command import Command
from likewise.cli.encoder import load_as, note_left_out, note_reading
from likewise.cli.options import (
    max_cost_option,
    reading_options,
    text_option,
)
from likewise.cli.output import binary_output, note, progress
from likewise.cli.spending import bound_cost, bytes_of_files, note_cost
from likewise.errors import InvalidOption, counted, shown
from likewise.files.formats import STREAMED, WRITTEN, written_format
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from likewise.classify.cells import Cells
    from likewise.classify.predictions import TextPredictor
    from likewise.files.cells import Value
    from likewise.files.table import Table


@click.command(
    cls=Command,
    examples=(
        "likewise predict mood.likewise new.csv -o moods.csv",
        "likewise predict mood.likewise new.jsonl --coverage 0.99 -o moods.parquet",
        "echo 'What a lovely day!' | likewise predict mood.likewise -",
        "likewise predict mood.likewise new.csv --explain -o moods.jsonl",
        "likewise predict genres.likewise new.csv --probabilities -o genres.csv",
    ),
)
@click.argument("model", metavar="MODEL")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--output", "-o", metavar="OUT", help="File to write; by default standard output.")
@text_option("Column of FILE that holds the texts; by default the one that the model learnt from.")
@click.option("--coverage", default=0.95, show_default=True,
              help="Share of texts for which the set or interval contains the truth.")  # fmt: skip
@click.option("--abstain", default=0.05, show_default=True,
              help="Share of fitting texts that may be called none of these.")  # fmt: skip
@click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="The encoder of the training, if it has another name here. Texts go to a provider only if "
    "you name its encoder.  [default: as in MODEL]",
)
@click.option("--explain", is_flag=True, help="Add the nearest examples and the decisive words.")
@click.option("--probabilities", is_flag=True, help="Add the probability of every label.")
@click.option("--output-format", type=click.Choice(WRITTEN),
              help="Default: by the ending of OUT, csv to a pipe.")  # fmt: skip
@reading_options
@max_cost_option
def command(
    model: str,
    files: tuple[str, ...],
    output: str | None,
    text: str | None,
    coverage: float,
    abstain: float,
    encoder: str | None,
    explain: bool,
    probabilities: bool,
    output_format: str | None,
    reading: ReadingOptions,
    max_cost: float | None,
) -> None:
    """Predict with a model that `likewise train` made.

    FILE is a table, a folder of tables, or several, or - for a pipe; `likewise look FILE` shows how
    it is read. Rows that can't be understood are set aside, reported and kept in OUT.rejected.csv.
    All other rows and columns are written out again, with columns for the prediction: the label and
    its probability, a set of labels that contains the true one (a | b, or a JSON list if a label
    itself has a bar), and whether none of them fits; or the number and its interval. A model with
    several labels per text writes them as in its training, in one cell or in a column of 0 and 1
    for each, and its set holds the labels that can't be ruled out. The promise of a set is for
    texts like those of the training: where none of the labels fits, it is what the set would be if
    the text were like them. From parquet to parquet, columns keep their types; from other formats a
    column that holds more than numbers becomes text. In csv and tsv, a text that a spreadsheet
    would run, such as =A1, gets an apostrophe in front, but numbers never do; Likewise takes it off
    when it reads the file. From csv to csv the separator and the byte order mark are kept;
    --output-format csv writes commas and no mark.
    """
    from likewise.classify.cells import cells_of, check_probabilities
    from likewise.classify.model import check_reads_texts
    from likewise.classify.predictions import TextPredictor, check_options
    from likewise.classify.saved.artifact import load as load_model
    from likewise.files.oddities import oddities
    from likewise.files.rejected import keeping_if_file
    from likewise.files.several import expanded, open_tables

    target = None if output in (None, "-") else Path(str(output))
    format_ = _format(target, output_format)
    learnt = load_model(Path(model))
    check_options(learnt, coverage, abstain, explain)
    if probabilities:
        check_probabilities(learnt)
    paths = expanded(files)
    table = open_tables(files, columns=text is not None, **reading)
    for said in table.notes:
        note(said)
    column = _text_column(table, text, learnt.text_column)
    reader = load_as(check_reads_texts(learnt), encoder)
    bound_cost(reader, bytes_of_files(paths), max_cost)
    predictor = TextPredictor(
        learnt,
        reader,
        coverage,
        abstain,
        explain,
        reasons=explain,
        listed=None if probabilities else 0,
    )
    cells = cells_of(predictor)
    if cells.note:
        note(cells.note)
    columns = _columns(table, cells)
    rows = PredictedRows(predictor, cells, table, column)
    with (
        _open(target, format_, *paths, model) as stream,
        keeping_if_file(table.aside, target, *paths, model),
    ):
        from likewise.files.formats import row_writer

        # as it came in, unless the format was named
        spelling = table.spelling if output_format is None else None
        writer = row_writer(format_, stream, columns, table.types, spelling)
        with writer as write, progress("Predicting") as advance:
            for done, part in rows.run():
                write(part)
                advance(done, table.known_rows)
    for said in oddities(table):
        note(said)
    note_left_out(rows.left_out, rows.table.place, "Left blank")
    note_reading(reader.identity, predictor.reading)
    note_cost(reader)
    note(
        f"{counted(rows.done, 'row')} predicted"
        + (f", {rows.blank:,} without text." if rows.blank else ".")
    )


def _columns(table: "Table", cells: "Cells") -> tuple[str, ...]:
    """Return the columns that are written, having said which of them the table has already."""
    from likewise.files.names import listed, unique_names

    columns, _ = unique_names([*table.columns, *cells.columns])
    if (renamed := columns[len(table.columns) :]) != cells.columns:
        taken = [name for name in cells.columns if name not in renamed]
        note(
            f"{table.name} has {listed(taken)} already: what is predicted stands in "
            f"{listed(renamed)}."
        )
    return columns


def _text_column(table: "Table", named: str | None, learnt: str | None) -> str:
    """Return the column of the texts: the named one, else that of the training, else a guess."""
    from likewise.files.names import listed
    from likewise.files.texts import guess_text_column

    if named is not None:
        table.index(named)
        return named
    if learnt in table.columns:
        return str(learnt)
    column = guess_text_column(table)
    if len(table.columns) > 1:
        why = "" if learnt is None else f"There is no column {shown(learnt)} as in the training. "
        others = [name for name in table.columns if name != column]
        note(
            f"{why}The texts are read from column {shown(column)}; "
            f"--text names another: {listed(others, 8)}."
        )
    return column


class PredictedRows:
    """The rows of a table, each with the cells of its prediction; blank texts get blank cells."""

    def __init__(
        self, predictor: "TextPredictor", cells: "Cells", table: "Table", column: str
    ) -> None:
        self.predictor = predictor
        self.cells = cells
        self.table = table
        self.column = column
        self.done = 0
        self.blank = 0
        self.left_out: list[tuple[int, str]] = []
        """Rows whose text the encoder can't compute, with what it says; their cells are blank."""

    def run(self) -> Iterator[tuple[int, list[Sequence["Value"]]]]:
        """Yield how many rows are done, and the next ones."""
        from likewise.classify.predictions import TOGETHER
        from likewise.files.cells import is_missing
        from likewise.files.texts import text_of

        at = self.table.index(self.column)
        rows = self.table.rows()
        nothing = [None] * len(self.cells.columns)
        while part := list(islice(rows, TOGETHER)):
            texts = {
                row.number: text_of(row.values[at], row.number, self.table, self.column)
                for row in part
                if not is_missing(row.values[at])
            }
            found = self._cells(texts)
            predicted: list[Sequence[Value]] = [
                (*row.values, *found.get(row.number, nothing)) for row in part
            ]
            self.done += len(part)
            self.blank += len(part) - len(texts)
            yield self.done, predicted

    def _cells(self, texts: dict[int, str]) -> dict[int, list["Value"]]:
        """Return the cells of texts by row, without those that the encoder can't compute."""
        from likewise.encoders.culprit import without_failing
        from likewise.encoders.stream import MOST_LEFT_OUT

        if not texts:
            return {}
        parts, failed = without_failing(self.predictor, list(texts.values()))
        numbers = list(texts)
        for at, error in failed.items():
            self.left_out.append((numbers[at], error.problem))
            if len(self.left_out) > MOST_LEFT_OUT:
                raise error  # so many are not the texts' fault
        found = chain.from_iterable(parts)
        return {
            number: self.cells.of(found) for at, number in enumerate(numbers) if at not in failed
        }


def _format(target: Path | None, given: str | None) -> str:
    if target is not None:
        return given or written_format(target, WRITTEN)
    if given is not None and given not in STREAMED:
        raise InvalidOption(f"{given} can't be written to a pipe.", "Name a file with -o.")
    return given or "csv"


@contextmanager
def _open(target: Path | None, format_: str, *sources: str) -> Iterator[BinaryIO]:
    from likewise.files.write import check_target, replacing, writing

    if target is None:
        out = binary_output("Name a file with -o.", json=format_ == "jsonl")
        with writing(Path("standard output")):
            yield out
            out.flush()
        return
    check_target(target, *sources)
    with replacing(target) as file:
        yield file
