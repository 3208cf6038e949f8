"""Judging time series, and what Kayenta is told."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest

from aright.core.mitigate.judging.hooks import HOOKS, agrees, said
from aright.core.mitigate.judging.kayenta import JudgeRequest, JudgeResult, judge
from aright.core.mitigate.judging.series import compare
from aright.core.model.release import Call, Judged, Look


def asked(
    pairs: list[dict[str, Any]], metrics: list[dict[str, Any]] | None = None, **more: Any
) -> JudgeResult:
    body = {"metricSetPairList": pairs, "canaryConfig": {"metrics": metrics or [], **more}}
    return judge(msgspec.convert(body, JudgeRequest))


def pair(name: str, control: list[Any], experiment: list[Any]) -> dict[str, Any]:
    return {"name": name, "values": {"control": control, "experiment": experiment}}


def test_series_that_do_not_differ_are_seldom_told_to() -> None:
    rng = np.random.default_rng(2)
    drift = np.linspace(1, 10, 60)
    blamed = 0
    for _ in range(300):
        both = drift * rng.lognormal(0, 0.3, (2, 60))
        found = [compare(both[0, :n].tolist(), both[1, :n].tolist(), alpha=0.05) for n in range(10, 61, 10)]
        blamed += any(each.classification != "Pass" for each in found)

    assert blamed <= 300 * 0.05 + 3 * math.sqrt(300 * 0.05)


def test_a_steady_difference_is_found_either_way() -> None:
    low, high = [1.0, 3.0] * 10, [1.2, 3.3] * 10

    assert compare(low, high).classification == "High"
    assert compare(high, low).classification == "Low"
    assert compare(high, low, direction="increase").classification == "Pass"
    assert compare(low, high).ratio == pytest.approx(1.125)
    assert compare([0.0] * 20, high).ratio == 1.0


def test_too_few_values_are_no_data() -> None:
    assert compare([1.0] * 4 + [None] * 9, [2.0] * 13).classification == "Nodata"


def test_scores_are_means_of_groups_by_weight() -> None:
    same, worse = [1.0, 2.0] * 20, [2.0, 3.0] * 20
    pairs = [pair("a", same, same), pair("b", same, worse), pair("c", same, same), pair("d", [], [])]
    metrics = [{"name": name, "groups": ["one" if name in "ab" else "two"]} for name in "abcd"]
    result = asked(pairs, metrics, classifier={"groupWeights": {"one": 60.0}})

    assert [each.classification for each in result.results] == ["Pass", "High", "Pass", "Nodata"]
    assert {group.name: group.score for group in result.groupScores} == {"one": 50.0, "two": 100.0}
    assert result.score.score == pytest.approx(70.0)
    assert result.score.classification == "Fail"
    assert "b" in result.score.classificationReason
    assert result.judgeName == "aright-v1"


def test_marginal_scores_and_missing_data_are_told() -> None:
    same, worse = [1.0, 2.0] * 20, [2.0, 3.0] * 20
    pairs = [pair(name, same, same) for name in "abcd"] + [pair("e", same, worse)]

    assert asked(pairs).score.classification == "Marginal"
    assert asked(pairs[:4]).score.classification == "Pass"
    assert asked([pair("a", ["NaN", "x", None], [])]).score.classification == "Nodata"


def test_a_metric_that_must_have_data_fails_without() -> None:
    how = {"canary": {"mustHaveData": True, "critical": True, "direction": "increase"}}
    result = asked([pair("a", [], [])], [{"name": "a", "analysisConfigurations": how}])

    assert result.results[0].classification == "Error"
    assert result.score.score == 0.0
    assert result.results[0].controlMetadata == {"stats": {"count": 0.0}}


def test_too_many_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 200 pairs"):
        asked([pair("a", [1.0] * 20_001, [])])


def test_a_look_is_said_in_few_words() -> None:
    judged = (
        Judged(metric="a", units=(10, 5), harm=900.0, fit=-1.0, margin=1.5),
        Judged(metric="b", units=(20, 4), harm=0.0, fit=-9.0, margin=0.0),
    )
    told = said(Look(at=1, stage="canary", share=0.1, call=Call.ROLL_BACK, reason="Worse.", judged=judged))

    assert (told.call, told.harm, told.units) == ("roll_back", 1e9, (20, 4))
    assert told.fit == pytest.approx(math.exp(-1))
    assert said(Look(at=1, stage="canary", share=0.1, call=Call.HOLD, reason="", hold="no_data")).fit == 1.0


def test_only_the_rollback_hook_agrees_to_roll_back() -> None:
    acting = [hook for hook in HOOKS if agrees(hook, Call.ROLL_BACK)]

    assert acting == ["event", "post-rollout", "rollback"]
