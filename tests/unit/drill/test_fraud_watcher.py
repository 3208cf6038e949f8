"""Who is on call while releases are put back by themselves; and what the drill needs."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

from aright.drill import mlflow_server
from aright.drill.failure import AnswerError
from aright.drill.fraud.catalog import entry, file_of
from aright.drill.fraud.onlooker import Watcher
from aright.drill.fraud.scenario import make_scenario
from aright.drill.narrator import PlainNarrator
from aright.drill.oncall import Stage
from aright.drill.run import Options, run
from aright.drill.views import IncidentView, LookView, ReleaseView
from tests.unit.drill.outcomes import incident, pager


class Doors:
    def __init__(self, read: IncidentView) -> None:
        self.read = read
        self.acknowledged: list[str] = []
        self.known: list[ReleaseView] | None = []

    async def incidents(self):
        return [self.read]

    async def acknowledge(self, key, by):
        assert by
        self.acknowledged.append(key)

    async def releases(self, service):
        if self.known is None:
            raise AnswerError(f"{service} is not known")
        return self.known

    async def entry(self, page):
        return f"http://here{page}"


def watcher(**told: Any):
    doors = Doors(incident("kestrel-payments", 0, level=2, state="declared", **told))
    who = Watcher(doors, pager(), PlainNarrator(io.StringIO()), "kestrel-payments", lambda: None)  # type: ignore[arg-type]  # played
    return who, doors


def looked(key, *stages):
    looks = tuple(LookView(0, stage, "go", "r") for stage in stages)
    return ReleaseView(key, "2", "1", "promoted", 0, looks=looks)


def test_a_page_is_taken_on_and_nothing_is_carried_out():
    found = {
        "at": 1,
        "scope": {"reach": "global", "sentence": "all"},
        "verdict": "confirmed",
        "causes": [{"kind": "model_version", "subject": "7", "title": "t", "probability": 0.9}],
        "summary": "s",
    }
    who, doors = watcher(diagnosis=found)
    for now in (1, 2, 3):
        asyncio.run(who.look(now, 1))
    assert doors.acknowledged[0] == "INC-1"
    assert (who.notes.stage, who.done) == (Stage.EXPLAINED, False)


def test_the_page_of_the_release_that_was_seen_most_in_a_canary_is_shown():
    who, doors = watcher()
    doors.known = [looked("REL-1", "shadow"), looked("REL-2", "canary", "canary"), looked("REL-3", "canary")]
    asyncio.run(who.leave())
    assert who.notes.link == "http://here/releases/REL-2"
    assert who.shows[1] == "release show"


def test_without_a_release_there_is_nothing_to_show():
    who, doors = watcher()
    asyncio.run(who.leave())
    assert who.notes.link == ""
    doors.known = None
    asyncio.run(who.leave())
    assert who.notes.trouble == ["kestrel-payments is not known"]


def test_what_the_drill_needs_is_said(monkeypatch):
    monkeypatch.setattr(mlflow_server, "program", lambda: None)
    with pytest.raises(ValueError, match="make mlflow"):
        run("fraud-release", Options())
    with pytest.raises(ValueError, match="nothing to do by hand"):
        run("fraud-release", Options(by_hand=True))


def test_where_orders_go_is_said_by_the_file_and_what_is_watched_is_sent(tmp_path):
    scenario = make_scenario("good", 1)
    scenario.prepare(tmp_path, 40)
    catalog = scenario.catalog
    assert catalog is not None
    told = catalog.file.read_text()
    assert list(catalog.secrets) == ["KESTREL_ROUTER_SECRET"]
    assert all(secret not in told for secret in catalog.secrets.values())
    assert '"mlflow":"http://127.0.0.1:' in told
    assert not scenario.done
    assert scenario.asked == 0
    services = file_of("http://m", {"webhook": {"url": "u", "secret": "s"}})["services"]
    assert isinstance(services, list)
    assert services[0]["rollout"]["traffic"] == {"webhook": {"url": "u", "secret": "s"}}
    with_copies, without = (str(entry(shadow=shadow)["rollout"]) for shadow in (True, False))
    assert "'shadow_pairs': 0" in without
    assert "'shadow_pairs': 0" not in with_copies
