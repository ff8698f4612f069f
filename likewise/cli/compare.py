"""`likewise compare`: how alike some texts are."""

from typing import TYPE_CHECKING

import click

from likewise.cli.command import Command
from likewise.cli.encoder import encoder_option, load
from likewise.cli.output import note, print_json, print_table, table, waiting, width

if TYPE_CHECKING:
    from likewise.similarity import Comparison

_BAR = 20
_ROOM_FOR_BARS = 72


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
@click.option("--file", "-f", metavar="FILE", help="Read the texts from a file; - for a pipe.")
@click.option("--text-column", metavar="NAME", help="Column of FILE that holds the texts.")
@encoder_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(
    texts: tuple[str, ...],
    file: str | None,
    text_column: str | None,
    encoder: str | None,
    as_json: bool,
) -> None:
    """Compare texts with the first of them.

    For each text it prints the cosine similarity to the first, and the share of unrelated
    pairs of texts that are less similar. The most similar is marked. With --file, texts on
    the command line come first.
    """
    from likewise.similarity import compare

    if texts == ("-",) and file is None:
        texts, file = (), "-"
    every = [*texts, *_read(file, text_column)] if file is not None else list(texts)
    chosen = load(encoder)
    with waiting(f"Comparing {len(every):,} texts"):
        comparison = compare(every, chosen)
    if as_json:
        print_json(comparison.to_dict())
    else:
        _print(comparison)


def _read(file: str, column: str | None) -> list[str]:
    from likewise.files.read import open_texts

    texts = open_texts(file, column=column)
    read = [text.text for text in texts]
    for said in [*texts.notes, *texts.oddities()]:
        note(said)
    return read


def _print(comparison: "Comparison") -> None:
    from rich.text import Text

    from likewise.similarity.shown import bar, one_line, percent

    best = set(comparison.best)
    # a narrow terminal needs its room for the texts
    bars = _BAR if width() >= _ROOM_FOR_BARS else 0
    made = table("", ">similarity", *([""] if bars else []), ">closer than", "text")
    for index, text in enumerate(comparison.texts):
        similarity = float(comparison.similarities[index])
        cut = " [cut off]" if comparison.encoding.truncated[index] else ""
        cells = [
            "★" if index in best else "",
            f"{similarity:.4f}" if index else "first",
            *([bar(similarity, bars) if index else ""] if bars else []),
            percent(comparison.percentiles[index]) if index else "",
            one_line(text, 200) + cut,
        ]
        # as Text: brackets in a text are no markup
        made.add_row(*map(Text, cells), style="bold" if index in best else "")
    print_table(made)
    note(
        f"similarity: cosine by {comparison.identity.name}; closer than: share of unrelated "
        f"pairs of {comparison.scale.background} that are less similar"
    )
