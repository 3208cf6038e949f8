"""After a version serves all: is it worse than what was there before?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.mitigate.canary.values import known, of_outcomes, sides, values
from aright.core.mitigate.harm import rows_of, shown
from aright.core.mitigate.release.counting import hazard
from aright.core.model.columns import ATTRIBUTE
from aright.core.model.release import Call, Judged, Look
from aright.core.model.signal import ALL, Segment
from aright.core.model.tables import units_of
from aright.core.stats.e_process import log_e
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.mitigate.release.counting import Hazard
    from aright.core.model.release import Metric, Policy
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

LEAST_UNITS: Final = 50
"""Units without which nothing is said of a part."""

DRIFT: Final = 1.25
"""How many times its level of before a metric may have without being called worse: nobody serves the version
before any more, so that time of day and mix of users cannot be told from the release."""

SURELY: Final = 3.29
"""Normal deviate of the level before, whose upper end is what the rows after are held against."""

_ODDS: Final = np.array([1.3, 1.6, 2.0, 3.0, 5.0, 10.0, 30.0])
_MOST_PARTS: Final = 24
_LARGEST: Final = 1e6


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Rows before and after a version came to serve all.

    Attributes:
        before: joined rows of the version before.
        after: joined rows since.
        since: when it came to serve all (µs, UTC).
        service: what decides which answers decline.
    """

    before: pa.Table
    after: pa.Table
    since: Micros
    service: Service | None = None


def judge_after(policy: Policy, serving: Serving, *, at: Micros) -> Look:
    """Return a look at a version that serves all users.

    There is nobody left to compare with at the same time, so it is held against the version before: the null
    hypothesis is that first failures come at most ``DRIFT`` times as often as the upper end of what they did
    then. It may be looked at at any time; over metrics and parts one weighted mean of e-processes is judged,
    half of the weight on all the traffic. Metrics that only hold are proxies, and not judged here.

    Args:
        policy: names metrics, parts and error rates.
        serving: the rows; outcomes that are not known yet are NaN in them.
        at: the end of the look (µs, UTC).
    """
    width = policy.look_every
    judged = [
        each
        for metric in policy.metrics
        if _judged(metric)
        for segment in (ALL, *_parts(policy, serving))
        if (each := _judge(metric, segment, serving, width)) is not None
    ]
    judged.sort(key=lambda each: -each.harm)
    call, hold, reason = _call(policy, judged, serving, at)
    return Look(
        at=at, stage="verifying", share=1.0, call=call, hold=hold, reason=reason, judged=tuple(judged)
    )


def _judged(metric: Metric) -> bool:
    """Return whether a metric can be held against what was before: no proxy, nothing that moves both ways."""
    return metric.on_harm == "roll_back" and known(metric.name) and sides(metric.name) == 1


def _call(policy: Policy, judged: list[Judged], serving: Serving, at: Micros) -> tuple[Call, str, str]:
    whole = [each for each in judged if not each.segment.attribute]
    if not any(_judged(metric) for metric in policy.metrics):
        if at - serving.since < policy.verify_for:
            return Call.HOLD, "inconclusive", f"Watched on. {_NOTHING}"
        return Call.GO, "", f"It serves all. {_NOTHING}"
    if not whole:
        answers = serving.after.num_rows
        return Call.HOLD, "no_data", f"Too little is known to say anything: {answers:,} answers since."
    parts = [each for each in judged if each.segment.attribute]
    mean = _mean(whole) if not parts else (_mean(whole) + _mean(parts)) / 2
    units = units_of(serving.after)
    if mean >= 1 / policy.alpha:
        told = _told(judged[0], units)
        return Call.ROLL_BACK, "", f"It is worse for all users than what was there before: {told}"
    told = _told(max(whole, key=lambda each: each.failed[1]), units)
    if at - serving.since < policy.verify_for:
        return Call.HOLD, "inconclusive", f"Watched on. {told}"
    return Call.GO, "", f"It serves all, and is no worse than what was there before: {told}"


_NOTHING: Final = "No metric of the policy can be held against what was there before."


def _mean(judged: list[Judged]) -> float:
    return float(np.exp(np.minimum([each.harm for each in judged], 600.0)).mean())


def _told(each: Judged, units: str) -> str:
    (n, after_n), (failed, after_failed) = each.units, each.failed
    where = f" in {each.segment}" if each.segment.attribute else ""
    now = shown(each.metric, after_failed / max(after_n, 1))
    before = shown(each.metric, failed / max(n, 1)).rpartition(" ")[2]
    limits = f": {each.low:.2g} to {each.high:.2g} times as often" if each.high < _LARGEST else ""
    return f"{now}{where}, {before} before ({after_failed:,.0f} of {after_n:,} {units} failed{limits})."


