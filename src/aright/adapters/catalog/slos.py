"""SLOs in `aright.yaml`, and what holds for SLOs of any format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.reading import Reader, span_word
from aright.adapters.catalog.signals import check_signal, worse
from aright.adapters.catalog.tree import Scalar
from aright.core.model.signal import ALL, Bad, Segment
from aright.core.model.slo import RULES, BurnRule, Indicator, Slo
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from aright.adapters.catalog.findings import Findings
    from aright.adapters.catalog.tree import Node
    from aright.core.model.times import Micros

SLO_KEYS: Final[dict[str, str]] = {
    "name": "unique in the catalog; letters, digits, dot, dash and underscore; needed.",
    "title": "for people.",
    "sli": "what is good: a signal's name, or a mapping; needed.",
    "objective": "the share that must be good, such as 99.5%; needed.",
    "window": "how far back the budget looks, rolling; 30d where left out.",
    "min_events": "fewer users' windows than this in a rule's long window never alert; 10 where left out.",
    "alerts": "a list of burn-rate rules in place of the four of the SRE workbook; [] for none.",
    "notify": "a list of who is to be told.",
    "runbook": "where it says what to do.",
}
"""What an SLO may say, by key."""

SLI_KEYS: Final[dict[str, str]] = {
    "signal": "the series, such as error_share, fallback_share, quality:click, events:complaint, "
    "estimate:accuracy or contract:NAME.",
    "latency_ms": "instead of a signal: answers within so many milliseconds are good.",
    "counts": "good or bad: what the series counts, where its catalogue entry does not say.",
    "segment": "a mapping of one attribute to one value; all traffic where left out.",
    "at_least": "a slice of time is good when the mean is at least this.",
    "at_most": "a slice of time is good when the mean is at most this.",
    "slice": "how long such a slice is; 5m where left out.",
}
"""What an SLI may say, by key."""

ALERT_KEYS: Final[dict[str, str]] = {
    "long": "the window that says that it matters, such as 1h; needed.",
    "short": "the window that says that it goes on; a twelfth of the long one where left out.",
    "rate": "how many times faster than allowed, such as 14.4; needed.",
    "do": "page or ticket; page where left out.",
}
"""What a burn-rate rule may say, by key."""

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_PERCENT: Final = re.compile(r"(\d{1,3}(\.\d{1,12})?)\s?%")
_SHARE: Final = re.compile(r"0?\.\d{1,14}")
_SLICE: Final = 5 * MINUTE
_GRAIN: Final = 30_000_000


def read_slo(reader: Reader, service: str) -> tuple[Slo, int] | None:
    """Return an SLO of aright's own format with its line, ``None`` where it cannot be one."""
    name = slo_name(reader, reader.text("name", needed=True), "name")
    share = objective(reader, "objective")
    indicator = _indicator(reader)
    rules = _rules(reader)
    slo = Slo(
        key=name or "?",
        service=service,
        title=reader.text("title"),
        indicator=indicator or Indicator(signal="error_share"),
        objective=share or 0.99,
        window=reader.span("window", 30 * DAY, low=HOUR, high=365 * DAY),
        rules=rules,
        min_events=reader.integer("min_events", 10, low=1, high=1_000_000),
        notify=reader.texts("notify"),
        runbook=reader.text("runbook"),
        source=f"{reader.said.file}:{reader.line}",
    )
    if not (name and share and indicator):
        return None
    check(slo, reader.said, reader.line)
    return slo, reader.at("name")


def slo_name(reader: Reader, name: str, field: str) -> str:
    """Return a name that fits into addresses and labels, else tell and return nothing."""
    if name and not _NAME.fullmatch(name):
        reader.tell(
            field,
            f"{shown(name)!r} is no name",
            "it stands in addresses and labels: letters, digits, dot, dash and underscore, 100 at most",
            "Write it with dashes, and put the long form into title",
        )
        return ""
    return name


def objective(reader: Reader, field: str, *, percent: bool = False) -> float | None:
    """Return a share in (0, 1) given as 99.5% or 0.995; with ``percent``, as 99.5."""
    node = reader.node(field)
    if node is None:
        if reader.ok:
            reader.missing(field)
        return None
    text = node.text.strip() if isinstance(node, Scalar) else ""
    hundred = _PERCENT.fullmatch(f"{text}%" if percent else text)
    # Divided as decimals: 99.9 % is the same number as 0.999.
    value = float(f"{hundred[1]}e-2") if hundred else float(text) if _SHARE.fullmatch(text) else None
    if value is not None and 0 < value < 1:
        return value
    reader.tell(
        field,
        f"{field} is {shown(text) or 'no share'}",
        "it is the share that must be good, above 0 and below 100%, for a budget of nothing is never met",
        "Write it as 99.5%" if not percent else "Write it as 99.5",
    )
    return None


