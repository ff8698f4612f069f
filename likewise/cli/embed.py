"""`likewise embed`: a file of texts to a file of vectors."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from likewise.cli.command import Command
from likewise.cli.encoder import (
    bound_cost,
    encoder_option,
    load,
    note_cost,
    note_cut_off,
    prefix_option,
)
from likewise.cli.output import note, progress, standard_output, waiting
from likewise.cli.reading import encoding_option, input_format_option
from likewise.errors import InvalidOption, shown
from likewise.files.formats import EMBEDDED, STREAMED, written_format

if TYPE_CHECKING:
    from likewise.encoders import Encoder
    from likewise.files.journal import Journal
    from likewise.files.read import Text, Texts
    from likewise.files.vectors import Embedded
    from likewise.types import Encoding


@click.command(
    cls=Command,
    examples=(
        "likewise embed reviews.csv -o reviews.parquet",
        "likewise embed reviews.csv --text-column body -o vectors.npy",
        "cat sentences.txt | likewise embed - -o sentences.npz",
        "likewise embed questions.txt | jq .vector",
    ),
)
@click.argument("file", metavar="FILE")
@click.option("--output", "-o", metavar="OUT", help="File to write; by default standard output.")
@click.option("--text-column", metavar="NAME", help="Column that holds the texts.")
@encoder_option
@prefix_option
@input_format_option
@click.option("--output-format", type=click.Choice(EMBEDDED), help="By default OUT's ending.")
@encoding_option
@click.option("--no-header", is_flag=True, help="The first row of csv and tsv is data.")
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    metavar="DOLLARS",
    help="What may be spent at a provider; what is embedded by then is kept.",
)
@click.option("--restart", is_flag=True, help="Forget what an earlier run has finished.")
def command(
    file: str,
    output: str | None,
    text_column: str | None,
    encoder: str | None,
    prefix: str | None,
    input_format: str | None,
    output_format: str | None,
    encoding: str | None,
    no_header: bool,
    max_cost: float | None,
    restart: bool,
) -> None:
    """Embed a file of texts.

    FILE is csv, tsv, jsonl, parquet or txt, gzipped or not, or - for a pipe. OUT may end in
    .npy, .npz, .csv, .jsonl or .parquet. Rows without text are left out; all formats but npy
    say for each vector the row that it belongs to. What is embedded is kept in OUT.part
    meanwhile: after Ctrl-C or a power cut the same command goes on from there. In csv a text
    that a spreadsheet would run, such as =A1, gets an apostrophe in front; Likewise takes it
    off when it reads the file.
    """
    from likewise.files.read import open_texts

    format_ = _output_format(output, output_format)
    target = None if output in (None, "-") else Path(str(output))
    if target is not None:
        _check_target(target, file, format_)
    texts = open_texts(
        file, column=text_column, format=input_format, encoding=encoding, header=not no_header
    )
    for said in texts.notes:
        note(said)
    with waiting(f"Counting the texts of {shown(file)}"):
        total = texts.count()
    chosen = load(encoder, prefix)
    bound_cost(chosen, _size(file), max_cost)
    job = _Job(texts, chosen, format_, total)
    if target is None or _is_stream(target):
        job.to_stream(target)
    else:
        job.to_file(target, restart=restart)
    job.report("standard output" if target is None else str(target))
    note_cost(chosen)


def _size(file: str) -> int | None:
    """Return the bytes of a file that holds its texts as they are, None of any other."""
    path = Path(file)
    plain = path.suffix in {".csv", ".tsv", ".jsonl", ".txt"}
    return path.stat().st_size if plain and path.is_file() else None


@dataclass
class _Job:
    texts: "Texts"
    encoder: "Encoder"
    format: str
    total: int | None
    done: int = 0
    truncated: int = 0
    began: float = field(default_factory=time.monotonic)

    def to_stream(self, target: Path | None) -> None:
        """Write to standard output, or to a pipe that has a name."""
        from likewise.files.formats import vector_writer
        from likewise.files.write import writing

        identity = self.encoder.identity.to_dict()
        with (
            writing(target or Path("standard output")),
            _stream(target) as stream,
            vector_writer(self.format, stream, identity) as write,
        ):
            for part in self._embedded(None):
                write(part)
                stream.flush()

    def to_file(self, target: Path, *, restart: bool) -> None:
        """Write a file that is there when it is whole; see `likewise.files.journal`."""
        from likewise.files.formats import vector_writer
        from likewise.files.journal import SLICE_CHARACTERS, SLICE_TEXTS, Journal
        from likewise.files.vectors import write_identity

        identity = self.encoder.identity.to_dict()
        job = {"slice": [SLICE_TEXTS, SLICE_CHARACTERS]}
        with Journal(target, identity, job, restart=restart) as journal:
            if journal.finished:
                note("Going on from what an earlier run has embedded.")
            try:
                with journal.output() as file:
                    with vector_writer(self.format, file, identity) as write:
                        for part in self._embedded(journal):
                            write(part)
                    if self.format == "npy":
                        kept = write_identity(target, identity, self.done)
                        if kept is not None:
                            note(f"What was in {target}.json is now in {kept}.")
            except BaseException:
                note(_kept(target, journal.finished))
                raise

    def report(self, where: str) -> None:
        """Say what was done, and what a reader of the vectors should know."""
        identity = self.encoder.identity
        seconds = time.monotonic() - self.began
        for said in self.texts.oddities():
            note(said)
        note_cut_off(identity, self.truncated, self.done)
        note(
            f"{self.done:,} texts embedded by {identity.name} into {where}: "
            f"{self.done:,} × {identity.dims} in {seconds:,.1f} s."
        )

    def _embedded(self, journal: "Journal | None") -> Iterator["Embedded"]:
        from likewise.files.journal import slices
        from likewise.files.vectors import Embedded

        with progress("Embedding") as advance:
            advance(0, self.total)
            for number, part in enumerate(slices(self.texts)):
                encoding = self._encoding(number, part, journal, advance)
                self.done += len(part)
                self.truncated += int(encoding.truncated.sum())
                advance(self.done, self.total)
                yield Embedded(
                    ids=[text.row for text in part],
                    texts=[text.text for text in part],
                    vectors=encoding.vectors,
                    truncated=encoding.truncated,
                )

    def _encoding(
        self,
        number: int,
        part: list["Text"],
        journal: "Journal | None",
        advance: Any,  # noqa: ANN401
    ) -> "Encoding":
        texts = [text.text for text in part]
        if journal is not None and (kept := journal.kept(number, texts)) is not None:
            return kept
        encoding = self.encoder.encode(
            texts, progress=lambda done, _: advance(self.done + done, self.total)
        )
        if journal is not None:
            journal.add(number, texts, encoding)
        return encoding


def _kept(target: Path, slices: int) -> str:
    """Return what a person who stopped the work, or whom an error stopped, should know."""
    if not slices:
        return "Stopped. Nothing is kept: not even the first few thousand texts were finished."
    return f"Stopped. What is finished is in {target}.part; the same command goes on from there."


def _output_format(output: str | None, given: str | None) -> str:
    if output is None and given is None and sys.stdout is not None and sys.stdout.isatty():
        raise InvalidOption(
            "Vectors are not for reading: there are hundreds of numbers for each text.",
            "Name a file with -o vectors.parquet, pipe them on, or look at a few texts with "
            "`likewise compare`.",
            param="output",
        )
    if output not in (None, "-"):
        path = Path(str(output))
        format_ = given or written_format(path, EMBEDDED)
        streamed = _is_stream(path)
    else:
        format_, streamed = given or "jsonl", True
    streams = [name for name in EMBEDDED if name in STREAMED]
    if streamed and format_ not in streams:
        raise InvalidOption(
            f"{format_} can't be written to a pipe.",
            f"Name a file with -o, or say --output-format {' or '.join(streams)}.",
            param="output_format",
        )
    return format_


def _check_target(target: Path, source: str, format_: str) -> None:
    """Raise what can be known before hours of work."""
    from likewise.files.vectors import check_identity_file
    from likewise.files.write import check_target

    if not _is_stream(target):
        check_target(target, source)
        if format_ == "npy":
            check_identity_file(target, source)


def _is_stream(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


@contextmanager
def _stream(target: Path | None) -> Iterator[BinaryIO]:
    if target is not None:
        with target.open("wb") as file:
            yield file
    else:
        yield standard_output("Name a file with -o.").buffer
