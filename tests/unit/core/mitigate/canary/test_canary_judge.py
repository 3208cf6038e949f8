from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.mitigate.canary import Judge
from aright.core.model.release import Call, Metric, Policy
from aright.core.model.service import Service
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.release import Look

STABLE, CANARY = "8", "9"


def answers(
    seed: int,
    *,
    start: int = 0,
    n: int = 1000,
    share: float = 0.05,
    rates: tuple[float, float] = (0.02, 0.02),
    prefix: str = "",
    regions: int = 0,
    worse_region: float = 1.0,
) -> pa.Table:
    """A minute of answers, a unit each, of which ``rates`` fail on stable and on canary."""
    random = np.random.default_rng(seed)
    canary = random.random(n) < share
    rate = np.where(canary, rates[1], rates[0])
    table = {
        "id": [f"{prefix}{seed}-{at}" for at in range(n)],
        "unit": [f"u{prefix}{seed}-{at}" for at in range(n)],
        "time": pa.array(start + np.sort(random.integers(0, MINUTE, n)), pa.timestamp("us", "UTC")),
        "version": np.where(canary, CANARY, STABLE).tolist(),
        "arm": np.where(canary, "canary", "stable").tolist(),
    }
    if regions:
        region = random.integers(0, regions, n)
        rate = np.where(canary & (region == 0), rate * worse_region, rate)
        table["attr.region"] = [f"r{one}" for one in region]
    table["status"] = np.where(random.random(n) < rate, 500, 200)
    return pa.table(table)


def play(
    judge: Judge,
    minutes: int,
    *,
    share: float = 0.05,
    step: int = 1,
    made: Callable[[int], pa.Table] | None = None,
) -> list[Look]:
    looks = []
    for minute in range(minutes):
        judge.add(made(minute) if made else answers(minute, start=minute * MINUTE, share=share))
        looks.append(judge.look(at=(minute + 1) * MINUTE, share=share, step=step, since=0))
        if looks[-1].call is not Call.HOLD:
            break
    return looks


def judge_of(**policy: Any) -> Judge:
    return Judge(Policy(**policy), stable=STABLE, candidate=CANARY)


def test_a_doubling_is_rolled_back_with_a_sentence_that_has_the_numbers():
    look = play(
        judge_of(),
        60,
        step=3,
        made=lambda minute: answers(minute, start=minute * MINUTE, rates=(0.02, 0.05)),
    )[-1]
    assert look.call is Call.ROLL_BACK
    assert "users failed on 9" in look.reason
    assert "a risk of 1.0" in look.reason
    assert look.judged[0].low >= 1
    assert look.judged[0].harm >= np.log(100)


def test_an_equal_is_let_on_when_the_margin_is_ruled_out():
    looks = play(judge_of(), 60, step=1)
    assert looks[-1].call is Call.GO
    assert looks[0].hold == "inconclusive"
    assert "more users of it will tell" in looks[0].reason
    assert looks[-1].judged[0].high <= 5
    assert "5 times as often is ruled out" in looks[-1].reason


def test_one_bad_region_is_found_and_named():
    policy = {"segments": ("region",)}
    look = play(
        judge_of(**policy),
        60,
        step=3,
        made=lambda minute: answers(minute, start=minute * MINUTE, regions=6, worse_region=8.0),
    )[-1]
    assert look.call is Call.ROLL_BACK
    assert "region = r0" in look.reason


def test_a_unit_counts_once_however_often_it_fails():
    rows = answers(1, n=400, rates=(0.0, 1.0), share=0.1)
    once, often = judge_of(), judge_of()
    once.add(rows)
    often.add(pa.concat_tables([rows] * 20))
    at: dict[str, Any] = {"at": MINUTE, "share": 0.1, "step": 0, "since": 0}
    assert once.look(**at).judged == often.look(**at).judged
    often.add(rows)
    again = often.look(at=2 * MINUTE, share=0.1, step=0, since=0)
    assert again.judged[0].failed == once.look(at=2 * MINUTE, share=0.1, step=0, since=0).judged[0].failed


