"""Tables in JSON documents: a list of objects, a table by columns, or one of these inside."""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from likewise.errors import UnreadableFile, shown
from likewise.files.header import is_usual
from likewise.files.names import listed
from likewise.files.raw.source import Source

_LONG = re.compile(r"\d{19}")
_SPACES = re.compile(r"\s*")
_DEEP = 200
"""Brackets from which a value may be nested deeper than it can be written again."""

_TOO_DEEP = ("depth limit exceeded", "failed to allocate memory")
"""What orjson says of a value that is nested too deeply; the other is where it ends early."""

_REMEDY = 'Write a list of objects, [{"text": "…"}, …], or one object on each line.'


def document(text: str, source: Source) -> tuple[Sequence[Any], list[str]]:
    """Return the records in a JSON document, and what was decided to find them.

    Raises:
        UnreadableFile: it is not JSON, or holds no table.
    """
    try:
        value = parsed(text)
    except DoubledMember as error:
        raise UnreadableFile(f"{source.title} {error}.", "Keep one of them.") from None
    except ValueError as error:
        if (several := _several(text)) is not None:
            return several, [f"{source.title} holds {len(several):,} JSON values, not one."]
        raise UnreadableFile(f"{source.title} is not JSON: {error}.", _REMEDY) from None
    if isinstance(value, list):
        return _listed(value, source), []
    if not isinstance(value, dict):
        raise UnreadableFile(f"{source.title} holds {shown(value)} alone.", _REMEDY)
    for shape in _SHAPES:
        if (found := shape(value, source)) is not None:
            return found
    return [value], []


_TEXTS = ("text", "sentence", "content", "body", "message")
"""Members of an object that holds a text itself."""
_ENVELOPES = ("properties", "attributes", "_source", "row")
"""Members that hold the columns of a row: in GeoJSON, JSON:API, Elasticsearch, Hugging Face."""
_NESTED = 3
"""Objects in which a table may stand."""

_Found = tuple[Sequence[Any], list[str]]


def _several(text: str) -> list[Any] | None:
    """Return JSON objects that stand one after another, each over several lines; None else."""
    found, decoder = [], json.JSONDecoder()
    try:
        place = _next_value(text, 0)
        while place < len(text):
            _, end = decoder.raw_decode(text, place)
            found.append(parsed(text[place:end]))
            place = _next_value(text, end)
    except (ValueError, RecursionError):
        return None
    return found if len(found) > 1 and all(isinstance(one, dict) for one in found) else None


def _next_value(text: str, place: int) -> int:
    spaces = _SPACES.match(text, place)
    return place if spaces is None else spaces.end()


def _listed(value: list[Any], source: Source) -> list[Any]:
    if value and all(isinstance(one, list) for one in value):
        raise UnreadableFile(f"{source.title} is a list of lists.", _REMEDY)
    return value


def _split(value: dict[str, Any], source: Source) -> _Found | None:
    """Columns and rows apart, as pandas' orient="split"."""
    columns, rows = value.get("columns"), value.get("data")
    if not (isinstance(columns, list) and isinstance(rows, list) and "data" in value):
        return None
    names = [str(name) for name in columns]
    if len(set(names)) < len(names) or not all(isinstance(row, list) for row in rows):
        return None
    if any(len(row) != len(names) for row in rows):
        wrong = next(at for at, row in enumerate(rows, 1) if len(row) != len(names))
        raise UnreadableFile(
            f"Row {wrong:,} of 'data' in {source.title} has {len(rows[wrong - 1]):,} cells, but "
            f"there {'is 1 column' if len(names) == 1 else f'are {len(names):,} columns'}.",
            "Correct it.",
        )
    return [dict(zip(names, row, strict=True)) for row in rows], []


def _wrapped(value: dict[str, Any], source: Source) -> _Found | None:
    """A list of objects under one name, in other objects perhaps."""
    if any(isinstance(value.get(name), str) for name in _TEXTS):
        return None  # it is a row itself
    tables = dict(_lists(value, ""))
    if isinstance(value.get("schema"), dict) and "data" in tables:  # Frictionless Data, and pandas
        tables = {"data": tables["data"]}
    if len(tables) > 1:
        if any(isinstance(member, str) for member in value.values()):
            return None
        raise UnreadableFile(
            f"{source.title} holds {len(tables)} tables: {listed(list(tables))}.",
            "Save the one that you need by itself.",
        )
    for name, table in tables.items():
        rows, said = _opened(table)
        return rows, [f"The rows of {source.title} are those of {shown(name)}.", *said]
    return None


