"""The connection to a database, and the tables that collections are kept in.

Each collection is a row of `likewise_collections` and a table of its own. Names of tables and of
columns come from random ids and numbers, never from a user; every value is a bound parameter.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from likewise.errors import (
    DatabaseUnavailable,
    InvalidOption,
    MissingPackage,
    shown,
)

SCHEMES = ("postgresql://", "postgres://")
DEFAULT = "default"

_NAME = re.compile(r"\w[\w.+-]{0,99}")
_CONNECT_SECONDS = 10

_CATALOGUE = """
create table if not exists likewise_collections (
    name text primary key, uid text not null unique, generation bigint not null,
    encoder text not null, precision text not null, types bytea not null
)
"""


def is_address(name: object) -> bool:
    """Return whether this names a collection in a database."""
    return isinstance(name, str) and name.startswith(SCHEMES)


class Address:
    """Where a collection is: `postgresql://user@host/database?collection=NAME`.

    Attributes:
        collection: its name, `default` where the address says none.
        database: the address without that name, as libpq takes it; it may hold a password.
        shown: the address for people, without a password.
    """

    def __init__(self, address: str, collection: str | None = None) -> None:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        named = options.pop("collection", DEFAULT)
        self.collection = named if collection is None else collection
        if not _NAME.fullmatch(self.collection):
            raise InvalidOption(
                f"A collection can't be named {shown(self.collection)}.",
                "Use letters, digits and . + - _.",
                param="collection",
            )
        # libpq reads %20 for a space, but no +
        query = urlencode(options).replace("+", "%20")
        self.database = parts._replace(query=query).geturl()
        host = parts.hostname or options.get("host", "")
        self.shown = f"postgresql://{host}{parts.path}?collection={self.collection}"


class Database:
    """One connection, shared by threads; it is opened when it is needed and again when it broke."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._connection: Any = None
        self._lock = threading.RLock()

    @contextmanager
    def cursor(self, *, change: bool = False) -> Iterator[Any]:
        """Yield a cursor within a transaction, which is committed where nothing was raised.

        Raises:
            DatabaseUnavailable: the database can't be reached, or did not do what was asked.
        """
        with self._lock, told(self.address):
            connection = self._opened()
            with connection.transaction(), connection.cursor(binary=True) as cursor:
                if not change:
                    cursor.execute("set transaction isolation level repeatable read, read only")
                yield cursor

    def connect(self) -> Any:  # noqa: ANN401
        """Return a connection of its own, with the types of pgvector."""
        psycopg, register = _packages()
        with told(self.address):
            connection = psycopg.connect(
                self.address.database, autocommit=True, connect_timeout=_CONNECT_SECONDS
            )
            try:
                self._prepare(connection)
                register(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def close(self) -> None:
        """Close the connection; another is opened when one is needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _opened(self) -> Any:  # noqa: ANN401
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = self.connect()
        return self._connection

    def _prepare(self, connection: Any) -> None:  # noqa: ANN401
        """Make the extension and the catalogue where they are missing."""
        there = connection.execute(
            "select to_regtype('vector') is not null, "
            "to_regclass('likewise_collections') is not null"
        ).fetchone()
        if not there[0]:
            # two may do so at once, and one of them is told that it is there
            with suppress(_packages()[0].errors.UniqueViolation):
                connection.execute("create extension if not exists vector")
        if not there[1]:
            with suppress(_packages()[0].errors.UniqueViolation):
                connection.execute(_CATALOGUE)

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Say in one sentence what the database says, without the address's password."""
    psycopg, _ = _packages()
    try:
        yield
    except psycopg.Error as error:
        said = " ".join(str(error).split("\n")[0].split())[:300]
        raise DatabaseUnavailable(
            f"The database of {address.shown} could not do what was asked: {said.rstrip('.')}.",
            "Check that it runs, lets this user in and has pgvector (create extension vector).",
        ) from None


def _packages() -> Any:  # noqa: ANN401
    try:
        import psycopg
        from pgvector.psycopg import register_vector
    except ImportError:
        raise MissingPackage(
            "A collection in PostgreSQL needs psycopg and pgvector, which are not installed.",
            "pip install 'likewise[postgres]'",
            param="collection",
        ) from None
    return psycopg, register_vector
