"""Heartbeats over HTTP."""

from __future__ import annotations

import base64

from aright.core.model.times import HOUR
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import FakeOperations


def test_a_beat_is_taken_by_post_and_by_get():
    operations = FakeOperations()
    client = Client(app_of(operations))
    assert client.ask("GET", "/v1/heartbeats", headers=BEARER).json()[0]["last_at"] == 0
    made = client.ask("POST", "/v1/heartbeats/etl", headers=BEARER)
    assert (made.status_code, made.json()["last_at"]) == (200, HOUR)
    operations.heartbeats.now = 2 * HOUR
    token = BEARER["Authorization"].partition(" ")[2]
    address = {"Authorization": "Basic " + base64.b64encode(f":{token}".encode()).decode()}
    assert client.ask("GET", "/v1/heartbeats/etl", headers=address).json()["last_at"] == 2 * HOUR
    assert client.ask("GET", "/v1/heartbeats", headers=BEARER).json()[0]["last_at"] == 2 * HOUR


def test_a_beat_needs_a_token_and_a_name():
    operations = FakeOperations()
    client = Client(app_of(operations))
    for method in ("GET", "POST"):
        assert client.ask(method, "/v1/heartbeats/etl").status_code == 401
        assert client.ask(method, "/v1/heartbeats/elt", headers=BEARER).status_code == 404
    assert operations.heartbeats.known["etl"].last_at == 0
