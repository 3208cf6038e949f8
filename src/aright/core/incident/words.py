"""Numbers and signals in words, as titles, timelines and pages say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.probability import percent
from aright.core.model.signal import ALL
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.alert import Alert

LONGEST_TITLE: Final = 240
_NAMED: Final = 2


_FORMS: Final = {
    "quality": "{plain} quality",
    "events": "{plain} rate",
    "slower": "share slower than {rest} ms",
    "contract": "broken documents of {rest}",
}
"""How signals of a family are told, by what the service brings along."""

_COUNTED: Final = {"contract": "documents", "suite": "rows"}
"""What an alert of a family counts, where it is not users."""


def signal_in_words(name: str) -> str:
    """Return what a signal is, for people who do not know the catalogue's names.

    >>> signal_in_words("quality:click"), signal_in_words("events:complaint"), signal_in_words("null_share")
    ('click quality', 'complaint rate', 'null share')
    >>> signal_in_words("calls:error_share"), signal_in_words("calls:peer_timeout_share:search")
    ('error share', 'timeout share of calls to search')
    """
    family, _, rest = name.partition(":")
    if not rest:
        return _plain(family)
    if family == "calls":
        return _of_calls(*rest.split(":", 1))
    form = _FORMS.get(family)
    return (
        form.format(plain=_plain(rest), rest=rest) if form else f"{_plain(family)} {rest.replace(':', ' ')}"
    )


def _of_calls(what: str, peer: str = "") -> str:
    own = _plain(what).removeprefix("peer ")
    return f"{own} of calls to {peer}" if peer else own


def moved(alert: Alert) -> str:
    """Return how far a stream moved, and where.

    >>> from aright.core.model.alert import Alert
    >>> from aright.core.model.signal import Segment
    >>> print(moved(Alert(key="k", service="shop", signal="quality:click", harm=True, at=0, since=0,
    ...     before=0.121, now=0.0604, low=0.05, high=0.07, units=900, log_e=9, threshold=8, rule="",
    ...     segment=Segment("region", "north"))))
    click quality fell from 12 % to 6.0 % for region = north
    """
    if alert.text:
        return cut(alert.text, LONGEST_TITLE)
    if is_guard(alert):
        return cut(alert.rule or signal_in_words(alert.signal), LONGEST_TITLE)
    verb = "fell" if alert.now < alert.before else "rose"
    where = "" if alert.segment == ALL else f" for {alert.segment}"
    change = f"{verb} from {percent(alert.before)} to {percent(alert.now)}"
    return cut(f"{signal_in_words(alert.signal)} {change}{where}", LONGEST_TITLE)


def effect(alert: Alert) -> str:
    """Return how many times as much it is now; empty where an alert has no numbers.

    >>> from aright.core.model.alert import Alert
    >>> def moving(before: float, now: float) -> Alert:
    ...     return Alert(key="k", service="s", signal="x", harm=True, at=0, since=0, before=before, now=now,
    ...         low=0, high=0, units=0, log_e=0, threshold=0, rule="")
    >>> effect(moving(0.12, 0.06)), effect(moving(0.002, 0.02)), effect(moving(0, 0.1)), effect(moving(0, 0))
    ('× 0.5', '× 10', 'from none', '')
    """
    if alert.before == alert.now or is_guard(alert):
        return ""
    if alert.before <= 0 or alert.now < 0:
        return "from none" if alert.before == 0 else ""
    return f"× {alert.now / alert.before:.2g}" if alert.now < 100 * alert.before else "× 100 and more"


def counted(alert: Alert) -> str:
    """Return what an alert's units are."""
    return _COUNTED.get(alert.signal.partition(":")[0], "users")


def in_full(alert: Alert) -> str:
    """Return what moved with all that speaks for it: how far, how many users, since when, by which rule.

    >>> import msgspec
    >>> from aright.core.model.alert import Alert
    >>> told = Alert(key="k", service="shop", signal="quality:click", harm=True, at=0, since=60_000_000,
    ...     before=0.12, now=0.06, low=0.05, high=0.07, units=900, log_e=9, threshold=8, rule="e-detector")
    >>> in_full(told).partition(" (")[2]
    '× 0.5, 900 users counted, since 00:01:00; e-detector)'
    >>> told = msgspec.structs.replace(told, signal="contract:rates GET /v1/rates")
    >>> in_full(told).partition(" (")[2]
    '× 0.5, 900 documents counted, since 00:01:00; e-detector)'
    """
    said = [effect(alert), f"{alert.units:,.0f} {counted(alert)} counted" if alert.units >= 1 else ""]
    facts = ", ".join(part for part in (*said, f"since {clock_text(alert.since)}") if part)
    rule = "" if is_guard(alert) or not alert.rule else f"; {cut(alert.rule, LONGEST_TITLE)}"
    return f"{moved(alert)} ({facts}{rule})"


def is_guard(alert: Alert) -> bool:
    """Return whether a guard raised it: its numbers are then the guard's own, in any unit."""
    return alert.signal.startswith("guard:")


def leading(alerts: Iterable[Alert]) -> Alert | None:
    """Return the alert that says most: harm before notices, quality before proxies, then the surest."""
    return max(alerts, key=_weight, default=None)


def titled(service: str, what: str, services: Iterable[str] = ()) -> str:
    """Return an incident's title: the service nearest to the cause, what happened, and who else is hit.

    >>> titled("translation", "a price lost its decimals", ("chat", "translation", "desk", "web", "app"))
    'translation: a price lost its decimals (also hits chat, desk and 2 more)'
    >>> titled("shop", "fell")
    'shop: fell'
    """
    others = [name for name in services if name != service]
    if not others:
        return cut(f"{service}: {what}", LONGEST_TITLE)
    named = others if len(others) <= _NAMED + 1 else others[:_NAMED]
    more = f" and {len(others) - len(named)} more" if len(named) < len(others) else ""
    also = cut(f" (also hits {', '.join(named)}{more})", LONGEST_TITLE // 2)
    return cut(f"{service}: {what}", LONGEST_TITLE - len(also)) + also


def cut(text: str, longest: int) -> str:
    """Return at most ``longest`` characters, an ellipsis where something is missing.

    >>> cut("abcdef", 4), cut("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _weight(alert: Alert) -> tuple[bool, bool, bool, float]:
    direct = alert.signal.startswith("quality:")
    return (alert.harm, direct, alert.segment == ALL, alert.log_e - alert.threshold)


def _plain(name: str) -> str:
    return name.replace("_", " ")
