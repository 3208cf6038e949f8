"""Releases at three in the morning: crashes, doors that do not answer, and people who act elsewhere."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.model.release import Release, ReleaseState
from aright.core.model.times import MINUTE, SECOND
from aright.engine import releasing
from aright.engine.operations import RefusedError
from aright.engine.release_operations import Order, Start
from aright.ports.traffic import TrafficError
from tests.unit.engine.releasing_cards import POLICY, ROUTER, Cards


def begin(made: Cards, **changed):
    return made.desk.releases.start(
        msgspec.structs.replace(Start(service="cards", version="9", by="ada"), **changed)
    ).release


def forced(made: Cards):
    return begin(made, force=True, confirm="cards")


def order(made: Cards, what: str, key: str = "REL-1"):
    return made.desk.releases.order(key, Order(what=what, by="ada", confirm="cards")).release


def tick(made: Cards, minutes: int = 1) -> None:
    """Move the clock on without traffic."""
    made.minute += minutes
    made.runtime.advance(made.clock.now() + minutes * MINUTE)


def test_who_puts_the_version_before_back_by_hand_is_not_overruled():
    made = Cards()
    made.serve(2)
    assert forced(made).state.value == "verifying"
    made.names.aliases["champion"] = "8"
    tick(made, 3)
    assert made.names.aliases["champion"] == "8"
    assert made.latest.looks[-1].hold == "registry"
    assert "stands for 8, and not for 9" in made.latest.looks[-1].reason
    order(made, "roll_back")
    made.until("rolled_back", minutes=30)


@pytest.mark.parametrize("force", [True, False])
def test_going_back_ends_where_the_alias_was_moved_to_a_third_version(force):
    made = Cards(errors={"7": 0.02, "8": 0.02, "9": 0.02})
    made.serve(2)
    begin(made, force=force, confirm="cards")
    made.names.aliases["champion"] = "7"
    tick(made)
    wanted = "9" if force else "8"
    assert f"stands for 7, and not for {wanted}" in made.latest.looks[-1].reason
    order(made, "roll_back")
    made.until("rolled_back", minutes=30)
    assert made.names.aliases["champion"] == "7"


def test_a_look_that_breaks_is_told_and_made_again(monkeypatch):
    made = Cards()
    made.serve(2)
    begin(made)
    with monkeypatch.context() as odd:
        odd.setattr(made.world.trials, "look", broken)
        made.serve(3)
        assert made.latest.state.value == "canary"
        assert made.latest.looks[-1].reason.startswith("The look at it broke (KeyError: see the log)")
        lines = [line.text for line in made.desk.releases.ledger("REL-1")]
        assert sum("KeyError" in text for text in lines) == 1
    made.until("promoted", minutes=90)


def broken(*_args, **_kwargs):
    raise KeyError("odd")


def test_going_back_tries_each_door_whatever_the_other_does(monkeypatch):
    made = Cards()
    made.serve(2)
    begin(made)
    made.serve(2)
    assert made.traffic.share(ROUTER) > 0
    monkeypatch.setattr(made.names, "standing", broken)
    assert order(made, "roll_back").state.value == "rolling_back"
    assert made.traffic.share(ROUTER) == 0.0


def test_going_back_is_tried_again_soon_and_not_at_the_next_look(monkeypatch):
    policy = msgspec.structs.replace(POLICY, look_every=10 * MINUTE)
    made = Cards(policy=policy, errors={"8": 0.02, "9": 0.5})
    made.serve(2)
    begin(made)
    made.serve()
    assert made.traffic.share(ROUTER) > 0
    with monkeypatch.context() as odd:
        odd.setattr(made.traffic, "send", fails)
        made.until("rolling_back", minutes=30)
    made.runtime.advance(made.clock.now() + 5 * SECOND)
    assert made.traffic.share(ROUTER) == 0.0


def fails(*_args, **_kwargs):
    raise TrafficError("the socket is gone")


def test_a_process_that_ends_before_it_has_acted_comes_back_to_it(monkeypatch):
    made = Cards()
    made.serve(2)
    with monkeypatch.context() as odd:
        odd.setattr(releasing, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            begin(made)
    made.start()
    made.until("promoted", minutes=90)
    with monkeypatch.context() as odd:
        odd.setattr(releasing, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            order(made, "roll_back")
    made.start()
    made.until("rolled_back", minutes=30)
    assert made.names.aliases["champion"] == "8"


def killed(*_args, **_kwargs):
    raise KeyboardInterrupt


def test_two_that_begin_at_once_are_one():
    made = Cards()
    begun = begin(made)
    with pytest.raises(RefusedError, match="REL-1 of cards is under way"):
        releasing.keep_new(made.world, begun, ())


def test_what_was_promoted_long_ago_is_not_put_back_over_what_came_later():
    made = Cards(errors={"8": 0.02, "9": 0.02, "10": 0.02})
    made.serve(2)
    forced(made)
    made.until("promoted", minutes=30)
    begin(made, version="10", force=True, confirm="cards")
    with pytest.raises(RefusedError, match="REL-2 of cards is under way"):
        order(made, "roll_back")
    made.until("promoted", minutes=30)
    with pytest.raises(RefusedError, match="REL-2 came after REL-1, and 10 serves since"):
        order(made, "roll_back")
    assert order(made, "roll_back", "REL-2").state.value == "rolling_back"


def test_a_router_that_was_drained_by_hand_stays_so():
    made = Cards()
    made.serve(2)
    begin(made)
    made.serve()
    assert made.traffic.share(ROUTER) == 0.01
    made.traffic.send(ROUTER, 0.0, key="by hand")
    made.serve(2)
    assert made.traffic.share(ROUTER) == 0.0
    assert made.latest.looks[-1].hold == "traffic"


def test_what_waits_to_be_promoted_is_still_put_back_for_harm():
    made = Cards()
    made.serve(2)
    begin(made)
    while made.traffic.share(ROUTER) < 0.05:
        made.serve()
    made.names.broken = "not every serving process has loaded it"
    order(made, "promote")
    assert made.latest.state.value == "promoting"
    made.errors["9"] = 0.5
    made.until("rolling_back", minutes=20)
    assert made.traffic.share(ROUTER) == 0.0


def test_quality_is_verified_from_when_the_version_before_was_there_again():
    made = Cards(errors={"8": 0.02, "9": 0.5})
    made.serve(10)
    forced(made)
    made.serve()
    made.names.broken = "the registry does not answer"
    order(made, "roll_back")
    made.serve(15)
    assert made.latest.state.value == "rolling_back"
    made.names.broken = ""
    assert "Quality is as it was" in made.until("rolled_back", minutes=20).outcome


def test_a_hold_for_a_person_is_told_after_another_hold():
    made = Cards(policy=msgspec.structs.replace(POLICY, approvals=("canary",)))
    begun = Release(
        key="",
        service="cards",
        version="9",
        stable="8",
        state=ReleaseState.PLANNED,
        policy=made.policy,
        started_at=made.clock.now(),
        by="ada",
    )
    made.names.broken = "the registry does not answer"
    releasing.keep_new(made.world, begun, ())
    assert made.latest.looks[-1].hold == "registry"
    made.names.broken = ""
    tick(made)
    assert made.latest.looks[-1].hold == "approval"


def test_a_watch_without_anybody_to_watch_can_be_ended():
    made = Cards()
    made.serve(2)
    forced(made)
    tick(made, 20)
    assert made.latest.looks[-1].hold == "no_data"
    assert order(made, "promote").state.value == "promoted"
    assert "takes it as good" in made.latest.outcome


def test_a_going_back_that_no_door_lets_end_can_be_ended():
    made = Cards()
    made.serve(2)
    forced(made)
    made.names.broken = "the registry was taken away"
    order(made, "roll_back")
    tick(made, 20)
    assert order(made, "stop").state.value == "rolled_back"
    made.names.broken = ""
    assert begin(made, version="8" if made.names.aliases["champion"] == "9" else "9").key == "REL-2"


def test_a_restart_after_a_hold_counts_the_same():
    whole, crashed = Cards(), Cards()
    for made in (whole, crashed):
        made.serve(3)
        begin(made)
        made.serve(4)
        made.names.broken = "the registry does not answer"
        made.serve()
        made.runtime.advance(made.clock.now() + 7 * SECOND)
    crashed.start()
    for made in (whole, crashed):
        made.names.broken = ""
        made.serve(3)
    assert whole.latest.looks[-1] == crashed.latest.looks[-1]


def test_to_stop_what_has_served_nobody_moves_nobody():
    made = Cards(aliased=False)
    made.serve(2)
    made.traffic.send(ROUTER, 1.0, key="the release before")
    begin(made, stable="8")
    tick(made)
    assert made.latest.looks[-1].reason.endswith("Put it back there, or stop this release.")
    assert order(made, "stop").state.value == "stopped"
    assert made.traffic.share(ROUTER) == 1.0
