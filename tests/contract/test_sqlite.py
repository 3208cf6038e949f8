"""What only a file can do: come back, refuse, migrate."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from aright.adapters.sql.schema import HEAD, MIGRATIONS
from aright.adapters.sql.sqlite import SqliteState
from aright.adapters.sql.tables import METADATA
from aright.core.model.incident import Incident
from aright.core.model.service import Service
from aright.core.model.signal import SignalPoint
from aright.ports.state import UnreadableStoreError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_what_was_committed_is_there_after_a_restart(path: Path):
    point = SignalPoint(service="shop", name="x", start=1, width=1, n=1, total=0.1)
    for expected in (None, Service(key="shop", tier=3)):
        state = SqliteState(path)
        with state.transaction() as tx:
            assert tx.get(Service, "shop") == expected
            tx.put(Service(key="shop", tier=3))
            tx.add_points([point])
            assert list(tx.points("shop", start=0, end=9)) == [point]
        state.close()


def test_the_file_is_for_its_owner_alone(path: Path):
    state = SqliteState(path)
    with state.transaction() as tx:
        tx.put(Service(key="shop"))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    state.close()


def test_commits_are_synced_and_written_ahead(path: Path):
    state = SqliteState(path)
    with state._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    state.close()


def test_migrations_make_the_tables_that_the_code_uses(path: Path):
    SqliteState(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_a_store_of_the_first_revision_is_brought_up_to_date(path: Path):
    SqliteState(path).close()
    older = sqlite3.connect(path)
    older.execute("DROP TABLE sheets")
    older.execute("DROP TABLE facts")
    older.execute("DROP INDEX documents_tag")
    older.execute("ALTER TABLE documents DROP COLUMN tag")
    for number, where in enumerate(("resolved", "mitigating"), 1):
        body = json.dumps(
            {"key": f"I{number}", "service": "s", "state": where, "title": "", "opened_at": 1, "began_at": 0}
        )
        older.execute("INSERT INTO documents VALUES ('Incident', ?, ?, 's', ?)", (f"I{number}", number, body))
    older.execute("UPDATE alembic_version SET version_num = '0001'")
    older.execute("INSERT INTO sequences VALUES ('incident', 7)")
    older.commit()
    older.close()
    state = SqliteState(path)
    with state.transaction() as tx:
        assert tx.next_number("incident") == 8
        assert list(tx.sheets("shop", start=0, end=9)) == []
        assert [found.key for found in tx.list(Incident, tag="open")] == ["I2"]
    state.close()
    test_migrations_make_the_tables_that_the_code_uses(path)


def test_head_is_the_newest_migration():
    assert ScriptDirectory(MIGRATIONS).get_heads() == [HEAD]


def test_an_up_to_date_store_opens_without_alembic(path: Path):
    SqliteState(path).close()
    code = (
        "import pathlib, sys; from aright.adapters.sql.sqlite import SqliteState;"
        "SqliteState(pathlib.Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 0


def test_a_store_of_a_newer_aright_is_refused(path: Path):
    SqliteState(path).close()
    other = sqlite3.connect(path)
    other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.commit()
    other.close()
    with pytest.raises(UnreadableStoreError, match=r"revision 9999, newer than .* Upgrade aright"):
        SqliteState(path)


def test_another_programs_database_is_left_alone(path: Path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE accounts (id INTEGER)")
    other.commit()
    other.close()
    with pytest.raises(UnreadableStoreError, match="accounts"):
        SqliteState(path)
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("accounts",)]
    other.close()


def test_a_file_that_is_no_database_is_refused_and_kept(path: Path):
    path.write_bytes(b"hello, this is not a database" * 100)
    with pytest.raises(UnreadableStoreError, match="not a database"):
        SqliteState(path)
    assert path.read_bytes().startswith(b"hello")


def test_two_handles_on_one_file_take_turns(path: Path):
    one, two = SqliteState(path), SqliteState(path)
    for number in range(1, 11, 2):
        with one.transaction() as tx:
            assert tx.next_number("incident") == number
        with two.transaction() as tx:
            assert tx.next_number("incident") == number + 1
            tx.add_points([SignalPoint(service="shop", name="x", start=number, width=1, n=1, total=1)])
    with one.transaction() as tx:
        tx.add_points([SignalPoint(service="shop", name="x", start=99, width=1, n=1, total=1)])
        assert len(tx.points("shop", start=0, end=100)) == 6
    one.close()
    two.close()
