"""Severity from business impact: users hit × loss × tier, with the sum in words.

The share of users hit times the share of quality they lose is the share of the service's value that is lost
just now; the tier says what that value is to the business. Levels are cut where tier 1 losing an eighth of
its value, and tier 2 a quarter, are SEV1. Nobody else's scale is copied: incident guides name levels by
example ("many customers cannot …"), and an example cannot be computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.incident.words import leading, signal_in_words
from aright.core.model.evidence import Reach, Scope
from aright.core.model.incident import Severity
from aright.core.model.probability import percent
from aright.core.model.signal import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.alert import Alert
    from aright.core.model.service import Service

WEIGHTS: Final = {1: 1.0, 2: 0.5, 3: 0.1, 4: 0.02}
"""What a tier's whole value is worth beside tier 1's."""

LEVELS: Final = ((1, 0.12), (2, 0.04), (3, 0.01), (4, 0.0))
"""From which score on a level holds."""


def severity(service: Service, *, alerts: Sequence[Alert], scope: Scope | None = None) -> Severity:
    """Return the severity of a failure.

    Args:
        service: gives the tier and, where it is known, how many people it serves a day.
        alerts: streams that moved; the one that says most about harm gives the loss until a scope does.
        scope: who is hit; ``None`` or "not enough data" counts everybody, and says so.

    >>> from aright.core.model.alert import Alert
    >>> from aright.core.model.service import Service
    >>> alert = Alert(key="k", service="shop", signal="quality:click", harm=True, at=0, since=0, before=0.12,
    ...     now=0.06, low=0.05, high=0.07, units=900, log_e=9, threshold=8, rule="")
    >>> judged = severity(Service(key="shop", tier=1, users_per_day=100_000), alerts=[alert])
    >>> judged.level
    1
    >>> print(judged.arithmetic)  # doctest: +NORMALIZE_WHITESPACE
    all users (who is hit is not known yet; about 100,000 a day)
    × 50 % lost (click quality 12 % → 6.0 %) × tier 1 (weight 1) = 0.5; SEV1 is from 0.12
    """
    harm = leading(alert for alert in alerts if alert.harm)
    share, who = _users(service, scope, harm)
    loss, how = _loss(scope, harm)
    weight = WEIGHTS.get(service.tier, WEIGHTS[2])
    score = share * loss * weight
    level, cut = next((level, cut) for level, cut in LEVELS if score >= cut)
    words = f"{who} × {percent(loss)} lost ({how}) × tier {service.tier} (weight {weight:g}) = {score:.2g}"
    return Severity(level=level, score=score, arithmetic=f"{words}; {_range(level, cut)}")


def _users(service: Service, scope: Scope | None, harm: Alert | None) -> tuple[float, str]:
    if scope is None or scope.reach is Reach.UNCLEAR:
        daily = f"; about {service.users_per_day:,} a day" if service.users_per_day else ""
        if harm is not None and harm.segment != ALL:
            return 1.0, f"all users (at least {harm.segment}; the rest is not known yet{daily})"
        return 1.0, f"all users (who is hit is not known yet{daily})"
    share = _bounded(scope.share_of_traffic) if scope.reach is Reach.SEGMENT else 1.0
    where = str(scope.segment) if scope.reach is Reach.SEGMENT else "everywhere"
    if service.users_per_day:
        hit = round(share * service.users_per_day)
        return share, f"about {hit:,} of {service.users_per_day:,} users a day ({percent(share)}, {where})"
    return share, f"{scope.units_hit:,} {scope.units} hit so far ({percent(share)} of those served, {where})"


def _loss(scope: Scope | None, harm: Alert | None) -> tuple[float, str]:
    if scope is not None and scope.reach is not Reach.UNCLEAR and scope.inside_now != scope.inside_before:
        before, now = scope.inside_before, scope.inside_now
        loss = _of_events(before, now) if scope.loss.startswith("events:") else _risen(before, now)
        what = f"{signal_in_words(scope.loss)}: " if scope.loss else ""
        return loss, f"{what}loss rate of those hit {percent(before)} → {percent(now)}"
    if harm is None:
        return 0.0, "no stream shows harm"
    family = harm.signal.partition(":")[0]
    if family in _UNTOLD:
        return _UNTOLD[family]
    how = f"{signal_in_words(harm.signal)} {percent(harm.before)} → {percent(harm.now)}"
    if harm.signal.startswith("events:"):
        return _of_events(harm.before, harm.now), how
    if harm.now < harm.before:
        return _bounded((harm.before - harm.now) / harm.before), how
    return _risen(harm.before, harm.now), how


_UNTOLD: Final = {
    "guard": (0.5, "a guard fired and the loss is not known yet: counted as a half"),
    "heartbeat": (0.1, "a heartbeat, which does not say what users lose: counted as a tenth"),
    "alert": (0.1, "another program's alert, which does not say how much: counted as a tenth"),
    "process": (0.1, "a service metric, which does not say what users lose: counted as a tenth"),
    "latency": (0.1, "latencies, which do not say what users lose: counted as a tenth"),
}
"""What is counted as lost where an alert has no numbers, by the kind of its signal."""


def _risen(before: float, now: float) -> float:
    """Of what was still good, the share that is bad now."""
    return _bounded((now - before) / (1 - before)) if before < 1 else 0.0


def _of_events(before: float, now: float) -> float:
    """Few of those hit complain: what counts is the share of the complaints that the failure brought."""
    return _bounded(1 - before / now) if now > 0 else 0.0


def _bounded(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _range(level: int, cut: float) -> str:
    above = {lower + 1: bound for lower, bound in LEVELS}
    if level == 1:
        return f"SEV1 is from {cut:g}"
    return f"SEV{level} is {cut:g} to {above[level]:g}"
