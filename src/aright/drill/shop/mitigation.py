"""What the shop lets others do to put it right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.drill.shop import names
from aright.drill.times import SECOND
from aright.drill.webhook import UNDO, Order, RefusedError, Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.drill.shop.recommend import Recommender
    from aright.drill.wire.server import Request, Response

RESTORE_PATH: Final = "/mitigations/pin-snapshot"
ROLL_BACK_PATH: Final = "/mitigations/serve-version"


class Mitigations:
    """Carries out what was ordered.

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
        self._now = now
        self._tell = tell
        self._webhooks = Webhooks(self._carry_out, secret=secret, now=now, wall=wall)

    def handle(self, request: Request) -> Response:
        """Answer a webhook."""
        return self._webhooks.handle(request)

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
