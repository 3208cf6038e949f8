"""Webhooks of another system: what happens there happens here, once, and nothing of it is an echo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.heard import Delivery, Heard
from aright.core.model.incident import Incident, State
from aright.core.model.notice import Notice
from aright.core.model.on_call import Person
from aright.core.model.outlet import ExternalRef
from aright.core.model.postmortem import PostMortem
from aright.core.model.service import Service
from aright.core.model.times import MINUTE
from aright.core.page.body import read_page
from aright.engine import hook_desk
from aright.ports.hook import ForgedError
from tests.unit.engine.failing_shop import START, Pager, Plant, hurt

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = f"aright-INC-1-{START}"


class Believing:
    """A hook that reads what it is given, word for word."""

    system = "pagerduty"
    name = "pagerduty"

    def read(self, headers: Mapping[str, str], body: bytes, now: int) -> Heard | None:
        if headers.get("signature") != "right":
            raise ForgedError
        return msgspec.json.decode(body, type=Heard) if body else None


@dataclass
class Hooked(Pager):
    hook: Believing | None = None


def plant() -> Plant:
    pager = Hooked(hook=Believing())
    made = Plant(pager=pager, channels={"pagerduty": pager})
    with made.state.transaction() as tx:
        tx.put_all(
            [Service(key="shop", tier=3), Person(key="ann", name="Ann A.", aliases=("ann@x.example",))]
        )
    return made


def tell(made: Plant, kind: str, *, number: int = 1, **said: Any) -> str:
    told = {
        "ids": [f"event {number}", f"webhook {number}"],
        "channel": "pagerduty",
        "kind": kind,
        "at": made.clock.now(),
        "ref": "Q1",
        "dedup_key": KEY,
        "by": "Bob",
        "person": True,
    } | said
    body = msgspec.json.encode(told)
    return made.desk.hooks.webhook("pagerduty", "pagerduty", {"signature": "right"}, body)


def incident(made: Plant) -> Incident:
    return made.desk.incident("INC-1")


def lines(made: Plant, kind: str) -> list[tuple[str, str]]:
    return [(event.by, event.text) for event in made.desk.timeline("INC-1") if event.kind == kind]


def test_whoever_acknowledges_there_has_it_here():
    made = plant()
    hurt(made)
    assert tell(made, "acknowledged", by="Ann A.", names=["PUSER1", "Ann@X.example"], number=7) == "taken"
    assert incident(made).acknowledged_by == "ann"
    assert lines(made, "acknowledged")[0][0] == "ann"
    assert tell(made, "acknowledged", by="Ann A.", names=["PUSER1", "Ann@X.example"], number=7) == "repeat"
    assert tell(made, "acknowledged", by="Ann A.", number=8) == "ignored"
    assert len(lines(made, "acknowledged")) == 1


def test_the_key_of_another_channel_is_known_too():
    made = plant()
    hurt(made)
    tell(made, "acknowledged", dedup_key=f"{KEY}/second pager", ref="")
    assert incident(made).acknowledged_by == "Bob"


def test_somebody_unknown_here_goes_by_their_name_there():
    made = plant()
    hurt(made)
    tell(made, "acknowledged", by="Bob")
    assert incident(made).acknowledged_by == "Bob"


def test_our_own_acknowledgement_come_back_changes_nothing():
    made = plant()
    hurt(made)
    made.desk.acknowledge("INC-1", by="ann")
    tell(made, "acknowledged", by="Events API", person=False)
    assert incident(made).acknowledged_by == "ann"


def test_what_is_resolved_there_is_resolved_here_with_its_post_mortem():
    made = plant()
    hurt(made)
    assert tell(made, "resolved", by="Ann A.", state="resolved") == "taken"
    assert incident(made).state is State.RESOLVED
    (line,) = lines(made, "resolved")
    assert line[0] == "ann"
    assert "resolved at pagerduty" in line[1]
    with made.state.transaction() as tx:
        assert tx.get(PostMortem, "INC-1") is not None
        ref = tx.get(ExternalRef, "pagerduty/INC-1")
    assert ref is not None
    assert (ref.id, ref.state) == ("Q1", "resolved")
    assert tell(made, "resolved", by="Ann A.", number=2, state="resolved") == "ignored"


def test_an_end_that_nobody_said_is_written_down_alone():
    made = plant()
    hurt(made)
    tell(made, "resolved", by="", person=False)
    assert incident(made).state is not State.RESOLVED
    assert "by itself" in lines(made, "note")[-1][1]


def test_a_late_end_does_not_close_what_came_back():
    made = plant()
    hurt(made)
    then = made.clock.now()
    made.desk.advance(START + MINUTE)
    made.desk.resolve("INC-1", by="ann", confirm="shop")
    made.desk.advance(START + 2 * MINUTE)
    reopened = msgspec.structs.replace(incident(made), state=State.REOPENED, resolved_at=0)
    lull = {"start": START + MINUTE, "end": START + 2 * MINUTE}
    with made.state.transaction() as tx:
        tx.put(msgspec.convert(msgspec.to_builtins(reopened) | {"lulls": [lull]}, type=Incident))
    assert tell(made, "resolved", at=then, number=1) == "taken"  # its reference there is news
    assert incident(made).state is State.REOPENED
    tell(made, "resolved", number=2)
    assert incident(made).state is State.RESOLVED


def test_notes_are_written_down_and_ours_are_not():
    made = plant()
    hurt(made)
    tell(made, "note", text="noted at PagerDuty: rolling back", by="Ann A.", number=1)
    tell(made, "note", text="noted at PagerDuty: ours", ours=True, number=2)
    tell(made, "note", text="", number=3)
    assert lines(made, "note") == [("ann", "noted at PagerDuty: rolling back")]


def test_a_note_to_what_is_filed_away_is_dropped_and_not_asked_for_again():
    made = plant()
    hurt(made)
    made.desk.resolve("INC-1", by="ann", confirm="shop")
    made.desk.review("INC-1", by="ann")
    made.desk.close_incident("INC-1", by="ann")
    tell(made, "note", text="too late", number=1)
    assert tell(made, "note", text="too late", number=1) == "repeat"
    assert "too late" not in str(lines(made, "note"))


def test_without_our_key_it_is_found_by_the_title_and_then_by_its_own():
    made = plant()
    hurt(made)
    paged = read_page(made.desk.messages("INC-1")[0].body).title
    tell(made, "opened", dedup_key="", title=f"SEV2 {paged}", ref="Q9", number=1)
    tell(made, "acknowledged", dedup_key="", ref="Q9", by="Bob", number=2)
    assert incident(made).acknowledged_by == "Bob"
    with made.state.transaction() as tx:
        assert tx.list(ForeignAlert) == []


def test_what_another_incident_there_told_before_is_over():
    made = plant()
    hurt(made)
    made.desk.advance(START + MINUTE)
    tell(made, "opened", ref="Q2", number=1)
    assert tell(made, "resolved", ref="Q1", at=START, number=2) == "ignored"
    assert incident(made).state is not State.RESOLVED


def test_what_was_merged_is_found_in_the_one_that_took_it_in():
    made = plant()
    hurt(made)
    with made.state.transaction() as tx:
        into = msgspec.structs.replace(incident_in(tx), key="INC-0")
        tx.put(into)
        tx.put(msgspec.structs.replace(incident_in(tx), state=State.MERGED, merged_into="INC-0"))
    tell(made, "acknowledged", by="Bob")
    assert made.desk.incident("INC-0").acknowledged_by == "Bob"


def incident_in(tx: Any) -> Incident:
    found: Incident = tx.get(Incident, "INC-1")
    return found


def test_an_incident_that_is_not_ours_gives_notice_and_pages_nobody():
    made = plant()
    said = {"dedup_key": "somebody-elses", "ref": "Q7", "title": "disk full", "service": "shop"}
    assert tell(made, "opened", number=1, urgent=True, **said) == "taken"
    with made.state.transaction() as tx:
        (alert,) = tx.list(ForeignAlert)
        (notice,) = tx.list(Notice)
    assert (alert.source, alert.service, alert.name, alert.harm) == ("pagerduty", "shop", "disk full", False)
    assert alert.labels["urgency"] == "high"
    assert notice.alert.rule.endswith("of PagerDuty")
    assert made.desk.incidents() == []
    assert tell(made, "resolved", number=2, **said) == "taken"
    with made.state.transaction() as tx:
        (alert,) = tx.list(ForeignAlert)
    assert alert.ended_at > 0
    assert tell(made, "note", number=3, text="x", **said) == "ignored"


def test_a_catalog_may_let_such_an_alert_page_and_its_acknowledgement_counts():
    made = plant()
    with made.state.transaction() as tx:
        tx.put(Service(key="shop", page_signals=("alert:disk full",)))
    said = {"dedup_key": "other", "ref": "Q7", "title": "disk full", "service": "shop"}
    tell(made, "opened", number=1, **said)
    (opened,) = made.desk.incidents()
    tell(made, "acknowledged", number=2, by="Ann A.", **said)
    assert made.desk.incident(opened.key).acknowledged_by == "ann"


def test_another_arights_page_is_no_foreign_alert():
    made = plant()
    assert tell(made, "opened", dedup_key="aright-INC-9-77", number=1) == "ignored"
    assert tell(made, "opened", dedup_key="", ref="", number=2) == "ignored"
    with made.state.transaction() as tx:
        assert tx.list(ForeignAlert) == []


def test_what_was_heard_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hook_desk, "_TIDY_EVERY", 1)
    monkeypatch.setattr(hook_desk, "REMEMBERED", 4)
    made = plant()
    for number in range(5):
        tell(made, "ping", number=number)
    with made.state.transaction() as tx:
        assert {each.key for each in tx.list(Delivery)} == {
            f"pagerduty/{word} {number}" for word in ("event", "webhook") for number in (3, 4)
        }


def test_who_is_not_believed_is_told_nothing():
    made = plant()
    for system, channel, signature in (
        ("pagerduty", "pagerduty", "wrong"),
        ("pagerduty", "elsewhere", "right"),
        ("servicenow", "pagerduty", "right"),
    ):
        with pytest.raises(ForgedError):
            made.desk.hooks.webhook(system, channel, {"signature": signature}, b"")


def test_what_is_of_no_interest_is_not_remembered():
    made = plant()
    assert made.desk.hooks.webhook("pagerduty", "pagerduty", {"signature": "right"}, b"") == "ignored"
    assert tell(made, "ping", ref="", dedup_key="") == "ignored"
    with made.state.transaction() as tx:
        assert len(tx.list(Delivery)) == 2
