"""What lines could as well be, where they are not read as a table of several columns.

It is told, with the option that reads them so; nothing is decided here.
"""

import re
from collections.abc import Iterator, Sequence

from likewise.errors import shown
from likewise.files.delimited.dialect import (
    NAMES,
    quoted_with_spaces,
    told_separator,
    trial_of,
    trials_of,
)
from likewise.files.delimited.records import Dialect
from likewise.files.header import guess_header

_CHAT = re.compile(
    r"\W?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d{2}(:\d{2})?( ?[ap]\.?m\.?)?\]?( -)? "
    r"[^:\n]+: ",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"\S+[ \t](\S+[ \t])*([BIESLU]-[A-Z]+|O)\s*$")


def could_be(lines: Sequence[str], title: str, *, final: bool) -> Iterator[str]:
    """Yield what the lines of a csv file of one column could as well be, a sentence or none."""
    mark = _regular(lines, final)
    if in_columns(lines):
        yield _columns(title)
    elif mark:
        plain = NAMES[mark][:-1] if mark in NAMES else shown(mark)
        yield (
            f"{title} has one column; each of its lines could as well have "
            f"{NAMES.get(mark, shown(mark))} between cells; --separator {plain} reads it so."
        )


def like_a_table(lines: Sequence[str], title: str) -> Iterator[str]:
    """Yield what is to be told of lines of text that look like the rows of a table, or nothing."""
    held = [line for line in lines if line.strip()]
    if len(held) > 2 and (mark := _separator(held)):
        format_ = "tsv" if mark == "\t" else "csv"
        yield (
            f"Each line of {title} has as many cells with {NAMES.get(mark, shown(mark))} between "
            f"them, as a table has; --input-format {format_} reads it as one."
        )
    elif in_columns(held):
        yield _columns(title)
    elif _mostly(_CHAT, held):
        yield (
            f"The lines of {title} begin with a time and a name, as those of a chat do, which are "
            "read as part of the texts; a table has them in columns of their own."
        )
    elif _mostly(_TAGGED, held):
        yield (
            f"Each line of {title} holds a word with its tags, as in CoNLL files, and is read as a "
            "text; write whole sentences, one on each line."
        )
    elif held and all(line.startswith("__label__") for line in held):
        yield (
            f"The lines of {title} begin with labels, as those of fastText do, which are read as "
            "part of the texts; a table has them in a column of their own."
        )


def _mostly(pattern: re.Pattern[str], lines: Sequence[str]) -> bool:
    """Return whether a pattern fits most lines, two at least."""
    fitting = sum(pattern.match(line) is not None for line in lines)
    return fitting > 1 and fitting * 2 > len(lines)


def _columns(title: str) -> str:
    return (
        f"The lines of {title} look like columns of fixed width, which are not told apart; save "
        "the table as csv, or with tabs between its cells."
    )


def _regular(lines: Sequence[str], final: bool) -> str:
    """Return what stands as often in every line as cells do that no separator parts, or nothing."""
    text = "".join(lines)
    for mark in filter(text.__contains__, " :!#$%&*+§¦¬，；｜、،؛"):
        found = trial_of(lines, Dialect(mark), final=final)
        cells = [cell for one in found.found for cell in one.cells]
        links = mark == ":" and any(cell.startswith("//") for cell in cells)
        filled = mark in " :" or all(map(str.strip, cells))
        if found.width > 1 and found.share == 1 and len(found.found) > 3 and filled and not links:
            return mark
    return ""


def _separator(lines: Sequence[str]) -> str | None:
    """Return what stands between cells where lines are surely the rows of a table, else None."""
    told, _ = told_separator(lines)
    if told is not None:
        return told
    if quoted_with_spaces(lines, None, final=True) is not None:
        return " "
    marks = [mark for mark in "\t,;|" if all(mark in line for line in lines[1:])]
    for trial in trials_of(lines, "\t", None, None, final=True) if marks else ():
        mark, rows = trial.dialect.separator, [one.cells for one in trial.found]
        if mark not in marks or trial.width < 2 or trial.faults > (len(rows[0]) == trial.width - 1):
            continue
        names = guess_header(rows[0], rows[1:])
        usual = mark in "\t|" or trial.quoted >= len(rows) or trial.width > 2
        if usual or (names.named and names.sure):
            return mark
    return None


def in_columns(lines: Sequence[str]) -> bool:
    """Return whether spaces stand below each other in all lines, with words before and after."""
    held = [line.rstrip("\r\n").expandtabs() for line in lines if line.strip()][:200]
    if len(held) < 3:
        return False
    begin = max(len(line) - len(line.lstrip()) for line in held) + 1
    end = min(len(line.rstrip()) for line in held)
    filled = {at for line in held for at in range(begin, end) if line[at] != " "}
    gaps = [at for at in range(begin, end - 1) if at not in filled and at + 1 not in filled]
    return any(all(line[at + 2 : end].strip() for line in held) for at in gaps)
