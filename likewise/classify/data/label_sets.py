"""Several labels in one cell, or in several columns of yes and no: how they are spelt and read."""

import ast
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from likewise.classify.data.labels import spelt
from likewise.errors import InvalidLabels, InvalidOption, shown
from likewise.files.cells import Cell, Value, is_missing, number
from likewise.files.places import Locate, begun, row_alone

LabelSet = tuple[str, ...]
"""The labels of one text: each once, in order."""

SEPARATORS = ("|", ";", "\n", "\t", ",", "/", "+", "&")
"""What may stand between labels in a cell, most telling first."""

SHARED = 0.8
"""Share of the labels of cells with several that must stand in another cell, too."""

YES = frozenset({"1", "true", "yes", "y", "t", "x", "✓"})
NO = frozenset({"0", "false", "no", "n", "f", "-", ""})


@dataclass(frozen=True)
class LabelSpelling:
    """How the labels of a text are written.

    kind: `separator` for one cell with something between labels; `list` for a JSON list in one
    cell; `columns` for a column of 0 and 1 for each label. separator: what stands between labels,
    with the spaces that usually stand around it.
    """

    kind: Literal["separator", "list", "columns"]
    separator: str = "|"

    def read(self, value: Value, row: int, column: str, place: Locate = row_alone) -> LabelSet:
        """Return the labels in a cell.

        Raises:
            InvalidLabels: the list is not a list of plain values.
        """
        if self.kind == "list":
            listed = list_in(value)
            if listed is None:
                if isinstance(value, str) and value.strip().startswith(("[", "{")):
                    raise InvalidLabels(
                        f"{begun(place(row))} has {shown(value, 60)} in column {shown(column)}, "
                        "which is no list of labels.",
                        'Write lists as JSON: ["one", "two"].',
                        param="label",
                    )
                listed = [str(value)]  # a single label among lists
            return label_set(listed)
        return label_set(str(value).split(self.separator.strip(" ")))

    def join(self, labels: Iterable[Any]) -> str:
        """Return labels as one text: the way that they came in, JSON where that can't be told."""
        said = [spelt(label) for label in labels]
        mark = self.separator.strip(" ")
        if self.kind == "list" or any(mark in label for label in said):
            return json.dumps(said, ensure_ascii=False)
        return self.separator.join(said)

    def describe(self) -> str:
        """Return how labels are written, for people."""
        if self.kind == "list":
            return "as a list"
        names = {"\n": "a line break", "\t": "a tab"}
        mark = self.separator.strip(" ")
        return f"with {names.get(mark, shown(mark))} between them"


BARRED = LabelSpelling("separator", " | ")
"""How labels are written where nothing was read: a | b."""


def label_set(labels: Iterable[Any]) -> LabelSet:
    """Return labels without space around them, each once, in order; blank ones are none."""
    return tuple(sorted({text for label in labels if (text := spelt(label).strip())}))


def list_in(value: Any) -> list[Any] | None:  # noqa: ANN401
    """Return the list of plain values that a cell spells, as JSON or as Python does, else None."""
    if isinstance(value, list | tuple):
        found: Any = list(value)
    elif isinstance(value, str) and value.strip().startswith("[") and value.strip().endswith("]"):
        found = _parsed(value.strip())
    else:
        return None
    plain = isinstance(found, list) and all(isinstance(one, str | int | float) for one in found)
    return found if plain else None


