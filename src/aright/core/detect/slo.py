"""One SLO under watch: windows in, burn rates and alerts out."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

from aright.core.detect.slo_forecast import forecast
from aright.core.detect.slo_report import counted
from aright.core.detect.slo_spans import Span, Sums
from aright.core.model.slo import Burn, Burning, Standing
from aright.core.model.times import HOUR
from aright.core.stats.tail_bound import log_evidence

if TYPE_CHECKING:
    from aright.core.model.slo import BurnRule, Forecast, Slo, Tally
    from aright.core.model.times import Micros

FEWEST_BAD: Final = 2
"""One bad unit by itself never alerts."""

_STEPS: Final = 120
_STEPS_OF_WINDOW: Final = 720
_RECENT: Final = HOUR
_SURE: Final = log(1_000)


def needed_evidence(*, looks: float, allowed: float) -> float:
    """Return the log evidence at which so many looks give ``allowed`` false alerts at most.

    The union bound over every look at every rule: it needs no independence of looks, which overlap.

    >>> round(needed_evidence(looks=2 * 86_400, allowed=1), 1)
    12.1
    """
    return log(max(looks / allowed, 1.0))


@dataclass(frozen=True, kw_only=True)
class Held:
    """A rule that holds.

    Attributes:
        rule: which.
        evidence: that the budget burns faster than allowed at all, as a natural logarithm.
        needed: what it had to reach.
        long: the sums over its long window.
        short: those over its short one.
    """

    rule: BurnRule
    evidence: float
    needed: float
    long: Sums
    short: Sums


class SloWatch:
    """Counts one SLO's units over all the windows that its rules and its budget look at.

    Args:
        slo: which.
        width: width of the engine's windows (µs).
        page_evidence: the log evidence that a page takes; see ``needed_evidence``.
        ticket_evidence: the same of a ticket.

    >>> from aright.core.model.slo import Indicator, Slo, Tally
    >>> slo = Slo(key="fine", service="shop", indicator=Indicator(signal="error_share"), objective=0.99)
    >>> watch = SloWatch(slo, 30_000_000, page_evidence=12, ticket_evidence=12)
    >>> for window in range(120):
    ...     bad = 20 if window >= 100 else 0
    ...     watch.add(Tally(window * 30_000_000, 100, bad), 30_000_000)
    >>> [round(burn.rate, 1) for burn in watch.burns(3_600_000_000)][:3]
    [20.0, 6.7, 3.3]
    >>> watch.held(3_600_000_000, page=True) is None
    True
    """

    def __init__(self, slo: Slo, width: Micros, *, page_evidence: float, ticket_evidence: float) -> None:
        self.slo = slo
        self._width = width
        self._needed = {True: page_evidence, False: ticket_evidence}
        grain = max(width, slo.indicator.slice)
        lengths = sorted({length for rule in slo.rules for length in (rule.long, rule.short)} | {_RECENT})
        self._spans = {length: Span(length, _step(length, _STEPS, grain)) for length in lengths}
        self.window = Span(slo.window, _step(slo.window, _STEPS_OF_WINDOW, grain))
        self._slice: Tally | None = None
        self.counted = Sums()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every span that is kept, the SLO's own window last."""
        return (*self._spans.values(), self.window)

    def add(self, tally: Tally, width: Micros) -> None:
        """Count a window; windows come in order of time.

        Args:
            tally: what it counted.
            width: how long it was (µs).
        """
        length = self.slo.indicator.slice
        if not length:
            self._count(tally.start, counted(self.slo, tally))
            return
        at = tally.start // length * length
        if self._slice is not None and self._slice.start != at:
            self._close_slice(self._slice)
        before = self._slice
        n, total = (before.n, before.total) if before is not None else (0.0, 0.0)
        self._slice = type(tally)(at, n + tally.n, total + tally.total)
        if tally.start + width >= at + length:
            self._close_slice(self._slice)

    def burns(self, end: Micros) -> tuple[Burn, ...]:
        """Return how fast the budget burned over each window, the shortest first."""
        told = []
        for length, span in self._spans.items():
            sums = span.sums(end)
            told.append(Burn(span=length, n=sums.n, rate=sums.burn(self.slo.budget)))
        return tuple(told)

    def held(self, end: Micros, *, page: bool, burns: tuple[Burn, ...] | None = None) -> Held | None:
        """Return the fastest rule of the kind that holds and whose evidence suffices, or ``None``."""
        told = burns if burns is not None else self.burns(end)
        rates = {burn.span: burn.rate for burn in told}
        for rule in sorted(self.slo.rules, key=lambda rule: -rule.rate):
            if rule.page is page and min(rates[rule.long], rates[rule.short]) >= rule.rate:
                long, short = self._spans[rule.long].sums(end), self._spans[rule.short].sums(end)
                evidence = self._evidence(long)
                # A new service's day says nothing yet that its last hours do not say.
                enough = long.n > short.n and long.units >= self.slo.min_events and long.bad >= FEWEST_BAD
                if enough and evidence >= self._needed[page]:
                    return Held(
                        rule=rule, evidence=evidence, needed=self._needed[page], long=long, short=short
                    )
        return None

    def goes_on(self, *, page: bool, burns: tuple[Burn, ...]) -> bool:
        """Return whether an alert that stands still does: until both windows burn at half its rate."""
        rates = {burn.span: burn.rate for burn in burns}
        return any(
            min(rates[rule.long], rates[rule.short]) >= rule.rate / 2
            for rule in self.slo.rules
            if rule.page is page
        )

    def onset(self, end: Micros, rule: BurnRule) -> tuple[Micros, Sums]:
        """Return since when the budget burns, and the sums since then.

        The shortest window that reaches back beyond the onset tells it best.
        """
        since, sums = end, Sums()
        for length, span in self._spans.items():
            since, sums = span.onset(end, self.slo.budget)
            reached = bool(sums.n) and since - span.step >= end - length
            if length >= rule.long or (reached and length > rule.short):
                break
        return since, sums

    def forecast(self, end: Micros) -> Forecast | None:
        """Return when the budget is empty if it goes on as it does now."""
        span = self._spans[_RECENT]
        since, recent = span.onset(end, self.slo.budget)
        if log_evidence(recent.n, recent.bad, self.slo.budget) < _SURE:
            since, recent = end - _RECENT, span.sums(end)
        if recent.units < self.slo.min_events:
            return None
        parts = [sums for at, sums in span.steps(end) if at >= since]
        return forecast(self.window, end=end, budget=self.slo.budget, recent=recent, parts=parts)

    def standing(self, end: Micros, burning: Burning) -> Standing:
        """Return where the SLO stands."""
        sums = self.window.sums(end)
        share = sums.bad / sums.n if sums.n else None
        return Standing(
            slo=self.slo,
            at=end,
            n=sums.n,
            bad=sums.bad,
            good=None if share is None else 1 - share,
            budget_left=None if share is None else 1 - share / self.slo.budget,
            burns=self.burns(end),
            page=burning.page,
            ticket=burning.ticket,
            forecast=self.forecast(end),
            counted=self.counted.n,
            counted_bad=self.counted.bad,
        )

    def _count(self, start: Micros, sums: Sums) -> None:
        for span in self.spans:
            span.add(start, sums)
        self.counted += sums

    def _close_slice(self, whole: Tally) -> None:
        self._slice = None
        sums = counted(self.slo, whole)
        if sums.n:
            self._count(whole.start, sums)

    def _evidence(self, sums: Sums) -> float:
        """Return the log evidence that the units' own mean is beyond its limit."""
        indicator = self.slo.indicator
        if not indicator.slice:
            return log_evidence(sums.n, sums.bad, self.slo.budget)
        found = 0.0
        if indicator.at_least is not None:
            found = log_evidence(sums.units, sums.units - sums.total, 1 - indicator.at_least)
        if indicator.at_most is not None:
            found = max(found, log_evidence(sums.units, sums.total, indicator.at_most))
        return found


def _step(length: Micros, steps: int, grain: Micros) -> Micros:
    """Return the step of a span: a whole number of windows or slices, and at least one."""
    return max(grain, length // steps // grain * grain)
