"""The table of formats: every way to name one leads to the same row."""

import io
from pathlib import Path

import pytest

from likewise.errors import InvalidOption
from likewise.files.formats import (
    EMBEDDED,
    FORMATS,
    READ,
    STREAMED,
    WRITTEN,
    read_format,
    row_writer,
    written_format,
)


def test_no_two_formats_share_a_name_or_an_ending():
    names = [one.name for one in FORMATS]
    endings = [ending for one in FORMATS for ending in (*one.endings, *one.read_endings)]
    assert len(set(names)) == len(names)
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_a_format_is_found_by_each_of_its_endings(one):
    for ending in one.endings:
        # written under one ending it is read as the same
        assert read_format(f"a{ending}".upper()) == (one.name if one.name in READ else None)
        for among in (WRITTEN, EMBEDDED):
            if one.name in among:
                assert written_format(Path(f"a{ending}".upper()), among) == one.name
            else:
                with pytest.raises(InvalidOption, match="does not say which output format"):
                    written_format(Path(f"a{ending}"), among)


def test_an_ending_that_is_only_read_is_not_written():
    assert read_format("a.json") == "jsonl"
    with pytest.raises(InvalidOption):
        written_format(Path("a.json"), WRITTEN)


@pytest.mark.parametrize("name", [name for name in WRITTEN if name in STREAMED])
def test_what_can_be_streamed_needs_no_way_back(name):
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.taken = b""

        def writable(self):
            return True

        def write(self, data):
            self.taken += bytes(data)
            return len(data)

    pipe = Pipe()
    with row_writer(name, pipe, ["a"]) as write:
        write([["one"], ["two"]])
    assert b"one" in pipe.taken
    assert b"two" in pipe.taken
