from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.core.incident import (
    Acknowledged,
    Closed,
    HarmAlerted,
    Merged,
    Noted,
    Resolved,
    Restricted,
    Reviewed,
    ServicesJoined,
    SeverityJudged,
    TookIn,
)
from aright.core.incident.events import Join
from aright.core.model.incident import Incident, Severity, State
from aright.core.model.message import Due
from aright.core.model.on_call import ARIGHT, Override, Policy, Schedule
from aright.core.model.outlet import ExternalRef
from aright.core.model.paging import Paging
from aright.core.model.service import Service
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.core.page.body import read_page
from aright.engine import paging, reaching, response
from aright.engine.happening import happen
from aright.engine.outlets import Outlet, Outlets
from aright.engine.page_messages import LONGEST_KEY, key_to
from aright.engine.resuming import resume
from aright.engine.tasks import run_response
from tests.unit.engine.failing_shop import ALERT
from tests.unit.engine.night_shift import PAGES, RECORDS, Night, Outside, step

if TYPE_CHECKING:
    from aright.core.model.message import Message

OWN = Policy(key="default", steps=(step("schedule:primary"), step("person:bob")), repeat=0)
SEV1 = Severity(level=1, score=9, arithmetic="all users")


def sent(night: Night, key: str = "INC-1") -> list[Message]:
    with night.plant.state.transaction() as tx:
        return list(tx.messages(key))


# Whose page it is


@pytest.mark.parametrize(
    ("there", "named", "expected"),
    [
        (("mine", "service:shop", "default"), "mine", "mine"),
        (("service:shop", "default"), "mine", "service:shop"),
        (("service:shop", "default"), "", "service:shop"),
        (("default",), "", "default"),
        ((), "", reaching.PAGER_ALONE),
    ],
)
def test_a_services_policy_goes_before_its_own_steps_and_those_before_the_default(
    there: tuple[str, ...], named: str, expected: str
):
    night = Night(None)
    with night.plant.state.transaction() as tx:
        tx.put(Service(key="shop", policy=named))
        tx.put_all([msgspec.structs.replace(OWN, key=key) for key in there])
    night.harm()
    assert night.paging.policy.key == expected


def test_without_policy_the_pager_is_told_alone_and_waited_for():
    night = Night(None)
    night.pager.away = True
    night.harm()
    night.wait(HOUR, every=10 * MINUTE)
    assert (night.paging.owner, night.paging.status) == ("pagerduty", "pending")
    assert night.mail.told == []
    assert night.lines("taken_over", "told", "exhausted") == []


def test_where_nobody_can_be_paged_that_is_said_and_made_up_for_at_the_next_start():
    ticket = Outside("servicenow", "tickets", RECORDS)
    night = Night(None, tickets=ticket, paged=False)
    night.harm()
    assert night.texts("page_failed")[0].startswith("Nobody is paged: no pager is set up")
    assert ticket.told == [("trigger", "")]
    night.wait(HOUR, every=10 * MINUTE)
    assert "exhausted" not in {line.kind for line in night.lines()}
    resume(night.plant.world)
    assert len(night.lines("page_failed")) == 1
    with night.plant.state.transaction() as tx:
        tx.put(OWN)
    resume(night.plant.world)
    night.plant.runtime.send()
    assert night.mail.told == [("trigger", "ann")]
    resume(night.plant.world)
    night.plant.runtime.send()
    assert night.mail.told == [("trigger", "ann")], "once"
    assert ticket.told == [("trigger", "")]


def test_the_policy_is_frozen_and_the_shift_is_asked_for_at_each_step():
    two = Policy(key="default", steps=(step("schedule:primary"), step("schedule:primary")), repeat=0)
    night = Night(two)
    night.harm()
    with night.plant.state.transaction() as tx:
        tx.delete(Policy, "default")
        tx.put(
            Override(
                key="OVR-1",
                schedule="primary",
                person="cy",
                start=night.now,
                end=night.now + HOUR,
                by="ann",
                created_at=night.now,
            )
        )
    night.wait(5 * MINUTE)
    assert night.mail.told == [("trigger", "ann"), ("trigger", "cy")]


def test_a_schedule_that_cannot_be_read_is_a_hole():
    night = Night(OWN, schedules=(Schedule(key="primary", zone="Nowhere/Else"),))
    night.harm()
    assert night.mail.told == [("trigger", "bob")]
    assert night.paging.holes == ("step 1: nobody has the shift of primary",)


def test_a_person_has_one_name_wherever_they_act():
    night = Night(OWN)
    with night.plant.state.transaction() as tx:
        assert reaching.one_name(tx, "ann") == "ann"
        assert reaching.one_name(tx, "ANN@pd.example") == "ann"
        assert reaching.one_name(tx, "stranger") == "stranger"


# Messages


def test_each_way_has_a_key_of_its_own_and_the_pager_the_incidents():
    night = Night(msgspec.structs.replace(OWN, steps=(step("channel:pagerduty", "person:ann"),)))
    night.harm()
    begun = f"aright-INC-1-{night.paging.started_at}"
    assert {message.dedup_key for message in sent(night)} == {begun, f"{begun}/mail/ann"}
    assert len({message.id for message in sent(night)}) == 2


