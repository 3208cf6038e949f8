"""The webhooks by which the shop lets others put it right: signed, tried out first, and taken back."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.shop import names
from aright.drill.shop.plan import MINUTE, SECOND
from aright.drill.wire.server import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.drill.shop.recommend import Recommender

RESTORE_PATH: Final = "/mitigations/pin-snapshot"
ROLL_BACK_PATH: Final = "/mitigations/serve-version"
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
    """The shop will not do it; its text says why and what would do."""

    def __init__(self, text: str, status: int = 422) -> None:
        super().__init__(text)
        self.status = status


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
        clocks: what the shop's clocks say (µs, UTC): the sender's timestamp must be within five minutes
            of one of them, since in a drill the wall's clock and the played one differ.
    """
    timestamp = request.headers.get("x-aright-timestamp", "")
    given = request.headers.get("x-aright-signature", "")
    if not hmac.compare_digest(given.encode(), sign(secret, timestamp, request.body).encode()):
        raise RefusedError("the signature does not fit the body: sign with the action's secret", 401)
    if not timestamp.isdecimal() or all(abs(int(timestamp) * SECOND - now) > SKEW for now in clocks):
        raise RefusedError("the timestamp is more than five minutes off: send it again", 401)


class Mitigations:
    """Carries out what was ordered; an order that comes again under its key is answered and not repeated.

    Args:
        recommender: what is put right.
        secret: that orders are signed with.
        now: the shop's time (µs, UTC).
        wall: the wall's time (µs, UTC).
        tell: is told the version before and after a roll-back that was carried out.
    """

    def __init__(
        self,
        recommender: Recommender,
        *,
        secret: str,
        now: Callable[[], int],
        wall: Callable[[], int],
        tell: Callable[[str, str], None],
    ) -> None:
        self._recommender = recommender
        self._secret = secret
        self._now = now
        self._wall = wall
        self._tell = tell
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

    def _carry_out(self, path: str, order: Order) -> str:
        if path.removesuffix(UNDO) == RESTORE_PATH:
            return self._snapshot(order, undo=path.endswith(UNDO))
        return self._version(order, undo=path.endswith(UNDO))

    def _snapshot(self, order: Order, *, undo: bool) -> str:
        wanted = order.parameters
        source = self._recommender.source
        if wanted.get("source") != names.VECTORS:
            raise RefusedError(f"{wanted.get('source', '')!r} keeps no snapshots: only {names.VECTORS} does")
        if wanted.get("segment_attribute") != names.SHARD or wanted.get("segment_value") not in source.shards:
            raise RefusedError(
                f"snapshots are kept by {names.SHARD}: name one of {', '.join(sorted(source.shards))}"
            )
        shard = wanted["segment_value"]
        age = (self._now() - source.last_good(shard, self._now())) / SECOND
        if order.dry_run:
            return f"would {'unpin' if undo else f'pin the snapshot of {age:.0f} s ago for'} {shard}"
        if undo:
            return f"{shard} {'reads the newest snapshot again' if source.unpin(shard) else 'was not pinned'}"
        source.pin(shard, self._now())
        return f"{shard} is served from the snapshot of {age:.0f} s ago"

    def _version(self, order: Order, *, undo: bool) -> str:
        wanted = order.parameters.get("from_version" if undo else "version", "")
        shop = self._recommender
        if wanted not in shop.versions:
            raise RefusedError(f"there is no version {wanted!r}: name one of {', '.join(shop.versions)}")
        before = shop.serving(self._now())
        if order.dry_run:
            return f"would serve {wanted} instead of {before}"
        shop.keep(wanted)
        if before != wanted:
            self._tell(before, wanted)
        return f"{wanted} is served instead of {before}"


def _read(request: Request) -> Order:
    try:
        return msgspec.json.decode(request.body, type=Order)
    except msgspec.DecodeError as bad:
        raise RefusedError(f"the body is not an order: {bad}") from bad
