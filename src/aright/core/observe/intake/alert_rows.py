"""Alerts as Prometheus, Alertmanager and Grafana tell them.

Alertmanager's webhook, version 4: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
Alertmanager's own API, which Prometheus posts to: ``POST /api/v2/alerts``, an array of labels, annotations,
startsAt, endsAt and generatorURL (openapi.yaml of prometheus/alertmanager). Grafana's webhook has the form
of Alertmanager's with more fields: https://grafana.com/docs/grafana/latest/alerting/.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.frame import Format
from aright.core.model.times import from_datetime, iso
from aright.core.observe.intake.bounds import FUTURE, MAX_STRING, nameable
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.unreadable import UnreadableError
from aright.core.observe.intake.wire import Fault, explain

if TYPE_CHECKING:
    from aright.core.model.document import Document
    from aright.core.model.frame import Frame
    from aright.core.model.times import Micros
    from aright.core.observe.intake.quarantine import Quarantine

MAX_LABELS: Final = 64
"""Labels of one alert."""

MAX_ANNOTATIONS: Final = 32
"""Annotations of one alert that are kept, by name."""

MAX_ANNOTATION: Final = 2_000
"""Characters of an annotation that are kept."""

MAX_ALERTS: Final = 200_000
"""Alerts in one body."""

_SOURCES: Final = {
    Format.ALERTMANAGER: "alertmanager",
    Format.ALERTS_API: "prometheus",
    Format.GRAFANA: "grafana",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIX: Final = "send what Prometheus, Alertmanager or Grafana sends, unchanged"
_FIXES: Final = {
    "labels": "write an object of names with text, the alert's name as alertname",
    "startsAt": 'write RFC 3339 with a zone, such as "2026-01-31T12:00:00Z"',
    "endsAt": 'write RFC 3339 with a zone, such as "2026-01-31T12:00:00Z"',
}

_Instant = Annotated[datetime, Meta(tz=True)]


class _Alert(msgspec.Struct, gc=False):
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: _Instant | None = None  # noqa: N815 - the wire's own name
    endsAt: _Instant | None = None  # noqa: N815 - as above
    generatorURL: str | None = None  # noqa: N815 - as above
    status: str | None = None


class _Webhook(msgspec.Struct):
    alerts: list[msgspec.Raw]
    truncatedAlerts: int | None = None  # noqa: N815 - the wire's own name


class _WholeWebhook(_Webhook):
    alerts: list[_Alert]  # type: ignore[assignment]  # the same field, all of it read at once


def read_alerts(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the good alerts of a body; raises ``UnreadableError`` where it is none of the three forms.

    >>> from aright.core.model.frame import Encoding, Frame, Kind
    >>> from aright.core.observe.intake.quarantine import Quarantine
    >>> body = b'[{"labels": {"alertname": "Slow", "service": "shop"}, "startsAt": "2026-01-01T00:00:00Z"}]'
    >>> frame = Frame(kind=Kind.ALERTS, format=Format.ALERTS_API, encoding=Encoding.IDENTITY,
    ...     received_at=1_767_225_660_000_000, body=body)
    >>> found = read_alerts(body, frame, Quarantine()).documents[0]
    >>> found.name, found.fires(frame.received_at)
    ('Slow', True)
    """
    known: dict[str, Document] = {}
    good = 0
    for number, alert in _alerts(plain, frame, quarantine):
        try:
            made = _foreign(alert, frame)
        except Fault as fault:
            quarantine.add(number, fault.field, fault.problem, fault.fix, _text(alert))
            continue
        known[made.key] = made  # told twice in one body, it is as told last
        good += 1
    return Found(documents=tuple(known.values()), good=good)


def fingerprint(labels: dict[str, str]) -> str:
    """Return what names a set of labels, whatever their order.

    >>> fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    True
    >>> fingerprint({"a": "1,b:2"}) == fingerprint({"a": "1", "b": "2"})
    False
    """
    parts: list[bytes] = []
    for label in sorted(labels.items()):
        for text in label:
            part = text.encode("utf-8", "surrogatepass")
            parts += (len(part).to_bytes(4, "big"), part)
    return blake2b(b"".join(parts), digest_size=8).hexdigest()


def _alerts(plain: bytes, frame: Frame, quarantine: Quarantine) -> list[tuple[int, _Alert]]:
    """Return the alerts that are of the right shape, with their numbers."""
    api = frame.format is Format.ALERTS_API
    try:
        if api:
            return list(enumerate(_bounded(msgspec.json.decode(plain, type=list[_Alert]))))
        whole = msgspec.json.decode(plain, type=_WholeWebhook)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _one_by_one(plain, quarantine, api=api)
    _note_truncated(whole, quarantine)
    return list(enumerate(_bounded(whole.alerts)))


