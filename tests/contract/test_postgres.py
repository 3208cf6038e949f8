"""What only a server can do: be away, come back, be shared by many, and free what the dead have held."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from aright.adapters.sql.postgres import PostgresState
from aright.adapters.sql.tables import METADATA
from aright.core.model.service import Service
from aright.core.model.signal import SignalPoint
from aright.ports.state import UnreachableError, UnreadableStoreError
from tests.contract.keeping import change
from tests.contract.running_postgres import PASSWORD, PostgresServer, running, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys
from aright.adapters.sql.postgres import PostgresState
state = PostgresState(sys.argv[1])
with state.transaction() as tx:
    tx.next_number("held")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def server() -> PostgresServer:
    return shared()


@pytest.fixture
def url(server: PostgresServer) -> str:
    return server.make()


@pytest.fixture
def state(url: str) -> Iterator[PostgresState]:
    made = PostgresState(url)
    yield made
    made.close()


def test_what_was_committed_is_there_after_a_restart(url: str):
    point = SignalPoint(service="shop", name="x", start=2**45, width=1, n=1, total=0.1)
    for expected in (None, Service(key="shop", tier=3)):
        state = PostgresState(url)
        with state.transaction() as tx:
            assert tx.get(Service, "shop") == expected
            tx.put(Service(key="shop", tier=3))
            tx.add_points([point])
            assert list(tx.points("shop", start=0, end=2**50)) == [point]
        state.close()


def test_migrations_make_the_tables_that_the_code_uses(state: PostgresState, url: str):
    engine = create_engine(url.replace("postgresql://", "postgresql+pg8000://"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    engine.dispose()


def test_replicas_that_start_at_once_make_the_tables_once(url: str):
    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(PostgresState, [url] * 4))
    with ThreadPoolExecutor(4) as pool:
        numbers = [number for found in pool.map(count, states) for number in found]
    assert sorted(numbers) == list(range(1, 41))
    for state in states:
        state.close()


def count(state: PostgresState) -> list[int]:
    found = []
    for _ in range(10):
        with state.transaction() as tx:
            found.append(tx.next_number("incident"))
            tx.put(change(f"{found[-1]}"))
            tx.add_points([SignalPoint(service="s", name=f"{found[-1] % 7}", start=1, width=1, n=1, total=1)])
    return found


def test_a_replica_that_is_killed_frees_the_lock_and_leaves_nothing(state: PostgresState, url: str):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    entered = threading.Event()

    def look() -> int:
        with state.transaction() as tx:
            entered.set()
            return tx.next_number("held")

    with ThreadPoolExecutor(1) as pool:
        looked = pool.submit(look)
        assert not entered.wait(0.2)
        os.kill(holder.pid, signal.SIGKILL)
        assert looked.result(10) == 1
    holder.wait(10)
    holder.stdin.close()
    holder.stdout.close()


def test_a_server_that_was_away_is_reached_again():
    with running() as server:
        state = PostgresState(server.make())
        with state.transaction() as tx:
            tx.put(change("a"))

        def put_while_it_goes() -> None:
            with state.transaction() as tx:
                tx.put(change("b"))
                server.stop()
                tx.put(change("c"))

        with pytest.raises(UnreachableError, match="state1"):
            put_while_it_goes()
        with pytest.raises(UnreachableError) as away, state.transaction():
            pass
        assert PASSWORD not in str(away.value)
        server.start()
        with state.transaction() as tx:
            assert [found.key for found in tx.list(type(change("a")))] == ["a"]
        server.stop()
        server.start()
        with state.transaction() as tx:  # that it was away between two transactions is not noticed
            assert len(tx.list(type(change("a")))) == 1
        state.close()


def test_a_session_that_is_ended_is_told_and_begun_anew(state: PostgresState, server: PostgresServer):
    def put_while_it_ends() -> None:
        with state.transaction() as tx:
            tx.put(change("a"))
            server.end_sessions()
            tx.put(change("b"))

    with pytest.raises(UnreachableError):
        put_while_it_ends()
    with state.transaction() as tx:
        assert list(tx.list(type(change("a")))) == []


def test_schemas_of_one_database_are_states_of_their_own(url: str):
    one, two = PostgresState(f"{url}?schema=one"), PostgresState(f"{url}?schema=Two%20%22")
    with one.transaction() as tx, two.transaction() as other:
        tx.put(change("a"))
        assert list(other.list(type(change("a")))) == []
    one.close()
    two.close()
    again = PostgresState(f"{url}?schema=one")
    with again.transaction() as tx:
        assert len(tx.list(type(change("a")))) == 1
    again.close()


def test_a_database_of_something_else_is_refused(url: str, server: PostgresServer):
    with server.connected(url) as connection:
        connection.exec_driver_sql("CREATE TABLE users (id int)")
    with pytest.raises(UnreadableStoreError, match="users") as refused:
        PostgresState(url)
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    ("change_url", "said"),
    [
        (lambda url: url.replace("a%20word", "another%20word"), "password"),
        (lambda url: url.rpartition("/")[0] + "/nothing", "does not exist"),
        (lambda url: url.replace("127.0.0.1", "nowhere.invalid"), "nowhere.invalid"),
        (lambda url: url + "?sslmode=require", "SSL"),
    ],
)
def test_what_is_wrong_is_said_and_no_password(url: str, change_url, said: str):
    with pytest.raises(UnreachableError, match=said) as wrong:
        PostgresState(change_url(url))
    assert "word" not in str(wrong.value).replace("password", "")


@pytest.mark.parametrize(
    "wrong",
    [
        "mysql://a:hunter2@b/c",
        "hunter2",
        "postgresql://a:hunter2@b/c?foo=1",
        "postgresql://a:hunter2@b/?sslmode=x",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(wrong: str):
    with pytest.raises(ValueError, match=r"postgresql://|unknown") as refused:
        PostgresState(wrong)
    assert "hunter2" not in str(refused.value)
