"""What can be set of detection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from aright.core.model.signal import SignalKind
from aright.core.model.times import DAY, Micros

KindOf: TypeAlias = Callable[[str], SignalKind]
"""Returns a signal's kind by its name; raises ``LookupError`` for a name that is no signal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How often a detector may be wrong, and how it learns what is healthy.

    Attributes:
        kind_of: the catalogue of signals; streams whose name it does not know are left alone.
        false_pages: false alarms per service and month (30 days) that are accepted of signals of harm.
        false_notices: false alarms per service and day that are accepted of all others.
        learning_windows: windows from which the first reference of a stream is made.
        growth: a reference is made anew when its history has grown by this factor.
        gap_windows: the latest windows, which no later reference is made from, so that a fault that is just
            beginning does not become what is healthy.
        fewest_windows: how many windows an alarm takes at least; none may bring more than its part, so that
            one burst of events does not page.
        delta: probability that a reference's limit is too narrow. What it costs in false alarms is far less
            than it saves in delay: the threshold, the smallest change and the growing reference stand behind
            it.
        dispersion_confidence: probability that the over-dispersion is not underestimated.
        smallest_odds_ratio: a smaller change than this is not looked for, however sure it is.
        odds_ratios: the sizes of change that are looked for, as odds ratios beyond the reference's limit.
        most_streams: how many streams are remembered at most; an eighth of the places is for wide ones alone.
        forget_after: a stream that is unseen for longer is forgotten (µs of windows outside incidents); long
            enough for pools that rest at weekends.
        forget_lasting_after: the same for streams of all traffic and those with an open alarm.
    """

    kind_of: KindOf
    false_pages: float = 1.0
    false_notices: float = 1.0
    learning_windows: int = 20
    growth: float = 1.25
    gap_windows: int = 5
    fewest_windows: int = 3
    delta: float = 0.1
    dispersion_confidence: float = 0.9
    smallest_odds_ratio: float = 1.1
    odds_ratios: tuple[float, ...] = (1.15, 1.3, 1.6, 2.0, 3.0, 5.0, 10.0, 30.0)
    most_streams: int = 16_384
    forget_after: Micros = 3 * DAY
    forget_lasting_after: Micros = 30 * DAY

    def __post_init__(self) -> None:
        if self.false_pages <= 0 or self.false_notices <= 0:
            raise ValueError("false_pages and false_notices are rates and must be above 0, such as 1 or 0.1")
        if self.learning_windows < 2 or self.gap_windows < 0:
            raise ValueError("learning_windows must be at least 2 and gap_windows at least 0")
        if self.most_streams < 64 or not 0 < self.forget_after <= self.forget_lasting_after:
            raise ValueError(
                "most_streams must be at least 64, forget_after above 0 and forget_lasting_after no shorter"
            )
        if self.growth <= 1 or self.fewest_windows < 1:
            raise ValueError("growth must be above 1, such as 1.25, and fewest_windows at least 1")
