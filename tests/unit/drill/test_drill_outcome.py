from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from aright.drill.oncall import Notes
from aright.drill.result import Result
from aright.drill.shop import names
from aright.drill.shop.outcome import Truth, judge
from aright.drill.shop.plan import MINUTE, SECOND, Fault, Plan, make_plan
from aright.drill.shop.visitors import Quality, Visitors
from aright.drill.shop.world import make_liking, make_people
from tests.unit.drill import outcomes
from tests.unit.drill.outcomes import pager, played, wrong

if TYPE_CHECKING:
    from aright.drill.views import IncidentView


class Clicks(Visitors):
    """Users whose clicks the test sets."""

    def __init__(self, plan: Plan, during: float, after: float) -> None:
        people = make_people(plan)
        super().__init__(plan, people, make_liking(plan, people))
        self.levels = {plan.start: 0.4, plan.onset: during}
        self.after = after

    def quality(self, start: int, end: int, *, hit: bool) -> Quality:
        level = self.levels.get(start, self.after)
        return Quality(level, level)


@cache
def truth(fault: Fault, seed: int = 0, after: float = 0.4) -> Truth:
    plan = make_plan(seed, fault)
    return Truth(
        plan=plan,
        visitors=Clicks(plan, 0.2, after),
        played=played(plan.onset + 12 * MINUTE),
    )


def incident(plan: Plan, **cause: str) -> IncidentView:
    told = {"title": "t", "probability": 0.9, **cause}
    segment = {"attribute": names.SHARD, "value": plan.shard}
    bad = plan.fault is Fault.BAD_MODEL
    scope = (
        {"reach": "global", "sentence": "s"}
        if bad
        else {"reach": "segment", "sentence": "s", "segment": segment}
    )
    diagnosis = {"at": 1, "scope": scope, "verdict": "confirmed", "causes": [told], "summary": "s"}
    return outcomes.incident(names.SERVICE, plan.onset, level=2, diagnosis=diagnosis)


def notes(plan: Plan, action: str, guard: str, **cause: str) -> Notes:
    mitigated_at = plan.onset + 100 * SECOND
    read = incident(plan, **cause)
    return outcomes.notes(plan.onset, mitigated_at=mitigated_at, read=read, action=action, guard=guard)


def source_notes(plan: Plan, **changed: str) -> Notes:
    cause = {"kind": "feature_source", "subject": names.VECTORS, "mode": plan.fault.value, **changed}
    return notes(plan, names.RESTORE, "source_contract", **cause)


def test_all_found_is_right():
    told = truth(Fault.EMPTY)
    result = judge(told, source_notes(told.plan), pager())
    assert wrong(result) == []
    assert result.right
    assert result.facts.detected_s == 90
    assert told.plan.shard in result.hit


def test_bad_model_needs_another_cause_action_and_guard():
    told = truth(Fault.BAD_MODEL)
    old, new = names.VERSIONS
    cause = {"kind": "model_version", "subject": new, "previous": old, "mode": "worse"}
    assert wrong(judge(told, notes(told.plan, names.ROLL_BACK, "version_quality", **cause), pager())) == []
    assert set(wrong(judge(told, source_notes(told.plan), pager()))) == {
        "cause",
        "subject",
        "version to go back to",
        "action",
        "guard",
    }


def test_wrong_source_or_mode_is_wrong():
    told = truth(Fault.EMPTY)
    result = judge(told, source_notes(told.plan, subject=names.PRICES, mode="stale"), pager())
    assert wrong(result) == ["subject", "mode"]


def test_second_page_and_quality_that_stays_low_are_wrong():
    told = truth(Fault.EMPTY, after=0.3)
    assert wrong(judge(told, source_notes(told.plan), pager(2))) == ["pages", "quality restored"]


def test_nothing_found_is_wrong_in_a_fault_and_right_in_none():
    told = truth(Fault.STALE, 1)
    result = judge(told, Notes(), pager(0))
    assert not result.right
    assert {"incidents", "segment", "cause", "state", "guard"} <= set(wrong(result))
    assert judge(truth(Fault.NONE), Notes(), pager(0)).right


def test_false_alarm_is_wrong():
    told = truth(Fault.NONE)
    assert wrong(judge(told, source_notes(told.plan), pager())) == ["incidents", "pages"]


def test_incident_before_the_fault_is_no_detection():
    told = truth(Fault.EMPTY)
    early = source_notes(told.plan)
    assert early.incident is not None
    early.incident = msgspec.structs.replace(early.incident, opened_at=told.plan.onset - SECOND)
    assert wrong(judge(told, early, pager())) == ["detected after s"]


def test_result_goes_through_json_whole():
    told = truth(Fault.EMPTY)
    result = judge(told, source_notes(told.plan), pager())
    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result
