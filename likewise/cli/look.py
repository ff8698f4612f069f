"""`likewise look`: what Likewise understands of a table, before anything is computed."""

from typing import TYPE_CHECKING

import click

from likewise.cli.command import Command
from likewise.cli.options import (
    EncoderOptions,
    encoder_options,
    json_option,
    reading_options,
    text_option,
)
from likewise.cli.output import note, print_json, print_line, print_table, table, waiting
from likewise.errors import counted, shown
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from rich.text import Text

    from likewise.classify.data.look import TableLook
    from likewise.encoders import Encoder

_SAMPLE = 60
"""Characters of a cell that are shown."""

_SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "spaces"}


@click.command(
    cls=Command,
    examples=(
        "likewise look reviews.csv",
        "likewise look export.xlsx --sheet Answers",
        "likewise look strange.csv --separator ';' --quotes none",
        "likewise look reviews.csv --json | jq .columns",
    ),
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@text_option()
@encoder_options
@reading_options
@json_option
def command(
    files: tuple[str, ...],
    text: str | None,
    asked: EncoderOptions,
    reading: ReadingOptions,
    as_json: bool,
) -> None:
    """Show how a table is read: its format, columns, and what would be taken for texts and labels.

    FILE is csv, tsv, JSON, Parquet, Arrow, a spreadsheet or plain text, compressed or not, a folder
    of them, several files, or - for a pipe. All of it is read and nothing is written. Each guess is
    shown with the option that overrides it.
    """
    from likewise.classify.data.look import look
    from likewise.files.several import open_tables

    opened = open_tables(files, columns=text is not None, **reading)
    with waiting(f"Reading {opened.name}"):
        found = look(opened, _encoder(asked), text=text)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _encoder(asked: EncoderOptions) -> "Encoder | None":
    """Return the encoder; none where only its weights are missing and nobody named it."""
    from likewise.cli.encoder import load
    from likewise.errors import EncoderError

    try:
        return load(asked)
    except EncoderError as error:
        if asked.name is not None:
            raise
        note(f"Tokens are not counted: {error.problem}")
        return None


def _print(found: "TableLook") -> None:
    from likewise.classify.data.look import DIFFERENT

    print_line(_headline(found))
    made = table("column", "kind", ">missing", ">different", ">longest", "samples")
    for one in found.columns:
        samples = ", ".join(shown(sample, _SAMPLE) for sample in one.samples)
        different = f"{one.different:,}{'' if one.different < DIFFERENT else ' or more'}"
        figures = (f"{one.missing:,}", different, f"{one.longest:,}")
        made.add_row(*_plain(shown(one.name), one.kind, *figures, samples))
    print_table(made)
    if found.text is not None:
        print_line(f"Texts: column {shown(found.text)}, {found.why_text}.")
    else:
        print_line(f"Texts: none. {found.why_text}")
    if found.label is not None:
        print_line(f"Labels: column {shown(found.label)}, {found.why_label}.")
    else:
        print_line(f"Labels: none. {found.why_label}")
    if found.duplicates:
        again = "text comes" if found.duplicates == 1 else "texts come"
        print_line(f"{found.duplicates:,} {again} again.")
    if found.tokens is not None:
        tokens = found.tokens
        limit = f"{tokens.limit:,}" if tokens.limit else "any number of"
        many = counted(tokens.texts, "text")
        cut_off = f"{tokens.cut_off:,}" if tokens.cut_off else "none"
        print_line(
            f"Tokens for {tokens.encoder}, of {many}: median {tokens.median:,}, longest "
            f"{tokens.longest:,}; it reads {limit}, so {cut_off} will be cut off."
        )
    for said in found.notes:
        print_line(said)


def _headline(found: "TableLook") -> str:
    parts = [found.format]
    if found.separator is not None:
        parts.append(f"{_SEPARATORS.get(found.separator, shown(found.separator))} between cells")
    if found.encoding is not None:
        parts.append(found.encoding)
    columns = counted(len(found.columns), "column")
    aside = f", {found.aside:,} set aside" if found.aside else ""
    rows = counted(found.rows, "row")
    return f"{found.name}: {', '.join(parts)}; {rows} of {columns}{aside}."


def _plain(*cells: str) -> "list[Text]":
    """Return cells in which brackets are not markup."""
    from rich.text import Text

    return [Text(cell) for cell in cells]