def _parsed(text: str) -> Any:  # noqa: ANN401
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def spelling_of(
    cells: Sequence[Value], *, several: bool | None = None, separator: str | None = None
) -> LabelSpelling | None:
    """Return how several labels are written in the cells of a column; None for one label a cell.

    Args:
        cells: all cells that are not empty.
        several: whether there are several; None to guess.
        separator: what stands between them; None to guess.

    Raises:
        InvalidOption: `separator` is blank, stands in no cell, or is given with `several=False`;
            or `several` is true and nothing separates labels.
    """
    if separator is not None:
        return _named(cells, several, separator)
    if several is False:
        return None
    lists = [list_in(cell) for cell in cells]
    nested = sum(isinstance(cell, Cell) and cell.nested for cell in cells)
    found = sum(one is not None for one in lists)
    if found and (found == len(cells) or nested or several):
        return LabelSpelling("list")
    pieces = [str(cell) for cell in cells if not isinstance(cell, int | float)]
    for mark in SEPARATORS:
        if _separates(pieces, mark):
            return LabelSpelling("separator", _spaced(pieces, mark))
    if several:
        for mark in SEPARATORS:  # told that there are several, any mark will do
            if any(mark in piece for piece in pieces):
                return LabelSpelling("separator", _spaced(pieces, mark))
        raise InvalidOption(
            "No mark separates several labels in a cell.",
            "Name it with --label-separator, or leave out --multi for one label per text.",
            param="multi",
        )
    return None


def _named(cells: Sequence[Value], several: bool | None, separator: str) -> LabelSpelling:
    mark = separator.strip(" ")
    if several is False or not mark:
        raise InvalidOption(
            "A label separator goes with several labels per text."
            if mark
            else "The label separator is blank.",
            "Leave out --no-multi, or name a mark such as ';'.",
            param="label_separator",
        )
    pieces = [str(cell) for cell in cells]
    if not any(mark in piece for piece in pieces):
        raise InvalidOption(
            f"{shown(mark)} stands between no labels.",
            "See how they are written, with `likewise look FILE`.",
            param="label_separator",
        )
    return LabelSpelling("separator", _spaced(pieces, mark))


def _separates(cells: Sequence[str], mark: str) -> bool:
    """Return whether cells are labels with a mark between: what is cut out stands elsewhere, too.

    "New York, NY" and "Food, drink" hold a comma, and are one label each; so are "Sales, north" and
    "Sales, south", whose parts are levels.
    """
    different = set(cells)
    if _are_levels([cell.split(mark) for cell in different]):
        return False
    split = {cell: label_set(cell.split(mark)) for cell in different if mark in cell}
    split = {cell: labels for cell, labels in split.items() if len(labels) > 1}
    if len(split) < 2:
        return False
    among = Counter(label for labels in split.values() for label in labels)
    among.update(cell.strip() for cell in different if cell not in split)
    cut = {label for labels in split.values() for label in labels}
    shared = sum(among[label] > 1 for label in cut)
    return shared >= SHARED * len(cut) and len(among) < len(different)


def _are_levels(cells: Sequence[Sequence[str]]) -> bool:
    """Return whether all cells have as many parts, and none stands at two places."""
    if len({len(parts) for parts in cells}) != 1:
        return False
    levels = [{part.strip() for part in level} for level in zip(*cells, strict=True)]
    return sum(map(len, levels)) == len(set().union(*levels))


def _spaced(cells: Sequence[str], mark: str) -> str:
    """Return the mark with the spaces that most often stand around it."""
    forms = (f" {mark} ", f"{mark} ", mark)
    spaced = Counter(form for cell in cells for form in forms if form in cell)
    usual = [form for form in forms if spaced[form] > 0.5 * spaced[mark]]
    return usual[0]


def yes_or_no(value: Value, row: int, column: str, place: Locate = row_alone) -> bool:
    """Return whether a cell of a label's own column says that the text has it.

    Raises:
        InvalidLabels: it says neither.
    """
    said = "" if is_missing(value) else str(value).strip().lower()
    worth = number(value)
    if said in YES or worth == 1:
        return True
    if said in NO or worth == 0:
        return False
    raise InvalidLabels(
        f"{begun(place(row))} has {shown(value)} in column {shown(column)}, which is neither yes "
        "nor no.",
        "Several columns of labels hold 0 and 1, yes and no, or true and false; name one column "
        "for labels in words.",
        param="label",
    )