@settings(deadline=None, max_examples=12)
@given(st.permutations(range(6)), st.lists(st.integers(1, 119), max_size=4, unique=True), st.integers(0, 50))
def test_order_and_portions_within_an_interval_do_not_matter(order, cuts, seed):
    rows = answers(seed, n=120, share=0.4, rates=(0.1, 0.2), regions=3)
    parts = [rows.slice(at * 20, 20) for at in order]
    policy = {"segments": ("region",), "metrics": (Metric(name="error_share"), Metric(name="slower:100"))}
    whole, split = judge_of(**policy), judge_of(**policy)
    for minute in range(2):
        whole.add(rows)
        shuffled = pa.concat_tables(parts)
        edges = [0, *sorted(cuts), 120]
        for low, high in itertools.pairwise(edges):
            split.add(shuffled.slice(low, high - low))
        at: dict[str, Any] = {"at": (minute + 1) * MINUTE, "share": 0.4, "step": 1, "since": 0}
        assert whole.look(**at) == split.look(**at)


def test_the_same_rows_come_to_the_same():
    first, second = play(judge_of(), 5), play(judge_of(), 5)
    assert first == second


def test_no_answers_of_the_candidate_hold():
    look = play(judge_of(), 1, made=lambda minute: answers(minute, share=0.0))[-1]
    assert (look.call, look.hold) == (Call.HOLD, "no_data")
    assert "version 9" in look.reason
    assert judge_of().look(at=MINUTE, share=0.05, step=0, since=0).hold == "no_data"


def test_an_unknown_loss_is_no_data():
    look = play(judge_of(metrics=(Metric(name="slower:100"),)), 1)[-1]
    assert look.hold == "no_data"
    assert "share slower than 100 ms" in look.reason


def test_a_step_that_has_just_begun_is_not_left_on_what_was_known_before():
    judge = judge_of()
    play(judge, 30, step=1)
    judge.add(answers(99, start=29 * MINUTE))
    look = judge.look(at=30 * MINUTE, share=0.05, step=1, since=30 * MINUTE)
    assert look.hold == "no_data"


def test_answers_of_the_candidate_while_it_serves_nobody_hold():
    look = play(judge_of(), 2, share=0.0, made=lambda minute: answers(minute, start=minute * MINUTE))[-1]
    assert look.hold == "wrong_version"
    assert "is to serve nobody" in look.reason


def test_a_canary_that_another_version_answers_holds():
    def foreign(minute: int) -> pa.Table:
        rows = answers(minute, start=minute * MINUTE)
        versions = ["7" if arm == "canary" else "8" for arm in rows["arm"].to_pylist()]
        return rows.set_column(rows.schema.get_field_index("version"), "version", pa.array(versions))

    look = play(judge_of(), 2, made=foreign)[-1]
    assert look.hold == "wrong_version"
    assert "came from a wrong version" in look.reason


def test_copies_for_a_shadow_do_not_count():
    rows = answers(0)
    copies = rows.set_column(rows.schema.get_field_index("arm"), "arm", pa.array(["shadow"] * rows.num_rows))
    judge = judge_of()
    judge.add(copies)
    assert judge.look(at=MINUTE, share=0.05, step=0, since=0).hold == "no_data"


def test_a_share_that_is_not_the_planned_one_holds():
    judge = judge_of()
    look = None
    for minute in range(20):
        judge.add(answers(minute, start=minute * MINUTE, share=0.03))
        look = judge.look(at=(minute + 1) * MINUTE, share=0.05, step=3, since=0)
    assert look is not None
    assert look.hold == "sample_ratio"
    assert "new users" in look.reason


def test_a_proxy_only_holds():
    metrics = (Metric(name="error_share"), Metric(name="declined", on_harm="hold"))

    def declining(minute: int) -> pa.Table:
        rows = answers(minute, start=minute * MINUTE)
        random = np.random.default_rng(minute)
        rate = np.where(np.array(rows["version"]) == CANARY, 0.6, 0.3)
        labels = np.where(random.random(rows.num_rows) < rate, "decline", "approve").tolist()
        return rows.append_column("label", pa.array(labels))

    look = play(judge_of(metrics=metrics), 8, step=3, made=declining)[-1]
    assert (look.call, look.hold) == (Call.HOLD, "shifted")
    assert "Declined moved" in look.reason


