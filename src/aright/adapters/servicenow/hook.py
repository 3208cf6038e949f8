"""A business rule's webhook: it says that something changed, and what did is then read.

So a rule need not tell much, what is told late or twice does no harm, and nothing in it is believed but that
it comes from the instance.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from aright.core.model.heard import Heard
from aright.core.model.times import MINUTE, SECOND
from aright.ports.hook import ForgedError, NoMessageError, StaleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.times import Micros

SIGNATURE: Final = "x-aright-signature"
TIMESTAMP: Final = "x-aright-timestamp"
APART: Final[Micros] = 5 * MINUTE
"""How far the sender's clock and ours may be apart, either way."""

_PREFIX: Final = "v1="


class _Told(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(min_length=1, max_length=200)]


class ServiceNowHook:
    """Reads webhooks; thread-safe.

    Args:
        name: the channel's.
        secret: what webhooks are signed with; empty believes none.
    """

    system: Final = "servicenow"

    def __init__(self, name: str, secret: str) -> None:
        self.name = name
        self._secret = secret

    def read(self, headers: Mapping[str, str], body: bytes, now: Micros) -> Heard:
        """Return that something changed; raises as ``id_of`` does."""
        told = id_of(self._secret, headers, body, now)
        return Heard(ids=(f"rule {told}",), channel=self.name, kind="ping", at=now)


def id_of(secret: str, headers: Mapping[str, str], body: bytes, now: Micros) -> str:
    """Return the id that every repeat has.

    ``X-Aright-Signature`` is ``v1=`` and HMAC-SHA256 of ``X-Aright-Timestamp`` (Unix seconds), a point and
    the body: in hex, or in base64 as an instance's own scripts have it.

    Raises:
        ForgedError: the signature is not right, or no secret is set.
        StaleError: it was signed more than five minutes ago, or ahead.
        NoMessageError: the body has no id.
    """
    timestamp = headers.get(TIMESTAMP, "").strip()
    if not secret or not _signed(secret, timestamp, headers.get(SIGNATURE, "").strip(), body):
        raise ForgedError
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise StaleError("X-Aright-Timestamp must be Unix seconds")
    if abs(int(timestamp) * SECOND - now) > APART:
        raise StaleError("it was signed more than five minutes away from now: is a clock wrong?")
    try:
        return msgspec.json.decode(body, type=_Told).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NoMessageError('the body must be an object with an id: {"id": "…"}') from None


def _signed(secret: str, timestamp: str, given: str, body: bytes) -> bool:
    signed = timestamp.encode("utf-8", "replace") + b"." + body
    right = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    told = given.removeprefix(_PREFIX).encode("utf-8", "replace")
    matches = hmac.compare_digest(right.hex().encode(), told)
    return (matches or hmac.compare_digest(b64encode(right), told)) and given.startswith(_PREFIX)
