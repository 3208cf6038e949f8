"""The door for webhooks: no token, a signature, bounds, and no hint for whoever forges."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from starlette.applications import Starlette

from aright.ports.hook import NoMessageError, StaleError
from aright.server.webhooks import EACH, LARGEST, webhook_route
from tests.unit.server.client import Client, Clock, app_of
from tests.unit.web.fake import FakeOperations

PATH = "/v1/webhooks/pagerduty/main-pager"
SIGNED = {"X-PagerDuty-Signature": "right"}


def test_what_is_signed_needs_no_token():
    operations = FakeOperations()
    answer = Client(app_of(operations)).ask("POST", PATH, headers=SIGNED, content=b"{}")
    assert (answer.status_code, answer.json()) == (200, {"status": "taken"})
    assert operations.hooks.told == [("pagerduty", "main-pager", b"{}")]


def test_a_token_does_not_stand_for_a_signature():
    client = Client(app_of(FakeOperations()))
    for headers in ({}, {"Authorization": "Bearer right-token"}, {"X-PagerDuty-Signature": "v1=00"}):
        answer = client.ask("POST", PATH, headers=headers, content=b"{}")
        assert answer.status_code == 401
        assert "main-pager" not in answer.text


@pytest.mark.parametrize("error", [StaleError("it is old"), NoMessageError("it is no JSON")])
def test_whoever_signs_rightly_is_told_what_is_wrong(error: Exception):
    operations = FakeOperations()
    operations.hooks.error = error
    answer = Client(app_of(operations)).ask("POST", PATH, headers=SIGNED, content=b"{}")
    assert answer.status_code == 400
    assert str(error) in answer.text


def test_a_body_beyond_a_megabyte_is_not_read():
    operations = FakeOperations()
    answer = Client(app_of(operations)).ask("POST", PATH, headers=SIGNED, content=b"x" * (LARGEST + 1))
    assert answer.status_code == 413
    assert operations.hooks.told == []


def test_a_sender_is_held_to_a_rate_and_comes_again():
    clock = Clock()
    client = Client(app_of(FakeOperations(), clock=clock))
    for _ in range(EACH):
        client.ask("POST", PATH, content=b"")
    answer = client.ask("POST", PATH, headers=SIGNED, content=b"{}")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    clock.at += 60
    assert client.ask("POST", PATH, headers=SIGNED, content=b"{}").status_code == 200


def test_what_takes_too_long_is_answered_all_the_same():
    operations, over = FakeOperations(), threading.Event()
    operations.hooks.before = lambda: over.wait(10)
    app = Starlette(routes=[webhook_route(operations, Clock(), seconds=0.05)])

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://aright") as client:
            answer = await client.post(PATH, headers=SIGNED, content=b"{}")
            over.set()
            return answer

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert len(operations.hooks.told) == 1  # it is done, and the repeat is known


def test_another_method_is_none():
    assert Client(app_of(FakeOperations())).ask("GET", PATH).status_code == 405
