"""Guesses how cells stand in lines, by reading the beginning of a file in every way there is.

The way that gives the most lines as many cells as most have is taken. Compared with other guessers
in `benchmarks/tables/dialects.md`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from likewise.errors import shown
from likewise.files.cells import number
from likewise.files.delimited.records import Dialect, Record, Shape, doubtful, records
from likewise.files.header import is_usual
from likewise.files.options import Options

NAMES = {
    ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces", "^": "carets",
    "~": "tildes", "\x1f": "unit separators", "\x01": "control characters", ":": "colons",
}  # fmt: skip
_GUESSED = ",;\t|^~\x1f\x01"
_SEP = re.compile(r"""\s*["']?sep ?= ?(\\t|.)["']?[ ,;\t]*[\r\n]*$""", re.IGNORECASE)
_NONE = "\x1f"
"""Stands between cells where nothing does."""
_LINES = 2_000


@dataclass(frozen=True)
class Trial:
    """The lines of the head, read in one way."""

    dialect: Dialect
    found: list[Record]
    width: int
    share: float
    quoted: int

    @property
    def faults(self) -> int:
        """Records that can't be understood, or have another width."""
        return sum(bool(one.fault) or len(one.cells) != self.width for one in self.found)

    @property
    def fit(self) -> float:
        """How good it is, by lines with the right number of cells."""
        return self.share if self.width > 1 else 0.0

    @cached_property
    def typed(self) -> float:
        """How good it is, by cells that are one thing: it decides where the lines do not."""
        return _typed(self.found, self.width)


def best_trial(
    lines: Sequence[str], title: str, usual: str, options: Options, *, final: bool
) -> tuple[Trial, int, list[str]]:
    """Read the first lines of a file in every way and return the best.

    Args:
        lines: physical lines with their ends, whole ones.
        title: the name of the file, as it begins a sentence.
        usual: the separator that files of this name have.
        options: what was said instead of being guessed.
        final: whether these are all lines.

    Returns:
        The trial, how many lines before those that it has read, and what was decided.
    """
    lines = lines[:_LINES]
    told, before = told_separator(lines)
    separator = options.separator or told
    trials = trials_of(lines[before:], usual, separator, options.quotes, final=final)
    best = _best(
        one
        for one in trials
        if (one.dialect.quotes != "'" or options.quotes == "'") and not _halved(one, trials)
    )
    best = _quoted(best, trials, lines[before:])
    for one in trials:
        if one.dialect.quotes == "'" and one.width > 1:
            better = (one.share > best.share and not best.quoted) or best.width < 2
            if better or (one.share == best.share and _single(lines[before:], one)):
                best = one
    if separator is None:
        best = quoted_with_spaces(lines[before:], options.quotes, final=final) or best
    notes = _notes(best, trials, title, usual, said=separator is not None, options=options)
    if options.quotes is None and (whole := _whole_lines(best, trials, lines[before:])):
        best = whole
        notes = [
            f"Each line of {title} is one cell, for quotation marks stand around it; where it is "
            "a row of several, take these marks away."
        ]
    if separator is None and _one_column(best, lines[before:]):
        best = trial_of(lines[before:], Dialect(_NONE), final=final)
        notes = [
            f"{title} is read as one column, for its first line names one; --separator names what "
            "stands between cells."
        ]
    return best, before, notes


def _best(trials: Iterable[Trial]) -> Trial:
    """Return the first of the best."""
    found = list(trials)
    fitting = [one for one in found if one.fit == max(other.fit for other in found)]
    # of one column, where no fit tells, first by lines that have one cell
    return max(fitting, key=lambda one: (one.share, one.typed)) if len(fitting) > 1 else fitting[0]


def quoted_with_spaces(lines: Sequence[str], quotes: str | None, *, final: bool) -> Trial | None:
    """Return the reading with spaces between cells in marks, as R writes a table; else None."""
    held = [line.strip() for line in lines if line.strip()]
    cells = [line for line in held if line.startswith('"') and ('" ' in line or ' "' in line)]
    if quotes not in (None, '"') or len(cells) < max(2, 0.8 * len(held)):
        return None
    best = _best(trials_of(lines, " ", " ", quotes, final=final))
    total = len(best.found) - (best.found[0].end == 1)
    right = best.width > 1 and best.dialect.quotes == '"' and best.quoted >= total
    return best if right and best.share * len(best.found) >= len(best.found) - 1 else None


def _whole_lines(best: Trial, trials: Sequence[Trial], lines: Sequence[str]) -> Trial | None:
    """Return the reading of lines that stand in marks as a whole, None where they do not."""
    if best.dialect.quotes or best.width < 2:
        return None
    whole = next(
        (
            one for one in trials
            if one.dialect == replace(best.dialect, quotes='"') and one.width == 1
        ),
        None,
    )  # fmt: skip
    alone = whole is not None and all(
        not one.fault and one.end == one.start + 1 and lines[one.start].startswith('"')
        for one in whole.found
    )
    names = whole.found[0].cells if whole is not None and alone and whole.found else [""]
    return whole if best.dialect.separator in names[0] else None


def _one_column(best: Trial, lines: Sequence[str]) -> bool:
    """Return whether the separators are parts of texts: the first line is the name of one column.

    It is a usual name, or a word above lines that have this many cells now and then only.
    """
    first = next((line.strip().strip("\"'") for line in lines if line.strip()), "")
    if not best.found or len(best.found[0].cells) != 1:
        return False
    if best.width < 2:  # nothing stands in marks, and some lines have separators as texts do
        held = [best.dialect.separator in line for line in lines[1:] if line.strip()]
        named = is_usual(first) or first.isidentifier()
        return named and not best.quoted and any(held) and not all(held)
    if best.dialect.quotes and best.quoted > len(best.found):
        return False  # cells in marks hold no separators
    rest = sum(one.end - one.start for one in best.found[1:])
    good = sum(one.end - one.start for one in best.found[1:] if len(one.cells) == best.width)
    return is_usual(first) or (first.isidentifier() and good < 0.95 * rest)


def told_separator(lines: Sequence[str]) -> tuple[str | None, int]:
    """Return the separator that a line such as `sep=;` tells, and how many lines that takes."""
    for at, line in enumerate(lines):
        if line.strip() and (found := _SEP.match(line)):
            return found[1].replace("\\t", "\t"), at + 1
        if line.strip():
            break
    return None, 0


def trials_of(
    lines: Sequence[str], usual: str, separator: str | None, quotes: str | None, *, final: bool
) -> list[Trial]:
    """Return the lines read in every way, with the separator and the marks that were said."""
    text = "".join(lines)
    if separator is None:
        separators = [usual, *(mark for mark in _GUESSED if mark != usual and mark in text)]
    else:
        separators = [separator]
    # without any, it is one whether they stand around cells
    marks = ['"', *(["'"] if "'" in text else []), *([""] if '"' in text else [])]
    marks = marks if quotes is None else [quotes]
    found = []
    for mark in separators:
        styles = [(around, False) for around in marks]
        if quotes != "" and ('\\"' in text or f"\\{mark}" in text):
            styles.insert(1, (quotes or '"', True))
        found += [
            trial_of(lines, Dialect(mark, *style), final=final, trusted=quotes is not None)
            for style in styles
        ]
    return found


def _single(lines: Sequence[str], trial: Trial) -> bool:
    """Return whether single marks stand around some cell of nearly every line."""
    mark = re.escape(trial.dialect.separator)
    around = re.compile(rf"(?:^|{mark} ?)'[^'\r\n]+'(?={mark}|\r|\n|$)")
    held = [line for line in lines if line.strip()]
    return sum(around.search(line) is not None for line in held) > 0.8 * len(held)


def trial_of(
    lines: Sequence[str], dialect: Dialect, *, final: bool, trusted: bool = False
) -> Trial:
    """Return the lines read in one way; `trusted` where a person said what stands around cells."""
    found = _shaped(lines, dialect, Shape(0), final=final)
    width = _width(found)
    if width > 1 and any(one.fault or one.end > one.start + 1 for one in found):
        # again, now that rows can be told from parts of texts
        rows = [one.cells for one in found if len(one.cells) == width]
        shape = Shape(width, number_columns(rows[1:], width, 0.7), trusted)
        found = _shaped(lines, dialect, shape, final=final)
        width = _width(found)
    if _spaced(found, width, dialect):
        padded = replace(dialect, padded=True)
        again = _shaped(lines, padded, Shape(width), final=final)
        if _share(again, _width(again)) >= _share(found, width):
            found, width, dialect = again, _width(again), padded
    right = [one for one in found if len(one.cells) == width]
    quoted = _well_quoted(lines, right, dialect)
    return Trial(dialect, found, width, _share(found, width), quoted)


def _shaped(lines: Sequence[str], dialect: Dialect, shape: Shape, *, final: bool) -> list[Record]:
    read = records(lines, dialect, final=final, shape=shape if shape.width else None)
    return [one for one in read if one.fault or any(cell.strip() for cell in one.cells)
            or len(one.cells) > 1]  # fmt: skip


def _width(found: Sequence[Record]) -> int:
    """Return how many cells most lines have."""
    counts: Counter[int] = Counter()
    for one in found:
        if not one.fault:
            counts[len(one.cells)] += 1
    return max(counts, key=lambda width: (counts[width], width), default=1)


def _share(found: Sequence[Record], width: int) -> float:
    """Return the share of lines that stand in records of this width."""
    total = sum(one.end - one.start for one in found)
    good = sum(one.end - one.start for one in found if len(one.cells) == width and not one.fault)
    return good / total if total else 0.0


def _typed(found: Sequence[Record], width: int) -> float:
    """Return the share of cells that are one thing: a number, a word, or words without marks."""
    cells = [cell for one in found if len(one.cells) == width for cell in one.cells]
    return sum(map(_is_plain, cells)) / len(cells) if cells else 0.0


_PLAIN = re.compile(r"[+-]?\d+[.,]?\d*|[^\s,;|\t\"']*")


def _is_plain(cell: str) -> bool:
    return _PLAIN.fullmatch(cell.strip()) is not None


def _spaced(found: Sequence[Record], width: int, dialect: Dialect) -> bool:
    """Return whether a space follows each separator; then it belongs to neither cell."""
    if dialect.separator.isspace() or dialect.padded:
        return False
    after = [cell for one in found if not one.fault for cell in one.cells[1:] if cell]
    return len(after) > 1 and all(cell.startswith(" ") for cell in after) and width > 0


def _halved(plain: Trial, trials: Sequence[Trial]) -> bool:
    """Return whether marks as text cut records of several lines into pieces: they get narrower."""
    mark = plain.dialect.separator
    return not plain.dialect.quotes and any(
        one.dialect.quotes
        and one.dialect.separator == mark
        and one.width > plain.width
        and one.share > 0.5
        for one in trials
    )


def _quoted(best: Trial, trials: Sequence[Trial], lines: Sequence[str]) -> Trial:
    """Return the trial whose reading of marks is right among those with the best's separator.

    Marks are text where every line has the right width without quotation, and with it some are
    damaged or a cell swallows a line break; unless as many cells are well quoted.
    """
    mark = best.dialect.separator
    near = [one for one in trials if one.dialect.separator == mark and one.width == best.width]
    plain = next((one for one in near if not one.dialect.quotes), None)
    quoted = next((one for one in near if one.dialect.quotes == '"'), None)
    if plain is None or quoted is None or best.width < 2 or best.dialect.escaped:
        return best
    wrong = quoted.faults + sum(
        one.doubt or one.end > one.start + 1 for one in quoted.found if not one.fault
    )
    # between tabs marks are rather text
    if quoted.quoted >= wrong + (mark == "\t" and quoted.faults > 0):
        return quoted if best is plain else best
    if plain.share < 1 or best is not quoted:
        return best
    several = [lines[one.start : one.end] for one in quoted.found if one.end > one.start + 1]
    if not all(doubtful(one, quoted.dialect, Shape(best.width)) for one in several):
        return best
    # cells with line breaks are usual, but for tabs; there must be a sign that they are rows
    signs = quoted.faults or any(one.doubt for one in quoted.found)
    return plain if mark == "\t" or signs else best


def _well_quoted(lines: Sequence[str], found: Sequence[Record], dialect: Dialect) -> int:
    """Return how much speaks for quotation: cells in marks; more where they need them."""
    if dialect.quotes != '"':
        return 0
    mark = re.escape(dialect.separator)
    cell = re.compile(rf'(?:^|{mark} ?)"((?:[^"]|"")*)"(?=\s*(?:{mark}|$))', re.MULTILINE)
    counted = 0
    for one in found:
        if not one.fault and one.end == one.start + 1 and '"' in lines[one.start]:
            for inside in cell.findall(lines[one.start]):
                counted += 3 if '""' in inside or dialect.separator in inside else 1
    return counted


def _notes(
    best: Trial, trials: Sequence[Trial], title: str, usual: str, *, said: bool, options: Options
) -> list[str]:
    notes = []
    mark = best.dialect.separator
    if mark != usual and not said:
        notes.append(f"{title} has {NAMES.get(mark, shown(mark))} between its cells.")
    rivals = [
        one for one in trials
        if one.dialect.separator != mark and one.fit >= best.fit and one.width > 1
    ]  # fmt: skip
    if rivals and not said and best.width > 1:
        other = NAMES.get(rivals[0].dialect.separator, shown(rivals[0].dialect.separator))
        notes.append(
            f"{title} could as well have {other} between its cells; --separator says which."
        )
    if options.quotes is None:
        notes += _about_marks(best, title)
    if best.dialect.padded:
        notes.append(f"The space after each separator of {title} is not read.")
    return notes


def _about_marks(best: Trial, title: str) -> Iterator[str]:
    if not best.dialect.quotes and any('"' in cell for one in best.found for cell in one.cells):
        yield f"Quotation marks in {title} are read as part of the text; --quotes says otherwise."
    if best.dialect.quotes == "'":
        yield f"{title} has single quotation marks around its cells."
    if best.dialect.escaped:
        yield f"{title} has backslashes before the marks in its cells."


def number_columns(
    rows: Sequence[Sequence[str]], width: int, share: float = 0.9
) -> tuple[int, ...]:
    """Return the places of the columns that hold numbers, a share of their cells at least."""
    found = []
    for place in range(width):
        held = [row[place] for row in rows if place < len(row) and row[place].strip()]
        if (
            len(held) > 1
            and sum(number(cell) is not None for cell in held) > share * len(held) - 1e-9
        ):
            found.append(place)
    return tuple(found)