@pytest.mark.parametrize("direction", [-0.3, 0.3])
def test_scores_are_compared_both_ways(direction):
    def scored(minute: int) -> pa.Table:
        rows = answers(minute, start=minute * MINUTE)
        random = np.random.default_rng(minute)
        moved = np.where(np.array(rows["version"]) == CANARY, direction, 0.0)
        return rows.append_column("score", pa.array(np.clip(random.random(rows.num_rows) + moved, 0, 1)))

    look = play(judge_of(metrics=(Metric(name="score"),)), 30, step=3, made=scored)[-1]
    assert look.call is Call.ROLL_BACK


def test_declines_are_read_from_scores_where_a_threshold_parts_them():
    judge = Judge(
        Policy(metrics=(Metric(name="declined"),)),
        stable=STABLE,
        candidate=CANARY,
        service=Service(key="card", threshold=0.5),
    )

    def scored(minute: int) -> pa.Table:
        rows = answers(minute, start=minute * MINUTE)
        scores = np.where(np.array(rows["version"]) == CANARY, 0.9, np.linspace(0, 1, rows.num_rows))
        return rows.append_column("score", pa.array(scores))

    look = play(judge, 20, step=3, made=scored)[-1]
    assert look.call is Call.ROLL_BACK


def test_promotion_does_not_wait_for_a_metric_without_a_margin():
    metrics = (Metric(name="error_share"), Metric(name="slower:100", margin=0.0))
    assert play(judge_of(metrics=metrics), 60, step=0)[-1].call is Call.GO
    only = play(judge_of(metrics=(Metric(name="error_share", margin=0.0),)), 2, step=0)[-1]
    assert (only.call, only.reason) == (Call.GO, "No metric has to be waited for, and none is worse.")


def test_before_all_are_served_each_part_has_to_be_known():
    def busy(minute: int) -> pa.Table:
        return answers(minute, start=minute * MINUTE, share=0.5, regions=12, n=600, rates=(0.1, 0.1))

    looks = play(judge_of(segments=("region",)), 40, share=0.5, step=3, made=busy)
    assert looks[-1].call is Call.GO
    reasons = [look.reason for look in looks]
    assert any("for region = r" in reason and "3 times as high" in reason for reason in reasons)


def test_patience_is_told_when_it_is_over():
    judge = judge_of(patience=HOUR)
    judge.add(answers(0, n=40, share=0.3))
    judge.look(at=MINUTE, share=0.3, step=3, since=0)
    judge.add(answers(1, n=40, share=0.3, start=DAY))
    look = judge.look(at=DAY + MINUTE, share=0.3, step=3, since=0)
    assert "People are asked" in look.reason or "at this traffic" in look.reason


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ({"metrics": (Metric(name="beauty"),)}, "beauty"),
        ({"steps": (0.1,)}, "one margin for each step"),
        ({"segment_margin": 1.0}, "never be ruled out"),
    ],
)
def test_a_policy_that_cannot_be_judged_is_refused(policy, problem):
    with pytest.raises(ValueError, match=problem):
        judge_of(**policy)


def test_requests_that_are_split_one_by_one_are_judged_by_each_units_first():
    judge = judge_of()
    looks = []
    for minute in range(12):
        rows = answers(minute, start=minute * MINUTE, share=0.3, n=3000, rates=(0.05, 0.05))
        units = [f"m{minute}-{at % 300}" for at in range(3000)]
        judge.add(rows.set_column(rows.schema.get_field_index("unit"), "unit", pa.array(units)))
        looks.append(judge.look(at=(minute + 1) * MINUTE, share=0.3, step=3, since=0))
    assert judge._by_request
    assert all(look.call is not Call.ROLL_BACK for look in looks)
    assert not any(look.hold == "wrong_version" for look in looks)
