"""The webhooks by which a service lets others put it right: signed, tried out first, and taken back."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.times import MINUTE, SECOND
from aright.drill.wire.server import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

UNDO: Final = "/undo"
SKEW: Final = 5 * MINUTE


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook's body.

    Attributes:
        action: the offered action's id.
        remedy: its remediation class.
        parameters: what it is to be done to.
        dry_run: only say what would be done.
        key: stable over retries.
    """

    action: str
    remedy: str
    parameters: dict[str, str]
    dry_run: bool = False
    key: str = ""


class RefusedError(Exception):
    """The service will not do it; its text says why and what would do."""

    def __init__(self, text: str, status: int = 422) -> None:
        super().__init__(text)
        self.status = status


def offer(url: str, secret: str, *, action: str, title: str, remedy: str) -> dict[str, str]:
    """Return a mitigation's entry in the catalog; what undoes it is found below its own address.

    >>> pin = offer("http://127.0.0.1:1/pin", "s", action="pin", title="Pin", remedy="pin_dependency")
    >>> pin["undo_url"]
    'http://127.0.0.1:1/pin/undo'
    """
    return {
        "id": action,
        "title": title,
        "remedy": remedy,
        "url": url,
        "undo_url": url + UNDO,
        "secret": secret,
    }


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body sent at ``timestamp`` (Unix seconds).

    >>> sign("s3cret", "1700000000", b"{}")[:11]
    'v1=97926816'
    """
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={digest.hexdigest()}"


def check_signature(request: Request, secret: str, clocks: tuple[int, ...]) -> None:
    """Raise ``RefusedError`` unless the request is signed with ``secret`` and of our time.

    Args:
        request: as it came.
        secret: shared with the sender.
        clocks: what the service's clocks say (µs, UTC): the sender's timestamp must be within five minutes
            of one of them, since in a drill the wall's clock and the played one differ.
    """
    timestamp = request.headers.get("x-aright-timestamp", "")
    given = request.headers.get("x-aright-signature", "")
    if not hmac.compare_digest(given.encode(), sign(secret, timestamp, request.body).encode()):
        raise RefusedError("the signature does not fit the body: sign with the action's secret", 401)
    if not timestamp.isdecimal() or all(abs(int(timestamp) * SECOND - now) > SKEW for now in clocks):
        raise RefusedError("the timestamp is more than five minutes off: send it again", 401)


class Webhooks:
    """Carries out what was ordered; an order that comes again under its key is answered and not repeated.

    Args:
        carry_out: is given the path and the order, does it or says what it would do; raises ``RefusedError``.
        secret: that orders are signed with.
        now: the service's time (µs, UTC).
        wall: the wall's time (µs, UTC).
    """

    def __init__(
        self,
        carry_out: Callable[[str, Order], str],
        *,
        secret: str,
        now: Callable[[], int],
        wall: Callable[[], int],
    ) -> None:
        self._carry_out = carry_out
        self._secret = secret
        self._now = now
        self._wall = wall
        self._answered: dict[str, bytes] = {}

    def handle(self, request: Request) -> Response:
        """Answer a webhook: 200 with what was done, 401 or 422 with what is wrong and what would do."""
        try:
            check_signature(request, self._secret, (self._now(), self._wall()))
            order = _read(request)
            # One key may stand on the doing and on its undoing: the path keeps them apart.
            key = f"{request.path} {order.key or request.headers.get('idempotency-key', '')} {order.dry_run}"
            if key not in self._answered:
                self._answered[key] = msgspec.json.encode({"done": self._carry_out(request.path, order)})
            return Response(self._answered[key])
        except RefusedError as refused:
            return Response(msgspec.json.encode({"error": str(refused)}), refused.status)


def _read(request: Request) -> Order:
    try:
        return msgspec.json.decode(request.body, type=Order)
    except msgspec.DecodeError as bad:
        raise RefusedError(f"the body is not an order: {bad}") from bad
