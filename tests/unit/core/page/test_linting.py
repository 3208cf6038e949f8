"""The lint of schedules and policies: what would fail at night is said by day."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.model.on_call import Holiday, Layer, Override, Person, Policy, Schedule, Step, Target
from aright.core.model.silence import Weekly
from aright.core.model.times import DAY, HOUR
from aright.core.page.linting import weaknesses

NOW = 1_793_577_600_000_000  # Monday 2026-11-02T00:00Z
CHANNELS = ("slack", "email")
ADA, BOB = (Person(key=key, ways=("slack",)) for key in ("ada", "bob"))
LAYER = Layer(key="base", people=("ada", "bob"), starts="2026-01-05T09:00")
NIGHT = Schedule(key="night", layers=(LAYER,))
GOOD = Policy(
    key="shop",
    steps=(
        Step(notify=(Target("schedule", "night"),)),
        Step(notify=(Target("person", "bob"), Target("channel", "slack"))),
    ),
)


def aim(text: str) -> Target:
    kind, _, name = text.partition(":")
    return msgspec.convert({"kind": kind, "name": name}, Target)


def step(*targets: str, **changes: object) -> Step:
    made = Step(notify=tuple(aim(text) for text in targets))
    return msgspec.structs.replace(made, **changes)


def policy(*steps: Step, **changes: object) -> Policy:
    return msgspec.structs.replace(GOOD, steps=steps, **changes)


def night(*layers: Layer, **changes: object) -> Schedule:
    return msgspec.structs.replace(NIGHT, layers=layers or (LAYER,), **changes)


def found(people=(ADA, BOB), schedules=(NIGHT,), policies=(GOOD,), overrides=()) -> list[str]:
    weak = weaknesses(people, schedules, policies, overrides, CHANNELS, NOW)
    return [f"{'!' if each.serious else '-'} {each.where}: {each.what}" for each in weak]


def test_what_is_sound_has_no_weakness():
    assert found() == []
    assert found(policies=(GOOD, policy(*GOOD.steps, owner="email", key="mailed"))) == []


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            (step(), step("person:bob", "person:ada")),
            "- policy:shop step 1: it reaches nobody: it notifies nothing",
        ),
        (
            (step("person:eve"), step("person:ada", "person:bob")),
            "- policy:shop step 1: it reaches nobody: there is nobody called eve",
        ),
        (
            (step("person:ada", "schedule:day"), step("person:bob")),
            (
                "- policy:shop step 1: a part of it reaches nobody: "
                "there is no schedule day that can be followed"
            ),
        ),
        (
            (step("person:ada", "channel:irc"), step("person:bob")),
            "- policy:shop step 1: a part of it reaches nobody: there is no channel irc to page by",
        ),
        (
            (step("person:ada", "schedule:night", acknowledgements=3),),
            "- policy:shop step 1: it wants 3 people to acknowledge and tells 2 at most",
        ),
        (
            (step("person:ada"), step("person:ada")),
            "- policy:shop: every step tells ada alone, who may be asleep or ill",
        ),
    ],
)
def test_a_weak_step_is_told(steps, said):
    assert found(policies=(policy(*steps),)) == [said]


def test_in_a_room_any_number_may_acknowledge():
    assert found(policies=(policy(step("channel:slack", acknowledgements=5)),)) == []


def test_one_step_that_is_never_repeated_is_told():
    weak = found(policies=(policy(step("person:ada"), repeat=0),))

    assert weak == ["- policy:shop: its one step is told once and never again"]


def test_a_policy_that_reaches_nobody_is_serious():
    mute = Person(key="ada")
    gone = Person(key="bob", ways=("pigeon",))
    weak = found(people=(mute, gone), policies=(policy(step("person:ada"), step("person:bob")),))

    assert weak[0] == "! policy:shop: no step reaches anybody"
    assert "- person:bob: there is no channel pigeon to page by" in weak
    assert "- policy:shop step 1: it reaches nobody: ada has no ways to be told by" in weak
    assert "- schedule:night: shifts of bob reach nobody: none of the ways of bob is a channel" in weak
    assert found(policies=(policy(),)) == ["! policy:shop: it has no steps, so nobody is ever told"]


def test_an_owner_that_is_no_channel_or_alone_is_told():
    assert found(policies=(policy(owner="pager"),)) == [
        "! policy:shop: its owner pager is no channel to page by"
    ]
    assert found(policies=(policy(*GOOD.steps, owner="pager"),))[0].startswith("- policy:shop: its owner")
    assert found(policies=(policy(owner="email"),)) == [
        "- policy:shop: it has no steps of its own: nobody is told while email does not accept pages"
    ]
    alone = found(policies=(policy(step("person:eve"), owner="email"),))
    assert "- policy:shop: no step reaches anybody" in alone


def test_gaps_are_told_with_their_span_and_are_serious_where_a_policy_has_nobody_else():
    office = Weekly(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), start="09:00", end="17:00")
    day = night(msgspec.structs.replace(LAYER, hours=(office,)))

    weak = found(schedules=(day,), policies=(policy(step("schedule:night")),))

    serious = [each for each in weak if each.startswith("!")]
    assert serious[0] == (
        "! policy:shop: no step reaches anybody from 2026-11-02 00:00 until 2026-11-02 09:00 UTC"
    )
    assert serious[-1] == "! policy:shop: no step reaches anybody in 24 more spans"
    gaps = [each for each in weak if each.startswith("- schedule")]
    assert gaps[1] == "- schedule:night: nobody has it from 2026-11-02 17:00 until 2026-11-03 09:00 UTC"
    assert gaps[-1] == "- schedule:night: nobody has it in 24 more spans from 2026-11-06 17:00 UTC"
    assert all(each.startswith("-") for each in found(schedules=(day,)))


def test_two_schedules_that_are_empty_in_turn_leave_nobody_out():
    early = night(msgspec.structs.replace(LAYER, ends="2026-11-10T00:00"))
    late = night(msgspec.structs.replace(LAYER, starts="2026-11-09T00:00"), key="late")

    weak = found(schedules=(early, late), policies=(policy(step("schedule:night", "schedule:late")),))

    assert len(weak) == 2
    assert all("nobody has it" in each for each in weak)


def test_neighbouring_shifts_of_unreachable_people_are_one_span():
    daily = night(Layer(key="d", people=("ada", "x", "y", "bob"), starts="2026-11-02T00:00", unit="day"))

    weak = found(schedules=(daily,), policies=(policy(step("schedule:night")),))

    assert (
        weak[2] == "! policy:shop: no step reaches anybody from 2026-11-11 00:00 until 2026-11-13 00:00 UTC"
    )
    assert "- schedule:night: shifts of x reach nobody: there is nobody called x" in weak


def test_a_schedule_that_cannot_be_followed_or_never_has_anybody_is_told():
    weak = found(schedules=(night(zone="Mars/Base"),))
    assert weak[0].startswith(
        "! schedule:night: it cannot be followed, so nobody has it: schedule night: 'Mars"
    )

    later = night(
        msgspec.structs.replace(LAYER, starts="2027-06-01T00:00"),
        msgspec.structs.replace(LAYER, key="e", people=()),
    )
    assert found(schedules=(later,), policies=()) == [
        "- schedule:night: nobody has it at any time until 2026-11-30",
        "- schedule:night: layer e never has anybody",
    ]
    assert "- policy:shop step 1: it reaches nobody: schedule night has nobody who can be told" in found(
        schedules=(later,)
    )


def test_layers_that_ended_and_holidays_of_strangers_are_told():
    over = msgspec.structs.replace(LAYER, key="over", ends="2026-10-01T00:00")
    feast = night(
        LAYER, over, holidays=(Holiday(date="2026-12-25", person="santa"), Holiday(date="2026-12-26"))
    )

    assert found(schedules=(feast,)) == [
        "- schedule:night: layer over ended at 2026-10-01T00:00",
        "- schedule:night: shifts of santa reach nobody: there is nobody called santa",
    ]


def test_overrides_to_nobody_are_told_while_they_hold():
    made = Override(
        key="OVR-1", schedule="night", person="eve", start=NOW - DAY, end=NOW + HOUR, by="x", created_at=1
    )
    past = msgspec.structs.replace(made, key="OVR-2", end=NOW)
    fine = msgspec.structs.replace(made, key="OVR-3", person="bob")

    assert found(overrides=(made, past, fine)) == [
        (
            "- override:OVR-1: it gives from 2026-11-02 00:00 until 2026-11-02 01:00 UTC of night to nobody: "
            "there is nobody called eve"
        )
    ]


def test_people_with_unknown_zones_or_one_name_for_two_are_told():
    lost = msgspec.structs.replace(ADA, zone="Mars/Base", aliases=("Robert",))
    named = msgspec.structs.replace(BOB, name="robert")

    weak = found(people=(lost, named))

    assert weak[0].startswith("- person:ada: 'Mars/Base' is no time zone")
    assert weak[1].startswith("- person:bob: robert is what ada is called too")


def test_the_serious_come_first_and_then_the_soonest():
    weak = weaknesses((), (NIGHT,), (GOOD, policy(step("person:x"))), (), (), NOW)

    keys = [(not each.serious, each.at) for each in weak]
    assert keys == sorted(keys)
    assert all(each.fix for each in weak)
