"""A budget that burns, as an alert: how much, whom, since when, and by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.alert import Alert
from aright.core.model.probability import percent
from aright.core.model.slo import span_text
from aright.core.model.times import clock_text
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    from aright.core.detect.slo import Held, SloWatch
    from aright.core.model.slo import Forecast, Slo
    from aright.core.model.times import Micros


def alert_of(watch: SloWatch, held: Held, *, end: Micros, now: Micros) -> Alert:
    """Return the alert of a rule that holds.

    Its signal is the series that the SLO counts, so that whatever explains and verifies an incident looks at
    what moved; its key and its rule name the SLO.

    Args:
        watch: of the SLO.
        held: the rule.
        end: end of the last closed window (µs, UTC).
        now: the time that the alert is given (µs, UTC).
    """
    slo = watch.slo
    since, sums = watch.onset(end, held.rule)
    whole = watch.window.sums(end)
    earlier = whole.units - sums.units
    mean = sums.total / sums.units
    interval = wilson(sums.units, sums.total)
    healthy = slo.objective if slo.indicator.counts_good else slo.budget
    return Alert(
        key=alert_key(slo, page=held.rule.page),
        service=slo.service,
        signal=slo.indicator.signal,
        segment=slo.indicator.segment,
        harm=held.rule.page,
        at=now,
        since=since,
        before=(whole.total - sums.total) / earlier if earlier > 0.5 else healthy,
        now=mean,
        low=interval.low,
        high=interval.high,
        units=sums.units,
        log_e=held.evidence,
        threshold=held.needed,
        rule=_rule(watch, held, since=since, end=end),
    )


def alert_key(slo: Slo, *, page: bool) -> str:
    """Return what names the alert of an SLO for good."""
    return f"{slo.service}/slo/{slo.key}/{'page' if page else 'ticket'}"


def _rule(watch: SloWatch, held: Held, *, since: Micros, end: Micros) -> str:
    slo = watch.slo
    budget = slo.budget
    long, short = held.long.burn(budget), held.short.burn(budget)
    _, sums = watch.onset(end, held.rule)
    counted = "slices of time" if slo.indicator.slice else "users' windows"
    share = watch.window.sums(end).burn(budget)
    left = f"{percent(1 - share)} of the budget is left" if share < 1 else "the budget is spent"
    soon = watch.forecast(end)
    return (
        f"SLO {slo.key} ({100 * slo.objective:.7g} % over {span_text(slo.window)}) burns {long:.3g} and "
        f"{short:.3g} times too fast over {span_text(held.rule.long)} and {span_text(held.rule.short)}; "
        f"{'pages' if held.rule.page else 'a ticket'} from {held.rule.rate:g}. {sums.bad:,.0f} of "
        f"{sums.n:,.0f} {counted} are bad since {clock_text(since)}; {left}{_empty(soon)}. Log evidence "
        f"{held.evidence:.1f}, {held.needed:.1f} needed"
    )


def _empty(soon: Forecast | None) -> str:
    return f", {forecast_text(soon)}" if soon is not None and soon.after else ""


def forecast_text(soon: Forecast | None) -> str:
    """Return when a budget is empty, in words.

    >>> from aright.core.model.slo import Forecast
    >>> forecast_text(Forecast(after=11_400_000_000, low=10_800_000_000, high=None))
    'empty in 3 h 10 min (95 %: 3 h or later)'
    >>> forecast_text(Forecast(after=0, low=0, high=0)), forecast_text(None)
    ('empty', 'not empty within its window')
    """
    if soon is None:
        return "not empty within its window"
    if not soon.after:
        return "empty"
    latest = "or later" if soon.high is None else f"to {_minutes(soon.high)}"
    return f"empty in {_minutes(soon.after)} (95 %: {_minutes(soon.low)} {latest})"


def _minutes(span: Micros) -> str:
    minute = 60_000_000
    return span_text(max(round(span / minute), 1) * minute)
