"""A text on its way into a collection: what names it, and what tells whether it has changed."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from likewise.collections.shard import OWN
from likewise.errors import InvalidOption, InvalidText, shown
from likewise.files.table import Value


class Item(NamedTuple):
    """A text on its way into a collection.

    id: names it for ever. values: cells of the user's columns, in order.
    where: the row that it comes from, for messages.
    """

    id: str
    text: str
    values: tuple[Value, ...] = ()
    where: int = 0


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
        [[name, _plain(value)] for name, value in zip(columns, item.values, strict=True)]
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
