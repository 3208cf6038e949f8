"""CloudEvents in HTTP's binary mode: attributes in headers ``ce-…``, the data as the body.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md. They are put
together to the structured mode, so that one body says all of it, in the log as on the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST: Final = 1 << 20
"""Bytes of one event's data."""

_PREFIX: Final = b"ce-"
_MARK: Final = b"ce-specversion"
_READ: Final = frozenset({"specversion", "id", "source", "type", "time", "subject"})
_FIX: Final = "Send the event's data as plain JSON, or the whole event in structured mode."


def structured(headers: Mapping[bytes, bytes], body: bytes) -> bytes:
    """Return one structured event where headers say that the body is a binary one's data, else the body.

    Raises ``ProblemError`` (400, 413, 415) where the data are no plain JSON.

    >>> structured({b"ce-specversion": b"1.0", b"ce-id": b"a%20b"}, b'{"what": "api"}')
    b'{"specversion":"1.0","id":"a b","data":{"what": "api"}}'
    """
    if _MARK not in headers:
        return body
    if headers.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}:
        raise ProblemError(415, "An event in binary mode is read uncompressed.", _FIX)
    if len(body) > LARGEST:
        raise ProblemError(413, f"The event's data are larger than {LARGEST:,} bytes.", _FIX)
    event: dict[str, str | msgspec.Raw] = {
        name: unquote(value.decode("latin-1"))
        for key, value in headers.items()
        if key.startswith(_PREFIX) and (name := key[len(_PREFIX) :].decode("latin-1")) in _READ
    }
    if body.strip():
        try:
            msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProblemError(400, f"The event's data are no JSON: {str(error)[:200]}.", _FIX) from error
        event["data"] = msgspec.Raw(body)
    return msgspec.json.encode(event)
