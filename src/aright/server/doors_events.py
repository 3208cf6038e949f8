"""The door for events of PagerDuty's Events API v2: what pages through PagerDuty can page through aright.

The routing key is a token of aright; it stands in the body, and is not kept with it. Answers are PagerDuty's:
202 with the dedup key, 400 with what is wrong; a client tries again after 429 and 5xx alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec

from aright.core.model.frame import Format, Kind
from aright.server.door import Door, Reply
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.frame import Frame
    from aright.engine.intake import Acceptance

LARGEST: Final = 512_000
"""Bytes of an event."""

_LONGEST_TOKEN: Final = 512
_INVALID: Final = frozenset({400, 401, 415, 422})


class _Keyed(msgspec.Struct):
    routing_key: str = ""


class _Named(msgspec.Struct):
    dedup_key: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What PagerDuty answers.

    Attributes:
        status: ``success`` or ``invalid event``.
        message: in words.
        dedup_key: of an event that was taken.
        errors: what is wrong with one that was not.
    """

    status: str
    message: str
    dedup_key: str = ""
    errors: tuple[str, ...] = ()


def _routing_key(body: bytes) -> str:
    keyed: _Keyed = _read(body, _Keyed)
    return keyed.routing_key if len(keyed.routing_key) <= _LONGEST_TOKEN else ""


def _without_key(_headers: Mapping[bytes, bytes], body: bytes) -> bytes:
    """Return the event as it is kept: without the token, and with a key where a trigger has none."""
    event = {name: value for name, value in _read(body, dict[str, Any]).items() if name != "routing_key"}
    if event.get("event_action") == "trigger" and not event.get("dedup_key"):
        event["dedup_key"] = uuid4().hex
    return msgspec.json.encode(event)


def _read(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except RecursionError as error:
        raise ProblemError(400, "The event is nested too deeply.", "Send less in custom_details.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = str(error)[:200]
        raise ProblemError(400, f"The event cannot be read: {text}.", "Send JSON, uncompressed.") from error


def _answer(acceptance: Acceptance, frame: Frame, _position: int) -> Reply:
    if acceptance.bad_count:
        errors = tuple(" ".join(f"{bad.field}: {bad.problem}; {bad.fix}".split()) for bad in acceptance.bad)
        return _invalid(errors)
    key = msgspec.json.decode(frame.body, type=_Named).dedup_key
    told = Told(status="success", message="Event processed", dedup_key=key)
    return Reply(status=202, body=msgspec.json.encode(told))


def _refuse(error: ProblemError, _content_type: str) -> Reply:
    if error.status == 401:
        return _invalid(
            ("routing_key: it is no token of this aright; `aright token new NAME --pagerduty` makes one",)
        )
    if error.status in _INVALID:
        return _invalid((f"{error.problem} {error.fix}",))
    told = Told(status="refused", message=f"{error.problem} {error.fix}")
    return Reply(status=error.status, body=msgspec.json.encode(told), headers=error.headers)


def _invalid(errors: tuple[str, ...]) -> Reply:
    told = Told(status="invalid event", message="Event object is invalid", errors=errors)
    return Reply(status=400, body=msgspec.json.encode(told))


DOORS: Final[dict[str, Door]] = {
    "/v2/enqueue": Door(
        kind=Kind.ALERTS,
        formats={"application/json": Format.PAGERDUTY},
        answer=_answer,
        refuse=_refuse,
        summary="Take an event as PagerDuty's Events API v2 does; the routing key is a token of aright.",
        defined_at="https://developer.pagerduty.com/docs/events-api-v2-overview",
        success=202,
        compose=_without_key,
        token_in=_routing_key,
        largest=LARGEST,
    )
}
"""By path."""