def test_a_key_is_never_longer_than_receivers_take():
    incident = Incident(key="INC-1", service="s", state=State.DECLARED, title="", opened_at=1, began_at=1)
    one, other = (key_to(incident, "mail", "x" * 300 + end, "pagerduty") for end in "ab")
    assert len(one) <= LONGEST_KEY
    assert one != other


def test_those_who_were_paged_hear_the_end_and_who_was_not_reached_does_not():
    night = Night(OWN)
    night.harm()
    night.plant.desk.acknowledge("INC-1", by="ann")
    night.plant.desk.resolve("INC-1", by="ann", confirm="shop")
    assert night.mail.told == [("trigger", "ann"), ("resolve", "ann")], "mail has no use for the rest"
    assert night.pager.told == []
    assert night.paging.status == "over"


def test_what_was_said_at_a_channel_is_not_told_back_to_it():
    ticket = Outside("servicenow", "tickets", RECORDS)
    night = Night(msgspec.structs.replace(OWN, owner="pagerduty"), tickets=ticket)
    night.harm()
    night.happen(Acknowledged(at=night.now, by="ann", origin="pagerduty"))
    night.happen(Noted(at=night.now, by="ann", text="looking", origin="servicenow"))
    night.happen(Resolved(at=night.now, by="ann", text="done", origin="servicenow"))
    assert night.pager.told == [("trigger", ""), ("resolve", "")]
    assert night.pager.notes[-2:] == ["looking", "resolved without a mitigation that was verified: done"]
    assert "taken on" not in night.pager.notes
    assert ticket.told == [("trigger", ""), ("acknowledge", "")]
    assert ticket.notes == [
        "taken on",
        *[text for text in ticket.notes if "command" in text or "lead" in text],
    ]


def test_a_ticket_is_kept_up_to_date_until_it_is_closed():
    ticket = Outside("servicenow", "tickets", RECORDS)
    night = Night(OWN, tickets=ticket)
    night.harm()
    assert night.texts("ticket") == ["INC0010023 of servicenow is this incident's ticket"]
    with night.plant.state.transaction() as tx:
        ref = tx.get(ExternalRef, "servicenow/INC-1")
    assert ref is not None
    assert (ref.number, ref.seen_at) == ("INC0010023", night.now)
    night.happen(Noted(at=night.now, by="ann", text="the feed is empty"))
    night.happen(Noted(at=night.now, by="aright", text="a message could not be told"))
    night.happen(Resolved(at=night.now, by="ann"))
    night.happen(Reviewed(at=night.now, by="ann"))
    night.happen(Closed(at=night.now, by="ann"))
    assert [action for action, _ in ticket.told] == ["trigger", "resolve", "close"]
    assert "the feed is empty" in ticket.notes
    assert "a message could not be told" not in ticket.notes, "what failed there is not told there"
    assert night.texts("paged") == ["ann was paged through mail", "The end was passed on through mail"]


def test_a_ticket_that_cannot_be_made_is_told_of():
    ticket = Outside("servicenow", "tickets", RECORDS, away=True)
    night = Night(OWN, tickets=ticket)
    night.harm()
    assert night.texts("ticket") == [
        "servicenow could not be told (attempt 1, tried again): it does not answer"
    ]
    ticket.refuses = True
    night.wait(MINUTE)
    assert "it will not be tried again" in night.texts("ticket")[-1]
    assert night.paging.status == "accepted", "that is nobody's page"


def test_incidents_that_are_mild_have_no_ticket_where_that_is_set():
    ticket = Outside("servicenow", "tickets", RECORDS)
    night = Night(OWN, tickets=ticket)
    night.plant.settings = msgspec.structs.replace(night.plant.settings, ticket_level=2)
    night.plant.start()
    night.harm("INC-1", level=3)
    night.harm("INC-2", level=2)
    assert [page.incident for page in ticket.seen] == ["INC-2"]


def test_what_is_restricted_is_told_in_no_words_to_others():
    ticket = Outside("servicenow", "tickets", RECORDS)
    night = Night(OWN, tickets=ticket)
    night.harm()
    night.happen(Restricted(at=night.now, to=("ann",), by="ann"))
    night.happen(Noted(at=night.now, by="ann", text="secret"))
    night.wait(5 * MINUTE)
    night.happen(Resolved(at=night.now, by="ann"))
    first, second, *ends = night.mail.seen
    assert first.facts
    assert (second.to, second.title, second.facts) == ("bob", "INC-1, which only some may see, needs you", {})
    assert {page.to: "only some" in page.title for page in ends} == {"ann": False, "bob": True}
    assert ticket.notes == []


# Worse, merged, many


