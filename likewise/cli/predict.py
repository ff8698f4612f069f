"""`likewise predict`: labels or numbers for a file of texts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from likewise.cli.command import Command
from likewise.cli.encoder import load_as, note_reading
from likewise.cli.output import note, progress, standard_output
from likewise.cli.reading import encoding_option, input_format_option
from likewise.errors import InvalidOption, shown
from likewise.files.formats import STREAMED, WRITTEN, written_format

if TYPE_CHECKING:
    from likewise.classify.data.checks import Label
    from likewise.classify.model import ClassModel, NumberModel
    from likewise.encoders import Encoder
    from likewise.files.table import Row, Table, Value
    from likewise.types import Vectors

_SLICE = 2_048
"""Rows in memory at a time."""


@click.command(
    cls=Command,
    examples=(
        "likewise predict mood.likewise new.csv -o moods.csv",
        "likewise predict mood.likewise new.jsonl --coverage 0.99 -o moods.parquet",
        "echo 'What a lovely day!' | likewise predict mood.likewise -",
        "likewise predict mood.likewise new.csv --explain -o moods.jsonl",
    ),
)
@click.argument("model", metavar="MODEL")
@click.argument("file", metavar="FILE")
@click.option("--output", "-o", metavar="OUT", help="File to write; by default standard output.")
@click.option(
    "--text",
    "--text-column",
    metavar="NAME",
    help="Column that holds the texts; by default the one that the model learnt from.",
)
@click.option("--coverage", default=0.95, show_default=True,
              help="Share of texts whose truth is in the set or interval.")  # fmt: skip
@click.option("--reject", default=0.05, show_default=True,
              help="Share of fitting texts that may be called none of the labels.")  # fmt: skip
@click.option(
    "--explain", is_flag=True, help="Add the nearest examples and the words that decided."
)
@click.option("--output-format", type=click.Choice(WRITTEN),
              help="By default OUT's ending, csv to a pipe.")  # fmt: skip
@click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="The encoder of the training, where it goes by another name here; to one at a provider "
    "texts are sent only if it is named.  [default: as in MODEL]",
)
@input_format_option
@encoding_option
def command(
    model: str,
    file: str,
    output: str | None,
    text: str | None,
    coverage: float,
    reject: float,
    explain: bool,
    output_format: str | None,
    encoder: str | None,
    input_format: str | None,
    encoding: str | None,
) -> None:
    """Predict with a model that `likewise train` made.

    FILE is csv, tsv, jsonl, parquet or txt, or - for a pipe. Every row and column comes out
    again, with columns for the prediction: the label and its probability, the set of labels
    that holds the true one (a | b, or a JSON list where a label has a bar itself), and whether
    none of them fits; or the number and its interval. Parquet keeps the types of parquet; from
    other formats a column that holds more than numbers is text there. In csv and tsv a text
    that a spreadsheet would run, such as =A1, gets an apostrophe in front, numbers never;
    Likewise takes it off when it reads the file.
    """
    from likewise.classify.artifact import load as load_model
    from likewise.classify.model import NumberModel, check_share
    from likewise.files.read import open_table
    from likewise.files.table import listed, unique_names

    check_share("--coverage", coverage)
    check_share("--reject", reject, such_as=0.05)
    target = None if output in (None, "-") else Path(str(output))
    format_ = _format(target, output_format)
    learnt = load_model(Path(model))
    if learnt.identity is None:
        raise InvalidOption(
            f"{shown(model)} was trained on given vectors.", "Use it from Python on vectors."
        )
    if explain and isinstance(learnt, NumberModel):
        raise InvalidOption(
            f"{shown(model)} predicts numbers, which are not explained.", "Leave out --explain."
        )
    table = open_table(file, format=input_format, encoding=encoding, columns=text is not None)
    for said in table.notes:
        note(said)
    column = _text_column(table, text, learnt.text_column)
    engine = load_as(learnt.identity, encoder)
    if isinstance(learnt, NumberModel):
        job: _Job = _Numbers(learnt, engine, table, column, coverage)
    else:
        job = _Classes(learnt, engine, table, column, coverage, reject, explain)
    columns, _ = unique_names([*table.columns, *job.columns])
    if (renamed := columns[len(table.columns) :]) != job.columns:
        taken = [name for name in job.columns if name not in renamed]
        note(
            f"{table.name} has {listed(taken)} already: what is predicted stands in "
            f"{listed(renamed)}."
        )
    with _open(target, file, model) as stream:
        from likewise.files.formats import row_writer

        writer = row_writer(format_, stream, columns, table.types)
        with writer as write, progress("Predicting") as advance:
            for done, rows in job.run():
                write(rows)
                advance(done, table.known_rows)
    note_reading(engine.identity, job.reading)
    note(
        f"{job.done:,} row{'' if job.done == 1 else 's'} predicted"
        + (f", {job.blank:,} without text." if job.blank else ".")
    )


def _text_column(table: "Table", named: str | None, learnt: str | None) -> str:
    """Return the column of the texts: the named one, else that of the training, else a guess."""
    from likewise.files.read import guess_text_column
    from likewise.files.table import listed

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


class _Job:
    """Reads rows, predicts, and gives rows with more cells."""

    columns: tuple[str, ...] = ()

    def __init__(self, encoder: "Encoder", table: "Table", column: str) -> None:
        from likewise.types import Reading

        self.encoder = encoder
        self.table = table
        self.column = column
        self.done = 0
        self.blank = 0
        self.reading = Reading()

    def run(self) -> Iterator[tuple[int, list[Sequence["Value"]]]]:
        """Yield how many rows are done, and the next ones; blank texts get blank cells."""
        from likewise.files.table import is_missing

        at = self.table.index(self.column)
        rows = self.table.rows()
        while part := list(islice(rows, _SLICE)):
            full = [row for row in part if not is_missing(row.values[at])]
            cells = iter(self.predict([str(row.values[at]) for row in full]) if full else [])
            nothing = [None] * len(self.columns)
            found = [self._row(row, at, cells, nothing) for row in part]
            self.done += len(part)
            self.blank += len(part) - len(full)
            yield self.done, found

    def encode(self, texts: list[str]) -> "Vectors":
        """Return the vectors, float32 (n, dims), having counted how they were read."""
        encoding = self.encoder.encode(texts)
        self.reading.add(encoding)
        return encoding.vectors

    def predict(self, texts: list[str]) -> list[list["Value"]]:
        """Return the new cells of each text."""
        raise NotImplementedError

    @staticmethod
    def _row(
        row: "Row", at: int, cells: Iterator[list["Value"]], nothing: list[None]
    ) -> Sequence["Value"]:
        from likewise.files.table import is_missing

        return (*row.values, *(nothing if is_missing(row.values[at]) else next(cells)))


class _Classes(_Job):
    def __init__(
        self,
        model: "ClassModel",
        encoder: "Encoder",
        table: "Table",
        column: str,
        coverage: float,
        reject: float,
        explain: bool,
    ) -> None:
        super().__init__(encoder, table, column)
        self.model, self.coverage, self.reject, self.explain = model, coverage, reject, explain
        self.barred = any("|" in str(name) for name in model.classes)
        self.columns = ("label", "probability", "set", "none_of_these")
        if explain:
            self.columns += ("because", "unlike", "words")

    def predict(self, texts: list[str]) -> list[list["Value"]]:
        vectors = self.encode(texts)
        probabilities = self.model.probabilities(vectors, texts)
        member = self.model.sets(probabilities, self.coverage)
        fits = self.model.fits(vectors, self.reject)
        said = self.model.decide(probabilities).tolist()
        names = self.model.classes
        found: list[list[Value]] = []
        for row, chances in enumerate(probabilities):
            order = (-chances).argsort(kind="stable")
            within = self._joined([_spelt(names[place]) for place in order if member[row, place]])
            best = said[row]
            found.append([names[best], round(float(chances[best]), 4), within, not fits[row]])
            if self.explain:
                found[-1] += self._why(texts[row], vectors[row])
        return found

    def _joined(self, names: list[str]) -> str:
        """Return a set as `a | b`, or as JSON where a label holds the bar itself."""
        if self.barred:
            import json

            return json.dumps(names, ensure_ascii=False)
        return " | ".join(names)

    def _why(self, text: str, vector: "object") -> list["Value"]:
        from likewise.classify.explain import explain

        why = explain(self.model, text, vector, 1, self.encoder.encode)  # type: ignore[arg-type]
        near = [
            f"{n.text} ({_spelt(n.label)}, {n.similarity:.2f})" for n in (*why.same, *why.other)
        ]
        near += [""] * (2 - len(near))
        words = ", ".join(f"{w.word} {w.weight:+.2f}" for w in why.words[:5])
        return [near[0], near[1], words]


def _spelt(label: "Label") -> str:
    """Return a label within a text as tables spell it in a cell of its own."""
    return str(label).lower() if isinstance(label, bool) else str(label)


class _Numbers(_Job):
    columns = ("prediction", "low", "high")

    def __init__(
        self,
        model: "NumberModel",
        encoder: "Encoder",
        table: "Table",
        column: str,
        coverage: float,
    ) -> None:
        super().__init__(encoder, table, column)
        self.model, self.coverage = model, coverage
        if coverage > model.most_coverage:
            most = int(model.most_coverage * 1_000) / 1_000
            note(
                f"low and high stay empty: {len(model.residuals):,} examples are too few to "
                f"promise a coverage of {coverage:g}; --coverage {most:g} is the most."
            )

    def predict(self, texts: list[str]) -> list[list["Value"]]:
        import math

        predictions = self.model.predictions(self.encode(texts))
        ends = self.model.interval(predictions, self.coverage)
        return [
            [round(v, 6) if math.isfinite(v) else None for v in (float(p), float(low), float(high))]
            for p, (low, high) in zip(predictions, ends, strict=True)
        ]


def _format(target: Path | None, given: str | None) -> str:
    if target is not None:
        return given or written_format(target, WRITTEN)
    if given is not None and given not in STREAMED:
        raise InvalidOption(f"{given} can't be written to a pipe.", "Name a file with -o.")
    return given or "csv"


@contextmanager
def _open(target: Path | None, *sources: str) -> Iterator[BinaryIO]:
    from likewise.files.write import check_target, replacing, writing

    if target is None:
        out = standard_output("Name a file with -o.").buffer
        with writing(Path("standard output")):
            yield out
            out.flush()
        return
    check_target(target, *sources)
    with replacing(target) as file:
        yield file
