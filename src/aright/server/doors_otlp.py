"""OTLP over HTTP: the paths, and answers in the encoding of the request.

https://opentelemetry.io/docs/specs/otlp/#otlphttp: 200 with what was not taken (partial success), 400 for
what cannot be read, 429 or 503 with Retry-After for what is to be sent again. Errors are a
``google.rpc.Status``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.frame import Format, Kind
from aright.server.door import Door, Reply

if TYPE_CHECKING:
    from aright.core.model.frame import Frame
    from aright.engine.intake import Acceptance
    from aright.server.problems import ProblemError

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

_FORMATS: Final = {PROTOBUF: Format.OTLP_PROTO, JSON: Format.OTLP_JSON}
_REJECTED: Final = {
    Kind.SPANS: "rejectedSpans",
    Kind.PROCESS: "rejectedDataPoints",
    Kind.LOGS: "rejectedLogRecords",
}
_CODES: Final = {400: 3, 401: 16, 413: 8, 415: 3, 408: 4, 429: 8, 503: 14}
"""Status codes of gRPC by those of HTTP: INVALID_ARGUMENT, UNAUTHENTICATED …"""

_INTERNAL: Final = 13
_MOST_TOLD: Final = 5


def said_of(acceptance: Acceptance) -> str:
    """Return in one text what was not taken, or left out of what was; empty where there is nothing to say."""
    told = (*acceptance.bad, *acceptance.notes)[:_MOST_TOLD]
    return "; ".join(f"{each.field or f'entry {each.row}'}: {each.problem} ({each.fix})" for each in told)


def partial_success(rejected: int, said: str) -> bytes:
    """Return an ``Export…ServiceResponse`` of any of the three kinds, in protobuf.

    >>> partial_success(0, ""), partial_success(3, "why").hex()
    (b'', '0a0708031203776879')
    """
    if not rejected and not said:
        return b""
    text = said.encode()
    inner = (b"\x08" + _varint(rejected) if rejected else b"") + b"\x12" + _varint(len(text)) + text
    return b"\x0a" + _varint(len(inner)) + inner


def status(code: int, message: str) -> bytes:
    """Return a ``google.rpc.Status`` in protobuf.

    >>> status(3, "no").hex()
    '080312026e6f'
    """
    text = message.encode()
    return b"\x08" + _varint(code) + b"\x12" + _varint(len(text)) + text


def _varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def _answer(acceptance: Acceptance, frame: Frame, _position: int) -> Reply:
    said = said_of(acceptance)
    if frame.format is Format.OTLP_PROTO:
        return Reply(status=200, body=partial_success(acceptance.bad_count, said), content_type=PROTOBUF)
    told: dict[str, object] = {}
    if acceptance.bad_count:
        told[_REJECTED[frame.kind]] = str(acceptance.bad_count)  # 64 bits are text in protobuf's JSON
    if said:
        told["errorMessage"] = said
    return Reply(status=200, body=msgspec.json.encode({"partialSuccess": told} if told else {}))


def _refuse(error: ProblemError, content_type: str) -> Reply:
    code, message = _CODES.get(error.status, _INTERNAL), f"{error.problem} {error.fix}"
    if content_type.partition(";")[0].strip().lower() == PROTOBUF:
        return Reply(
            status=error.status, body=status(code, message), content_type=PROTOBUF, headers=error.headers
        )
    body = msgspec.json.encode({"code": code, "message": message})
    return Reply(status=error.status, body=body, headers=error.headers)


DOORS: Final[dict[str, Door]] = {
    path: Door(
        kind=kind,
        formats=_FORMATS,
        answer=_answer,
        refuse=_refuse,
        summary=f"Take OpenTelemetry's {path.rpartition('/')[2]}, as OTLP over HTTP has them.",
        defined_at="https://opentelemetry.io/docs/specs/otlp/",
    )
    for path, kind in (
        ("/v1/traces", Kind.SPANS),
        ("/v1/metrics", Kind.PROCESS),
        ("/v1/logs", Kind.LOGS),
    )
}
"""By path, as OTLP has them."""
