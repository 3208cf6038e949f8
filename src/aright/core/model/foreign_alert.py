"""Alerts of other programs: Prometheus, Alertmanager, Grafana, and whatever speaks PagerDuty's Events API."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.times import Micros

ALERT: Final = "alert:"
"""What the signal of another program's alert begins with; its name follows."""


class ForeignAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of another program, from its first firing to its end: repeats are merged into it.

    Attributes:
        key: fingerprint and start.
        fingerprint: of the labels, all of them.
        service: whose; empty until the catalog has been asked.
        name: the alert's name, label ``alertname``.
        source: who told: ``prometheus`` | ``alertmanager`` | ``grafana`` | ``pagerduty``.
        labels: names and values, by name; none where only its end, or that somebody is on it, is told.
        annotations: further words, by name.
        starts_at: when it began to fire (µs, UTC).
        until: after which it no longer fires unless it is told again (µs, UTC); 0 for none.
        ended_at: when it ceased to fire (µs, UTC); 0 while it fires.
        generator: address of the rule's own page; empty for none.
        told_at: when it was last told (µs, UTC).
        harm: whether its rule says that users are hurt.
        incident: which incident it was put into; empty for none.
        silence: which silence keeps it from paging; empty for none.
        muted: what kept it from paging, in words; empty where nothing did.
        acknowledged_by: who took it on where it was told; empty where nobody did.
    """

    key: str
    fingerprint: str
    name: str
    source: str
    labels: dict[str, str]
    starts_at: Micros
    told_at: Micros
    service: str = ""
    annotations: dict[str, str] = {}
    until: Micros = 0
    ended_at: Micros = 0
    generator: str = ""
    harm: bool = False
    incident: str = ""
    silence: str = ""
    muted: str = ""
    acknowledged_by: str = ""

    @property
    def tag(self) -> str:
        """Return the incident, or the silence where there is one: all of either's are found."""
        return muted_tag(self.silence) if self.silence else self.incident

    @property
    def severity(self) -> str:
        """Return what its rule calls it."""
        return self.labels.get("severity", "")

    @property
    def summary(self) -> str:
        """Return what it says, in one line of its own words."""
        for name in ("summary", "description", "message"):
            if self.annotations.get(name):
                return self.annotations[name]
        return ""

    def fires(self, now: Micros) -> bool:
        """Return whether it fires, as far as is known."""
        return not self.ended_at and (not self.until or self.until > now)


class AlertFamily(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts of one name and service an incident holds; their labels tell them apart.

    Attributes:
        key: incident, service and name.
        service: whose.
        name: the alerts' name.
        incident: which; empty for notices without one.
        firing: how many fire.
        resolved: how many have ceased.
        since: when the first began (µs, UTC).
    """

    key: str
    service: str
    name: str
    incident: str
    since: Micros
    firing: int = 0
    resolved: int = 0

    @property
    def tag(self) -> str:
        """Return the incident."""
        return self.incident


def muted_tag(silence: str) -> str:
    """Return the tag of alerts that a silence holds back."""
    return f"muted by {silence}"


def family_key(incident: str, service: str, name: str) -> str:
    """Return a family's key.

    >>> family_key("INC-1", "shop", "PodDown")
    'INC-1/shop/PodDown'
    """
    return f"{incident}/{service}/{name}"


def merged(before: ForeignAlert | None, told: ForeignAlert) -> ForeignAlert:
    """Return an alert after it was told again; what was told earlier than what is known changes nothing.

    An alert that has ended stays so: a new firing has a new start. Only where the sender leaves the start out
    is it taken to have begun anew. Where only its end is told, or that somebody is on it, all else stays.

    >>> first = ForeignAlert(key="k", fingerprint="k", name="n", source="prometheus", labels={}, starts_at=5,
    ...     told_at=6, incident="INC-1")
    >>> over = merged(first, msgspec.structs.replace(first, told_at=9, ended_at=8, incident=""))
    >>> (over.ended_at, over.incident), merged(over, first) == over
    ((8, 'INC-1'), True)
    """
    if before is None:
        return told
    if told.told_at < before.told_at:
        return before
    if not told.labels:
        return _moved_on(before, told)
    if before.ended_at and not told.ended_at:
        return told if told.key.endswith("@0") else before
    return msgspec.structs.replace(
        told,
        service=before.service,
        name=before.name,
        starts_at=before.starts_at,
        ended_at=before.ended_at or told.ended_at,
        harm=before.harm,
        incident=before.incident,
        silence=before.silence,
        muted=before.muted,
        acknowledged_by=before.acknowledged_by,
    )


def _moved_on(before: ForeignAlert, told: ForeignAlert) -> ForeignAlert:
    if before.ended_at:
        return before
    return msgspec.structs.replace(
        before,
        told_at=told.told_at,
        ended_at=told.ended_at,
        acknowledged_by=before.acknowledged_by or told.acknowledged_by,
    )
