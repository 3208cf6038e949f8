"""A drill that went as it should, for tests of what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.drill.oncall import Notes, Stage
from aright.drill.pager import Event, Link, Pager, Payload
from aright.drill.scenario import Played
from aright.drill.times import MINUTE, SECOND
from aright.drill.views import GuardView, IncidentView, PostMortemView

if TYPE_CHECKING:
    from aright.drill.result import Result

LINK = "http://127.0.0.1/incidents/INC-1"


def played(end: int) -> Played:
    return Played(end=end, lost=0, late=0, explained_wall_s=5.0, wall_s=9.0)


def incident(service: str, onset: int, *, level: int, **told: object) -> IncidentView:
    closed: dict[str, object] = {
        "key": "INC-1",
        "service": service,
        "state": "closed",
        "title": "t",
        "opened_at": onset + 90 * SECOND,
        "began_at": onset,
        "severity": {"level": level, "arithmetic": "a"},
        "updates": [{"at": 1, "text": "t"}],
    }
    return msgspec.convert(closed | told, IncidentView)


def notes(onset: int, *, mitigated_at: int, read: IncidentView, action: str, guard: str) -> Notes:
    why = {"question": "q", "answer": "a", "evidence": ["E1"]}
    kept = {
        "key": "G",
        "incident": "INC-1",
        "kind": guard,
        "subject": "s",
        "title": "t",
        "replay": {"accepted": True},
    }
    return Notes(
        stage=Stage.DONE,
        paged_at=onset + 90 * SECOND,
        explained_at=onset + 100 * SECOND,
        mitigated_at=mitigated_at,
        verified_at=onset + 5 * MINUTE,
        incident=read,
        incidents=1,
        action=action,
        page_link=LINK,
        post_mortem=msgspec.convert({"key": "INC-1", "summary": "s", "whys": [why] * 5}, PostMortemView),
        guards=[msgspec.convert(kept, GuardView)],
        tried=True,
    )


def pager(count: int = 1) -> Pager:
    paged = Pager("k")
    for k in range(count):
        paged.events.append(Event("k", "trigger", f"d{k}", Payload("s", "a", "error"), (Link(LINK),)))
    return paged


def wrong(result: Result) -> list[str]:
    return [check.name for check in result.wrong]
