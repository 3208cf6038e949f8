"""`aright silence …`: what it asks of the server, what it prints and how it leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.core.model.alert import Alert
from aright.core.model.silence import Matcher, Muted, Silence, Weekly

if TYPE_CHECKING:
    from collections.abc import Callable

MADE = Silence(
    key="SIL-1",
    matchers=(Matcher(name="service", value="shop"),),
    starts_at=0,
    ends_at=3_600_000_000,
    author="ada",
    comment="move",
    created_at=0,
)
NIGHTS = msgspec.structs.replace(
    MADE, key="maintenance:n", ends_at=0, ended_by="bob",
    weekly=Weekly(days=("sat",), start="22:00", end="04:00", zone="Europe/Zurich"),
)  # fmt: skip
ALERT = Alert(
    key="shop/all/error_share", service="shop", signal="error_share", harm=True, at=0, since=0, before=0,
    now=0, low=0, high=0, units=0, log_e=0, threshold=0, rule="",
)  # fmt: skip
HELD = Muted(key="k", service="shop", alert=ALERT, at=0, silence="SIL-1", until=9, text="x")
Asked = list[tuple[str, str, object]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    seen: Asked = []

    def answer(method: str, url: str, *, content: bytes, **_: object) -> httpx.Response:
        seen.append((method, url.removeprefix("http://aright.test"), json.loads(content or b"null")))
        found: object = MADE
        if method == "GET":
            found = {"silences": [MADE, NIGHTS] if "ended" in url else [], "muted": [HELD]}
        elif method == "DELETE":
            found = msgspec.structs.replace(MADE, ended_by="bob")
        return httpx.Response(200, content=msgspec.json.encode(found))

    monkeypatch.setenv("ARIGHT_URL", "http://aright.test")
    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.setattr(httpx, "request", answer)
    return seen


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def told(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(["silence", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    return told


def test_add_sends_what_is_asked_for(asked: Asked, run: Callable[..., tuple[int, str]]):
    code, said = run("add", "service=shop", "pod!~web", "--for", "2h", "-c", "move", "--by", "ada")
    assert (code, said) == (0, 'SIL-1  service="shop"  until 1970-01-01T01:00:00.000Z  ada: move\n')
    ((method, path, body),) = asked
    assert (method, path) == ("POST", "/v1/silences")
    assert body == {
        "matchers": ["service=shop", "pod!~web"],
        "comment": "move",
        "by": "ada",
        "start": "",
        "end": "",
        "minutes": 120,
        "weekly": None,
    }


def test_weekly_hours_are_sent_apart(asked: Asked, run: Callable[..., tuple[int, str]]):
    code, said = run(
        "add", "a=b", "--weekly", "sat,sun 22:00-04:00", "--zone", "Europe/Zurich", "-c", "x", "--json"
    )
    assert code == 0
    assert json.loads(said)["silence"]["key"] == "SIL-1"
    body = asked[0][2]
    assert isinstance(body, dict)
    assert body["weekly"] == {
        "days": ["sat", "sun"],
        "start": "22:00",
        "end": "04:00",
        "zone": "Europe/Zurich",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "soon"), "'soon' is no length: write 30m, 4h or 2d"),
        (("--weekly", "nights"), "'nights' are no hours of a week"),
    ],
)
def test_what_cannot_be_read_is_told(
    asked: Asked, run: Callable[..., tuple[int, str]], arguments: tuple[str, ...], said: str
):
    code, text = run("add", "a=b", "-c", "x", *arguments)
    assert code == 2
    assert said in text
    assert asked == []


def test_list_shows_what_is_held_back(asked: Asked, run: Callable[..., tuple[int, str]]):
    assert run("list") == (0, "no silences\n")
    code, said = run("list", "--ended")
    assert code == 0
    assert "    holds back shop/all/error_share since 1970-01-01T00:00:00.000Z\n" in said
    assert "sat 22:00-04:00 Europe/Zurich without an end  ada: move (ended by bob)" in said
    assert json.loads(run("list", "--json")[1])["schema"] == 1
    assert asked[0][1] == "/v1/silences"


def test_end_says_who_ended_it(asked: Asked, run: Callable[..., tuple[int, str]]):
    assert run("end", "SIL-1", "--by", "bob") == (0, "SIL-1 was ended by bob\n")
    assert asked == [("DELETE", "/v1/silences/SIL-1?by=bob", None)]
    assert json.loads(run("end", "SIL-1", "--json")[1])["silence"]["ended_by"] == "bob"
