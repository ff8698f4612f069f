"""A text on its way into a collection: what names it, and what tells whether it has changed."""

import datetime
import decimal
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson

from likewise.collections.storage.shard import OWN
from likewise.errors import InvalidOption, InvalidText, shown
from likewise.files.cells import Value


class Item(NamedTuple):
    """A text on its way into a collection.

    id: names it for ever. values: cells of the user's columns, in order.
    where: the row that it comes from, for messages.
    """

    id: str
    text: str
    values: tuple[Value, ...] = ()
    where: int = 0


def ids_of(ids: Any) -> list[str]:  # noqa: ANN401
    """Return ids as text, those that are missing (None, NaN) as nothing.

    Raises:
        InvalidOption: one text stands where several ids are wanted; each character would be one.
    """
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise InvalidOption(
            f"Ids come as a list, and this is one: {shown(ids)}.", "Put it in a list.", param="ids"
        )
    return [id_of(one) for one in ids]


def id_of(one: Any) -> str:  # noqa: ANN401
    """Return an id as text: 7 is '7', and so is 7.0, as pandas has it beside a missing one."""
    if isinstance(one, float | np.floating) and float(one).is_integer():
        return str(int(one))
    return "" if _is_nothing(one) else str(one)


def plain_cells(column: Any, name: str) -> list[Any]:  # noqa: ANN401
    """Return the cells of a column as Python's own values, whatever they come in.

    Raises:
        InvalidOption: it is one text, or a cell is neither text, number, time, list nor mapping.
    """
    if isinstance(column, str | bytes) or not isinstance(column, Iterable):
        raise InvalidOption(
            f"Column {shown(name)} is one {type(column).__name__}.",
            "Give a list with a cell for each text.",
            param="columns",
        )
    for method in ("to_pylist", "tolist"):  # scalars of Arrow and NumPy are not values
        if hasattr(column, method):
            column = getattr(column, method)()
            break
    return [_plain_cell(cell, name, number) for number, cell in enumerate(column, 1)]


def _plain_cell(cell: Any, name: str, number: int) -> Any:  # noqa: ANN401
    if isinstance(cell, np.generic):
        cell = str(cell) if cell.dtype.kind in "mM" else cell.item()
    if _is_nothing(cell):
        return None
    if isinstance(cell, bytes | bytearray):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, decimal.Decimal | datetime.timedelta):
        return str(cell)
    if isinstance(cell, str) and not is_whole(cell):
        what = "holds a lone surrogate, which is half a character"
    elif isinstance(cell, _CELLS):
        return cell
    else:
        what = f"is {type(cell).__name__}"
    raise InvalidOption(
        f"Cell {number:,} of column {shown(name)} {what}.",
        "Give texts, numbers, true or false, or times; str() makes a text of most things.",
        param="columns",
    )


_CELLS = (str, int, float, datetime.date, datetime.time, list, tuple, dict)


def _is_nothing(value: Any) -> bool:  # noqa: ANN401
    """Return whether it is None, NaN, or what pandas has for them."""
    return (
        value is None
        or (isinstance(value, float) and value != value)
        or type(value).__name__ in ("NAType", "NaTType")
    )


def content_ids(texts: Iterable[str]) -> list[str]:
    """Return an id for each text, from nothing but the text; equal ones are told apart."""
    counts: dict[str, int] = {}
    return [content_id(text, counts) for text in texts]


def content_id(text: str, counts: dict[str, int]) -> str:
    """Return an id for a text; `counts` says how often each was given, and is kept up."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
    made = hashlib.blake2b(data, digest_size=8).hexdigest()
    counts[made] = counts.get(made, 0) + 1
    return made if counts[made] == 1 else f"{made}-{counts[made]}"


def check_item(item: Item) -> None:
    """Raise `InvalidText` unless the text and the id are something."""
    if not isinstance(item.text, str) or not item.text.strip():
        what = "blank" if isinstance(item.text, str) else type(item.text).__name__
        raise InvalidText(f"Text {item.where:,} is {what}.", "Leave it out.", param="texts")
    if not item.id.strip():
        raise InvalidText(f"The id of text {item.where:,} is blank.", "Give it one.", param="ids")
    try:
        item.text.encode(), item.id.encode()
    except UnicodeEncodeError:
        raise InvalidText(
            f"Text {item.where:,} or its id holds a lone surrogate, which is half a character.",
            "Replace it: text.encode('utf-8', 'replace').decode().",
            param="texts",
        ) from None


def check_column_names(names: Sequence[str]) -> None:
    """Raise `InvalidOption` for a name that a column of the user's can't have."""
    for name in names:
        if name in OWN:
            raise InvalidOption(
                f"A column can't be named {shown(name)}.",
                f"{', '.join(OWN)} are the collection's own.",
                param="columns",
            )


def content_of(item: Item, columns: Sequence[str]) -> bytes:
    """Return 16 bytes: the first half tells texts apart, the second all that is beside them."""
    others = orjson.dumps(
        [[name, _plain(value)] for name, value in zip(columns, item.values, strict=True)],
        default=str,
        option=orjson.OPT_NON_STR_KEYS,
    )
    return _hash(item.text.encode("utf-8", "surrogatepass")) + _hash(others)


def _plain(value: Value) -> Value:
    # orjson writes no whole number beyond 64 bits, and no sub-class of str
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else value


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).digest()


def is_whole(text: str) -> bool:
    """Return whether a text can be written as UTF-8: it holds no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
