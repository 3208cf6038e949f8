"""Service level objectives over quality: what is good, how much must be, and how fast a budget burns."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.signal import ALL, Segment
from aright.core.model.times import DAY, HOUR, MINUTE, Micros


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """What is good, counted from one stored series of signal points.

    A series either counts good or bad units, or it has a mean that is held against a limit in slices of time.

    Attributes:
        signal: the series' name, such as ``error_share``, ``quality:click``, ``slower:300``.
        segment: of which part of the traffic.
        counts_good: whether the series counts good units; otherwise it counts bad ones.
        at_least: a slice of time is good when the mean is at least this; ``None`` for no such limit.
        at_most: a slice of time is good when the mean is at most this; ``None`` for no such limit.
        slice: how long a slice of time is (µs); 0 where units are counted instead.
    """

    signal: str
    segment: Segment = ALL
    counts_good: bool = False
    at_least: float | None = None
    at_most: float | None = None
    slice: Micros = 0


class BurnRule(msgspec.Struct, frozen=True, kw_only=True):
    """Two windows over which a budget must burn too fast for an alert.

    Attributes:
        long: the window that says that it matters (µs).
        short: the window that says that it goes on (µs).
        rate: how many times faster than allowed; at 1 the budget lasts exactly its window.
        page: whether somebody is paged; otherwise it gives notice, for a ticket.
    """

    long: Micros
    short: Micros
    rate: float
    page: bool

    @property
    def words(self) -> str:
        """Return the rule for people.

        >>> RULES[0].words
        '14.4 times over 1 h and 5 min'
        """
        return f"{self.rate:g} times over {span_text(self.long)} and {span_text(self.short)}"


RULES: Final = (
    BurnRule(long=HOUR, short=5 * MINUTE, rate=14.4, page=True),
    BurnRule(long=6 * HOUR, short=30 * MINUTE, rate=6.0, page=True),
    BurnRule(long=DAY, short=2 * HOUR, rate=3.0, page=False),
    BurnRule(long=3 * DAY, short=6 * HOUR, rate=1.0, page=False),
)
"""Multi-window, multi-burn-rate alerts: B. Beyer et al., The Site Reliability Workbook (2018), ch. 5."""


class Slo(msgspec.Struct, frozen=True, kw_only=True):
    """An objective and what is done when it is in danger.

    Attributes:
        key: its name, unique in the catalog.
        service: whose.
        indicator: what is good.
        objective: the share that must be good, in (0, 1).
        window: how far back the budget looks (µs), rolling.
        title: for people; the name where it is empty.
        rules: when its budget burns too fast.
        min_events: fewer units than this in a rule's long window never alert.
        notify: who is to be told, as the catalog names them.
        runbook: where it says what to do.
        source: file and line where it is written.
    """

    key: str
    service: str
    indicator: Indicator
    objective: float
    window: Micros = 30 * DAY
    title: str = ""
    rules: tuple[BurnRule, ...] = RULES
    min_events: int = 10
    notify: tuple[str, ...] = ()
    runbook: str = ""
    source: str = ""

    @property
    def budget(self) -> float:
        """Return the share that may be bad."""
        return 1 - self.objective


class Burning(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts of an SLO stand, kept across a restart.

    Attributes:
        key: the SLO's name.
        service: whose.
        page: whether a page rule stands.
        ticket: whether a ticket rule stands.
        rearmed_at: when the service's last incident ended (µs, UTC): a page then takes a whole short window
            of its own.
    """

    key: str
    service: str
    page: bool = False
    ticket: bool = False
    rearmed_at: Micros = 0


class Burn(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a budget burned over one window.

    Attributes:
        span: the window's length (µs).
        n: units (or slices) counted in it.
        rate: bad share over the budget; 0 where nothing was counted.
    """

    span: Micros
    n: float
    rate: float


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """When the budget is empty if what holds now goes on.

    Attributes:
        after: from now (µs); 0 where it is empty already.
        low: lower end of the 95 % prediction interval (µs).
        high: upper end (µs); ``None`` where it may as well never happen within the SLO's window.
    """

    after: Micros
    low: Micros
    high: Micros | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where an SLO stands.

    Attributes:
        slo: which.
        at: as of when (µs, UTC).
        n: units (or slices of time) counted in its window.
        bad: how many of them were bad.
        good: the share that was good; ``None`` before any were counted.
        budget_left: the share of the budget that is left, below 0 when overspent; ``None`` as above.
        burns: how fast it burned over each window of its rules, the shortest first.
        page: whether a page rule stands.
        ticket: whether a ticket rule stands.
        forecast: when the budget is empty at this rate; ``None`` where not within the window.
        counted: units counted since aright started, for a counter.
        counted_bad: bad ones of them.
    """

    slo: Slo
    at: Micros
    n: float
    bad: float
    good: float | None
    budget_left: float | None
    burns: tuple[Burn, ...]
    page: bool
    ticket: bool
    forecast: Forecast | None = None
    counted: float = 0.0
    counted_bad: float = 0.0


class Attainment(msgspec.Struct, frozen=True, kw_only=True):
    """What was attained in one period.

    Attributes:
        start: the period's start (µs, UTC).
        end: its end (µs, UTC); later than now while it goes on.
        n: units (or slices of time) counted.
        bad: how many of them were bad.
        good: the share that was good; ``None`` where nothing was counted.
        low: lower end of its 95 % interval.
        high: upper end.
        met: whether the objective was met; ``None`` as above.
        spent: the share of the period's budget that was spent, above 1 when overspent.
    """

    start: Micros
    end: Micros
    n: float
    bad: float
    good: float | None
    low: float
    high: float
    met: bool | None
    spent: float | None


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One target on the ladder, held against history.

    Attributes:
        objective: the share that would have to be good.
        met: the share of rolling windows of history in which it was.
        bad_per_day: bad units a day that there were on average.
        allowed_per_day: bad units a day that it allows.
        pages_per_month: pages that the default rules would have made in 30 days, by replaying history.
    """

    objective: float
    met: float
    bad_per_day: float
    allowed_per_day: float
    pages_per_month: float


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A target that history bears out, and what the next one would cost.

    Attributes:
        service: whose.
        signal: the series.
        window: length of the rolling windows that were looked at (µs).
        days: days of history.
        n: units counted.
        good: the share that was good.
        proposed: the tightest target that every rolling window met with 95 % confidence; ``None`` where
            history is too short or none was met.
        text: the proposal in words.
        ladder: targets from loose to tight.
    """

    service: str
    signal: str
    window: Micros
    days: float
    n: float
    good: float
    proposed: float | None
    text: str
    ladder: tuple[Rung, ...]


class Tally(msgspec.Struct, frozen=True):
    """Points of one series merged by sum over a step of time.

    Attributes:
        start: the step's start (µs, UTC), a multiple of its length.
        n: units counted.
        total: the sum of their values.
    """

    start: Micros
    n: float
    total: float


def span_text(length: Micros) -> str:
    """Return a span in its largest units, two at most.

    >>> span_text(5 * MINUTE), span_text(11_400_000_000), span_text(30 * DAY), span_text(30_000_000)
    ('5 min', '3 h 10 min', '30 d', '30 s')
    """
    rest = max(length, 0)
    said: list[str] = []
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1_000_000, "s")):
        whole, rest = divmod(rest, unit)
        if whole:
            said.append(f"{whole} {name}")
        elif said:
            break
        if len(said) == 2:
            break
    return " ".join(said) or "0 s"
