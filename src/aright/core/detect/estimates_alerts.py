"""Alerts of estimated quality: out of its range by the estimate, and confirmed by labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.alert import Alert
from aright.core.model.probability import percent
from aright.core.model.times import clock_text
from aright.core.stats.student import student_quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.detect.estimates import Estimate
    from aright.core.detect.estimates_late import Blend
    from aright.core.detect.estimates_rule import Usual
    from aright.core.model.times import Micros

NOTICE: Final = "notice"
HARM: Final = "harm"

CONFIRMING: Final = 0.25
"""Share of an hour's answers whose labels must have come before they can confirm an estimate."""

_UNUSUAL: Final = 0.0027


def signal_of(metric: str) -> str:
    """Return the name of an estimated metric's signal.

    >>> signal_of("macro F1")
    'estimate:macro_f1'
    """
    return f"estimate:{metric.lower().replace(' ', '_')}"


def left_range(
    service: str, found: Estimate, usual: Usual, *, span: tuple[Micros, Micros], now: Micros, rows: int
) -> Alert:
    """Return the notice that an estimate has left its range."""
    told = _number(found.share)
    return _alert(
        service,
        found.metric,
        harm=False,
        values=(usual.value, found.value, found.low, found.high),
        span=span,
        now=now,
        rows=rows,
        rule="estimate beyond three standard deviations of the reference's hours (Shewhart)",
        text=f"{found.metric} is estimated at {told(found.value)} ({told(found.low)} to {told(found.high)}) "
        f"from {_clock(span)}; usual is {told(usual.value)}. Labels have not confirmed it yet",
    )


def is_confirmed(blend: Blend, usual: Usual) -> bool:
    """Return whether labels say themselves that a metric is worse than is usual.

    Enough of them have come, the interval is on the worse side of the usual value, and the value is three
    standard deviations of hours from it, of which the doubt about the calibration is a part.
    """
    if blend.labelled < CONFIRMING:
        return False
    sign = 1 if blend.better == "up" else -1
    reach = student_quantile(usual.windows - 1, _UNUSUAL) * (usual.spread**2 + usual.doubt**2) ** 0.5
    nearest = blend.high if blend.better == "up" else blend.low
    return sign * (usual.measured - blend.value) > reach and sign * (usual.measured - nearest) > 0


def confirmed(
    service: str,
    blend: Blend,
    usual: Usual,
    *,
    share: bool,
    span: tuple[Micros, Micros],
    now: Micros,
    rows: int,
) -> Alert:
    """Return the harm that labels have confirmed."""
    told = _number(share)
    return _alert(
        service,
        blend.metric,
        harm=True,
        values=(usual.measured, blend.value, blend.low, blend.high),
        span=span,
        now=now,
        rows=rows,
        rule="labels confirm an estimate that had left its range",
        text=f"{blend.metric} was {told(blend.value)} ({told(blend.low)} to {told(blend.high)}) from "
        f"{_clock(span)} by the labels of {percent(blend.labelled)} of the answers; usual is "
        f"{told(usual.measured)}",
    )


def _alert(
    service: str,
    metric: str,
    *,
    harm: bool,
    values: tuple[float, float, float, float],
    span: tuple[Micros, Micros],
    now: Micros,
    rows: int,
    rule: str,
    text: str,
) -> Alert:
    before, value, low, high = values
    return Alert(
        key=f"{service}/all/{signal_of(metric)}/{HARM if harm else NOTICE}",
        service=service,
        signal=signal_of(metric),
        harm=harm,
        at=now,
        since=span[0],
        before=before,
        now=value,
        low=low,
        high=high,
        units=float(rows),
        log_e=0.0,
        threshold=0.0,
        rule=rule,
        text=text,
    )


def _number(share: bool) -> Callable[[float], str]:  # noqa: FBT001 - of one meaning
    return percent if share else "{:.4g}".format


def _clock(span: tuple[Micros, Micros]) -> str:
    return f"{clock_text(span[0])[:5]} to {clock_text(span[1])[:5]}"
