"""`likewise embed`: a file of texts to a file of vectors."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from likewise.cli.command import Command
from likewise.cli.encoder import load, note_left_out, note_reading
from likewise.cli.options import (
    EncoderOptions,
    encoder_options,
    max_cost_option,
    reading_options,
    text_option,
)
from likewise.cli.output import binary_output, note, progress, waiting
from likewise.cli.spending import bound_cost, bytes_of_files, note_cost
from likewise.errors import InvalidOption
from likewise.files.formats import BESIDE, EMBEDDED, STREAMED, written_format
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from likewise.encoders.stream import Embedding, SliceStore
    from likewise.files.texts import Texts
    from likewise.types import Identity


@click.command(
    cls=Command,
    examples=(
        "likewise embed reviews.csv -o reviews.parquet",
        "likewise embed reviews.csv --text body -o vectors.npy",
        "likewise embed reviews.csv --keep-columns --id-column sku -o reviews.parquet",
        "cat sentences.txt | likewise embed - -o sentences.npz",
        "likewise embed 2026/*.csv.gz -o year.parquet",
        "likewise embed questions.txt | jq .vector",
    ),
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--output", "-o", metavar="OUT", help="File to write; by default standard output.")
@text_option()
@encoder_options
@click.option("--output-format", type=click.Choice(EMBEDDED), help="Default: by the ending of OUT.")
@reading_options
@max_cost_option
@click.option("--keep-columns", is_flag=True, help="Keep FILE's other columns with the vectors.")
@click.option("--id-column", metavar="NAME", help="Column of ids; by default row numbers.")
@click.option("--float16", is_flag=True, help="Keep vectors in half the space, in parquet.")
@click.option("--restart", is_flag=True, help="Discard what an earlier run has finished.")
def command(
    files: tuple[str, ...],
    output: str | None,
    text: str | None,
    asked: EncoderOptions,
    reading: ReadingOptions,
    output_format: str | None,
    max_cost: float | None,
    keep_columns: bool,
    id_column: str | None,
    float16: bool,
    restart: bool,
) -> None:
    """Embed a file of texts.

    FILE is a table or plain text, compressed or not, a folder of them, several files, or - for a
    pipe; `likewise look FILE` shows how it is read. OUT may end in .npy, .npz, .csv, .jsonl or
    .parquet. Rows that can't be understood are set aside, reported and kept in OUT.rejected.csv.
    Rows without text are left out; every format but npy gives for each vector its row or its id.
    parquet, jsonl and csv have room for the other columns too: from parquet to parquet they keep
    their types, and from other files they become numbers if every cell is one, else text. Finished
    vectors are kept in OUT.part in the meantime: after Ctrl-C or a power cut the same command picks
    up from there. From csv to csv the mark between cells and the byte order mark are kept;
    --output-format csv writes commas and no mark. In csv, a text that a spreadsheet would run, such
    as =A1, gets an apostrophe in front; Likewise takes it off when it reads the file.
    """
    from likewise.encoders.stream import Embedding, embed_texts
    from likewise.files.rejected import keeping_if_file
    from likewise.files.several import expanded, open_several_texts
    from likewise.files.vectors.kept import KeptRows, check_room

    format_ = _output_format(output, output_format)
    if keep_columns or id_column is not None:
        check_room(format_, BESIDE)
    if float16 and format_ != "parquet":
        raise InvalidOption(
            f"{format_} has no vectors of half the space.", "Write parquet.", param="float16"
        )
    target = None if output in (None, "-") else Path(str(output))
    paths = expanded(files)
    if target is not None:
        _check_target(target, format_, *paths)
    texts = open_several_texts(files, column=text, **reading)
    rows = KeptRows(
        texts,
        columns=keep_columns,
        ids=id_column,
        precision="float16" if float16 else "float32",
        spelling=texts.table.spelling if output_format is None else None,
    )
    for said in (*texts.notes, *rows.notes):
        note(said)
    with waiting(f"Counting the texts of {texts.table.name}"):
        total = rows.count()
    chosen = load(asked)
    bound_cost(chosen, bytes_of_files(paths), max_cost)
    began = time.monotonic()

    def write(out: BinaryIO, store: "SliceStore | None" = None) -> Embedding:
        with progress("Embedding") as advance:
            advance(0, total)
            return embed_texts(
                *(rows, chosen, out, format_),
                store=store,
                progress=lambda done: advance(done, total),
            )

    if target is None or _is_stream(target):
        with _stream(target, format_) as out:
            result = write(out)
    else:
        with keeping_if_file(texts.table.aside, target, *paths):
            result = _to_file(target, chosen.identity, format_, write, restart=restart)
    _note_changed(texts.table.name, total, result.reading.texts + len(result.left_out))
    _report(result, texts, chosen.identity, target, time.monotonic() - began)
    note_cost(chosen)


def _to_file(
    target: Path,
    identity: "Identity",
    format_: str,
    write: "Callable[[BinaryIO, SliceStore], Embedding]",
    *,
    restart: bool,
) -> "Embedding":
    """Write a file that is there when it is whole; what is finished is kept meanwhile."""
    from likewise.encoders.stream import SLICE_CHARACTERS, SLICE_TEXTS
    from likewise.files.vectors.journal import Journal
    from likewise.files.vectors.writers import write_identity

    job = {"slice": [SLICE_TEXTS, SLICE_CHARACTERS]}
    with Journal(target, identity.to_dict(), job, restart=restart) as journal:
        if journal.finished:
            note("Going on from what an earlier run has embedded.")
        try:
            with journal.output() as file:
                result = write(file, journal)
                if format_ == "npy":
                    kept = write_identity(target, identity.to_dict(), result.reading.texts)
                    if kept is not None:
                        note(f"What was in {target}.json is now in {kept}.")
        except BaseException:
            note(_kept(target, journal.finished))
            raise
    return result


def _report(
    result: "Embedding", texts: "Texts", identity: "Identity", target: Path | None, seconds: float
) -> None:
    """Say what was done, and what a reader of the vectors should know."""
    for said in texts.oddities():
        note(said)
    note_left_out(result.left_out, texts.table.place)
    note_reading(identity, result.reading)
    done = result.reading.texts
    note(
        f"{done:,} texts embedded by {identity.name} into {target or 'standard output'}: "
        f"{done:,} × {identity.dims} in {seconds:,.1f} s."
    )


def _note_changed(name: str, counted: int | None, found: int) -> None:
    """Say that a file grew or was cut while it was read."""
    if counted not in (None, found):
        note(
            f"{name} changed while it was read: {counted:,} texts were counted, then {found:,} "
            "were found. Run it again once nobody writes to it."
        )


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


def _check_target(target: Path, format_: str, *sources: str) -> None:
    """Raise what can be known before hours of work."""
    from likewise.files.vectors.writers import check_identity_file
    from likewise.files.write import check_target

    if not _is_stream(target):
        check_target(target, *sources)
        if format_ == "npy":
            check_identity_file(target, *sources)


def _is_stream(target: Path) -> bool:
    with suppress(OSError):  # a name that no file can have is not a stream's either
        return target.exists() and not target.is_file() and not target.is_dir()
    return False


@contextmanager
def _stream(target: Path | None, format_: str) -> Iterator[BinaryIO]:
    """Open standard output, or a pipe that has a name."""
    from likewise.files.write import writing

    with writing(target or Path("standard output")):
        if target is not None:
            with target.open("wb") as file:
                yield file
        else:
            yield binary_output("Name a file with -o.", json=format_ == "jsonl")
