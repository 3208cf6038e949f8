"""What Kayenta's remote judge hands in and expects back.

Shapes: ``RemoteJudgeRequest``, ``MetricSetPair`` and ``CanaryJudgeResult`` of spinnaker/kayenta; fields that
are not read here are ignored.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.mitigate.judging.series import Compared, compare

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME: Final = "aright-v1"
MOST_PAIRS: Final = 200
MOST_VALUES: Final = 20_000

Numbers = list[float | str | None]


class MetricSetPair(msgspec.Struct, frozen=True, kw_only=True):
    """Values of one metric.

    Attributes:
        name: of the metric.
        id: of the pair.
        tags: that part the metric's series.
        values: by interval, ``control`` and ``experiment``; "NaN" where there is none.
    """

    name: str
    id: str = ""
    tags: dict[str, str] = {}
    values: dict[str, Numbers] = {}


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """How a metric is judged.

    Attributes:
        direction: which change is a failure: ``increase`` | ``decrease`` | ``either``.
        critical: whether its failure fails all.
        mustHaveData: whether it fails without values.
    """

    direction: str = "either"
    critical: bool = False
    mustHaveData: bool = False  # noqa: N815 - Kayenta's name


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Kayenta's ``analysisConfigurations``.

    Attributes:
        canary: of the judge.
    """

    canary: Canary = Canary()


class MetricConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of a canary configuration.

    Attributes:
        name: which.
        groups: that its result counts in.
        analysisConfigurations: how it is judged.
    """

    name: str
    groups: list[str] = []
    analysisConfigurations: Analysis = Analysis()  # noqa: N815 - Kayenta's name


class Classifier(msgspec.Struct, frozen=True, kw_only=True):
    """How groups weigh.

    Attributes:
        groupWeights: percent by group.
    """

    groupWeights: dict[str, float] = {}  # noqa: N815 - Kayenta's name


class CanaryConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged.

    Attributes:
        metrics: one by one.
        classifier: how groups weigh.
    """

    metrics: list[MetricConfig] = []
    classifier: Classifier = Classifier()


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, rename={"passing": "pass"}):
    """Scores from which a canary passes.

    Attributes:
        passing: from here on it passes.
        marginal: below this it fails.
    """

    passing: float = 95.0
    marginal: float = 75.0


class JudgeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What Kayenta posts.

    Attributes:
        canaryConfig: what is judged.
        scoreThresholds: when it passes.
        metricSetPairList: the values.
    """

    metricSetPairList: list[MetricSetPair]  # noqa: N815 - Kayenta's name
    canaryConfig: CanaryConfig = CanaryConfig()  # noqa: N815 - Kayenta's name
    scoreThresholds: Thresholds = Thresholds()  # noqa: N815 - Kayenta's name


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A score.

    Attributes:
        score: 0 to 100.
        classification: ``Pass`` | ``Marginal`` | ``Fail`` | ``Nodata``.
        classificationReason: why.
    """

    score: float
    classification: str
    classificationReason: str = ""  # noqa: N815 - Kayenta's name


class GroupScore(msgspec.Struct, frozen=True, kw_only=True):
    """A group's score.

    Attributes:
        name: of the group.
        score: 0 to 100.
        classification: empty: groups have none.
        classificationReason: likewise.
    """

    name: str
    score: float
    classification: str = ""
    classificationReason: str = ""  # noqa: N815 - Kayenta's name


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one pair came to.

    Attributes:
        name: of the metric.
        id: of the pair.
        tags: of the pair.
        classification: ``Pass`` | ``High`` | ``Low`` | ``Nodata`` | ``Error``.
        classificationReason: why.
        groups: that it counts in.
        experimentMetadata: of the experiment's values.
        controlMetadata: of the control's.
        resultMetadata: of the comparison.
        critical: whether its failure fails all.
    """

    name: str
    id: str
    tags: dict[str, str]
    classification: str
    classificationReason: str  # noqa: N815 - Kayenta's name
    groups: list[str]
    experimentMetadata: dict[str, dict[str, float]]  # noqa: N815 - Kayenta's name
    controlMetadata: dict[str, dict[str, float]]  # noqa: N815 - Kayenta's name
    resultMetadata: dict[str, float]  # noqa: N815 - Kayenta's name
    critical: bool = False


class JudgeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What Kayenta reads.

    Attributes:
        judgeName: who judged.
        results: pair by pair.
        groupScores: group by group.
        score: of all.
    """

    judgeName: str  # noqa: N815 - Kayenta's name
    results: list[Result]
    groupScores: list[GroupScore]  # noqa: N815 - Kayenta's name
    score: Score


