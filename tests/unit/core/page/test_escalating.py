from __future__ import annotations

import pytest

from aright.core.model.on_call import ARIGHT, Person, Policy, Shift, Step, Target
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.core.page.escalating import Ended, Reach, Reached, Way, apply, reach_of
from aright.core.page.escalating.steps import MOST_TOLD
from tests.unit.core.page.escalations import PAGER, START, Escalation, policy, reach, whom


def own(*people: str, repeat: int = 0, acknowledgements: int = 1) -> Escalation:
    return Escalation(policy(*people, repeat=repeat, acknowledgements=acknowledgements), reach(*people))


def theirs(*people: str, acknowledgements: int = 1) -> Escalation:
    return Escalation(policy(*people, owner=PAGER, acknowledgements=acknowledgements), reach(*people))


# Its own steps


def test_the_first_step_is_told_at_once_and_the_next_when_its_time_is_over():
    made = own("ann", "bob")
    assert whom(made.fire()) == [("ann", "mail")]
    assert made.dues["escalate"].due_at == START + 5 * MINUTE
    assert whom(made.run_due()) == [("bob", "mail")]
    assert made.kinds() == ["told", "escalated"]
    assert made.lines[0].text == (
        "Step 1: ann is told by mail; the next step follows in 5 min unless somebody acknowledges"
    )
    assert (made.at.round, made.at.step, made.at.owner) == (1, 2, ARIGHT)
    assert made.tells[0].address == "ann@example.com"


def test_all_steps_are_gone_through_again_before_everybody_is_told_at_once():
    made = own("ann", "bob", repeat=1)
    made.fire()
    assert [whom(made.run_due()) for _ in range(3)] == [
        [("bob", "mail")],
        [("ann", "mail")],
        [("bob", "mail")],
    ]
    last = made.run_due()
    assert whom(last) == [("ann", "mail"), ("bob", "mail")]
    assert all(tell.urgent for tell in last)
    assert last[0].told.because == "nobody acknowledged: all steps were gone through 2 times in vain"
    assert (made.at.status, made.kinds()[-1]) == ("exhausted", "exhausted")
    assert made.lines[2].text.startswith("Step 1, round 2: ann is told by mail")


def test_what_is_exhausted_is_told_again_every_half_hour_until_it_is_over():
    made = own("ann")
    made.fire()
    made.run_due()
    for _ in range(3):
        before = made.now
        assert whom(made.run_due()) == [("ann", "mail")]
        assert made.now - before == 30 * MINUTE
    assert made.tells[-1].told.because == "nobody has acknowledged for 1 h 35 min"
    assert made.kinds()[-3:] == ["reminded"] * 3
    made.end()
    assert made.dues == {}


def test_an_acknowledgement_ends_the_reminders_too():
    made = own("ann")
    made.fire()
    made.run_due()
    made.acknowledge("ann")
    assert (made.at.status, made.dues) == ("acknowledged", {})


def test_each_step_counts_from_when_the_one_before_was_told():
    made = own("ann", "bob", "cy")
    made.fire()
    made.now += HOUR
    assert whom(made.run_due()) == [("bob", "mail")]
    assert made.dues["escalate"].due_at == START + HOUR + 5 * MINUTE, "one step, not all"


def test_what_comes_too_early_waits_for_its_time():
    made = own("ann", "bob")
    made.fire()
    due = made.dues.pop("escalate")
    made.dues["escalate"] = due
    made.now = due.due_at - 1
    made.dues["escalate"] = type(due)(key=due.key, task=due.task, subject="INC-1", due_at=made.now)
    assert made.run_due() == []
    assert made.dues["escalate"].due_at == due.due_at


def test_a_step_that_reaches_nobody_is_told_and_the_next_one_at_once():
    made = Escalation(policy("ann", "bob"), reach("", "bob"))
    assert whom(made.fire()) == [("bob", "mail")]
    assert made.kinds() == ["unreachable", "escalated"]
    assert made.at.holes == ("step 1: nobody has the shift of first",)
    assert "reaches nobody, so the next follows at once" in made.lines[0].text


def test_a_hole_beside_somebody_who_is_reached_is_told_once():
    half = Reached((Way("mail", "ann"),), ("bob has no way to be reached",))
    made = Escalation(policy("ann", repeat=1), Reach(steps=(half,)))
    made.fire()
    made.run_due()
    assert made.kinds() == ["unreachable", "told", "escalated"]
    assert made.lines[0].text == "Not reached: step 1: bob has no way to be reached"
    assert not made.lines[0].key


def test_where_nobody_is_reached_at_all_the_pagers_are_the_last_resort():
    made = Escalation(policy("ann", "bob", repeat=9), reach("", ""))
    assert whom(made.fire()) == [("", PAGER)]
    assert made.kinds() == ["unreachable", "unreachable", "exhausted"]
    made.reach = reach("", "bob")
    assert whom(made.run_due()) == [("bob", "mail")], "who has a shift by then is told"


