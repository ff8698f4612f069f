"""Labelled texts from a table: which columns, and what is left out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from likewise.classify.data.guesses import guess_label, guess_text, values_in
from likewise.classify.data.label_sets import LabelSet, LabelSpelling, spelling_of, yes_or_no
from likewise.classify.data.labels import Label
from likewise.classify.data.verdicts import is_refused, refused, verdict_column
from likewise.errors import InvalidLabels, LikewiseError, TooFewTexts, counted, shown
from likewise.files.cells import Cell, Value, is_missing, number
from likewise.files.names import listed
from likewise.files.oddities import oddities
from likewise.files.places import Locate, begun, row_alone
from likewise.files.table import Row, Table
from likewise.files.texts import text_of

T = TypeVar("T")


@dataclass
class Labelled:
    """Texts with their labels or numbers, in the order of the file.

    notes: what was guessed and left out, a sentence each. rows: the number of each text's row in
    the table, from 1; empty where no table was read. last_row: the number of the table's last row,
    read or left out. places: names these rows in a sentence. groups: what of each text's row is
    never split between learning and testing, None where nothing is. times: when each text is from,
    larger is later, None where order does not matter. spelling: how several labels per text are
    written; `sets` then holds them and `answers` each set as one text. Both are None for one label
    per text.
    """

    texts: list[str]
    answers: list[Label]
    text_column: str
    answer_column: str
    notes: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    last_row: int = 0
    places: Locate = row_alone
    groups: list[Value] | None = None
    times: list[float] | None = None
    sets: list[LabelSet] | None = None
    spelling: LabelSpelling | None = None

    def row(self, place: int) -> int:
        """Return the number, from 1, of the row in the table that a text stands in."""
        return self.rows[place] if self.rows else place + 1

    def place(self, place: int) -> str:
        """Return the row that a text stands in as messages name it."""
        return self.places(self.row(place))

    def kept(self, places: Sequence[int]) -> "Labelled":
        """Return the texts at these places alone, with all that belongs to them."""

        def some(held: list[T] | None) -> list[T] | None:
            return None if held is None else [held[place] for place in places]

        return replace(
            self,
            texts=[self.texts[place] for place in places],
            answers=[self.answers[place] for place in places],
            rows=[self.row(place) for place in places],
            groups=some(self.groups),
            times=some(self.times),
            sets=some(self.sets),
        )

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Name the row in an error about one of the texts, as when it can't be encoded."""
        try:
            yield
        except LikewiseError as error:
            if error.which is not None:
                error.problem = f"{begun(self.place(error.which))}: {error.problem}"
                error.which = None
            raise


def read_labelled(
    table: Table,
    *,
    text: str | None = None,
    label: str | None = None,
    target: str | None = None,
    group: str | None = None,
    time: str | None = None,
    columns: Sequence[str] = (),
    several: bool | None = None,
    separator: str | None = None,
    spelling: LabelSpelling | None = None,
) -> Labelled:
    """Read all rows that have a text and an answer.

    Args:
        table: where they are.
        text: the column of the texts; guessed if None.
        label: the column of the labels; guessed if None and there is no target.
        target: the column of numbers, for regression.
        group: the column of what is never split; a row without a value is a group of its own.
        time: the column of dates or numbers that say what is later.
        columns: a column of yes and no for each label, instead of `label`.
        several: whether a cell holds several labels; None to guess.
        separator: what stands between them; None to guess.
        spelling: how several labels are written, where that is known.

    Raises:
        ColumnMissing: there is no such column, or none that can be meant.
        InvalidLabels: a target is not a finite number, a time is neither number nor date, times
            are both, or a column of `columns` holds something else than yes and no.
        InvalidOption: see `likewise.classify.data.label_sets.spelling_of`.
        TooFewTexts: no row has both.
    """
    for name in (group, time):
        if name is not None:
            table.index(name)
    text_column = text or guess_text(table, label or target, columns)
    answer_column = target or label or (", ".join(columns) or guess_label(table, text_column))
    notes = list(table.notes)
    found = Labelled([], [], text_column, answer_column, notes, places=table.place)
    if text is None or (label is None and target is None and not columns):
        what = "numbers" if target else "labels"
        named = label or target or (answer_column if columns else None)
        found.notes.append(
            f"Texts are read from column {shown(text_column)}, {what} from "
            f"{shown(answer_column)}; {_others(table, text, named, answer_column)}."
        )
    cells, left_out = _take_rows(found, table, columns or (answer_column,), group, time)
    if not found.texts:
        raise TooFewTexts(
            f"{table.name} has no row with both a text and {'a number' if target else 'a label'}.",
            f"Its columns are {listed(table.columns)}.",
        )
    if columns:
        _take_columns(found, cells, columns)
    else:
        values = [one[0] for one in cells]
        if target is None and spelling is None:
            spelling = spelling_of(values, several=several, separator=separator)
            guessed = several is None and separator is None
            found.notes += _said(spelling, answer_column) if spelling and guessed else []
        _take_cells(found, values, table, target, spelling)
    found.notes += left_out + oddities(table)
    return found