def _judge(metric: Metric, segment: Segment, serving: Serving, width: Micros) -> Judged | None:
    before, after = rows_of(serving.before, segment), rows_of(serving.after, segment)
    losses = [values(rows, metric.name, serving.service) for rows in (before, after)]
    old = hazard(before, losses[0], _intervals(before, width))
    new = hazard(after, losses[1], _intervals(after, width))
    if old.n < LEAST_UNITS or not new.n:
        return None
    harm = _harm(old, new)
    if of_outcomes(metric.name):
        # Bad outcomes may come sooner than good ones: it must be oftener of all that were served as well.
        served = [np.nan_to_num(loss) for loss in losses]
        all_old = hazard(before, served[0], _intervals(before, width))
        harm = min(harm, _harm(all_old, hazard(after, served[1], _intervals(after, width))))
    low, high = wilson(new.n, new.total, z=SURELY), wilson(old.n, old.total, z=SURELY)
    return Judged(
        metric=metric.name,
        segment=segment,
        units=(round(old.n), round(new.n)),
        failed=(old.total, new.total),
        harm=harm,
        low=min(low.low / max(high.high, 1e-9), _LARGEST),
        high=min(low.high / max(high.low, 1e-9), _LARGEST),
    )


def _harm(old: Hazard, new: Hazard) -> float:
    """Return the logarithm of the e-value against "at most ``DRIFT`` times as often as before"."""
    limit = min(DRIFT * wilson(old.n, old.total, z=SURELY).high, 0.99)
    one = np.ones(1)
    grown = log_e(new.n * one, new.total * one, limit * one, _ODDS)
    top = float(grown.max())
    return top + float(np.log(np.exp(grown - top).mean()))


def _intervals(rows: pa.Table, width: Micros) -> npt.NDArray[np.int64]:
    times = np.asarray(rows["time"].cast(pa.int64()), dtype=np.int64)
    return (times - times.min()) // width if len(times) else times


def _parts(policy: Policy, serving: Serving) -> list[Segment]:
    """Return the most frequent values of the watched attributes, by what was there before."""
    found = []
    for attribute in policy.segments:
        column = ATTRIBUTE + attribute
        if column in serving.before.column_names:
            counts = pc.value_counts(serving.before[column].cast(pa.string()).drop_null()).to_pylist()
            ranked = sorted(counts, key=lambda each: (-each["counts"], each["values"]))[:_MOST_PARTS]
            found += [Segment(attribute, each["values"]) for each in ranked]
    return found


def came_back(policy: Policy, serving: Serving, *, candidate: str) -> tuple[bool, str]:
    """Return whether quality is as it was since the version before was put back, with a sentence.

    It is where the candidate answered nobody in the last interval (what was asked before may still be under
    way when the router is told) and no metric's level is surely above ``DRIFT`` times that of before; until
    ``LEAST_UNITS`` units were seen it is not known, and so not. What the candidate still answered meanwhile
    says nothing of the version that came back.
    """
    after = serving.after
    wrong = _still(after, candidate, policy.look_every)
    if wrong:
        return False, f"{wrong:,} answers by {candidate} of late, and it was to serve nobody."
    serving = replace(serving, after=_by_others(after, candidate))
    texts = []
    for metric in policy.metrics:
        if not _judged(metric):
            continue
        found = _levels(metric, serving, policy.look_every)
        if found is None:
            continue
        worse, text = found
        if worse:
            return False, text
        texts.append(text)
    if not texts:
        return False, f"{after.num_rows:,} answers since, too few to say whether quality came back."
    return True, f"Quality is as it was: {'; '.join(texts)}."


def _still(rows: pa.Table, candidate: str, width: Micros) -> int:
    """Return how many answers the candidate gave in the last interval."""
    if "version" not in rows.column_names or not rows.num_rows:
        return 0
    times = rows["time"].cast(pa.int64())
    late = pc.greater(times, pc.max(times).as_py() - width)
    return pc.sum(pc.and_(late, pc.equal(rows["version"].cast(pa.string()), candidate))).as_py() or 0


def _by_others(rows: pa.Table, candidate: str) -> pa.Table:
    if "version" not in rows.column_names:
        return rows
    others = pc.not_equal(rows["version"].cast(pa.string()), candidate)
    return rows.filter(pc.fill_null(others, fill_value=True))


def _levels(metric: Metric, serving: Serving, width: Micros) -> tuple[bool, str] | None:
    before, after, service = serving.before, serving.after, serving.service
    old = hazard(before, values(before, metric.name, service), _intervals(before, width))
    new = hazard(after, values(after, metric.name, service), _intervals(after, width))
    if new.n < LEAST_UNITS or old.n < LEAST_UNITS:
        return None
    limit = DRIFT * wilson(old.n, old.total, z=SURELY).high
    before = shown(metric.name, old.total / old.n).rpartition(" ")[2]
    text = f"{shown(metric.name, new.total / new.n)}, {before} before"
    return wilson(new.n, new.total, z=SURELY).low > limit, text