def test_what_becomes_sev1_while_nobody_is_on_it_pages_anew():
    night = Night(OWN)
    night.harm(level=3)
    night.wait(MINUTE)
    night.happen(SeverityJudged(at=night.now, severity=SEV1))
    assert night.mail.told == [("trigger", "ann")] * 2
    assert [message.urgency for message in sent(night)] == [3, 1]
    assert (night.paging.number, night.paging.again) == (2, "sev1")
    night.happen(Acknowledged(at=night.now, by="ann"))
    night.happen(SeverityJudged(at=night.now, severity=msgspec.structs.replace(SEV1, level=2)))
    night.happen(SeverityJudged(at=night.now, severity=SEV1))
    assert len(night.mail.told) == 2


def test_a_merged_incidents_page_ends_and_the_older_is_taken_on_with_it():
    night = Night(msgspec.structs.replace(OWN, owner="pagerduty"))
    night.harm("INC-1")
    night.harm("INC-2")
    younger = night.happen(Acknowledged(at=night.now, by="bob"), key="INC-2")
    night.happen(Merged(at=night.now, into="INC-1", because="it has the same cause"), key="INC-2")
    night.happen(TookIn(at=night.now, younger=younger, because="it has the same cause", root="shop"))
    assert (night.paging.status, night.paging.acknowledged) == ("acknowledged", ("bob",))
    of = {key: [p.action for p in night.pager.seen if p.incident == key] for key in ("INC-1", "INC-2")}
    assert [a for a in of["INC-2"] if a != "note"] == ["trigger", "acknowledge", "resolve"]
    assert [a for a in of["INC-1"] if a != "note"] == ["trigger", "acknowledge"]


def test_a_service_that_joins_and_weighs_more_pages_its_owner_again():
    night = Night(msgspec.structs.replace(OWN, owner="pagerduty"))
    night.harm(level=3)
    night.wait(MINUTE)
    alert = msgspec.structs.replace(ALERT, key="chat|x", service="chat")
    night.happen(
        ServicesJoined(
            at=night.now,
            joins=(Join(service="chat", alerts=(alert,), because="it calls shop"),),
            root="shop",
            severity=SEV1,
        )
    )
    assert night.pager.told == [("trigger", "")] * 2
    assert len(set(night.pager.keys)) == 1


def test_two_replicas_at_once_tell_each_step_once():
    night = Night(msgspec.structs.replace(OWN, repeat=3))
    for number in range(1, 30):
        night.harm(f"INC-{number}")
    at = night.now + 5 * MINUTE
    threads = [threading.Thread(target=run_response, args=(night.plant.world, at)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for number in range(1, 30):
        told = [read_page(message.body).to for message in sent(night, f"INC-{number}")]
        assert told == ["ann", "bob"]


def test_a_step_that_breaks_keeps_no_other_from_being_told_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
):
    night = Night(OWN)
    night.harm("INC-1")
    night.harm("INC-2")
    was = paging.escalate
    monkeypatch.setattr(
        "aright.engine.response.escalate",
        lambda page, at: 1 // 0 if page.incident.key == "INC-1" else was(page, at),
    )
    night.wait(5 * MINUTE)
    assert [page.incident for page in night.mail.seen if page.to == "bob"] == ["INC-2"]
    assert "a step of the escalation broke (ZeroDivisionError" in night.texts("note")[0]
    monkeypatch.undo()
    night.wait(5 * MINUTE)
    assert ("INC-1", "bob") in [(page.incident, page.to) for page in night.mail.seen]


def test_a_step_of_what_is_gone_is_dropped():
    night = Night(OWN)
    rows = [
        Due(key=f"{task}:INC-9", task=task, subject="INC-9", due_at=0) for task in ("escalate", "take_over")
    ]
    with night.plant.state.transaction() as tx:
        for row in rows:
            tx.schedule(row)
    assert response.run_escalations(night.plant.world, night.now) == 2
    night.harm()
    with night.plant.state.transaction() as tx:
        tx.delete(Paging, "INC-1")
        for row in rows:
            tx.schedule(msgspec.structs.replace(row, key=f"{row.task}:INC-1", subject="INC-1"))
    assert response.run_escalations(night.plant.world, night.now) == 2
    assert response.run_escalations(night.plant.world, night.now) == 0


def test_an_incident_of_before_there_were_policies_is_ended_where_it_was_paged():
    night = Night(None)
    night.harm()
    with night.plant.state.transaction() as tx:
        tx.delete(Paging, "INC-1")
    night.happen(Acknowledged(at=night.now, by="ann"))
    assert night.pager.told == [("trigger", ""), ("acknowledge", "")]


def test_a_channel_that_is_gone_is_written_to_all_the_same():
    outlets = Outlets(by_name={"mail": Outlet("way", PAGES)})
    assert outlets.takes("pagerduty", "resolve")
    assert not outlets.takes("mail", "note")


def test_the_same_page_committed_again_tells_nobody_twice():
    night = Night(OWN)
    event = HarmAlerted(at=night.now, incident="INC-1", service="shop", alerts=(ALERT,))
    for _ in range(2):
        with night.plant.state.transaction() as tx:
            happen(night.plant.world, tx, None, event)
    assert len(sent(night)) == 1
    night.wait(SECOND)
    assert night.paging.owner == ARIGHT
