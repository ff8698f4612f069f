"""Reads txt files (a text on each line) and jsonl files (a JSON object or string on each line)."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import orjson

from likewise.errors import UnreadableFile, shown
from likewise.files.source import Source
from likewise.files.table import Cell, Counts, Row, Table, Value, beginning

_TEXT = "text"

_LONG = re.compile(r"\d{19}")

_Record = tuple[int, dict[str, Any]]
"""Line number and members."""


def read_txt(source: Source) -> Table:
    """Return the lines of a text file as a table with the column `text`."""

    def parse(_counts: Counts) -> Iterator[Row]:
        yield Row(0, (_TEXT,))
        with source.text() as lines:
            for number, line in enumerate(lines, 1):
                yield Row(number, (line.removesuffix("\n"),))

    return Table(source.title, "txt", parse, once=source.once)


def read_jsonl(source: Source) -> Table:
    """Return the table in a jsonl file, or in a json file that holds one array.

    The columns are the members of the first objects, a thousand or so; strings in place of objects
    make the column `text`. An array is read whole, lines are streamed.

    Raises:
        UnreadableFile: a line is not JSON, or neither an object nor a string.
    """
    parse_records = _array if source.head_text().lstrip("\ufeff \t\r\n")[:1] == "[" else _lines

    def parse(_counts: Counts) -> Iterator[Row]:
        records = parse_records(source)
        first = list(beginning(records, _characters))
        columns = tuple(dict.fromkeys(name for _, members in first for name in members))
        yield Row(0, columns)
        for number, (_, members) in enumerate(chain(first, records), 1):
            yield Row(number, tuple(_value(members.get(name)) for name in columns))

    return Table(source.title, "jsonl", parse, once=source.once)


def _lines(source: Source) -> Iterator[_Record]:
    with source.text(newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                where = f"Line {number:,} of {source.name}"
                yield number, _members(_parsed(line, where), where)


def _array(source: Source) -> Iterator[_Record]:
    with source.text() as characters:
        text = characters.read()
    records = _parsed(text, source.title)
    if not isinstance(records, list):
        raise UnreadableFile(f"{source.title} is not a JSON array.", "Write an object a line.")
    for number, record in enumerate(records, 1):
        yield number, _members(record, f"Element {number:,} of {source.name}")


def _parsed(text: str, where: str) -> Any:  # noqa: ANN401
    try:
        value = orjson.loads(text)
        # orjson reads whole numbers beyond 64 bits as the nearest float
        return json.loads(text) if _LONG.search(text) else value
    except ValueError as error:
        raise UnreadableFile(
            f"{where} is not JSON: {error}.",
            "Write one JSON object on each line, in UTF-8; a file with one text a line is read "
            "with --input-format txt.",
        ) from None


def _members(record: object, where: str) -> dict[str, Any]:
    if isinstance(record, dict):
        return record
    if isinstance(record, str):
        return {_TEXT: record}
    raise UnreadableFile(
        f"{where} is {shown(record)}, neither an object nor a string.",
        'Write each as {"text": "…"}.',
    )


def _characters(record: _Record) -> int:
    return sum(len(value) for value in record[1].values() if isinstance(value, str))


def _value(value: Any) -> Value:  # noqa: ANN401
    """Return a member as a cell: what holds others is its JSON."""
    if isinstance(value, dict | list):
        return Cell(_spelt(value), nested=True)
    return value  # type: ignore[no-any-return]


def _spelt(value: Any) -> str:  # noqa: ANN401
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a whole number beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
