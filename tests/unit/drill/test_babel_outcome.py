from __future__ import annotations

from functools import cache

import msgspec
import pytest

from aright.drill.babel import names
from aright.drill.babel.outcome import Truth, judge
from aright.drill.babel.people import People
from aright.drill.babel.plan import FIELD, Fault, make_plan
from aright.drill.oncall import Notes
from aright.drill.result import Result
from aright.drill.times import MINUTE, SECOND
from aright.drill.wire.client import Reply
from tests.unit.drill import outcomes
from tests.unit.drill.outcomes import pager, played, wrong

SUBJECT = f"{names.PROVIDER} POST {names.PROVIDER_PATH}"


@cache
def truth(fault: Fault, *, restored: bool = True) -> Truth:
    plan = make_plan(2, fault)
    people = People(plan, 34)
    mitigated = plan.onset + 3 * MINUTE
    for start, end, good in (
        (plan.start, plan.onset, True),
        (plan.onset, mitigated, False),
        (mitigated, plan.onset + 9 * MINUTE, restored),
    ):
        rows, _ = people.chats(start, end)
        people.read(rows, [Reply(200 if good or k % 10 == 0 else 504, b"") for k in range(len(rows))])
    return Truth(plan=plan, people=people, played=played(plan.onset + 9 * MINUTE))


def notes(told: Truth, **changed: object) -> Notes:
    onset, field = told.plan.onset, FIELD.get(told.plan.fault, "text")
    cause = {
        "kind": "contract",
        "subject": SUBJECT,
        "title": "t",
        "probability": 0.9,
        "id": "H1",
        "evidence_for": ["E1"],
    }
    text = (
        f"loom-translation gets other answers: `{field}` went from a to b since 18:50; 100 % of 300 documents"
    )
    diagnosis = {
        "at": 1,
        "scope": {"reach": "global", "sentence": "s"},
        "verdict": "likely",
        "causes": [cause | dict(changed.pop("cause", {}))],  # type: ignore[call-overload]
        "evidence": [{"id": "E1", "text": text}],
        "summary": "s",
    }
    hits = [{"service": name, "onset": onset + k * SECOND} for k, name in enumerate(names.SERVICES)]
    read = outcomes.incident(
        names.TRANSLATION, onset, level=1, **({"diagnosis": diagnosis, "hits": hits} | changed)
    )
    return outcomes.notes(
        onset, mitigated_at=onset + 3 * MINUTE, read=read, action=names.PIN, guard="payload_contract"
    )


@pytest.mark.parametrize("fault", list(FIELD))
def test_all_found_is_right(fault):
    result = judge(truth(fault), notes(truth(fault)), pager())
    assert wrong(result) == []
    assert FIELD[fault] in result.hit
    assert result.facts.services == names.SERVICES
    assert result.facts.answered_before == 1.0
    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result


def test_blaming_a_victim_is_wrong():
    told = truth(Fault.LANGUAGE)
    blamed = notes(told, cause={"kind": "other_change", "subject": names.CHAT, "evidence_for": []})
    assert wrong(judge(told, blamed, pager())) == [
        "cause",
        "subject",
        "contract break in words",
        "victims blamed",
    ]


def test_three_pages_a_missing_service_and_answers_that_stay_away_are_wrong():
    told = truth(Fault.LANGUAGE, restored=False)
    one = notes(told, hits=[{"service": names.CHAT, "onset": told.plan.onset + 4 * MINUTE}])
    assert wrong(judge(told, one, pager(3))) == [
        "pages",
        "services in the incident",
        "onsets off by s",
        "answers restored",
    ]


def test_nothing_found_is_wrong_in_a_fault_and_right_in_none():
    result = judge(truth(Fault.ESCAPED), Notes(), pager(0))
    assert {"incidents", "cause", "guard", "state", "onsets off by s"} <= set(wrong(result))
    calm = truth(Fault.NONE)
    assert judge(calm, Notes(), pager(0)).right
    assert wrong(judge(calm, Notes(incidents=1), pager())) == ["incidents", "pages"]


def test_a_release_is_blamed_and_not_the_third_party():
    told = truth(Fault.RELEASE)
    blamed = {"kind": "other_change", "subject": f"https://ci/x {names.TRANSLATION} {names.RELEASES[1]}"}
    right = notes(told, cause=blamed)
    right.action = names.ROLL_BACKS[0]
    assert wrong(judge(told, right, pager())) == []
    assert {"cause", "subject", "action"} <= set(wrong(judge(told, notes(told), pager())))