def check(slo: Slo, said: Findings, line: int) -> None:
    """Tell what cannot work: rules that never hold, slices longer than a window."""
    for rule in slo.rules:
        if rule.rate * slo.budget > 1:
            said.warn(
                line,
                f"{slo.key} can never burn {rule.rate:g} times too fast",
                f"a budget of {slo.budget:.3g} burns {1 / slo.budget:.3g} times too fast when all is bad",
                "Give alerts of its own with lower rates",
            )
        if rule.long > slo.window:
            said.tell(
                line,
                f"{slo.key} looks {span_word(rule.long)} back for an alert",
                f"its budget's window is {span_word(slo.window)}",
                "Give alerts of its own with shorter windows, or a longer window",
            )
        if slo.indicator.slice > rule.short:
            said.tell(
                line,
                f"{slo.key} has slices of {span_word(slo.indicator.slice)}",
                f"its shortest alert looks {span_word(rule.short)} back",
                "Give a shorter slice, or alerts of its own",
            )


def indicator_of(
    signal: str,
    *,
    counts: str = "",
    segment: Segment = ALL,
    at_least: float | None = None,
    at_most: float | None = None,
    length: Micros = 0,
) -> Indicator | None:
    """Return the indicator of a series, ``None`` where it is not known what is good."""
    bad = {"good": Bad.DOWN, "bad": Bad.UP}.get(counts) or worse(signal)
    sliced = at_least is not None or at_most is not None
    if bad is Bad.BOTH and not sliced:
        return None
    return Indicator(
        signal=signal,
        segment=segment,
        counts_good=bad is Bad.DOWN,
        at_least=at_least,
        at_most=at_most,
        slice=(length or _SLICE) if sliced else 0,
    )


def slower(limit: float) -> str:
    """Return the series that counts answers beyond a limit (ms).

    >>> slower(300.0), slower(2.5)
    ('slower:300', 'slower:2.5')
    """
    return f"slower:{limit:g}"


def _indicator(reader: Reader) -> Indicator | None:
    node = reader.node("sli")
    if node is None:
        if reader.ok:
            reader.missing("sli")
        return None
    if isinstance(node, Scalar):
        if not check_signal(node.text, node.line, reader.said):
            return None
        return clear(reader.said, indicator_of(node.text), node.text, node.line)
    each = Reader(node, reader.said, "an SLI", tuple(SLI_KEYS))
    limit = each.number("latency_ms", low=0, high=1e9, open_ends=True)
    signal = slower(limit) if limit else each.text("signal")
    if not signal or (limit and each.has("signal")):
        each.tell("signal", "the SLI has not one series", "one is counted", "Give signal or latency_ms")
        return None
    if not check_signal(signal, each.at("signal"), reader.said):
        return None
    found = indicator_of(
        signal,
        counts=each.one_of("counts", ("good", "bad"), "") if each.has("counts") else "",
        segment=_segment(each),
        at_least=each.number("at_least", low=0, high=1, open_ends=True),
        at_most=each.number("at_most", low=0, high=1, open_ends=True),
        length=_whole(each, each.span("slice", 0, low=_GRAIN, high=DAY)),
    )
    return clear(reader.said, found, signal, each.line)


def clear(said: Findings, found: Indicator | None, signal: str, line: int) -> Indicator | None:
    """Return an indicator; tell where there is none because it is not known what is good."""
    if found is None:
        said.tell(
            line,
            f"{shown(signal)} is worse both ways",
            "it is not known what is good",
            "Give at_least or at_most, or counts: good or bad",
        )
    return found


def _whole(reader: Reader, length: Micros) -> Micros:
    if length % _GRAIN:
        reader.tell("slice", "slice is cut within a window", "windows are 30s wide", "Give a multiple of 30s")
        return 0
    return length


def _segment(reader: Reader) -> Segment:
    fields = reader.fields("segment")
    if fields is None:
        return ALL
    values = [fields.values[key.text] for key in fields.keys]
    if len(values) == 1 and isinstance(values[0], Scalar) and not values[0].null:
        return Segment(fields.keys[0].text, values[0].text)
    reader.tell("segment", "segment is not one attribute", "one is watched", "Write segment: {region: north}")
    return ALL


def _rules(reader: Reader) -> tuple[BurnRule, ...]:
    if not reader.has("alerts"):
        return RULES
    return tuple(rule for node in reader.items("alerts") if (rule := _rule(node, reader.said)) is not None)


def _rule(node: Node, said: Findings) -> BurnRule | None:
    reader = Reader(node, said, "an alert", tuple(ALERT_KEYS))
    for name in ("long", "rate"):
        if not reader.has(name) and reader.ok:
            reader.missing(name)
    long = reader.span("long", HOUR, low=MINUTE, high=90 * DAY)
    rate = reader.number("rate", 1.0, low=0.01, high=1_000_000)
    short = reader.span("short", default_short(long), low=_GRAIN, high=90 * DAY)
    page = reader.one_of("do", ("page", "ticket"), "page") == "page"
    if short >= long:
        reader.tell("short", "short is not below long", "it says that it goes on", "Give a twelfth of long")
        return None
    return BurnRule(long=long, short=short, rate=rate or 1.0, page=page)


def default_short(long: Micros) -> Micros:
    """Return a twelfth of a rule's long window, in whole half minutes.

    >>> default_short(HOUR) == 5 * MINUTE, default_short(MINUTE)
    (True, 30000000)
    """
    return max(_GRAIN, long // 12 // _GRAIN * _GRAIN)
