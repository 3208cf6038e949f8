"""Latency: candidate and champion asked the same in turns, their quantiles as ratios with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.prevent.gate.report import Check, State

if TYPE_CHECKING:
    from aright.core.prevent.gate.plan import LatencyPlan

Floats: TypeAlias = npt.NDArray[np.float64]

FEWEST: Final = 30
"""Answers of each side that a median needs."""

FEWEST_P99: Final = 300
"""Answers of each side that a 99th percentile needs: three are beyond it."""

_DRAWS: Final = 400
_LEVEL: Final = 0.01
_LEAST_MS: Final = 0.05


def latency(
    champion: Floats | None, candidate: Floats, plan: LatencyPlan, rng: np.random.Generator
) -> list[Check]:
    """Return checks of median and 99th percentile.

    A ratio closes the gate where it is beyond its limit for sure: the lower end of a bootstrap interval of
    99 % over turns, so that what slowed the machine in one turn slowed both. What differs by less than
    0.05 ms is the same.

    Args:
        champion: milliseconds an answer, shape (turns,); ``None`` for none.
        candidate: the same turns, shape (turns,).
        plan: with the limits.
        rng: draws turns.

    >>> import numpy as np
    >>> from aright.core.prevent.gate.plan import LatencyPlan
    >>> rng = np.random.default_rng(1)
    >>> fast, slow = rng.gamma(9.0, 1.0, 200), 2 * rng.gamma(9.0, 1.0, 200)
    >>> [check.state.value for check in latency(fast, slow, LatencyPlan(file="f"), rng)]
    ['failed', 'passed']
    """
    if len(candidate) < FEWEST:
        text = f"{len(candidate)} answers of each version in {plan.seconds:g} s: too few to judge"
        return [Check(name="latency", state=State.FAILED, text=text, next="give more cases or seconds")]
    checks = []
    if champion is not None:
        draws = rng.integers(0, len(candidate), (_DRAWS, len(candidate)))
        checks = [
            _ratio("latency p50", 0.5, champion, candidate, plan.p50_ratio, draws),
            _ratio("latency p99", 0.99, champion, candidate, plan.p99_ratio, draws),
        ]
    if plan.p99_ms:
        checks.append(_limit(candidate, plan.p99_ms))
    return checks or [_limit(candidate, np.inf)]


def _ratio(
    name: str, q: float, champion: Floats, candidate: Floats, limit: float, draws: npt.NDArray[np.int64]
) -> Check:
    before, now = (float(np.quantile(side, q)) for side in (champion, candidate))
    drawn = np.quantile(candidate[draws], q, axis=1) / np.quantile(champion[draws], q, axis=1)
    low, high = (float(each) for each in np.quantile(drawn, (_LEVEL / 2, 1 - _LEVEL / 2)))
    text = f"{before:.3g} → {now:.3g} ms, ×{now / before:.2f} [{low:.2f}, {high:.2f}]; ×{limit:g} is allowed"
    text += f" ({len(candidate):,} answers each, in turns)"
    if q > 0.5 and len(candidate) < FEWEST_P99:
        return Check(
            name=name,
            state=State.PASSED,
            text=f"{text}; too few answers to close by: {FEWEST_P99} are the least",
            next="give more seconds",
        )
    slower = low > limit and now - before > _LEAST_MS
    unsure = "" if slower or high <= limit else "; that it is slower is not shown, nor that it is not"
    return Check(
        name=name,
        state=State.FAILED if slower else State.PASSED,
        text=text + unsure,
        next="find what takes the time, or allow more" if slower else "",
    )


def _limit(candidate: Floats, limit: float) -> Check:
    p50, p99 = (float(each) for each in np.quantile(candidate, (0.5, 0.99)))
    told = f"p50 {p50:.3g} ms, p99 {p99:.3g} ms ({len(candidate):,} answers)"
    if not np.isfinite(limit):
        text = f"{told}; nothing to hold it against"
        return Check(name="latency", state=State.FAILED, text=text, next="name a champion, or p99_ms")
    state = State.FAILED if p99 > limit else State.PASSED
    return Check(name="latency limit", state=state, text=f"{told}; p99 of {limit:g} ms is allowed")
