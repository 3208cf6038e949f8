from __future__ import annotations

from aright.cli.told import LATEST, told_lines
from aright.core.model.on_call import Policy
from aright.core.model.paging import Paging, Told
from aright.core.model.times import MINUTE

POLICY = Policy(key="night", steps=(), owner="pagerduty")


def told(at: int, *, step: int = 0, person: str = "", round_: int = 0, because: str = "why") -> Told:
    return Told(
        message=f"m{at}",
        round=round_,
        step=step,
        channel="mail" if person else "pagerduty",
        at=at,
        person=person,
        because=because,
    )


def test_it_says_who_escalates_who_was_told_and_who_could_not_be():
    paging = Paging(
        key="INC-1",
        service="shop",
        policy=POLICY,
        owner="pagerduty",
        started_at=0,
        told=(told(0), told(MINUTE, step=2, person="ann", round_=2)),
        next_at=2 * MINUTE,
        acknowledged=("ann",),
        holes=("step 1: nobody has the shift of primary",),
    )
    assert told_lines(paging) == [
        "paged by night: pending, pagerduty escalates by itself (acknowledged by ann), next step 00:02:00",
        "  00:00:00  … pagerduty: why",
        "  00:01:00  … ann by mail: step 2, round 2, why",
        "  not reached: step 1: nobody has the shift of primary",
    ]


def test_a_long_night_is_cut():
    many = tuple(told(at) for at in range(LATEST + 3))
    paging = Paging(
        key="INC-1", service="s", policy=POLICY, owner="aright", started_at=0, told=many, status="over"
    )
    lines = told_lines(paging)
    assert lines[:2] == ["paged by night: over", "  3 earlier ones: /v1/incidents/INC-1/paging has them"]
    assert len(lines) == LATEST + 2
