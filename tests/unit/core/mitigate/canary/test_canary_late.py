from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.mitigate.canary import Judge, tracks
from aright.core.model.release import Call, Look, Metric, Policy
from aright.core.model.times import MINUTE

QUALITY = "quality:correct"


def answered(minute: int, *, canary_wrong: float = 0.02, n: int = 1000, share: float = 0.1) -> pa.Table:
    random = np.random.default_rng(minute)
    canary = random.random(n) < share
    wrong = random.random(n) < np.where(canary, canary_wrong, 0.02)
    return pa.table(
        {
            "id": [f"{minute}-{at}" for at in range(n)],
            "time": minute * MINUTE + np.arange(n),
            "version": np.where(canary, "9", "8").tolist(),
            "attr.region": [f"r{at % 3}" for at in range(n)],
            "outcome.correct": 1.0 - wrong,
            "outcome.complaint": wrong.astype(float),
        }
    )


def judged(
    metric: str, minutes: int, *, delay: int = 3, kept: str = "all", canary_wrong: float = 0.02
) -> list[Look]:
    judge = Judge(Policy(metrics=(Metric(name=metric),), segments=("region",)), stable="8", candidate="9")
    looks = []
    for minute in range(minutes):
        rows = answered(minute, canary_wrong=canary_wrong)
        judge.add(rows.drop_columns(["outcome.correct", "outcome.complaint"]))
        if minute >= delay:
            told = answered(minute - delay, canary_wrong=canary_wrong)
            wrong = np.array(told["outcome.complaint"]) > 0
            version = np.array(told["version"])
            half = np.arange(len(wrong)) % 4 == 0
            which = {"all": wrong >= 0, "wrong": wrong, "uneven": (version == "8") | half}[kept]
            judge.add(told.filter(pa.array(which)), metrics=[metric])
        looks.append(judge.look(at=(minute + 1) * MINUTE, share=0.1, step=3, since=0))
        if looks[-1].call is not Call.HOLD:
            break
    return looks


@pytest.mark.parametrize("metric", [QUALITY, "events:complaint"])
def test_late_outcomes_find_a_worse_version(metric):
    kept = "wrong" if metric != QUALITY else "all"
    look = judged(metric, 40, canary_wrong=0.06, kept=kept)[-1]
    assert look.call is Call.ROLL_BACK
    assert look.judged[0].units[1] > look.judged[0].failed[1] > 0


def test_outcomes_of_which_only_the_bad_come_let_nothing_through_by_themselves():
    looks = judged(QUALITY, 12, canary_wrong=0.05, kept="wrong")
    assert all(look.call is not Call.GO for look in looks)


@pytest.mark.parametrize("metric", [QUALITY, "events:complaint"])
def test_an_equal_is_let_through_on_late_outcomes(metric):
    looks = judged(metric, 60, kept="wrong" if metric != QUALITY else "all")
    assert looks[0].hold == ("no_data" if metric == QUALITY else "inconclusive")
    assert looks[-1].call is Call.GO


def test_outcomes_that_come_for_one_side_alone_hold():
    looks = judged(QUALITY, 20, kept="uneven")
    assert looks[-1].hold == "sample_ratio"
    assert "Outcomes for correct quality came for" in looks[-1].reason


def test_outcomes_of_answers_from_before_the_release_do_not_count():
    judge = Judge(Policy(metrics=(Metric(name=QUALITY),)), stable="8", candidate="9")
    judge.add(answered(5).drop_columns(["outcome.correct"]))
    judge.add(answered(1), metrics=[QUALITY, "error_share"])
    look = judge.look(at=6 * MINUTE, share=0.1, step=0, since=0)
    assert look.judged[0].failed == (0, 0)


def test_intervals_are_forgotten_in_the_end(monkeypatch):
    monkeypatch.setattr(tracks, "MOST_INTERVALS", 3)
    far = judged(QUALITY, 10, delay=5)
    assert sum(far[-1].judged[0].failed) == 0
    near = judged(QUALITY, 10, delay=1)
    assert sum(near[-1].judged[0].failed) > 0
