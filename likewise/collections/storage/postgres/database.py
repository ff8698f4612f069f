"""The connection to a database, and the tables that collections are kept in.

Each collection is a row of `likewise_collections` and a table of its own. Names of tables and of
columns come from random ids and numbers, never from a user; every value is a bound parameter.
"""

import hashlib
import os
import re
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from likewise.encoders.forking import renewed_after_fork
from likewise.errors import (
    CollectionBusy,
    CollectionMissing,
    DamagedCollection,
    DatabaseUnavailable,
    InvalidOption,
    LikewiseError,
    MissingPackage,
    shown,
)

SCHEMES = ("postgresql://", "postgres://")
DEFAULT = "default"

_NAME = re.compile(r"\w[\w.+-]{0,99}")
_PORTS = re.compile(r"[\d,]*", re.ASCII)

_CONNECTION = {
    "connect_timeout": "10",
    # a server that is gone without a word is found within a minute, not after hours
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "application_name": "likewise",
}
"""What holds unless the address says otherwise."""

_GONE, _IN_USE = "42P01", "55P03"
_CHANGED = {"42703", "42804", "42883", "42809"}
"""SQLSTATEs of columns that are missing, of another type, and of what is no table."""

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
        parameters: what libpq takes; it may hold a password.
        shown: the address for people, without a password.
        key: tells the database from others, in names of files.

    Raises:
        InvalidOption: it can't be understood; nothing of it is said, for any part of an address
            that is cut wrongly may be of the password.
    """

    def __init__(self, address: str, collection: str | None = None) -> None:
        options, self.parameters = _understood(address)
        named = options.get("collection", DEFAULT)
        self.collection = check_name(named if collection is None else collection)
        host, database = (self.parameters.get(name, "") for name in ("host", "dbname"))
        self.shown = f"postgresql://{host}/{database}?collection={self.collection}"
        same = "\n".join([host, self.parameters.get("port", ""), database])
        self.key = hashlib.blake2b(same.encode(), digest_size=8).hexdigest()


def check_name(name: str) -> str:
    """Return the name of a collection; raises `InvalidOption` where none can have it."""
    if not _NAME.fullmatch(name):
        raise InvalidOption(
            f"A collection can't be named {'by an address' if '://' in name else shown(name)}.",
            "Use letters, digits and . + - _.",
            param="collection",
        )
    return name


def _understood(address: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return (the options of an address, what libpq makes of the rest)."""
    psycopg, _ = _packages()
    base, _, query = address.partition("?")
    authority, _, path = base.partition("://")[2].partition("/")
    # a password with one of these is cut there, and its rest taken for a host, port or database
    is_cut = authority.count("@") > 1 or "@" in path or "#" in address
    try:
        address.encode()
        # + is a plus to libpq
        pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True, errors="strict")
        options = dict(pairs)
        others = {name: value for name, value in pairs if name != "collection"}
        made = psycopg.conninfo.conninfo_to_dict(f"{base}?{urlencode(others, quote_via=quote)}")
    except (ValueError, psycopg.Error):
        raise _wrong_address() from None
    parameters = {name: str(value) for name, value in made.items()}
    if is_cut or not _PORTS.fullmatch(parameters.get("port", "")):
        raise _wrong_address()
    return options, parameters


def _wrong_address() -> InvalidOption:
    return InvalidOption(
        "The address of the database can't be understood.",
        "Write postgresql://user:password@host:port/database, and in user and password %40 for @, "
        "%3A for :, %2F for /, %3F for ?, %23 for #, %25 for %.",
        param="collection",
    )


