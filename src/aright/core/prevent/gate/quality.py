"""Offline quality: the candidate's losses beside the champion's on the same cases, over all and by segment.

**What is asked.** Non-inferiority: is it ruled out that the candidate loses more than the champion by the
margin? Not proven is not passed. All segments must pass, so none of these bounds needs a correction for their
number (intersection-union; Berger, Technometrics 24, 1982). That a segment is *worse* is said only where it
is proven over all segments together (Bonferroni), so that chance sends nobody after a segment.

**Bounds.** Of the mean of paired differences in [-1, 1], by units, with Student's quantile. Where hardly any
pair differs, the variance that is seen is no bound of the one that is there: the upper end Δ solves
Δ² = z²(V + bΔ), with b what one unit can move the mean by, which for a share is about Wilson's interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.model.probability import percent
from aright.core.prevent.gate.report import Check, State, plain
from aright.core.stats.student import student_quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aright.core.prevent.gate.plan import QualityPlan

Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.int64]

_FEWEST_UNITS: Final = 10
_SMALL: Final = "small segments together"
_SHOWN: Final = 3
_LONGEST: Final = 60


@dataclass(frozen=True, eq=False)
class Paired:
    """Losses of the same cases; all shapes (cases,).

    Attributes:
        champion: in [0, 1]; NaN where it gave no answer that can be held against the truth.
        candidate: likewise.
        units: whose each case is.
        attributes: values by attribute.
    """

    champion: Floats
    candidate: Floats
    units: Sequence[str]
    attributes: Mapping[str, Sequence[str]]


class _Losses(NamedTuple):
    champion: Floats
    candidate: Floats
    units: Rows


@dataclass(frozen=True)
class _Part:
    name: str
    cases: int
    losses: tuple[float, float]
    low: float
    high: float
    margin: float
    needed: int


def quality(paired: Paired, plan: QualityPlan) -> list[Check]:
    """Return a check over all cases and, of segments, one in all and one for each that did not pass.

    >>> import numpy as np
    >>> from aright.core.prevent.gate.plan import QualityPlan
    >>> same = np.zeros(500)
    >>> paired = Paired(same, same, [str(at) for at in range(500)], {})
    >>> [check.line for check in quality(paired, QualityPlan(file="f"))]
    ['✓ quality: 500 cases: loss 0\u202f% → 0\u202f%, worse by at most 0.54\u202f%; 2.0\u202f% is allowed']
    """
    known = np.isfinite(paired.champion)
    lost = known & ~np.isfinite(paired.candidate)  # no answer where the champion had one is a total loss
    candidate = np.where(lost, 1.0, paired.candidate)
    rows = np.flatnonzero(known)
    if len(rows) < _FEWEST_UNITS:
        return [_too_few("quality", len(rows), len(known))]
    units = np.unique(np.asarray(paired.units, dtype=np.str_), return_inverse=True)[1]
    groups = _groups(paired.attributes, plan, rows, len(known))
    alpha = plan.alpha / max(len(groups), 1)

    def part(name: str, at: Rows, margin: float, level: float) -> _Part | None:
        losses = _Losses(paired.champion[at], candidate[at], units[at])
        return _part(name, losses, margin, plan.alpha, level)

    whole = part("quality", rows, plan.margin, plan.alpha)
    if whole is None:
        return [_too_few("quality", len(rows), len(known))]
    return [_check(whole, int(lost.sum())), *_segments(groups, part, plan, alpha)]


def _segments(
    groups: Mapping[str, Rows],
    part: Callable[[str, Rows, float, float], _Part | None],
    plan: QualityPlan,
    alpha: float,
) -> list[Check]:
    if not plan.segments:
        return []
    failed: list[Check] = []
    for name, at in groups.items():
        found = part(f"quality {name}", at, plan.segment_margin, alpha)
        check = _too_few(f"quality {name}", len(at), len(at)) if found is None else _check(found, 0)
        if check.state is State.FAILED:
            failed.append(check)
    of = ", ".join(plan.segments)
    if not groups:
        text = f"no case has a value of {plain(of)}"
        return [Check(name="quality by segment", state=State.FAILED, text=text, next="mend segments")]
    if failed:
        return failed
    text = f"{len(groups)} segments by {plain(of)}: none is worse by {percent(plan.segment_margin)}"
    return [Check(name="quality by segment", state=State.PASSED, text=text)]


def _groups(
    attributes: Mapping[str, Sequence[str]], plan: QualityPlan, rows: Rows, total: int
) -> dict[str, Rows]:
    """Return the rows of each segment; those with few are taken together."""
    found: dict[str, Rows] = {}
    small: list[Rows] = []
    for attribute in plan.segments:
        values = np.asarray(attributes.get(attribute, [""] * total), dtype=np.str_)[rows]
        for value in np.unique(values[values != ""]):
            at = rows[values == value]
            if len(at) < plan.fewest:
                small.append(at)
            else:
                found[plain(f"{attribute}={value}", _LONGEST)] = at
    if small:
        found[_SMALL] = np.unique(np.concatenate(small))
    return found


def _part(name: str, losses: _Losses, margin: float, alpha: float, level: float) -> _Part | None:
    """Return the bounds of one part; ``None`` where there are too few units."""
    champion, candidate, units = losses
    codes, places = np.unique(units, return_inverse=True)
    if len(codes) < _FEWEST_UNITS:
        return None
    n, worse = len(champion), candidate - champion
    mean = float(worse.mean())
    sums = np.bincount(places, weights=worse - mean, minlength=len(codes)) / n
    variance = float(sums @ sums) * len(codes) / (len(codes) - 1)
    step = float(np.bincount(places).max()) / n
    z = student_quantile(len(codes) - 1, 2 * alpha)
    half = z * step / 2
    # that many cases would tell, where the difference is none
    spread = max(variance * n, step * n * margin / 2)
    return _Part(
        name=name,
        cases=n,
        losses=(float(champion.mean()), float(candidate.mean())),
        low=mean - step - student_quantile(len(codes) - 1, 2 * level) * math.sqrt(variance),
        high=mean + z * (half + math.sqrt(variance + half**2)),
        margin=margin,
        needed=math.ceil((2 * z / max(margin, 1e-6)) ** 2 * spread / 100) * 100,
    )


def _check(part: _Part, unanswered: int) -> Check:
    before, now = part.losses
    text = f"{part.cases:,} cases: loss {percent(before)} → {percent(now)}"
    if unanswered:
        text += f" ({unanswered} without an answer)"
    allowed = f"{percent(part.margin)} is allowed"
    if part.high < part.margin:
        most = percent(max(part.high, 0.0))
        return Check(name=part.name, state=State.PASSED, text=f"{text}, worse by at most {most}; {allowed}")
    bounds = f"[{percent(part.low)}, {percent(part.high)}]"
    if part.low > 0:
        text = f"{text}, worse by {percent(now - before)} {bounds}; {allowed}"
        return Check(name=part.name, state=State.FAILED, text=text, next="mend the version")
    text = (
        f"{text}, changed by {percent(now - before)} {bounds}: that it is not worse is not shown; {allowed}"
    )
    ask = f"give about {part.needed:,} cases, or a wider margin"
    return Check(name=part.name, state=State.FAILED, text=text, next=ask)


def _too_few(name: str, cases: int, of: int) -> Check:
    told = f"{cases} cases" if cases == of else f"{cases} of {of} cases"
    text = f"{told} can be judged: too few to say anything, {_FEWEST_UNITS} units are the least"
    return Check(name=name, state=State.FAILED, text=text, next="give more cases with a label")