def _take_rows(
    found: Labelled, table: Table, answers: Sequence[str], group: str | None, time: str | None
) -> tuple[list[tuple[Value, ...]], list[str]]:
    """Take what stands in the rows; return the cells of their answers, and what was left out."""
    at_text, at_answers = table.index(found.text_column), [table.index(name) for name in answers]
    at_group = None if group is None else table.index(group)
    at_time = None if time is None else table.index(time)
    at_verdict = verdict_column(table, (found.text_column, *answers))
    groups: list[Value] = []
    times: list[float] = []
    kinds: set[str] = set()
    cells: list[tuple[Value, ...]] = []
    last = no_text = no_answer = not_accepted = 0
    for row in table.rows():
        last = row.number
        value, said = row.values[at_text], tuple(row.values[at] for at in at_answers)
        if is_missing(value):
            no_text += 1
        elif all(is_missing(one) for one in said):
            no_answer += 1
        elif at_verdict is not None and is_refused(row.values[at_verdict]):
            not_accepted += 1
        else:
            found.texts.append(text_of(value, row.number, table, found.text_column))
            cells.append(said)
            found.rows.append(row.number)
            if at_group is not None:
                groups.append(_group(row, at_group))
            if at_time is not None:
                times.append(moment(row.values[at_time], row.number, str(time), table.place))
                kinds.add("dates" if number(row.values[at_time]) is None else "numbers")
                if len(kinds) > 1:
                    raise _mixed(row, at_time, str(time), table)
    found.last_row = last
    found.groups = None if group is None else groups
    found.times = None if time is None else times
    left_out = _left_out(no_text, "text") + _left_out(no_answer, found.answer_column)
    return cells, left_out + refused(not_accepted)


def _take_columns(
    found: Labelled, cells: Sequence[tuple[Value, ...]], columns: Sequence[str]
) -> None:
    """Take the labels of texts from a column of yes and no for each."""
    found.spelling = LabelSpelling("columns", " | ")
    found.sets = [
        tuple(sorted(name for value, name in zip(row, columns, strict=True)
                     if yes_or_no(value, number_, name, found.places)))
        for number_, row in zip(found.rows, cells, strict=True)
    ]  # fmt: skip
    found.answers = [found.spelling.join(labels) for labels in found.sets]


def _take_cells(
    found: Labelled,
    cells: Sequence[Value],
    table: Table,
    target: str | None,
    spelling: LabelSpelling | None,
) -> None:
    """Take the answers of texts from one column."""
    column, rows = found.answer_column, zip(cells, found.rows, strict=True)
    if spelling is None:
        found.answers = [_answer(value, row, table, column, target) for value, row in rows]
        return
    found.spelling = spelling
    found.sets = [spelling.read(value, row, column, table.place) for value, row in rows]
    found.answers = [spelling.join(labels) for labels in found.sets]


def _said(spelling: LabelSpelling, column: str) -> list[str]:
    return [
        f"A text may have several labels, which stand in {shown(column)} "
        f"{spelling.describe()}; --no-multi takes each cell for one label."
    ]


def _group(row: Row, at: int) -> str:
    value = row.values[at]
    return f"row {row.number}" if is_missing(value) else f"value {value}"


def _mixed(row: Row, at: int, column: str, table: Table) -> InvalidLabels:
    value = row.values[at]
    is_date = number(value) is None
    return InvalidLabels(
        f"{begun(table.place(row.number))} has the {'date' if is_date else 'number'} "
        f"{shown(value)} in column {shown(column)}, where rows before it have "
        f"{'numbers' if is_date else 'dates'}.",
        "Write all times as dates, or all as numbers.",
        param="time",
    )


def moment(value: Value, row: int, column: str, place: Locate = row_alone) -> float:
    """Return a time as a number: what is a number as it is, else the seconds of an ISO 8601 date.

    Raises:
        InvalidLabels: it is missing or neither.
    """
    worth = number(value)
    if worth is not None:
        return float(worth)
    if not is_missing(value):
        with suppress(ValueError):
            return _seconds(datetime.fromisoformat(str(value).strip()))
    raise InvalidLabels(
        f"{begun(place(row))} has {shown(value)} in column {shown(column)}, which is not a time.",
        "Write dates as 2026-11-26 or 2026-11-26T09:30, or as numbers.",
        param="time",
    )


def _seconds(date: datetime) -> float:
    # without a zone all are taken as of one zone: only their order counts
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _others(table: Table, text: str | None, named: str | None, answer: str) -> str:
    """Return which options name other columns than those that were guessed."""
    guessed = [*([] if text else ["--text"]), *([] if named else ["--label"])]
    said = f"{' and '.join(guessed)} {'name others' if len(guessed) > 1 else 'names another'}"
    if named is None and table.kind(answer) == "number" and len(values_in(table, answer)) > 2:
        return f"{said}, --target {shown(answer)} predicts numbers instead of labels"
    return said


def _left_out(rows: int, what: str) -> list[str]:
    return [f"{counted(rows, 'row')} without {what} left out."] if rows else []


def _answer(value: Value, row: int, table: Table, column: str, target: str | None) -> Label:
    if isinstance(value, Cell) and value.nested:
        what = "an object" if value.startswith("{") else "a list"
        raise InvalidLabels(
            f"{begun(table.place(row))} has {what} in column {shown(column)}, "
            f"{shown(str(value), 60)}, where {'a number' if target else 'one label'} should be.",
            "For several labels per text give lists in all rows, and leave out --no-multi.",
            param="label",
        )
    if target is None:
        return value if value is not None else ""
    worth = table.number(value)
    if worth is None:
        raise InvalidLabels(
            f"{begun(table.place(row))} has {shown(value)} in column {shown(target)}, which is not "
            "a number.",
            "Correct it or leave the row out; for classes use --label.",
            param="target",
        )
    return worth
