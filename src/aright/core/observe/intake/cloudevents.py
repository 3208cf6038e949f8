"""Changes, told as CloudEvents 1.0 in the structured JSON form, one or a batch; or as webhooks tell them.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.change import Change
from aright.core.model.times import Micros, from_datetime, iso
from aright.core.observe.intake.bounds import FUTURE, MAX_SERVICE, MAX_STRING, PAST, nameable
from aright.core.observe.intake.json_objects import json_objects
from aright.core.observe.intake.webhooks import Unneeded, webhook_change
from aright.core.observe.intake.wire import FIXES, Fault, Time, explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.observe.intake.quarantine import Quarantine

PREFIX: Final = "dev.aright.change."
KINDS: Final = frozenset({"deploy", "model_version", "config", "flag", "library", "schema", "data", "other"})
"""Kinds of change: what follows the prefix in the event's ``type``."""

MAX_DETAIL: Final = 65_536
"""Characters of a change's diff or message that are kept; what a long one does shows in its beginning."""

_FIX = "send one CloudEvents 1.0 JSON object, or an array of them"


class ChangeData(msgspec.Struct):
    """The event's ``data``."""

    service: str = ""
    what: str = ""
    before: str | int | float = ""
    after: str | int | float = ""
    title: str = ""
    detail: str = ""


class Event(msgspec.Struct):
    """A CloudEvent, as far as it is read."""

    specversion: str
    id: str
    source: str
    type: str
    time: Time | None = None
    subject: str = ""
    data: ChangeData | None = None


def read_changes(body: bytes, received_at: Micros, quarantine: Quarantine) -> tuple[Change, ...]:
    """Return the good changes of a body; bad ones go into the quarantine.

    Raises ``UnreadableError`` where the body is no JSON object or array.

    >>> from aright.core.observe.intake.quarantine import Quarantine
    >>> event = (b'{"specversion": "1.0", "id": "7", "source": "/ci", "type": "dev.aright.change.deploy",'
    ...          b' "data": {"service": "shop", "what": "api", "after": "1.4"}}')
    >>> read_changes(event, 1_000_000, Quarantine())[0].after
    '1.4'
    """
    changes: dict[str, Change] = {}
    for number, raw in enumerate(_events(body)):
        try:
            told = webhook_change(raw)
            change = _event_change(raw, received_at) if told is None else _held(told, received_at)
            _hold_new(change, changes)
            changes[change.key] = change
        except Unneeded as unneeded:
            quarantine.note("", unneeded.problem, unneeded.fix, row=number)
        except Fault as fault:
            quarantine.add(
                number, fault.field, fault.problem, fault.fix, bytes(raw)[:2_000].decode("utf-8", "replace")
            )
    return tuple(changes.values())


def _hold_new(change: Change, known: Mapping[str, Change]) -> None:
    if change.key in known:
        raise Fault("id", "the same source and id are in this body already", "give each event its own id")


def _events(body: bytes) -> list[msgspec.Raw]:
    return json_objects(body, noun="batch", fewer="split it into several requests", fix=_FIX)


def _held(change: Change, received_at: Micros) -> Change:
    """Hold a webhook's change to what every change is held to."""
    _hold_texts(change.service, change.key, change.what, change.after, change.title)
    _at(change.at, received_at)
    return change


def _hold_texts(service: str, *texts: str) -> None:
    if not nameable(service, MAX_SERVICE):
        raise Fault("data.service", "no service is named", "name it in data.service or first in subject")
    if any(len(text) > MAX_STRING for text in texts):
        raise Fault("data", f"a text is longer than {MAX_STRING:,} characters", "shorten it")


def _event_change(raw: msgspec.Raw, received_at: Micros) -> Change:
    try:
        event = msgspec.json.decode(raw, type=Event)
    except msgspec.ValidationError as error:
        fault = explain(error)
        raise Fault(fault.field, fault.problem, _fix(fault.field)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Fault("", f"not valid JSON: {str(error)[:200]}", _FIX) from error
    data = event.data or ChangeData()
    service = data.service or event.subject.partition("/")[0]
    _hold(event, data, service)
    return Change(
        key=f"{event.source} {event.id}",
        at=_at(event.time, received_at),
        service=service,
        kind=event.type.removeprefix(PREFIX),
        what=data.what,
        before=str(data.before),
        after=str(data.after),
        source=event.source,
        title=data.title,
        detail=data.detail[:MAX_DETAIL],
    )


def _hold(event: Event, data: ChangeData, service: str) -> None:
    """Raise ``Fault`` where the event is none that aright knows."""
    if event.specversion != "1.0":
        raise Fault("specversion", f'"{event.specversion[:20]}" is not read', 'write "1.0"')
    if not event.type.startswith(PREFIX) or event.type.removeprefix(PREFIX) not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise Fault(
            "type", f'"{event.type[:100]}" is no change', f"write {PREFIX}KIND with KIND one of {known}"
        )
    if not event.id or not event.source:
        raise Fault("id", "id or source is empty", "source and id together name the event")
    _hold_texts(service, event.id, event.source, data.what, str(data.before), str(data.after), data.title)


def _at(time: Time | None, received_at: Micros) -> Micros:
    if time is None:
        return received_at
    at = time if isinstance(time, int) else from_datetime(time)
    if not received_at - PAST <= at <= received_at + FUTURE:
        raise Fault("time", f"{iso(at)} is far from our clock, which says {iso(received_at)}", FIXES["time"])
    return at


def _fix(field: str) -> str:
    if field == "time":
        return FIXES["time"]
    return "write specversion, id, source, type, and data with service, what, before and after"