def _bounded(alerts: list[_Alert]) -> list[_Alert]:
    if len(alerts) > MAX_ALERTS:
        raise UnreadableError(f"the body has over {MAX_ALERTS:,} alerts", "split it into several requests")
    return alerts


def _one_by_one(plain: bytes, quarantine: Quarantine, *, api: bool) -> list[tuple[int, _Alert]]:
    """Read a body of which something is not as it should be: each alert by itself."""
    try:
        if api:
            raws = msgspec.json.decode(plain, type=list[msgspec.Raw])
        else:
            webhook = msgspec.json.decode(plain, type=_Webhook)
            _note_truncated(webhook, quarantine)
            raws = webhook.alerts
    except RecursionError as error:
        raise UnreadableError("the body is nested too deeply", _FIX) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        form = "a JSON array of alerts" if api else "a JSON object with the array alerts"
        raise UnreadableError(f"the body is not {form}: {str(error)[:200]}", _FIX) from error
    if len(raws) > MAX_ALERTS:
        raise UnreadableError(f"the body has over {MAX_ALERTS:,} alerts", "split it into several requests")
    found = []
    for number, raw in enumerate(raws):
        try:
            found.append((number, msgspec.json.decode(raw, type=_Alert)))
        except msgspec.ValidationError as error:
            fault = explain(error)
            fix = _FIXES.get(fault.field.partition(".")[0].partition("[")[0], _FIX)
            quarantine.add(
                number, fault.field, fault.problem, fix, bytes(raw)[:2_000].decode("utf-8", "replace")
            )
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            quarantine.add(number, "", f"not valid JSON: {str(error)[:200]}", _FIX)
    return found


def _note_truncated(webhook: _Webhook, quarantine: Quarantine) -> None:
    if webhook.truncatedAlerts:
        quarantine.note(
            "truncatedAlerts",
            f"{webhook.truncatedAlerts:,} more alerts were left out by the sender",
            "set max_alerts to 0 in its webhook_config",
        )


def _foreign(alert: _Alert, frame: Frame) -> ForeignAlert:
    labels = {name: value for name, value in sorted(alert.labels.items()) if value}
    _hold_labels(labels)
    starts_at = _instant(alert.startsAt)
    if starts_at > frame.received_at + FUTURE:
        raise Fault("startsAt", f"{iso(starts_at)} is ahead of our clock", "set the sender's clock")
    ends_at = _instant(alert.endsAt)
    over = alert.status == "resolved" or (0 < ends_at <= frame.received_at)
    named = fingerprint(labels)
    generator = alert.generatorURL or ""
    return ForeignAlert(
        key=f"{named}@{starts_at}",
        fingerprint=named,
        name=labels.get("alertname", "unnamed alert"),
        source=_SOURCES[frame.format],
        labels=labels,
        annotations=_kept(alert.annotations),
        starts_at=starts_at or frame.received_at,
        until=0 if over else ends_at,
        ended_at=min(ends_at or frame.received_at, frame.received_at) if over else 0,
        generator=generator
        if generator.startswith(("http://", "https://")) and len(generator) <= 2_048
        else "",
        told_at=frame.received_at,
    )


def _hold_labels(labels: dict[str, str]) -> None:
    if not labels:
        raise Fault("labels", "there is none", _FIXES["labels"])
    if len(labels) > MAX_LABELS:
        raise Fault("labels", f"there are over {MAX_LABELS}", "drop labels with alert_relabel_configs")
    for name, value in labels.items():
        # No character takes over four bytes: most values need not be written out.
        if not _nameable(name) or (
            4 * len(value) > MAX_STRING and len(value.encode("utf-8", "replace")) > MAX_STRING
        ):
            raise Fault(
                f"labels.{name[:60]}",
                f"its name is not printable or its value longer than {MAX_STRING:,} bytes",
                "shorten or drop the label",
            )


@lru_cache(4_096)
def _nameable(name: str) -> bool:
    """Judge a name once: all alerts of a rule have the same."""
    return nameable(name)


def _kept(annotations: dict[str, str] | None) -> dict[str, str]:
    if not annotations:
        return {}
    names = sorted(name for name in annotations if _nameable(name))[:MAX_ANNOTATIONS]
    return {name: annotations[name][:MAX_ANNOTATION] for name in names}


def _instant(time: datetime | None) -> Micros:
    """Return an instant; 0 for none, which Go writes as the year 1."""
    return 0 if time is None or time < _EPOCH else from_datetime(time)


def _text(alert: _Alert) -> str:
    return msgspec.json.encode(alert)[:2_000].decode("utf-8", "replace")