class Database:
    """One connection, shared by threads; it is opened when it is needed and again when it broke."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._connection: Any = None
        self._end: weakref.finalize[Any, Any] | None = None
        self._lock = threading.RLock()
        renewed_after_fork(self)

    def renew(self) -> None:
        """Begin without a connection, as after a fork: the one there is the other process's."""
        self._lock = threading.RLock()
        if self._connection is not None and not self._connection.closed:
            # closing it says farewell to the server, which would end the other's: that goes nowhere
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, self._connection.fileno(), inheritable=False)
            os.close(nowhere)
        self.close()

    @contextmanager
    def cursor(self, *, change: bool = False) -> Iterator[Any]:
        """Yield a cursor within a transaction, which is committed where nothing was raised.

        Raises:
            DatabaseUnavailable: the database can't be reached, or did not do what was asked.
        """
        with self._lock, told(self.address), ExitStack() as stack:
            connection = self._begun(stack)
            cursor = stack.enter_context(connection.cursor(binary=True))
            if not change:
                cursor.execute("set transaction isolation level repeatable read, read only")
            yield cursor

    def connect(self) -> Any:  # noqa: ANN401
        """Return a connection of its own, with the types of pgvector."""
        psycopg, register = _packages()
        with told(self.address):
            asked = {**_CONNECTION, **self.address.parameters, "client_encoding": "UTF8"}
            connection = psycopg.connect(autocommit=True, **asked)
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
            if self._end is not None:
                self._end()
            self._connection = self._end = None

    def _begun(self, stack: ExitStack) -> Any:  # noqa: ANN401
        """Return a connection in a transaction; one that the server has ended is opened anew."""
        connection = self._opened()
        try:
            stack.enter_context(connection.transaction())
        except _packages()[0].OperationalError:
            if not connection.closed:
                raise
            connection = self._opened()
            stack.enter_context(connection.transaction())
        return connection

    def _opened(self) -> Any:  # noqa: ANN401
        if self._connection is None or self._connection.closed or self._connection.broken:
            self.close()
            self._connection = self.connect()
            # not by __del__: of two that are garbage together, the connection may go first
            self._end = weakref.finalize(self, self._connection.close)
        return self._connection

    def _prepare(self, connection: Any) -> None:  # noqa: ANN401
        """Make the extension and the catalogue where they are missing."""
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise DatabaseUnavailable(
                f"The database of {self.address.shown} keeps texts as {encoding}, which has not "
                "all characters.",
                "Make one with UTF-8: create database … encoding 'UTF8' template template0.",
            )
        # two may do so at once, and one of them is told that it is there
        errors = _packages()[0].errors
        there_already = (errors.UniqueViolation, errors.DuplicateObject, errors.DuplicateTable)
        there = connection.execute(
            "select to_regtype('vector') is not null, "
            "to_regclass('likewise_collections') is not null"
        ).fetchone()
        if not there[0]:
            with suppress(*there_already):
                connection.execute("create extension if not exists vector")
        if not there[1]:
            with suppress(*there_already):
                connection.execute(_CATALOGUE)


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Say in one sentence what the database says, without the address's password."""
    psycopg, _ = _packages()
    try:
        yield
    except psycopg.Error as error:
        raise _sentence(error, address) from None


def _sentence(error: Any, address: Address) -> LikewiseError:  # noqa: ANN401
    said = " ".join(str(error).split("\n")[0].split())[:300].rstrip(".")
    state = error.sqlstate or ""
    if state == _GONE:
        return CollectionMissing(
            f"The collection {address.shown} is not there any more.",
            "It was removed; `likewise collections` lists what there is.",
            param="collection",
        )
    if state == _IN_USE:
        return CollectionBusy(
            f"Another process is using the collection {address.shown}.",
            "Wait for it, or stop it.",
        )
    if state in _CHANGED or state.startswith("22"):
        return changed(address, said)
    return DatabaseUnavailable(
        f"The database of {address.shown} could not do what was asked: {said}.",
        "Check that it runs, lets this user in and has pgvector (create extension vector).",
    )


def changed(address: Address, said: str) -> DamagedCollection:
    """Return what to raise for tables that are not as they were written."""
    return DamagedCollection(
        f"Another program has changed the tables of {address.shown}: {said}.",
        "Take the database from a backup, or delete the collection and make it again.",
    )


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
