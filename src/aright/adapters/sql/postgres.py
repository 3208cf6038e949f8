"""The PostgreSQL state: for several replicas at once, one transaction after the other over all of them.

Each transaction first takes an advisory lock that ends with it. The database frees the lock of a replica
that is killed as soon as its socket closes, and that of one whose machine is gone once keepalives are not
answered (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). The lock is one of a
schema, so that several arights may share a database.

``synchronous_commit`` is on whatever the server's own default says: committed means on disk.
"""

from __future__ import annotations

import getpass
import logging
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from zlib import crc32

from sqlalchemy import URL, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from aright.adapters.sql.schema import bring_up_to_date
from aright.adapters.sql.state import SqlState
from aright.ports.state import UnreachableError, UnreadableStoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from sqlalchemy import Connection, Engine, ExceptionContext, RootTransaction

    class _Driver(Protocol):
        autocommit: bool


_PORT: Final = 5432
ANSWER_SECONDS: Final = 45
"""How long an answer of the server is waited for: longer than it lets a statement run."""

_SESSION: Final = {
    "synchronous_commit": "on",
    "lock_timeout": "30s",  # as long as SQLite waits
    "statement_timeout": "40s",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
}

_BEGIN: Final = "BEGIN; SELECT pg_advisory_xact_lock(16722, {})"
"""One message and one answer; 16722 is "AR", so that other programs' locks are others."""

_LOST: Final = ("08", "57P", "25P03")
"""Beginnings of the codes that end a connection: gone, shut down, idle for too long."""

_REFUSED: Final = ("28", "3D", "53")
"""Of those that nobody gets past: no such user, no such database, too many connections."""

_LOCKED: Final = "55P03"
_TAKES: Final = frozenset({"host", "sslmode", "sslrootcert", "schema"})


class PostgresState(SqlState):
    """A state in a PostgreSQL database or in one schema of it; thread-safe, and for any number of replicas.

    Args:
        url: ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``, with ``?schema=``, ``?sslmode=``
            (``disable``, ``prefer``, ``require`` or ``verify-full``), ``?sslrootcert=FILE`` and
            ``?host=/DIRECTORY/OF/SOCKET`` as it needs. The schema is made where it is missing.

    Raises:
        ValueError: the address is none; the password is never part of what is said.
        UnreachableError: the server cannot be reached, or does not let this user in.
        UnreadableStoreError: the database is not a store, or is of a newer aright.
    """

    def __init__(self, url: str) -> None:
        made = _read(url)
        self._where = made.set(drivername="postgresql").render_as_string(hide_password=True)
        self._schema = _option(made, "schema")
        self._start = _BEGIN.format(_number(self._schema))
        super().__init__(_engine(made))
        event.listen(self._engine, "connect", self._prepare)
        event.listen(self._engine, "begin", self._take_lock)
        event.listen(self._engine, "handle_error", self._tell, retval=True)
        try:
            with self._begin() as connection:
                if self._schema and not inspect(connection).has_schema(self._schema):
                    connection.exec_driver_sql(f"CREATE SCHEMA {_quoted(self._schema)}")
                bring_up_to_date(connection)
        except UnreadableStoreError as error:
            self._engine.dispose()
            raise UnreadableStoreError(f"{self._where} cannot be opened as a store: {error}") from error
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        connection, transaction = self._begun()
        with connection, transaction:
            yield connection

    def _begun(self) -> tuple[Connection, RootTransaction]:
        """Begin a transaction; where the connection was lost since it was used, on a new one."""
        try:
            return self._begun_once()
        except UnreachableError:
            return self._begun_once()

    def _begun_once(self) -> tuple[Connection, RootTransaction]:
        try:
            connection = self._engine.connect()
        except (DBAPIError, OSError) as error:
            code, said = _said(error)
            if code is None or code.startswith((*_REFUSED, *_LOST)):
                raise UnreachableError(f"{self._where} cannot be reached: {said}") from None
            raise
        try:
            return connection, connection.begin()
        except BaseException:
            connection.close()
            raise

    def _tell(self, context: ExceptionContext) -> UnreachableError | None:
        """Say so where a connection was lost, or another transaction takes too long."""
        code, said = _said(context.original_exception)
        if code is None or code.startswith(_LOST):
            context.is_disconnect = True
            return UnreachableError(f"{self._where} cannot be reached: {said}")
        if code == _LOCKED:
            return UnreachableError(
                f"{self._where}: another transaction holds it for more than 30 s; nothing was done"
            )
        return None

    def _prepare(self, driver: _Driver, _record: object) -> None:
        driver.autocommit = True  # else the driver begins transactions by itself, at one more answer each

    def _take_lock(self, connection: Connection) -> None:
        connection.exec_driver_sql(self._start)


def _read(url: str) -> URL:
    try:
        made = make_url(url)
    except ArgumentError:
        made = URL.create("")  # what it was may hold a password
    if made.drivername not in {"postgresql", "postgres", "postgresql+pg8000"}:
        raise ValueError("the state must be given as postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    if unknown := sorted(set(made.query) - _TAKES):
        raise ValueError(
            f"the state's address has the unknown setting {unknown[0]!r}; "
            f"it takes {', '.join(sorted(_TAKES))}"
        )
    return made.set(drivername="postgresql+pg8000")


def _engine(url: URL) -> Engine:
    try:
        from aright.adapters.sql.pipelining import Connection as Driver  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as missing:
        raise ValueError("a state in PostgreSQL needs a driver: pip install 'aright[postgres]'") from missing
    arguments = _arguments(url)
    # What a pool would say of connections that are lost is said by whoever needed them.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    return create_engine(
        "postgresql+pg8000://",
        creator=lambda: Driver(**arguments),
        # One connection: transactions run one after the other anyway.
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
    )


def _arguments(url: URL) -> dict[str, object]:
    settings = dict(_SESSION)
    if schema := _option(url, "schema"):
        settings["search_path"] = _quoted(schema)
    arguments: dict[str, object] = {
        "user": url.username or getpass.getuser(),
        "password": url.password,
        "host": url.host or "localhost",
        "port": url.port or _PORT,
        "database": url.database,
        "timeout": ANSWER_SECONDS,
        "ssl_context": _tls(url),
        "application_name": "aright",
        "startup_params": settings,
    }
    if folder := _option(url, "host"):
        socket = f"{folder}/.s.PGSQL.{url.port or _PORT}"
        arguments |= {"unix_sock": socket, "host": None, "ssl_context": False}
    return arguments


def _tls(url: URL) -> ssl.SSLContext | bool | None:
    mode = _option(url, "sslmode") or "prefer"
    if mode == "prefer":
        return None
    if mode in {"disable", "require"}:
        return mode == "require"
    if mode != "verify-full":
        raise ValueError(f"sslmode {mode!r} is unknown: say disable, prefer, require or verify-full")
    return ssl.create_default_context(cafile=_option(url, "sslrootcert") or None)


def _option(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number(schema: str) -> int:
    """Return a number of 32 bits for a schema, as locks are named."""
    return crc32((schema or "public").encode()) - 2**31


def _said(error: BaseException) -> tuple[str | None, str]:
    """Return the server's code and words; no code where it was not the server that spoke."""
    original = error.orig if isinstance(error, DBAPIError) else error
    told = original.args[0] if original is not None and original.args else ""
    if isinstance(told, dict):
        return str(told.get("C", "")), str(told.get("M", ""))
    return None, str(told)
