"""A body that is one JSON object, or an array of them."""

from __future__ import annotations

import msgspec

from aright.core.observe.intake.json_rows import MAX_ARRAY
from aright.core.observe.intake.unreadable import UnreadableError


def json_objects(body: bytes, *, noun: str, fewer: str, fix: str) -> list[msgspec.Raw]:
    """Return each object undecoded, so that one that is wrong does not spoil the others.

    Raises ``UnreadableError`` where the body is neither, or too large to be looked at.

    Args:
        body: decompressed.
        noun: what a body of this kind is called.
        fewer: what to do where it is too large.
        fix: what to send.

    >>> [bytes(one) for one in json_objects(b'[{"a": 1}, {}]', noun="body", fewer="", fix="")]
    [b'{"a": 1}', b'{}']
    """
    if len(body) > MAX_ARRAY:
        raise UnreadableError(f"the {noun} is larger than {MAX_ARRAY:,} bytes", fewer)
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        if body[:1_024].lstrip().startswith(b"["):
            return msgspec.json.decode(body, type=list[msgspec.Raw])
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except RecursionError as error:
        raise UnreadableError("the body is nested too deeply", fix) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"the body is no JSON object or array: {str(error)[:200]}", fix) from error
    return [msgspec.Raw(body)]
