"""Nights on call: from the page to whoever takes it on, when something is not as it should be."""

from __future__ import annotations

from aright.core.incident import Reopened
from aright.core.model.on_call import ARIGHT, Policy
from aright.core.model.times import HOUR, MINUTE, SECOND
from tests.unit.engine.failing_shop import ALERT
from tests.unit.engine.night_shift import Night, schedule, step

PAGER_OWNS = Policy(
    key="default",
    steps=(step("schedule:primary"), step("person:bob", "channel:mail")),
    owner="pagerduty",
    repeat=0,
)
OWN = Policy(key="default", steps=(step("schedule:primary"), step("person:bob")), repeat=0)


def test_pagerduty_is_down_at_night_and_ann_is_told_by_mail_within_a_minute():
    night = Night(PAGER_OWNS)
    night.pager.away = True
    night.harm()
    night.wait(59 * SECOND)
    assert night.mail.told == []
    assert night.paging.owner == "pagerduty"
    night.wait(SECOND)
    assert night.mail.told == [("trigger", "ann")]
    assert night.mail.seen[0].address == "ann@example.com"
    assert night.mail.seen[0].because == "you have the shift of primary"
    assert night.paging.owner == ARIGHT
    assert night.texts("taken_over") == [
        "pagerduty has not accepted the page for 1 min: aright escalates itself"
    ]

    night.plant.desk.acknowledge("INC-1", by="ann")
    night.wait(20 * MINUTE)
    assert night.mail.told == [("trigger", "ann")], "nobody else is woken"
    night.pager.away = False
    night.wait(3 * MINUTE)
    assert night.pager.told == [("trigger", ""), ("acknowledge", "")], "it learns both, in their order"
    assert set(night.pager.keys) == {f"aright-INC-1-{night.paging.started_at}"}
    assert night.paging.owner == ARIGHT
    assert night.paging.status == "acknowledged"


def test_pagerduty_comes_back_before_anybody_is_on_it_and_goes_on_alone():
    night = Night(PAGER_OWNS)
    night.pager.away = True
    night.harm()
    night.wait(3 * MINUTE)
    night.pager.away = False
    night.wait(3 * MINUTE)
    assert night.paging.owner == "pagerduty"
    night.wait(2 * HOUR, every=10 * MINUTE)
    assert night.mail.told == [("trigger", "ann")], "own steps have stopped"
    assert night.texts("taken_over")[-1].startswith("pagerduty has accepted the page and escalates it again")
    assert night.paging.status == "accepted"


def test_pagerduty_refuses_the_page_and_ann_is_told_at_once():
    night = Night(PAGER_OWNS)
    night.pager.refuses = True
    night.harm()
    night.plant.runtime.send()
    assert night.mail.told == [("trigger", "ann")]
    assert "refuses the page for good" in night.texts("taken_over")[0]


def test_nobody_has_the_shift_and_the_next_step_is_told_at_once():
    night = Night(OWN, schedules=(schedule("primary", "ann", ends="2025-12-31T00:00"),))
    night.harm()
    assert night.mail.told == [("trigger", "bob")]
    assert night.paging.holes == ("step 1: nobody has the shift of primary",)
    (line,) = night.lines("unreachable")
    assert line.key
    assert line.text == (
        "Step 1 reaches nobody, so the next follows at once (step 1: nobody has the shift of primary)"
    )


def test_two_must_be_on_it():
    two = Policy(
        key="default",
        steps=(step("schedule:primary", acknowledgements=2), step("person:bob"), step("person:cy")),
        repeat=0,
    )
    night = Night(two)
    night.harm()
    night.plant.desk.acknowledge("INC-1", by="ann")
    assert night.texts("escalated") == ["1 of 2 people have acknowledged: the escalation goes on"]
    night.wait(5 * MINUTE)
    assert night.mail.told == [("trigger", "ann"), ("trigger", "bob")]
    night.plant.desk.acknowledge("INC-1", by="ann@pd.example")
    assert night.paging.status == "pending" or night.paging.acknowledged == ("ann",), "she is one person"
    night.plant.desk.acknowledge("INC-1", by="bob")
    night.wait(HOUR, every=5 * MINUTE)
    assert night.paging.acknowledged == ("ann", "bob")
    assert night.mail.told == [("trigger", "ann"), ("trigger", "bob")], "cy sleeps"


def test_nobody_answers_and_all_are_told_at_once_and_again_every_half_hour():
    night = Night(OWN)
    night.harm(level=3)
    night.wait(10 * MINUTE)
    assert night.mail.told[:2] == [("trigger", "ann"), ("trigger", "bob")]
    assert sorted(night.mail.told[2:]) == [("trigger", "ann"), ("trigger", "bob")]
    assert night.paging.status == "exhausted"
    assert night.mail.seen[-1].because == "nobody acknowledged: all steps were gone through 1 time in vain"
    with night.plant.state.transaction() as tx:
        urgencies = [message.urgency for message in tx.messages("INC-1")]
    assert urgencies == [3, 3, 1, 1], "as urgent as it gets, whatever the severity"
    night.wait(HOUR, every=10 * MINUTE)
    assert len(night.mail.told) == 8
    assert len(night.lines("reminded")) == 2
    night.plant.desk.resolve("INC-1", by="ann", confirm="shop")
    before = len([one for one in night.mail.told if one[0] == "trigger"])
    night.wait(2 * HOUR, every=30 * MINUTE)
    assert len([one for one in night.mail.told if one[0] == "trigger"]) == before


def test_harm_that_comes_back_pages_anew():
    night = Night(PAGER_OWNS)
    night.harm()
    night.plant.desk.acknowledge("INC-1", by="ann")
    night.plant.desk.resolve("INC-1", by="ann", confirm="shop")
    night.wait(10 * MINUTE, every=MINUTE)
    night.happen(Reopened(at=night.now, service="shop", alerts=(ALERT,)))
    assert [action for action, _ in night.pager.told] == [
        "trigger",
        "acknowledge",
        "resolve",
        "trigger",
    ]
    assert (night.paging.number, night.paging.acknowledged, night.paging.owner) == (2, (), "pagerduty")
    assert night.paging.status == "accepted"
    night.plant.desk.acknowledge("INC-1", by="ann")
    assert night.pager.told[-1] == ("acknowledge", "")


def test_a_clock_that_jumps_an_hour_forward_tells_one_step():
    night = Night(OWN)
    night.harm()
    night.jump(HOUR)
    assert night.mail.told == [("trigger", "ann"), ("trigger", "bob")]
    assert night.paging.next_at == night.now + 5 * MINUTE
    night.jump(4 * MINUTE)
    assert len(night.mail.told) == 2
