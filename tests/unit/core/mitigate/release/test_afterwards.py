from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.mitigate.release.afterwards import Serving, came_back, judge_after
from aright.core.model.release import Call, Metric, Policy
from aright.core.model.signal import Segment
from aright.core.model.times import HOUR, MINUTE

POLICY = Policy(
    metrics=(Metric(name="error_share"), Metric(name="fallback_share", on_harm="hold")), segments=("country",)
)


def rows(
    rng,
    minutes: int,
    rate: float,
    *,
    start: int = 0,
    per_minute: int = 100,
    in_part: float | None = None,
    version: str = "8",
):
    n = minutes * per_minute
    country = rng.integers(0, 5, n)
    fails = rng.random(n) < np.where(country == 3, rate if in_part is None else in_part, rate)
    return pa.table(
        {
            "time": pa.array(start + np.arange(n) * MINUTE // per_minute, pa.timestamp("us", "UTC")),
            "unit": [f"{start}-{at}" for at in range(n)],
            "attr.country": [f"c{each}" for each in country],
            "version": [version] * n,
            "status": pa.array(np.where(fails, 500, 200), pa.int32()),
        }
    )


def serving(rng, before: float, after: float, minutes: int = 30, **changed) -> Serving:
    return Serving(
        before=rows(rng, 60, before),
        after=rows(rng, minutes, after, start=HOUR, version="9", **changed),
        since=HOUR,
    )


def test_three_times_the_errors_for_all_go_back_within_minutes():
    rng = np.random.default_rng(1)
    at = HOUR + 20 * MINUTE
    calls = [judge_after(POLICY, serving(rng, 0.02, 0.06, 20), at=at).call for _ in range(10)]
    assert calls.count(Call.ROLL_BACK) >= 9


def test_one_part_that_fails_goes_back_and_is_named():
    look = judge_after(
        POLICY, serving(np.random.default_rng(2), 0.02, 0.02, 30, in_part=0.2), at=HOUR + 30 * MINUTE
    )
    assert look.call is Call.ROLL_BACK
    assert look.judged[0].segment == Segment("country", "c3")
    assert "country = c3" in look.reason


def test_what_is_as_good_stays_however_often_it_is_looked_at():
    rng, wrong = np.random.default_rng(3), 0
    for _ in range(40):
        whole = serving(rng, 0.02, 0.02, 40)
        for minutes in (5, 10, 20, 40):
            seen = Serving(before=whole.before, after=whole.after.slice(0, minutes * 100), since=whole.since)
            wrong += judge_after(POLICY, seen, at=HOUR + minutes * MINUTE).call is Call.ROLL_BACK
    assert wrong == 0


def test_it_is_promoted_once_it_was_watched_long_enough():
    rng = np.random.default_rng(4)
    early = judge_after(POLICY, serving(rng, 0.02, 0.02), at=HOUR + 30 * MINUTE)
    late = judge_after(POLICY, serving(rng, 0.02, 0.02), at=HOUR + POLICY.verify_for)
    assert (early.call, early.hold, late.call) == (Call.HOLD, "inconclusive", Call.GO)
    assert {each.metric for each in late.judged} == {"error_share"}


@pytest.mark.parametrize("minutes", [0, 30])
def test_without_rows_nothing_is_said(minutes):
    rng = np.random.default_rng(5)
    empty = rows(rng, 1, 0.02).slice(0, 0)
    seen = Serving(before=empty, after=rows(rng, minutes, 0.02, start=HOUR), since=HOUR)
    look = judge_after(POLICY, seen, at=HOUR + 30 * MINUTE)
    assert (look.call, look.hold) == (Call.HOLD, "no_data")


def test_rows_without_the_watched_attribute_have_no_parts():
    rng = np.random.default_rng(6)
    seen = serving(rng, 0.02, 0.02)
    plain = Serving(
        before=seen.before.drop_columns(["attr.country"]),
        after=seen.after.drop_columns(["attr.country"]),
        since=HOUR,
    )
    assert len(judge_after(POLICY, plain, at=2 * HOUR).judged) == 1


def back(before, after) -> tuple[bool, str]:
    return came_back(POLICY, Serving(before=before, after=after, since=HOUR), candidate="9")


def test_quality_is_back_where_it_is_as_it_was():
    rng = np.random.default_rng(7)
    before = rows(rng, 60, 0.02)
    assert back(before, rows(rng, 5, 0.02, start=HOUR))[0]
    assert not back(before, rows(rng, 5, 0.2, start=HOUR))[0]
    wrong = back(before, rows(rng, 5, 0.02, version="9"))
    assert wrong == (False, "100 answers by 9 of late, and it was to serve nobody.")
    known, said = back(before, before.slice(0, 10))
    assert not known
    assert "too few" in said


def test_rows_that_do_not_say_who_answered_are_taken_as_they_are():
    rng = np.random.default_rng(8)
    before, after = (rows(rng, 30, 0.02).drop_columns(["version"]) for _ in range(2))
    assert back(before, after)[0]


def test_what_became_slow_for_all_goes_back():
    rng = np.random.default_rng(9)
    policy = Policy(metrics=(Metric(name="slower:200"), Metric(name="score"), Metric(name="beauty")))
    seen = serving(rng, 0.02, 0.02)
    slow = [
        table.append_column("latency_ms", pa.array(rng.gamma(4, mean / 4, table.num_rows), pa.float32()))
        for table, mean in ((seen.before, 60.0), (seen.after, 180.0))
    ]
    look = judge_after(policy, Serving(before=slow[0], after=slow[1], since=HOUR), at=HOUR + 30 * MINUTE)
    assert look.call is Call.ROLL_BACK
    assert {each.metric for each in look.judged} == {"slower:200"}


def test_a_policy_of_proxies_alone_is_watched_for_as_long_as_it_says():
    policy = Policy(metrics=(Metric(name="declined", on_harm="hold"),))
    made = serving(np.random.default_rng(5), 0.02, 0.02)
    assert judge_after(policy, made, at=HOUR + MINUTE).hold == "inconclusive"
    assert judge_after(policy, made, at=3 * HOUR).call is Call.GO


def test_what_the_candidate_still_answered_says_nothing_of_what_came_back():
    rng = np.random.default_rng(6)
    late = rows(rng, 2, 0.9, start=HOUR, version="9")
    after = pa.concat_tables([late, rows(rng, 20, 0.02, start=HOUR + 2 * MINUTE)])
    made = Serving(before=rows(rng, 60, 0.02), after=after, since=HOUR)
    back, text = came_back(POLICY, made, candidate="9")
    assert back, text


def graded(rng, table: pa.Table, *, now: int) -> pa.Table:
    """Add outcomes of which bad ones come within a minute and good ones within hours."""
    bad = rng.random(table.num_rows) < 0.02
    age = now - np.asarray(table["time"].cast(pa.int64()))
    known = rng.exponential(np.where(bad, MINUTE, 2 * HOUR)) < age
    return table.append_column("outcome.right", pa.array(np.where(bad, 0.0, 1.0), mask=~known))


def test_bad_outcomes_that_come_sooner_than_good_ones_put_nothing_back():
    policy = Policy(metrics=(Metric(name="quality:right"),))
    calls = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        now = 4 * HOUR + 10 * MINUTE
        before = graded(rng, rows(rng, 240, 0.0), now=now)
        after = graded(rng, rows(rng, 10, 0.0, start=4 * HOUR, version="9"), now=now)
        calls.append(judge_after(policy, Serving(before=before, after=after, since=4 * HOUR), at=now).call)
    assert Call.ROLL_BACK not in calls
