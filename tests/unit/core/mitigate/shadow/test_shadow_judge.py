"""A shadow's judge, from rows to what it comes to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from aright.core.mitigate.shadow import ShadowJudge
from aright.core.model.columns import TIME
from aright.core.model.release import Call, Metric, Policy
from aright.core.model.service import Service
from aright.core.model.times import MINUTE, SECOND

AT = 10 * MINUTE


def table(rows: list[dict[str, Any]]) -> pa.Table:
    names = {name: None for row in rows for name in row}
    columns = {name: [row.get(name) for row in rows] for name in names}
    columns["time"] = pa.array(columns["time"], pa.int64()).cast(TIME)
    return pa.table(columns)


def shown(at: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"s{at}",
        "time": at * 1_000,
        "version": "8",
        "arm": "stable",
        "status": 200,
        "pair": None,
        **more,
    }


def copy(at: int, version: str = "9", **more: Any) -> dict[str, Any]:
    name = f"{version}c{at}"
    row = {
        "id": name,
        "time": at * 1_000 + 5,
        "version": version,
        "arm": "shadow",
        "status": 200,
        "pair": f"s{at}",
    }
    return row | more


def judge(policy: Policy | None = None, **more: Any) -> ShadowJudge:
    return ShadowJudge(policy or Policy(shadow_pairs=100), stable="8", candidate="9", **more)


def test_a_candidate_that_fails_where_the_other_does_not_is_rolled_back() -> None:
    rows = [row for at in range(200) for row in (shown(at), copy(at, status=500 if at % 10 == 0 else 200))]
    one = judge()
    one.add(table(rows))

    look = one.look(at=AT, since=0)

    assert look.call is Call.ROLL_BACK
    assert look.stage == "shadow"
    assert "error share" in look.reason.lower()
    assert look.judged[0].units == (200, 200)
    assert look.judged[0].failed == (0.0, 20.0)
    assert look.judged[0].low > 1


def test_a_good_one_goes_on_once_enough_pairs_were_compared() -> None:
    one = judge()
    one.add(table([row for at in range(60) for row in (shown(at), copy(at))]))
    first = one.look(at=AT, since=0)
    one.add(table([row for at in range(60, 120) for row in (shown(at), copy(at))]))
    second = one.look(at=AT + MINUTE, since=0)

    assert (first.call, first.hold) == (Call.HOLD, "inconclusive")
    assert "60 of 100" in first.reason
    assert second.call is Call.GO


def test_the_order_in_which_rows_come_does_not_matter() -> None:
    rows = [row for at in range(200) for row in (shown(at), copy(at, status=500 if at % 9 == 0 else 200))]
    late, mixed = judge(), judge()
    late.add(table([row for row in rows if row["arm"] == "shadow"]))
    late.look(at=0, since=0)
    late.add(table([row for row in rows if row["arm"] == "stable"]))
    mixed.add(table([rows[at] for at in np.random.default_rng(1).permutation(len(rows))]))

    assert late.look(at=AT, since=0).judged == mixed.look(at=AT, since=0).judged


def test_a_copy_is_found_by_its_trace_where_it_names_no_pair() -> None:
    rows = [
        row
        for at in range(120)
        for row in (shown(at, trace_id=f"t{at}"), copy(at, pair=None, trace_id=f"t{at}"))
    ]
    one = judge()
    one.add(table(rows))

    assert one.look(at=AT, since=0).call is Call.GO


@pytest.mark.parametrize(
    ("rows", "hold", "said"),
    [
        ([], "no_data", "No answer to a copy came in 10 min"),
        ([shown(1)], "no_data", "No answer to a copy"),
        ([shown(1), copy(2)], "no_data", "give them its id as pair"),
        ([shown(1), copy(1, "7")], "wrong_version", "not on trial"),
    ],
)
def test_without_pairs_it_says_what_is_missing(rows: list[dict[str, Any]], hold: str, said: str) -> None:
    one = judge()
    if rows:
        one.add(table(rows))

    look = one.look(at=AT, since=0)

    assert (look.call, look.hold) == (Call.HOLD, hold)
    assert said in look.reason


def test_a_unit_that_fails_again_and_again_counts_once() -> None:
    rows = [row for at in range(300) for row in (shown(at, unit="u"), copy(at, unit="u", status=500))]
    one = judge()
    look = one.look(at=0, since=0)
    for start in range(0, 600, 60):
        one.add(table(rows[start : start + 60]))
        look = one.look(at=AT + start * SECOND, since=0)

    assert look.call is Call.GO
    assert look.judged[0].failed == (0.0, 1.0)


def test_outcomes_that_come_late_are_compared_when_both_are_known() -> None:
    policy = Policy(metrics=(Metric(name="error_share"), Metric(name="quality:right")), shadow_pairs=100)
    one = judge(policy)
    fresh = [row for at in range(200) for row in (shown(at), copy(at))]
    one.add(table(fresh))
    before = one.look(at=AT, since=0)
    told_shown = [row | {"outcome.right": 1.0} for row in fresh if row["arm"] == "stable"]
    told_copies = [
        row | {"outcome.right": float(at % 5 > 0)} for at, row in enumerate(fresh) if row["arm"] == "shadow"
    ]
    one.add(table(told_shown), metrics=["quality:right"])
    half = one.look(at=AT + MINUTE, since=0)
    one.add(table(told_copies), metrics=["quality:right"])
    both = one.look(at=AT + 2 * MINUTE, since=0)
    one.add(table(told_shown + told_copies), metrics=["quality:right"])
    again = one.look(at=AT + 3 * MINUTE, since=0)

    assert before.call is half.call is Call.GO
    assert both.call is Call.ROLL_BACK
    assert again.judged == both.judged


def test_of_a_small_sample_the_others_tell_the_rate() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for at in range(8_000):
        rows.append(shown(at, unit=f"u{at}", status=500 if rng.random() < 0.05 else 200))
        if at % 20 == 0:
            rows.append(copy(at, status=500 if rng.random() < 0.2 else 200))
    one = judge()
    one.add(table(rows))
    look = one.look(at=AT, since=0)

    assert look.call is Call.ROLL_BACK
    assert look.judged[0].units == (400, 400)


def test_parts_are_judged_and_named() -> None:
    policy = Policy(shadow_pairs=100, segments=("region",))
    rows = []
    for at in range(1_600):
        region = f"r{at % 8}"
        bad = region == "r3" and at % 3 == 0
        rows += [shown(at, **{"attr.region": region}), copy(at, status=500 if bad else 200)]
    one = judge(policy)
    one.add(table(rows[:1_600]))
    one.look(at=AT, since=0)
    one.add(table(rows[1_600:]))
    look = one.look(at=AT + MINUTE, since=0)

    assert look.call is Call.ROLL_BACK
    assert any(each.segment.value == "r3" and each.failed[1] > 0 for each in look.judged)


def test_answers_that_differ_beyond_noise_hold_where_the_policy_says_so() -> None:
    policy = Policy(metrics=(Metric(name="disagreement", on_harm="hold"),), shadow_pairs=100)
    rows = []
    for at in range(300):
        noise = "b" if at % 50 == 0 else "a"
        rows += [
            shown(at, label="a"),
            copy(at, label="b" if at % 4 == 0 else "a"),
            copy(at, "8", label=noise),
        ]
    one = judge(policy)
    one.add(table(rows))
    look = one.look(at=AT, since=0)

    assert (look.call, look.hold) == (Call.HOLD, "shifted")
    assert look.judged[0].metric == "disagreement"
    told = judge(Policy(shadow_pairs=100))
    told.add(table(rows))
    assert "answers differ by 25" in told.look(at=AT, since=0).reason


def test_disagreement_within_the_noise_is_none() -> None:
    policy = Policy(metrics=(Metric(name="disagreement", on_harm="roll_back"),), shadow_pairs=100)
    rng = np.random.default_rng(4)
    rows = []
    for at in range(500):
        first, second, third = ("ab"[int(rng.random() < 0.1)] for _ in range(3))
        rows += [shown(at, label=first), copy(at, label=second), copy(at, "8", label=third)]
    one = judge(policy)
    one.add(table(rows))

    assert one.look(at=AT, since=0).call is Call.GO


def test_declines_and_slowness_are_compared_too() -> None:
    service = Service(key="s", threshold=0.5)
    policy = Policy(
        metrics=(Metric(name="declined", on_harm="hold", margin=0.0), Metric(name="slower:100")),
        shadow_pairs=10,
    )
    rows = []
    for at in range(300):
        rows += [
            shown(at, score=0.4, latency_ms=50.0),
            copy(at, score=0.6 if at % 3 == 0 else 0.4, latency_ms=60.0),
        ]
    one = judge(policy, service=service)
    one.add(table(rows))
    look = one.look(at=AT, since=0)

    assert (look.call, look.hold) == (Call.HOLD, "shifted")
    assert {each.metric for each in look.judged} == {"declined", "slower:100"}
