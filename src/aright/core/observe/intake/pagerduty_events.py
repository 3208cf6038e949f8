"""Events as clients of PagerDuty's Events API v2 send them, Alertmanager's own among them.

One JSON object: ``event_action`` trigger | acknowledge | resolve, ``dedup_key``, and for a trigger a
``payload`` with ``summary``, ``source`` and ``severity``
(https://developer.pagerduty.com/docs/events-api-v2-overview). The same key joins what fires; after its
resolve, a trigger begins anew; an acknowledge or resolve of nothing is dropped, as is all that a published
schema would let through and PagerDuty then drops.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.foreign_text import harmless
from aright.core.model.times import from_datetime
from aright.core.observe.intake.alert_rows import MAX_ANNOTATION, MAX_LABELS, fingerprint
from aright.core.observe.intake.bounds import MAX_STRING, nameable
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.unreadable import UnreadableError
from aright.core.observe.intake.wire import explain

if TYPE_CHECKING:
    from aright.core.model.frame import Frame
    from aright.core.model.times import Micros
    from aright.core.observe.intake.quarantine import Quarantine

LONGEST_KEY: Final = 255
LONGEST_SUMMARY: Final = 1_024

_LONGEST_LABEL: Final = 200
"""Characters: a detail that is longer is a text, not a name that groups alerts."""

_NOBODY: Final = "PagerDuty"
_FIX: Final = "send an event as the Events API v2 defines it"
_FIXES: Final = {
    "event_action": "write trigger, acknowledge or resolve",
    "payload.severity": "write critical, error, warning or info",
    "payload.timestamp": 'write ISO 8601 with a zone, such as "2026-01-31T12:00:00Z"',
    "dedup_key": f"write at most {LONGEST_KEY} characters, the same for all events of one alert",
}


class _Payload(msgspec.Struct, rename={"kind": "class"}):
    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: Annotated[datetime, Meta(tz=True)] | None = None
    component: str | None = None
    group: str | None = None
    kind: str | None = None
    custom_details: object = None


class _Event(msgspec.Struct):
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str | None = None
    payload: _Payload | None = None
    client: str | None = None
    client_url: str | None = None


def read_event(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the alert that an event tells of; raises ``UnreadableError`` where it is not JSON.

    >>> from aright.core.model.frame import Encoding, Format, Frame, Kind
    >>> from aright.core.observe.intake.quarantine import Quarantine
    >>> body = b'''{"event_action": "trigger", "dedup_key": "k", "payload":
    ...     {"summary": "shop is slow", "source": "web-1", "severity": "critical", "component": "shop"}}'''
    >>> frame = Frame(kind=Kind.ALERTS, format=Format.PAGERDUTY, encoding=Encoding.IDENTITY,
    ...     received_at=5, body=body)
    >>> (alert,) = read_event(body, frame, Quarantine()).documents
    >>> alert.name, alert.labels["component"], alert.starts_at
    ('shop is slow', 'shop', 5)
    """
    event = _decoded(plain, quarantine)
    if event is None:
        return Found()
    wrong = _wrong(event)
    for field, problem in wrong:
        quarantine.add(0, field, problem, _FIXES.get(field, _FIX))
    return Found() if wrong else Found(documents=(_alert(event, frame.received_at),), good=1)


def _decoded(plain: bytes, quarantine: Quarantine) -> _Event | None:
    try:
        return msgspec.json.decode(plain, type=_Event)
    except msgspec.ValidationError as error:
        fault = explain(error)
        quarantine.add(0, fault.field, fault.problem, _FIXES.get(fault.field, _FIX))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"the body is not JSON: {str(error)[:200]}", _FIX) from error
    except RecursionError as error:
        raise UnreadableError("the body is nested too deeply", _FIX) from error
    return None


def _wrong(event: _Event) -> list[tuple[str, str]]:
    wrong = []
    if not event.dedup_key:
        wrong.append(("dedup_key", "there is none"))
    elif len(event.dedup_key) > LONGEST_KEY:
        wrong.append(("dedup_key", f"it has {len(event.dedup_key)} characters"))
    if event.event_action == "trigger":
        if event.payload is None:
            wrong.append(("payload", "required, but missing"))
        else:
            wrong += [
                (f"payload.{name}", "it is empty")
                for name in ("summary", "source")
                if not getattr(event.payload, name).strip()
            ]
    return wrong


def _alert(event: _Event, received_at: Micros) -> ForeignAlert:
    named = fingerprint({"dedup_key": event.dedup_key or ""})
    by = harmless(event.client or "", 100)
    made = ForeignAlert(
        key=f"{named}@0",  # whoever resolves it says no start: one alert of the key fires at a time
        fingerprint=named,
        name="",
        source="pagerduty",
        labels={},
        starts_at=received_at,
        told_at=received_at,
        ended_at=received_at if event.event_action == "resolve" else 0,
        acknowledged_by=(by or _NOBODY) if event.event_action == "acknowledge" else "",
    )
    payload = event.payload
    if event.event_action != "trigger" or payload is None:
        return made
    details = _details(payload.custom_details)
    labels = _labels(payload, details)
    starts_at = from_datetime(payload.timestamp) if payload.timestamp else received_at
    link = event.client_url or ""
    return msgspec.structs.replace(
        made,
        name=labels["alertname"],
        labels=labels,
        annotations={"summary": payload.summary[:LONGEST_SUMMARY], **_long(details)},
        starts_at=min(max(starts_at, 0), received_at) or received_at,
        generator=link if link.startswith(("http://", "https://")) and len(link) <= 2_048 else "",
    )


def _details(given: object) -> dict[str, str]:
    """Return the details that are plain values, as text."""
    if not isinstance(given, dict):
        return {}
    found = {}
    for name, value in given.items():
        if not isinstance(value, str | int | float):
            continue
        text = str(value).strip()
        if text and isinstance(name, str) and nameable(name):
            found[name] = text
    return found


def _labels(payload: _Payload, details: dict[str, str]) -> dict[str, str]:
    """Return what tells alerts apart, the sender's details behind its own fields."""
    name = harmless(payload.kind or details.get("alertname") or payload.summary, _LONGEST_LABEL)
    own = {
        "severity": payload.severity,
        "source": payload.source,
        "component": payload.component or "",
        "group": payload.group or "",
        "class": payload.kind or "",
    }
    service = details.get("service") or payload.component or ""
    labels = {"alertname": name or "unnamed alert", "service": service}
    labels |= {name: value.strip()[:MAX_STRING] for name, value in own.items()}
    for name, value in sorted(details.items()):
        if name not in labels and len(value) <= _LONGEST_LABEL and len(labels) < MAX_LABELS:
            labels[name] = value
    return {name: value for name, value in sorted(labels.items()) if value}


def _long(details: dict[str, str]) -> dict[str, str]:
    texts = {name: value[:MAX_ANNOTATION] for name, value in details.items() if len(value) > _LONGEST_LABEL}
    return {name: texts[name] for name in sorted(texts)[:8] if name != "summary"}