def _lists(value: dict[str, Any], path: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the lists of objects in an object, and in the objects in it, by their paths."""
    for name, member in value.items():
        if isinstance(member, list) and member and all(isinstance(one, dict) for one in member):
            yield f"{path}{name}", member
        elif isinstance(member, dict) and path.count(".") < _NESTED:
            yield from _lists(member, f"{path}{name}.")


def _opened(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return rows with the members of an object that all of them hold for their columns."""
    for name in _ENVELOPES:
        if all(isinstance(row.get(name), dict) and not row.keys() & row[name].keys()
               for row in rows):  # fmt: skip
            opened = [
                {**{key: row[key] for key in row if key != name}, **row[name]} for row in rows
            ]
            return opened, [f"The members of {shown(name)} in each are read as columns."]
    return rows, []


def _by_column(value: dict[str, Any], source: Source) -> _Found | None:
    """Lists of one length, or objects with the same keys, a column each: pandas' default."""
    members = list(value.values())
    if members and all(isinstance(one, list) for one in members):
        length = len(members[0])
        if any(len(one) != length for one in members):
            return None
        rows = [dict(zip(value, row, strict=True)) for row in zip(*members, strict=True)]
        return rows, [f"{source.title} is read by columns."]
    if not members or not all(isinstance(one, dict) for one in members):
        return None
    keys = list(members[0])
    if any(one.keys() != members[0].keys() for one in members):
        return _by_row(value, source)
    if len(members) > 1 and not _counted(members[0]):
        named = any(map(is_usual, members[0])) and not any(map(is_usual, value))
        if _counted(value):
            return members, [f"{source.title} is read by rows."]
        if named and "index" not in members[0]:
            rows = [{"index": key, **member} for key, member in value.items()]
            return rows, [f"{source.title} is read by rows."]
    if any(isinstance(cell, dict) for cell in members[0].values()):
        return None
    rows = [{name: member[key] for name, member in value.items()} for key in keys]
    return rows, [f"{source.title} is read by columns."]


def _by_row(value: dict[str, Any], source: Source) -> _Found | None:
    """Objects under the numbers of their rows, with different members."""
    if not _counted(value):
        return None
    return list(value.values()), [f"{source.title} is read by rows."]


def _counted(value: dict[str, Any]) -> bool:
    return all(name.isdecimal() for name in value)


_SHAPES: tuple[Callable[[dict[str, Any], Source], _Found | None], ...] = (
    _split,
    _wrapped,
    _by_column,
)


class DoubledMember(ValueError):
    """An object names a member twice: whoever keeps one of them loses the other."""


_NAMED = re.compile(r'"\s*:')


def _check_members(text: str, value: Any) -> None:  # noqa: ANN401
    """Raise `DoubledMember` where an object has two members of one name."""
    flat = len(value) if isinstance(value, dict) else 0
    if len(_NAMED.findall(text)) > flat:  # others are in texts, or in objects within
        json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DoubledMember(f"has the member {shown(twice)} twice in one object")
    return found


def parsed(text: str) -> Any:  # noqa: ANN401
    """Return a JSON value; of what JSON lacks and many programs write, NaN is null.

    Infinity is a text, as it is in csv: no other number says the same, and no JSON can hold it.

    Raises:
        DoubledMember: an object in it has two members of one name.
        ValueError: it is none.
    """
    try:
        value = orjson.loads(text)
        _check_members(text, value)
        if text.count("[") + text.count("{") > _DEEP:
            _check_depth(value)
        # orjson reads whole numbers beyond 64 bits as the nearest float
        return json.loads(text) if _LONG.search(text) else value
    except orjson.JSONDecodeError as error:
        if str(error).startswith(_TOO_DEEP):
            raise ValueError("it is nested too deeply") from None
        if "NaN" not in text and "Infinity" not in text:
            raise
        try:
            return _with_constants(text)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _with_constants(text: str) -> Any:  # noqa: ANN401
    """Return a value with what JSON lacks, held to what else orjson refuses."""
    value = json.loads(
        text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_constant
    )
    _check_depth(value)
    try:
        spelt(value).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a character, a lone surrogate") from None
    return value


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


def _finite(digits: str) -> float:
    worth = float(digits)
    if math.isinf(worth):
        raise ValueError("a number in it is too large")
    return worth


def _check_depth(value: Any) -> None:  # noqa: ANN401
    try:
        orjson.dumps(value)
    except TypeError as error:
        if "ecursion" in str(error):
            raise ValueError("it is nested too deeply") from None


def spelt(value: Any) -> str:  # noqa: ANN401
    """Return a value as JSON."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a whole number beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
