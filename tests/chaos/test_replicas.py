"""Two real servers over one PostgreSQL: one watches, the other responds, and each says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.chaos.night import CATALOG, TOKEN, Server
from tests.contract.running_postgres import PASSWORD, PostgresServer, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = b'{"id": "1", "time": 1, "service": "shop"}'
ALERT = [{"labels": {"alertname": "Down", "service": "shop", "severity": "critical"}}]


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with running() as server:
        yield server


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30, headers={"Authorization": f"Bearer {TOKEN}"}) as made:
        yield made


@pytest.fixture
def servers(postgres: PostgresServer, tmp_path: Path) -> Iterator[list[Server]]:
    catalog = tmp_path / "aright.yaml"
    catalog.write_text(CATALOG.format(pager="http://127.0.0.1:9", hook="http://127.0.0.1:9"))
    state = postgres.make()
    made = [
        Server(tmp_path / "one", catalog, state=state, name="one"),
        Server(tmp_path / "two", catalog, state=state, name="two", respond=True),
        Server(tmp_path / "three", catalog, state=state, name="three"),
    ]
    yield made
    for server in made:
        server.close()


def test_one_watches_the_other_responds_and_a_third_is_told(
    servers: list[Server], client: httpx.Client, postgres: PostgresServer
):
    one, two, three = servers
    one.start()
    two.start()
    with pytest.raises(AssertionError, match="'one' watches already") as told:
        three.start()
    assert PASSWORD not in str(told.value)
    status = client.get(f"{two.url}/v1/status").json()
    assert (status["role"], status["name"], status["watcher"]) == ("responds", "two", "one")
    assert client.get(f"{one.url}/v1/status").json()["role"] == "watches"

    refused = client.post(
        f"{two.url}/v1/predictions", content=ROWS, headers={"Content-Type": "application/x-ndjson"}
    )
    assert refused.status_code == 503
    assert "alerts alone" in refused.json()["error"]["problem"]

    assert client.post(f"{two.url}/api/v2/alerts", json=ALERT).status_code == 200
    (incident,) = client.get(f"{one.url}/v1/incidents").json()
    assert incident["service"] == "shop"

    postgres.stop()
    for answer in (
        client.get(f"{two.url}/v1/incidents"),
        client.post(f"{two.url}/api/v2/alerts", json=ALERT),
    ):
        assert answer.status_code == 503
        assert "cannot be reached" in answer.text
    postgres.start()
    assert len(client.get(f"{two.url}/v1/incidents").json()) == 1
    said = two.end()
    assert "cannot be reached" in said
    assert PASSWORD.replace(" ", "%20") not in said
