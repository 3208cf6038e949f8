from __future__ import annotations

import msgspec
import pytest

from aright.drill.pager import PATH, Pager
from aright.drill.wire.server import Request

KEY = "k" * 32


def event(**changed):
    body = {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "aright/INC-1",
        "payload": {"summary": "clicks halved", "source": "aright", "severity": "critical"},
        "links": [{"href": "http://127.0.0.1/incidents/INC-1", "text": "INC-1"}],
        **changed,
    }
    return Request("POST", PATH, {}, msgspec.json.encode(body))


def test_page_is_taken_and_a_retry_joins_it():
    pager = Pager(KEY)
    assert [pager.handle(event()).status for _ in range(2)] == [202, 202]
    assert pager.handle(event(event_action="resolve", payload=None)).status == 202
    assert (len(pager.triggers), len(pager.dedup_keys), pager.refused) == (2, 1, [])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"routing_key": "x" * 32}, "routing key"),
        ({"event_action": "shout"}, "event action"),
        ({"dedup_key": ""}, "dedup key"),
        ({"dedup_key": "d" * 256}, "dedup key"),
        ({"payload": None}, "payload"),
        ({"payload": {"summary": "", "source": "a", "severity": "info"}}, "summary"),
        ({"payload": {"summary": "s" * 1025, "source": "a", "severity": "info"}}, "summary"),
        ({"payload": {"summary": "s", "source": "a", "severity": "awful"}}, "severity"),
    ],
)
def test_events_that_pagerduty_would_refuse_are_refused(changed, why):
    pager = Pager(KEY)
    answer = pager.handle(event(**changed))
    assert answer.status == 400
    assert why in pager.refused[0]
    assert not pager.events


def test_other_paths_and_bodies_are_refused():
    pager = Pager(KEY)
    assert pager.handle(Request("POST", "/elsewhere", {}, b"{}")).status == 400
    assert pager.handle(Request("POST", PATH, {}, b"{not json")).status == 400
    assert len(pager.refused) == 2
