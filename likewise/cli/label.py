"""`likewise label`: label texts by hand, the most useful first."""

import io
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
from likewise.cli.output import note, progress
from likewise.cli.screen import safe
from likewise.cli.spending import bound_cost, bytes_of_files, note_cost
from likewise.errors import InvalidOption, shown
from likewise.files.options import ReadingOptions

if TYPE_CHECKING:
    from likewise.classify.label.answer_log import AnswerLog
    from likewise.classify.label.answered import AnsweredTable
    from likewise.classify.label.session import Labelling
    from likewise.encoders import Encoder
    from likewise.errors import DefectiveVectors
    from likewise.files.table import Table
    from likewise.types import Vectors

_HELP = "Type a label or the number before it, + to skip, - to undo, . to stop."
_KEYS = {"+": "skips a text", "-": "takes an answer back", ".": "stops"}


@click.command(
    cls=Command,
    examples=(
        "likewise label reviews.csv -o labelled.csv",
        "likewise label reviews.csv -o labelled.csv --page",
        "likewise label reviews.csv --text body --labels praise,blame,question -o labelled.csv",
        "likewise train labelled.csv -o reviews.likewise",
    ),
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--output", "-o", metavar="OUT", required=True, help="Table to write, with labels.")
@text_option()
@click.option(
    "--labels", metavar="A,B,…", default="", help="Labels to choose from; you can add more."
)
@click.option("--page", is_flag=True, help="Label in the browser, not in the terminal.")
@encoder_options
@reading_options
@max_cost_option
def command(
    files: tuple[str, ...],
    output: str,
    text: str | None,
    labels: str,
    page: bool,
    asked: EncoderOptions,
    reading: ReadingOptions,
    max_cost: float | None,
) -> None:
    """Label texts by hand; each answer is saved at once.

    You get the texts whose labels teach the most first. After a stop or a crash the same command
    picks up where it was: answers are in OUT.answers. OUT has every row of FILE, with a column for
    the label. In csv and tsv, a text that a spreadsheet would run, such as =A1, gets an apostrophe
    in front, but numbers never do; Likewise takes it off when it reads the file.

    The column is called label, or 'label 2' if FILE already has a label. The last message gives its
    name and the command that trains on it.

    Labels that you change in OUT by hand are taken over. If there is a different table at OUT, it
    is kept under another name.
    """
    from likewise.classify.label.answer_log import AnswerLog, locked
    from likewise.classify.label.answered import AnsweredTable
    from likewise.classify.label.session import Labelling
    from likewise.encoders import with_cache
    from likewise.files.formats import WRITTEN, written_format
    from likewise.files.rejected import keeping_if_file
    from likewise.files.several import expanded, open_tables
    from likewise.files.texts import guess_text_column
    from likewise.files.write import check_beside, check_target

    paths = expanded(files)
    _check_inputs(paths, page)
    offered = _offered(labels)
    target = check_target(Path(output), *paths)
    written_format(target, WRITTEN)
    answers = check_beside(target.with_name(f"{target.name}.answers"), *paths)
    with locked(answers):
        table = open_tables(files, columns=text is not None, **reading)
        column = text or guess_text_column(table)
        found = _texts_in(table, column)
        texts = list(found.values())
        log = AnswerLog(answers, texts)
        answered = AnsweredTable(target, table, column, log)
        _take_up(answered, log, target)
        engine = with_cache(load(asked))
        bound_cost(engine, bytes_of_files(paths), max_cost)
        vectors, failed = _embedded(texts, engine)
        rows = list(found)
        left_out = [(rows[at], error.problem) for at, error in failed.items()]
        note_left_out(left_out, table.place, "Not asked")
        session = Labelling(log, engine, vectors, left_out=failed)
        if done := log.labelled():
            note(f"{len(done):,} of {len(texts):,} texts are labelled already.")
        try:
            if page:
                _open_page(session, texts, _name(paths), offered)
            else:
                _ask(session, texts, offered)
        finally:
            # what is set aside is in no row of the table
            with keeping_if_file(table.aside, target, *paths):
                _finish(answered, len(log.labelled()), len(texts), output)


def _check_inputs(paths: Sequence[str], page: bool) -> None:
    """Raise `InvalidOption` for what can't be read again, or what answers are read from."""
    for path in paths:
        if path == "-" or (Path(path).exists() and not Path(path).is_file()):
            raise InvalidOption(
                f"Texts from {'a pipe' if path == '-' else shown(path)} can't be labelled: they "
                "can be read only once, and are needed again for the table.",
                "Save the texts to a file and name it.",
            )
        if not page and _is_stdin(path):
            raise InvalidOption(
                f"{shown(path)} is also what answers are read from.",
                "Name the file itself, and type the answers.",
            )


def _texts_in(table: "Table", column: str) -> dict[int, str]:
    """Return the texts by the numbers of their rows, having said what was met in the table."""
    from likewise.files.cells import is_missing
    from likewise.files.oddities import oddities
    from likewise.files.texts import text_of

    at = table.index(column)
    for said in table.notes:
        note(said)
    found = {
        row.number: text_of(row.values[at], row.number, table, column)
        for row in table.rows()
        if not is_missing(row.values[at])
    }
    for said in oddities(table):
        note(said)
    return found


def _embedded(
    texts: list[str], engine: "Encoder"
) -> tuple["Vectors", dict[int, "DefectiveVectors"]]:
    """Return the vectors of texts and the errors of those that fail, having said what it cost."""
    from likewise.encoders.stream import embed_all

    with progress("Embedding") as advance:
        vectors, read, failed = embed_all(texts, engine, progress=advance)
    note_cost(engine)
    note_reading(engine.identity, read)
    return vectors, failed


def _name(paths: Sequence[str]) -> str:
    return Path(paths[0]).name if len(paths) == 1 else f"{len(paths):,} files"


def _take_up(answered: "AnsweredTable", log: "AnswerLog", target: Path) -> None:
    """Take in what was changed by hand, and say what must be known before the first text."""
    if answered.column != "label":
        note(f"There is a column 'label' already: your answers go to {shown(answered.column)}.")
    if log.damaged:
        lines = "line was" if log.damaged == 1 else "lines were"
        note(f"{log.damaged:,} {lines} damaged in {log.path}: what they held is asked again.")
    if again := len(log.texts) - len(set(log.groups.tolist())):
        equal = "texts equal others" if again > 1 else "text equals another"
        note(f"{again:,} {equal}: each is asked once.")
    taken_in = answered.take_in()
    if taken_in is None:
        note(f"{target} is another table: with your first answer it gets another name.")
    elif taken_in:
        changed = "label that was" if taken_in == 1 else "labels that were"
        note(f"Taken in: {taken_in:,} {changed} changed by hand in {target}.")


def _finish(answered: "AnsweredTable", labelled: int, texts: int, output: str) -> None:
    """Write the table, say where the answers are, and what learns from them."""
    written, older = answered.write()
    if not written:
        note(f"No text was labelled; {answered.path} is as it was.")
        return
    if older is not None:
        note(f"The table that stood there is now {older}.")
    note(
        f"{labelled:,} of {texts:,} texts are labelled in {answered.path}, "
        f"column {shown(answered.column)}."
    )
    if labelled:
        columns = ["--text", answered.text, "--label", answered.column]
        model = str(Path(output).with_suffix(".likewise"))
        note(f"Next: {shlex.join(['likewise', 'train', output, *columns, '-o', model])}")


def _is_stdin(path: str) -> bool:
    """Return whether standard input comes from this file: its lines would be taken for answers."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(0))  # noqa: PTH116 - beside fstat
    except OSError:
        return False


def _offered(labels: str) -> list[str]:
    """Return the labels to choose from; none may be what means something else when typed."""
    offered = [label.strip() for label in labels.split(",") if label.strip()]
    for label in offered:
        if label in _KEYS:
            raise InvalidOption(
                f"{label} can't be a label: typed as an answer, it {_KEYS[label]}.",
                "Spell it out, such as plus or minus.",
                param="labels",
            )
        if not _is_spelt(label):
            raise InvalidOption(
                f"{shown(label)} can't be a label: it is not UTF-8.",
                "Write it in UTF-8.",
                param="labels",
            )
    return offered


def _open_page(session: "Labelling", texts: list[str], name: str, offered: list[str]) -> None:
    """Serve the page until the person stops it."""
    from likewise import server
    from likewise.server.classify.labelling import LabellingSession
    from likewise.settings import settings

    server.run(
        settings=server.for_owner(settings()),
        port=0,
        open_browser=True,
        on_ready=lambda address: note(f"Label at {address} (Ctrl-C ends it and writes the table)"),
        labelling=LabellingSession(session, texts, name, offered),
    )


def _ask(session: "Labelling", texts: list[str], offered: list[str]) -> None:
    """Show texts and take answers until the person stops or nothing is left."""
    note(_HELP)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # whatever is typed is read, and judged
    while (found := session.next()) is not None:
        row, chances = found
        choices = list(dict.fromkeys([*offered, *session.labels]))
        click.echo(f"\n{click.style(_opening(texts[row]), bold=True)}", err=True)
        places = _places(choices)
        note(_menu(choices, places, chances))
        answer = _read()
        if answer is None or answer == ".":
            return
        if answer == "-":
            undone = session.log.undo()
            note(
                "There is nothing to undo."
                if undone is None
                else f"Undone: {_opening(texts[undone])}"
            )
        elif answer == "+":
            session.skip(row)
        elif not _is_spelt(answer):
            note("What was typed is not UTF-8, so it can't be kept. Type it in UTF-8.")
        elif answer:
            label = places.get(answer, answer)
            session.answer(row, label)
            if choices and label not in choices:
                note(f"{label} is a new label; - takes it back.")
    note("Every text is labelled or skipped.")


def _places(choices: list[str]) -> dict[str, str]:
    """Return the labels by the numbers that may be typed for them.

    Where a label is a number itself there are none: what is typed is the label.
    """
    from likewise.files.cells import number

    if any(number(label) is not None for label in choices):
        return {}
    return {str(place): label for place, label in enumerate(choices, 1)}


def _menu(choices: list[str], places: dict[str, str], chances: dict[str, float]) -> str:
    before = {label: f"{place} " for place, label in places.items()}
    parts = []
    for label in choices:
        chance = f" ({chances[label]:.0%})" if label in chances else ""
        parts.append(f"{before.get(label, '')}{label}{chance}")
    return "   ".join(parts) + ("   " if parts else "") + "> "


def _opening(text: str) -> str:
    """Return as much of a text as can be read at a glance, in one line."""
    return safe(" ".join(text[:2_000].split()))


def _is_spelt(typed: str) -> bool:
    """Return whether what was typed is text: in another encoding than UTF-8 a letter is half."""
    return not any("\ud800" <= letter <= "\udfff" for letter in typed)


def _read() -> str | None:
    """Return the next line that the person types, None at the end."""
    line = sys.stdin.readline() if sys.stdin is not None else ""
    return line.strip() if line else None