def test_where_there_is_nobody_at_all_that_is_said():
    made = Escalation(policy("ann"), reach("", pagers=()))
    assert made.fire() == []
    assert "There is nobody else to tell" in made.lines[-1].text
    assert made.run_due() == []
    assert "mend the policy" in made.lines[-1].text


def test_what_all_of_a_step_refuse_for_good_brings_the_next_at_once():
    two = Reached((Way("mail", "ann"), Way("chat", "ann")))
    made = Escalation(policy("ann", "bob"), Reach(steps=(two, *reach("bob").steps)))
    first, second = made.fire()
    assert made.fail(first.told.message) == []
    assert made.fail(second.told.message, permanent=False) == []
    assert whom(made.fail(second.told.message)) == [("bob", "mail")]
    assert "reached nobody" in made.lines[-2].text
    assert made.fail(first.told.message) == [], "what is settled is settled"


# Another owner


def test_an_owner_that_accepts_in_time_keeps_the_page():
    made = theirs("ann")
    assert whom(made.fire()) == [("", PAGER)]
    assert (made.at.owner, made.at.status) == (PAGER, "pending")
    assert made.dues["take_over"].due_at == START + 60 * SECOND
    made.accept(made.tells[0].told.message)
    assert (made.at.owner, made.at.status, made.dues, made.lines) == (PAGER, "accepted", {}, [])


def test_an_owner_that_does_not_loses_it_and_gets_it_back_when_it_does():
    made = theirs("ann", "bob")
    made.fire()
    assert whom(made.run_due()) == [("ann", "mail")]
    assert (made.at.owner, made.at.taken_over_at) == (ARIGHT, START + 60 * SECOND)
    assert made.lines[0].text == "pagerduty has not accepted the page for 1 min: aright escalates itself"
    made.accept(made.tells[0].told.message)
    assert (made.at.owner, made.at.status, made.dues) == (PAGER, "accepted", {})
    assert made.kinds() == ["taken_over", "told", "taken_over"]


def test_it_gets_back_what_was_exhausted():
    made = theirs("ann")
    made.fire()
    made.run_due()
    made.run_due()
    assert made.at.status == "exhausted"
    made.accept(made.tells[0].told.message)
    assert (made.at.owner, made.at.status, made.dues) == (PAGER, "accepted", {})


def test_it_does_not_get_back_what_somebody_is_on():
    made = theirs("ann")
    made.fire()
    made.run_due()
    made.acknowledge("ann")
    made.accept(made.tells[0].told.message)
    assert (made.at.owner, made.at.status) == (ARIGHT, "acknowledged")


def test_an_owner_that_refuses_for_good_loses_it_at_once():
    made = theirs("ann")
    (page,) = made.fire()
    assert made.fail(page.told.message, permanent=False) == []
    assert whom(made.fail(page.told.message)) == [("ann", "mail")]
    assert "refuses the page for good" in made.lines[0].text
    assert "take_over" not in made.dues


def test_an_owner_that_is_not_set_up_is_a_hole():
    made = Escalation(policy("ann", owner="other"), reach("ann"))
    assert whom(made.fire()) == [("ann", "mail")]
    assert made.at.owner == ARIGHT
    assert made.at.holes == ("other owns the page by its policy, and is not set up to escalate",)


def test_an_owner_without_steps_to_take_over_with_is_waited_for():
    made = theirs()
    made.fire()
    assert made.dues == {}
    assert made.fail(made.tells[0].told.message) == [], "the one that refused is not asked again at once"
    assert made.at.status == "exhausted"
    assert whom(made.run_due()) == [("", PAGER)], "but later"
    made.accept(made.tells[-1].told.message)
    assert (made.at.owner, made.at.status) == (PAGER, "accepted")


def test_a_look_that_comes_too_early_or_too_late_changes_nothing():
    made = theirs("ann")
    made.fire()
    due = made.dues["take_over"]
    made.dues["take_over"] = type(due)(key=due.key, task=due.task, subject="INC-1", due_at=START + 1)
    assert made.run_due() == []
    assert made.dues["take_over"].due_at == due.due_at
    made.accept(made.tells[0].told.message)
    made.dues["take_over"] = due
    made.dues["escalate"] = type(due)(key="k", task="escalate", subject="INC-1", due_at=START + 2)
    assert made.run_due() == made.run_due() == []


# Acknowledging


def test_as_many_must_acknowledge_as_a_step_wants():
    made = own("ann", "bob", "cy", acknowledgements=2)
    made.fire()
    made.acknowledge("ann")
    assert made.at.status == "pending"
    assert made.lines[-1].text == "1 of 2 people have acknowledged: the escalation goes on"
    assert whom(made.run_due()) == [("bob", "mail")]
    made.acknowledge("ann")
    assert made.at.status == "pending", "the same person counts once"
    made.acknowledge("cy")
    assert (made.at.status, made.at.acknowledged, made.dues) == ("acknowledged", ("ann", "cy"), {})
    made.acknowledge("bob")
    assert made.at.acknowledged == ("ann", "cy", "bob")


