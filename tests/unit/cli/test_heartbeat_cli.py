"""`aright heartbeat …`: what it asks of the server, what it prints and how it leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.times import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

ETL = Heartbeat(key="etl", service="shop", every=HOUR, last_at=HOUR)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, str]]]:
    seen: list[tuple[str, str]] = []

    def ready(*known: Heartbeat) -> list[tuple[str, str]]:
        def answer(method: str, url: str, **_: object) -> httpx.Response:
            seen.append((method, url.removeprefix("http://aright.test")))
            return httpx.Response(
                200, content=msgspec.json.encode(list(known) if method == "GET" else known[0])
            )

        monkeypatch.setattr(httpx, "request", answer)
        monkeypatch.setenv("ARIGHT_URL", "http://aright.test")
        monkeypatch.setenv("ARIGHT_TOKEN", "t")
        return seen

    return ready


def leave(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["heartbeat", *arguments])
    return int(left.value.code or 0)


def test_a_beat(asked: Callable[..., list[tuple[str, str]]], capsys: pytest.CaptureFixture[str]) -> None:
    seen = asked(ETL)
    assert leave("beat", "a/b") == 0
    assert seen == [("POST", "/v1/heartbeats/a%2Fb")]
    assert capsys.readouterr().out.startswith("etl  shop  heard at 1970-01-01T01:00:00.000Z, awaited until")
    assert leave("beat", "etl", "--json") == 0
    assert json.loads(capsys.readouterr().out)["heartbeat"]["last_at"] == HOUR


def test_a_list(asked: Callable[..., list[tuple[str, str]]], capsys: pytest.CaptureFixture[str]) -> None:
    asked(ETL, msgspec.structs.replace(ETL, key="new", last_at=0))
    assert leave("list") == 0
    assert "new  shop  never heard" in capsys.readouterr().out
    asked(msgspec.structs.replace(ETL, missed_at=2 * HOUR + MINUTE))
    assert leave("list") == 3
    assert "SILENT since 1970-01-01T02:01:00.000Z, heard at" in capsys.readouterr().out
    assert leave("list", "--json") == 3
    assert json.loads(capsys.readouterr().out)["schema"] == 1
    asked()
    assert leave("list") == 0
    assert "the catalog names them" in capsys.readouterr().out
