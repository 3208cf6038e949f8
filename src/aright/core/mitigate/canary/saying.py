"""The sentences of looks: what was counted, on which side, and what it comes to."""

from __future__ import annotations

from math import log, log1p
from typing import TYPE_CHECKING, Final

from aright.core.incident.words import signal_in_words
from aright.core.model.probability import percent
from aright.core.model.signal import ALL
from aright.core.model.times import HOUR, MINUTE

if TYPE_CHECKING:
    from aright.core.mitigate.canary.standing import Needed, Standing
    from aright.core.model.release import Judged
    from aright.core.model.times import Micros

MOST: Final = 1e6
"""Ratios from here on are not known to have an end."""

_NAMED: Final = 3
_LARGE: Final = 100


def worse(known: Standing) -> str:
    """Say what is proven to be worse."""
    others = [name(one) for one in known.culprits[1:_NAMED]]
    also = f"; also {' and '.join(others)}" if others else ""
    return f"{_capital(compared(known, known.culprits[0]))}{also}. It is worse, proven at {_risk(known)}."


def shifted(known: Standing) -> str:
    """Say which proxy moved."""
    one = known.movers[0]
    return (
        f"{_capital(name(one))} moved: {_counted(known, one)}. It may have good reasons; "
        "a person has to say whether it has."
    )


def ruled_out(known: Standing) -> str:
    """Say what a step is left on."""
    if not known.needed:
        return "No metric has to be waited for, and none is worse."
    tightest = known.needed[0]
    return (
        f"Failing {ratio(tightest.margin)} times as often is ruled out everywhere; closest to it is "
        f"{compared(known, tightest.judged)}."
    )


def still_open(known: Standing, one: Needed) -> str:
    """Say what is not known yet, and how many units it may take."""
    waited = known.at - known.since
    late = f" People are asked after {span(known.policy.patience)}." if waited > known.policy.patience else ""
    return (
        f"Not known yet whether {name(one.judged)} is {ratio(one.margin)} times as high on "
        f"{known.candidate}: {_counted(known, one.judged)}{_left(known, one)}.{late}"
    )


def no_data(known: Standing, one: Needed | None = None) -> str:
    """Say of which version nothing is known."""
    if one is not None:
        return f"Nothing is known yet of {name(one.judged)} on both versions."
    if all(known.rows):
        return "Nothing was counted since this step began."
    missing = [
        version for version, rows in zip((known.stable, known.candidate), known.rows, strict=True) if not rows
    ]
    return f"No answers of version {' nor of version '.join(missing)} came since the look before."


def strange(known: Standing) -> str:
    """Say that versions answered that should not have."""
    why = (
        f"although {known.candidate} is to serve nobody"
        if known.share <= 0
        else f"where {known.stable} and {known.candidate} should have answered on their own arms"
    )
    return f"{known.strange:,} of {known.answers:,} answers came from a wrong version, {why}."


def mismatch(share: float, canary: float, units: float) -> str:
    """Say that the sides do not have the units that they were to have."""
    return (
        f"{canary:,.0f} of {units:,.0f} new users ({percent(canary / units)}) came to the canary, where "
        f"{percent(share)} should have: one side loses users or rows, so the sides cannot be compared."
    )


def uncovered(metric: str, told: tuple[float, float], units: tuple[float, float]) -> str:
    """Say that outcomes come for one side oftener than for the other."""
    shares = [percent(one / of) if of else percent(0.0) for one, of in zip(told, units, strict=True)]
    return (
        f"Outcomes for {signal_in_words(metric)} came for {shares[1]} of the canary's users and for "
        f"{shares[0]} of the others: what is known of one side says nothing of the other."
    )


def compared(known: Standing, one: Judged) -> str:
    """Return the counts of both versions and the ratio."""
    return f"{name(one)}: {_counted(known, one)}"


def name(one: Judged) -> str:
    """Return what is counted, and where."""
    where = "" if one.segment == ALL else f" for {one.segment}"
    return f"{signal_in_words(one.metric)}{where}"


def ratio(value: float) -> str:
    """Return a ratio as people say it.

    >>> ratio(1.5), ratio(10.0), ratio(0.0123), ratio(2.512)
    ('1.5', '10', '0.012', '2.5')
    """
    return f"{value:.2g}" if value < _LARGE else f"{value:,.0f}"


def span(length: Micros) -> str:
    """Return a length of time as people say it.

    >>> span(90 * MINUTE), span(49 * HOUR)
    ('90 minutes', '49 hours')
    """
    hours = length / HOUR
    return f"{hours:,.0f} hours" if hours >= 2 else f"{length / MINUTE:,.0f} minutes"


def _counted(known: Standing, one: Judged) -> str:
    failed = f"{_number(one.failed[1])} of {_number(one.units[1])} users failed on {known.candidate}"
    beside = f"{_number(one.failed[0])} of {_number(one.units[0])} on {known.stable}"
    return f"{failed}, {beside}: {_range(one)}"


def _range(one: Judged) -> str:
    if one.high >= MOST:
        return f"at least {ratio(one.low)} times as often" if one.low > 0 else "any ratio is possible"
    return f"between {ratio(one.low)} and {ratio(one.high)} times as often"


def _left(known: Standing, one: Needed) -> str:
    """Return how many more units of the canary it takes if it is as good: Wald's first equation."""
    if not one.share:
        return ""
    gain = one.rate * (log1p(one.share * (one.margin - 1)) / one.share - log(one.margin))
    if gain <= 0:
        return ""
    units = max(-log(known.policy.beta) - one.log_e, 0.0) / gain
    seen = one.judged.units[1] / max(known.at - known.began, 1)
    wait = units / seen if seen else 0.0
    long = f", about {span(int(wait))} at this traffic" if wait > known.policy.patience else ""
    return f"; if it is as good, about {_number(units)} more users of it will tell{long}"


def _risk(known: Standing) -> str:
    return f"a risk of {percent(known.policy.alpha)} for the whole release"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= _LARGE or value == int(value) else f"{value:,.1f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
