"""Finds texts by their words: BM25, by SQLite's full-text search.

The index is a file beside the shards that can be made again at any time. It holds no texts, only
which words stand where. Words are told apart by Unicode's rules and compared without case, accents
and English endings; `likewise.collections.search.terms` has what a word is.

Source: sqlite.org/fts5.html, `unicode61`, `porter` and `bm25()`.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from likewise.collections.search.terms import spaced, terms_of
from likewise.collections.storage.shard import TEXT, Mask, Positions, Shard
from likewise.collections.storage.shards import Snapshot
from likewise.errors import LikewiseError
from likewise.files.temporary import claimed, open_beside, tidy
from likewise.files.write import writing

_FILE = "words.sqlite3"
_SHIFT = 32
"""A text's number in the index: that of its shard, and its row within."""

_TOKENS = "porter unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
_VERSION = "2"
"""Of how words are told apart: an index of another is made anew."""


def best_by_words(snapshot: Snapshot, text: str, k: int, allowed: Mask | None) -> Positions:
    """Return the positions of the `k` texts that fit the words of `text` best, best first.

    Args:
        snapshot: the collection.
        text: any characters; its words are looked for, any of them.
        k: how many at most; texts with none of the words are not found.
        allowed: bool, shape (n,): rows that may be found; by default all.
    """
    terms = terms_of(text)
    if not terms or not len(snapshot):
        return np.zeros(0, np.int64)
    # each is quoted, so none is an operator of the query language; several words are a phrase
    wanted = " OR ".join(f'"{" ".join(term)}"' for term in terms)
    start_of = {
        int(shard.entry.name): int(start)
        for shard, start in zip(snapshot.shards, snapshot.starts, strict=False)
    }

    def ranked(connection: sqlite3.Connection) -> Positions:
        found: list[int] = []
        rows = connection.execute(
            "select rowid from words where words match ? order by rank", (wanted,)
        )
        for (number,) in rows:
            start = start_of.get(number >> _SHIFT)
            position = -1 if start is None else start + (number & (2**_SHIFT - 1))
            if 0 <= position < len(snapshot) and (allowed is None or allowed[position]):
                found.append(position)
                if len(found) == k:
                    break
        return np.array(found, np.int64)

    with suppress(sqlite3.Error), closing(_opened(snapshot)) as connection:
        return ranked(connection)
    with suppress(OSError):  # its pages have rotted
        (snapshot.folder / _FILE).unlink(missing_ok=True)
    with closing(_made(snapshot)) as connection:
        return ranked(connection)


def _opened(snapshot: Snapshot) -> sqlite3.Connection:
    """Return an index of exactly these shards."""
    with suppress(sqlite3.Error, OSError):
        connection = _connect(snapshot.folder / _FILE)
        if _known(connection) == set(_wanted(snapshot)):
            return connection
        connection.close()
    return _made(snapshot)


def _made(snapshot: Snapshot) -> sqlite3.Connection:
    """Return an index that is made now; one in memory where none can be written."""
    path, wanted = snapshot.folder / _FILE, _wanted(snapshot)
    try:
        with writing(path):
            _make(path, wanted)
            return _connect(path)
    except (LikewiseError, sqlite3.Error):
        connection = sqlite3.connect(":memory:")
        _fill(connection, wanted)
        return connection


def _wanted(snapshot: Snapshot) -> dict[str, Shard]:
    """Return the shards by their names in the index.

    They have the collection's own mark, for one that has its name later has shards so named too.
    """
    mark = f"{_VERSION} {snapshot.manifest.uid}"
    return {f"{mark} {shard.entry.name}": shard for shard in snapshot.shards}


def _make(path: Path, wanted: dict[str, Shard]) -> None:
    """Bring the index up to date aside, and put it in place."""
    tidy(path.parent)
    temporary, opened = open_beside(path)
    try:
        with claimed(opened):
            opened.close()
            with closing(sqlite3.connect(temporary)) as connection:
                # a journal would be a file beside it, which a killed process leaves for ever
                connection.execute("pragma journal_mode = memory")
                with suppress(sqlite3.Error, OSError), closing(_connect(path)) as old:
                    # an index that lacks some shards is a beginning; one that has too many is not
                    if _known(old) < set(wanted):
                        old.backup(connection)
                _fill(connection, wanted)
            temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise OSError(str(error)) from None
        raise


def _fill(connection: sqlite3.Connection, wanted: dict[str, Shard]) -> None:
    """Add the shards that the index lacks."""
    with connection:
        connection.execute("create table if not exists shards (name text primary key)")
        connection.execute(
            f"create virtual table if not exists words using fts5("
            f"text, content='', tokenize=\"{_TOKENS}\")"
        )
        for name in sorted(set(wanted) - _known(connection)):
            texts = wanted[name].column(TEXT)[TEXT]
            first = int(wanted[name].entry.name) << _SHIFT
            connection.executemany(
                "insert into words (rowid, text) values (?, ?)",
                ((first + row, spaced(text.as_py())) for row, text in enumerate(texts)),
            )
            connection.execute("insert into shards values (?)", (name,))


def _known(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("select name from shards")}


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
