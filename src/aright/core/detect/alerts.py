"""Alerts: a stream that was let through, put into words and numbers for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING

from aright.core.detect.reference import DISPERSION, MEAN, WINDOWS
from aright.core.model.alert import Alert
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from aright.core.detect.evidence import Since
    from aright.core.detect.series_settings import Verdict
    from aright.core.detect.streams import Stream
    from aright.core.model.times import Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """How a stream was let through.

    Attributes:
        harm: whether its family is the one that pages.
        value: the detector's value, weighted.
        threshold: what it had to reach.
        family: streams judged together.
        moved: of those, how many were let through with it.
        promise: the false alarms accepted, in words.
    """

    harm: bool
    value: float
    threshold: float
    family: int
    moved: int
    promise: str


def alert_key(service: str, stream: Stream) -> str:
    """Return what names a stream for good: service, segment and signal.

    >>> from aright.core.detect.streams import Stream
    >>> from aright.core.model.signal import Segment
    >>> alert_key("shop", Stream("events:complaint", Segment("region", "north"), ""))
    'shop/region=north/events:complaint'
    """
    segment = stream.segment
    part = f"{segment.attribute}={segment.value}" if segment.attribute else "all"
    version = f"@{stream.version}" if stream.version and segment.attribute != "version" else ""
    return f"{service}/{part}{version}/{stream.name}"


def make_alert(
    service: str,
    stream: Stream,
    *,
    at: Micros,
    since: Since,
    reference: npt.NDArray[np.float64],
    passage: Passage,
) -> Alert:
    """Return the alert of one stream."""
    interval = wilson(since.n, since.total, dispersion=float(reference[DISPERSION]))
    return Alert(
        key=alert_key(service, stream),
        service=service,
        signal=stream.name,
        segment=stream.segment,
        harm=passage.harm,
        at=at,
        since=since.start,
        before=float(reference[MEAN]),
        now=since.total / since.n,
        low=interval.low,
        high=interval.high,
        units=since.n,
        log_e=log(passage.value),
        threshold=log(passage.threshold),
        rule=_rule(passage, windows=int(reference[WINDOWS])),
    )


def weighed(verdict: Verdict, passage: Passage) -> Verdict:
    """Return a metric's verdict with the evidence that its family asked for."""
    return replace(
        verdict,
        log_e=log(passage.value),
        threshold=log(passage.threshold),
        rule=f"{verdict.rule}; log evidence {log(passage.value):.1f}, {log(passage.threshold):.1f} needed "
        f"among {passage.family} tests (e-d-BH, {passage.promise})",
    )


def _rule(passage: Passage, *, windows: int) -> str:
    kind = "signals of harm" if passage.harm else "signals that only give notice"
    with_it = f", let through together with {passage.moved - 1} more" if passage.moved > 1 else ""
    return (
        f"e-detector against {windows} healthy windows: log evidence {log(passage.value):.1f}, "
        f"{log(passage.threshold):.1f} needed among {passage.family} {kind} "
        f"(e-d-BH, {passage.promise}){with_it}"
    )
