"""What must come of the vision drill, and what counts as wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest

from aright.drill.oncall import Notes
from aright.drill.times import MINUTE
from aright.drill.vision import names
from aright.drill.vision.belts import Belts
from aright.drill.vision.outcome import REPLAYED, Truth, firmware_of, judge
from aright.drill.vision.plan import Fault, Plan, make_plan
from aright.drill.vision.scenario import make_scenario
from tests.unit.drill import outcomes
from tests.unit.drill.outcomes import pager, played, wrong

FAULTS = [fault for fault in Fault if fault is not Fault.NONE]


class Graded(Belts):
    """Belts of which nobody takes a picture: only how right grades were is known."""

    def __init__(self, plan: Plan, *, restored: bool) -> None:
        super().__init__(plan, 1)
        self._plan_of, self._restored = plan, restored

    def accuracy(self, start: int, end: int, *, hit: bool) -> float:
        assert hit is (self._plan_of.fault is Fault.FIRMWARE)
        if start == self._plan_of.onset:
            return 0.5
        return 0.97 if start < self._plan_of.onset or self._restored else 0.6


@cache
def truth(fault: Fault, *, restored: bool = True) -> Truth:
    plan = make_plan(2, fault)
    belts = Graded(plan, restored=restored)
    return Truth(plan=plan, belts=belts, played=played(plan.onset + 9 * MINUTE))


def found_of(plan: Plan) -> tuple[list[dict[str, Any]], str, str]:
    """Return causes, action and guard as they must come out."""
    firmware = {
        "kind": "inputs",
        "subject": f"{names.FIRMWARE} = {firmware_of(plan)}",
        "title": "t",
        "probability": 0.9,
    }
    version = {
        "kind": "model_version",
        "subject": names.VERSIONS[1],
        "title": "t",
        "probability": 0.9,
        "previous": names.VERSIONS[0],
    }
    contract = firmware | {"kind": "contract", "subject": f"{names.HOST} POST {names.RESIZE}"}
    return {
        Fault.FIRMWARE: ([firmware], names.RAW, "input_quality"),
        Fault.RESIZER: ([contract], names.PIN, "payload_contract"),
        Fault.BAD_MODEL: ([version], names.ROLL_BACK, "version_quality"),
        Fault.BOTH: ([version, firmware], names.ROLL_BACK, "version_quality"),
    }[plan.fault]


def notes(told: Truth, **changed: Any) -> Notes:
    plan = told.plan
    causes, action, guard = found_of(plan)
    scope: dict[str, Any] = {"reach": "global", "sentence": "s"}
    if plan.fault is Fault.FIRMWARE:
        segment = {"attribute": names.FIRMWARE, "value": firmware_of(plan)}
        scope = {"reach": "segment", "sentence": "s", "segment": segment}
    diagnosis = {
        "at": 1,
        "scope": scope,
        "verdict": "confirmed",
        "causes": causes,
        "summary": "s",
        "replayed": {"verdict": REPLAYED[plan.fault]},
    } | changed
    read = outcomes.incident(names.SERVICE, plan.onset, level=2, diagnosis=diagnosis)
    return outcomes.notes(
        plan.onset, mitigated_at=plan.onset + 3 * MINUTE, read=read, action=action, guard=guard
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_all_found_is_right(fault):
    result = judge(truth(fault), notes(truth(fault)), pager())
    assert wrong(result) == []
    assert result.facts.replayed == REPLAYED[fault]
    assert result.facts.right_during == 0.5


@pytest.mark.parametrize("fault", FAULTS)
def test_another_verdict_or_no_recovery_is_wrong(fault):
    told = truth(fault, restored=False)
    result = judge(told, notes(told, replayed=None), pager())
    assert {"data or model", "accuracy restored"} <= set(wrong(result))


@pytest.mark.parametrize(
    ("fault", "names_of_checks"),
    [
        (Fault.FIRMWARE, {"cause", "subject"}),
        (Fault.RESIZER, {"cause", "subject"}),
        (Fault.BAD_MODEL, {"cause", "subject", "version to go back to"}),
        (Fault.BOTH, {"cause", "subject", "pictures named", "version named"}),
    ],
)
def test_a_decoy_that_is_blamed_is_wrong(fault, names_of_checks):
    decoy = {"kind": "other_change", "subject": "release 5.2.1", "title": "t", "probability": 0.9}
    result = judge(truth(fault), notes(truth(fault), causes=[decoy]), pager())
    assert names_of_checks <= set(wrong(result))


def test_of_two_faults_one_is_not_enough():
    told = truth(Fault.BOTH)
    causes, _, _ = found_of(told.plan)
    assert wrong(judge(told, notes(told, causes=causes[:1]), pager())) == ["pictures named"]
    assert wrong(judge(told, notes(told, causes=causes[1:]), pager())) == ["version named"]


def test_an_incident_without_a_fault_is_wrong():
    told = truth(Fault.NONE)
    assert wrong(judge(told, Notes(), pager(0))) == []
    assert wrong(judge(told, Notes(incidents=1), pager())) == ["incidents", "pages"]


def test_the_scenario_says_what_it_needs():
    scenario = make_scenario("resizer-format", 1)
    assert (scenario.calm, scenario.later, scenario.service) == (False, 9, names.SERVICE)
    assert make_scenario("none", 1).calm
    assert scenario.start == make_plan(1, Fault.RESIZER).start
    assert msgspec.json.encode(scenario.what)
    with pytest.raises(ValueError, match="no-such"):
        make_scenario("no-such", 1)