def test_where_several_must_the_owner_that_stops_at_one_loses_it():
    made = theirs("ann", "bob", acknowledgements=2)
    made.fire()
    made.accept(made.tells[0].told.message)
    assert whom(made.acknowledge("bob")) == [("ann", "mail")]
    assert made.at.owner == ARIGHT
    made.acknowledge("ann")
    assert made.at.status == "acknowledged"


def test_who_acknowledges_what_is_over_is_too_late():
    made = own("ann")
    made.fire()
    made.end()
    before = made.paging
    made.acknowledge("ann")
    made.end()
    assert made.paging == before


# Once more


def test_it_fires_once_for_one_reason():
    made = own("ann")
    made.fire()
    made.accept(made.tells[0].told.message)
    assert made.at.status == "accepted"
    assert made.fire() == []
    made.now += MINUTE
    assert whom(made.fire("sev1")) == [("ann", "mail")]
    assert (made.at.number, made.at.status) == (2, "pending")
    assert made.fire("sev1") == []
    assert len({tell.told.message for tell in made.tells}) == 2


def test_what_became_worse_in_the_moment_it_fired_is_told_once():
    made = own("ann")
    made.fire()
    assert made.fire("sev1") == []


def test_what_somebody_is_on_is_not_paged_anew():
    made = own("ann")
    made.fire()
    made.acknowledge("ann")
    made.now += MINUTE
    assert made.fire("sev1") == []


def test_what_became_worse_stays_with_who_took_it_over():
    made = theirs("ann", "bob")
    made.fire()
    made.run_due()
    made.now += MINUTE
    assert whom(made.fire("sev1")) == [("", PAGER), ("ann", "mail")]
    assert (made.at.owner, made.at.taken_over_at) == (ARIGHT, START + MINUTE)
    made.accept(made.tells[0].told.message)
    assert made.at.owner == ARIGHT, "that was the page before"
    made.accept(made.tells[2].told.message)
    assert made.at.owner == PAGER


def test_what_is_reopened_begins_anew():
    made = theirs("ann")
    made.reach = reach("ann", tickets=("tickets",))
    assert whom(made.fire()) == [("", "tickets"), ("", PAGER)]
    made.accept(made.tells[0].told.message)
    assert made.at.status == "pending", "a ticket wakes nobody"
    made.acknowledge("ann")
    made.end()
    made.now += HOUR
    assert whom(made.fire()) == [("", "tickets"), ("", PAGER)]
    assert (made.at.number, made.at.acknowledged, made.at.status) == (2, (), "pending")
    made.now += MINUTE
    assert whom(made.fire("sev1")) == [("", PAGER)], "the ticket is there"


def test_nothing_happens_to_what_has_not_fired():
    with pytest.raises(ValueError, match="must fire first"):
        apply(None, Ended(at=0))


def test_what_is_told_for_weeks_loses_its_oldest_alone():
    made = theirs("ann")
    made.fire()
    made.run_due()
    for _ in range(MOST_TOLD + 5):
        made.run_due()
    assert len(made.at.told) == MOST_TOLD
    assert made.at.told[0].channel == PAGER
    made.accept(made.tells[0].told.message)
    assert made.at.owner == PAGER


def test_a_message_of_nobody_is_let_pass():
    made = own("ann")
    made.fire()
    before = made.paging
    made.accept("other")
    assert made.paging == before


# Who can be reached


def test_each_person_is_told_once_by_each_channel_whatever_names_them():
    step = Step(
        notify=(
            Target("schedule", "first"),
            Target("person", "ann"),
            Target("channel", "room"),
            Target("channel", "lost"),
        )
    )
    ann = Person(key="ann", ways=("mail", "chat", "fax"), addresses={"chat": "U1"})
    shift = Shift(schedule="first", person="ann", start=0, end=1)
    (found,) = reach_of(
        Policy(key="p", steps=(step,)), {"ann": ann}, {"first": shift}, {"mail", "chat", "room"}
    )
    assert found.ways == (
        Way("mail", "ann", "", "you have the shift of first"),
        Way("chat", "ann", "U1", "you have the shift of first"),
        Way("room", because="the policy names room"),
    )
    assert found.holes == ("ann by fax: it is not set up to page", "the channel lost is not set up to page")


@pytest.mark.parametrize(
    ("target", "hole"),
    [
        (Target("person", "eve"), "eve is nobody the catalog knows"),
        (Target("person", "bob"), "bob has no way to be reached"),
        (Target("schedule", "gap"), "nobody has the shift of gap"),
        (Target("schedule", "other"), "there is no schedule other"),
    ],
)
def test_whoever_cannot_be_reached_is_told_of(target: Target, hole: str):
    steps = (Step(notify=(target,)),)
    gap = Shift(schedule="gap", person="", start=0, end=1)
    (found,) = reach_of(Policy(key="p", steps=steps), {"bob": Person(key="bob")}, {"gap": gap}, {"mail"})
    assert found == Reached((), (hole,))
