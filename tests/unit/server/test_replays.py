"""How versions are run, over HTTP: endpoints alone, whose secrets go in and never come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aright.core.model.replay import Replay
from aright.core.model.service import Service
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import FakeOperations, busy

if TYPE_CHECKING:
    import httpx

ENDPOINT = Replay(way="url", target="https://x/replay", secret="hidden")
MODEL = Replay(way="model", target="models/{version}", folder="/srv")
GUARDED = Replay(way="url", target="https://x/replay", bearer_token_file="/run/token")


class Door:
    def __init__(self, known: Replay | None) -> None:
        self.made: FakeOperations = busy()
        self.client = Client(app_of(self.made))
        self.made.register(Service(key="cook", replay=known))

    def put(self, replay: object) -> httpx.Response:
        return self.client.ask("PUT", "/v1/services/cook", json={"replay": replay}, headers=BEARER)

    def get(self) -> Any:
        known = self.client.ask("GET", "/v1/services", headers=BEARER).json()
        return next(each for each in known if each["key"] == "cook")

    @property
    def replay(self) -> Replay | None:
        return self.made.catalog["cook"].replay


def test_an_endpoint_can_be_given_and_its_secret_stays_inside() -> None:
    door = Door(None)

    answer = door.put({"url": "https://x/replay", "secret": "hidden", "inputs": "payloads", "seconds": 5})

    assert answer.status_code == 200
    assert door.replay == Replay(
        way="url", target="https://x/replay", secret="hidden", inputs="payloads", seconds=5.0
    )
    assert door.replay is not None
    assert door.replay.secret == "hidden"
    assert "hidden" not in answer.text
    assert door.get()["replay"]["url"] == "https://x/replay"
    assert "hidden" not in repr([*door.replay.__rich_repr__()])


def test_the_same_url_keeps_its_secret_and_another_does_not() -> None:
    door = Door(ENDPOINT)

    assert door.put(None).status_code == 200
    assert door.replay == ENDPOINT
    assert door.put({"url": "https://x/replay", "seconds": 9}).status_code == 200
    assert door.replay is not None
    assert (door.replay.secret, door.replay.seconds) == ("hidden", 9.0)
    assert door.put({"url": "https://elsewhere/"}).status_code == 200
    assert door.replay.secret == ""
    assert door.put({}).status_code == 200
    assert door.replay is None


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (None, {"function": "os:system"}),
        (None, {"model": "evil/{version}"}),
        (None, {"url": "https://x", "bearer_token_file": "/etc/shadow"}),
        (None, {"url": "file:///etc/shadow"}),
        (None, {"url": "https://x", "inputs": "everything"}),
        (None, {"url": "https://x", "seconds": 0}),
        (None, {"url": "https://x", "seconds": 1e9}),
        (MODEL, {"url": "https://x"}),
        (MODEL, {"model": "models/{version}", "folder": "/tmp"}),
        (GUARDED, {"url": "https://elsewhere", "bearer_token_file": "/run/token"}),
    ],
)
def test_code_and_files_are_for_the_catalog_file(known: Replay | None, told: object) -> None:
    door = Door(known)

    assert door.put(told).status_code == 400
    assert door.replay == known


def test_what_was_read_can_be_sent_back() -> None:
    door = Door(MODEL)

    assert door.put({**door.get()["replay"], "seconds": 7}).status_code == 200
    assert door.replay == Replay(way="model", target="models/{version}", folder="/srv", seconds=7.0)
