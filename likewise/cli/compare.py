"""`likewise compare`: how alike some texts are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from likewise.cli.command import Command, uncollected
from likewise.cli.encoder import load, note_reading
from likewise.cli.options import (
    EncoderOptions,
    encoder_options,
    json_option,
    max_cost_option,
    reading_options,
    text_option,
)
from likewise.cli.output import note, print_json, print_table, table, waiting, width
from likewise.cli.spending import bound_cost, note_cost, note_scale
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from likewise.similarity import Comparison

_TEXT = 200
"""Characters of a text that are shown."""
_BAR = 20
_ROOM_FOR_BARS = 72
_ROOM_FOR_PERCENTILES = 88
_ROOM_FOR_LIKENESS = 48
"""Characters of a line: a narrow terminal needs its room for the texts."""


@click.command(
    cls=Command,
    examples=(
        'likewise compare "I love my cat." "My cat is dear to me." "cat prints a file."',
        "likewise compare --file sentences.txt",
        "printf 'one\\ntwo\\n' | likewise compare -",
        "likewise compare a b --json | jq .texts[1].similarity",
    ),
)
@click.argument("texts", nargs=-1, metavar="TEXT...")
@click.option(
    "--file",
    "-f",
    "files",
    metavar="FILE",
    multiple=True,
    help="Read texts from a file, a folder or a pattern, or - for a pipe; may be repeated.",
)
@text_option()
@encoder_options
@reading_options
@max_cost_option
@json_option
@uncollected()
def command(
    texts: tuple[str, ...],
    files: tuple[str, ...],
    text: str | None,
    asked: EncoderOptions,
    reading: ReadingOptions,
    max_cost: float | None,
    as_json: bool,
) -> None:
    """Compare texts with the first one.

    For each text it prints the cosine similarity to the first, the kind of pair that is about as
    similar (strangers, two on the same subject, two with the same meaning), and the share of
    unrelated pairs that are less similar. The most similar text is marked. With --file, texts on
    the command line come first.
    """
    from likewise.similarity import compare
    from likewise.types import Reading

    if texts == ("-",) and not files:
        texts, files = (), ("-",)
    every = list(texts)
    if files:
        every += _read(files, text, reading)
    chosen = load(asked)
    # what is no text is told by the comparison
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in every)
    bound_cost(chosen, size, max_cost)
    note_scale(chosen)
    with waiting(f"Comparing {len(every):,} texts"):
        comparison = compare(every, chosen)
    if as_json:
        print_json(comparison.to_dict())
    else:
        _print(comparison)
    read = Reading()
    read.add(comparison.encoding)
    note_reading(comparison.identity, read)
    note_cost(chosen)


def _read(files: Sequence[str], column: str | None, reading: ReadingOptions) -> list[str]:
    from likewise.files.several import open_several_texts

    texts = open_several_texts(files, column=column, **reading)
    read = [text.text for text in texts]
    for said in [*texts.notes, *texts.oddities()]:
        note(said)
    return read


def _print(comparison: "Comparison") -> None:
    from rich.text import Text

    from likewise.similarity.shown import legend

    columns = _columns(comparison)
    made = table(*columns)
    best = set(comparison.best)
    for index, cells in enumerate(zip(*columns.values(), strict=True)):
        # as Text: brackets in a text are not markup
        made.add_row(*map(Text, cells), style="bold" if index in best else "")
    print_table(made)
    note(
        f"similarity: cosine by {comparison.identity.name}; like: {legend(comparison)}; closer "
        f"than: share of unrelated pairs of {comparison.scale.background} that are less similar"
    )


def _columns(comparison: "Comparison") -> dict[str, list[str]]:
    """Return the columns that the terminal has room for, by header."""
    from likewise.similarity.shown import bar, one_line, percent, remarks

    best = set(comparison.best)
    similarities = [float(similarity) for similarity in comparison.similarities[1:]]
    marks = ["★" if index in best else "" for index in range(len(comparison.texts))]
    columns = {"": marks, ">similarity": ["first", *(f"{value:.4f}" for value in similarities)]}
    if width() >= _ROOM_FOR_BARS:
        columns[" "] = ["", *(bar(value, _BAR) for value in similarities)]
    if width() >= _ROOM_FOR_LIKENESS:
        columns["like"] = ["", *(likeness or "–" for likeness in comparison.likeness[1:])]
    if width() >= _ROOM_FOR_PERCENTILES:
        columns[">closer than"] = ["", *map(percent, comparison.percentiles[1:])]
    columns["text"] = [
        one_line(text, _TEXT) + remarks(comparison, index)
        for index, text in enumerate(comparison.texts)
    ]
    return columns