def judge(asked: JudgeRequest, *, alpha: float = 0.01) -> JudgeResult:
    """Return what the pairs come to; all of them together blame a good canary with probability ``alpha``.

    A group's score is the percentage of its pairs that pass, of those with values; the score is the mean of
    the groups by their weights. A critical failure makes it 0.

    Raises:
        ValueError: if there are too many pairs or values.
    """
    pairs = asked.metricSetPairList
    if len(pairs) > MOST_PAIRS or any(
        len(side) > MOST_VALUES for pair in pairs for side in pair.values.values()
    ):
        raise ValueError(f"at most {MOST_PAIRS} pairs with {MOST_VALUES:,} values each are judged at once")
    configs = {metric.name: metric for metric in asked.canaryConfig.metrics}
    results = [_result(pair, configs.get(pair.name), alpha / max(len(pairs), 1)) for pair in pairs]
    groups = _groups(results, asked.canaryConfig.classifier.groupWeights)
    return JudgeResult(
        judgeName=NAME, results=results, groupScores=groups, score=_score(results, groups, asked)
    )


def _result(pair: MetricSetPair, config: MetricConfig | None, alpha: float) -> Result:
    how = config.analysisConfigurations.canary if config is not None else Canary()
    control, experiment = (_numbers(pair.values.get(side, [])) for side in ("control", "experiment"))
    direction = how.direction if how.direction in {"increase", "decrease"} else "either"
    found = compare(control, experiment, direction=direction, alpha=alpha)
    if found.classification == "Nodata" and how.mustHaveData:
        found = found._replace(classification="Error")
    return Result(
        name=pair.name,
        id=pair.id,
        tags=pair.tags,
        classification=found.classification,
        classificationReason=found.reason,
        groups=list(config.groups) if config is not None and config.groups else [pair.name],
        experimentMetadata={"stats": _stats(experiment)},
        controlMetadata={"stats": _stats(control)},
        resultMetadata=_told(found),
        critical=how.critical,
    )


def _told(found: Compared) -> dict[str, float]:
    return {"ratio": found.ratio, "eValue": min(found.e_value, 1e300), "pairs": float(found.pairs)}


def _stats(values: list[float]) -> dict[str, float]:
    there = sorted(value for value in values if math.isfinite(value))
    if not there:
        return {"count": 0.0}
    return {
        "count": float(len(there)),
        "mean": math.fsum(there) / len(there),
        "min": there[0],
        "max": there[-1],
    }


def _groups(results: Iterable[Result], weights: dict[str, float]) -> list[GroupScore]:
    members: dict[str, list[bool]] = {name: [] for name in weights}
    for result in results:
        for group in result.groups:
            if result.classification != "Nodata":
                members.setdefault(group, []).append(result.classification == "Pass")
    return [
        GroupScore(name=name, score=100.0 * sum(passed) / len(passed))
        for name, passed in members.items()
        if passed
    ]


def _score(results: list[Result], groups: list[GroupScore], asked: JudgeRequest) -> Score:
    failed = [
        each.name for each in results if each.critical and each.classification not in {"Pass", "Nodata"}
    ]
    if failed:
        return Score(score=0.0, classification="Fail", classificationReason=f"Critical: {failed[0]}.")
    if not groups:
        return Score(
            score=0.0, classification="Nodata", classificationReason="No metric has values on both sides."
        )
    weights = asked.canaryConfig.classifier.groupWeights
    rest = max(100.0 - math.fsum(weights.values()), 0.0)
    unnamed = sum(group.name not in weights for group in groups)
    shares = [weights.get(group.name, rest / unnamed if unnamed else 0.0) for group in groups]
    total = math.fsum(shares) or 1.0
    score = math.fsum(share * group.score for share, group in zip(shares, groups, strict=True)) / total
    thresholds = asked.scoreThresholds
    worst = [each.name for each in results if each.classification in {"High", "Low", "Error"}]
    reason = f"Not as the control: {', '.join(worst[:5])}." if worst else ""
    if score >= thresholds.passing:
        return Score(score=score, classification="Pass", classificationReason=reason)
    marginal = score >= thresholds.marginal
    return Score(score=score, classification="Marginal" if marginal else "Fail", classificationReason=reason)


def _numbers(values: Numbers) -> list[float]:
    return [_number(value) for value in values]


def _number(value: float | str | None) -> float:
    try:
        return float(value) if value is not None else math.nan
    except ValueError:
        return math.nan
