"""The feature source of user vectors: a snapshot per shard, taken anew every minute, until it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.drill.shop.plan import MINUTE, SECOND, Fault, Plan

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.drill.shop.factors import Floats

PERIOD: Final = MINUTE
LAG: Final = 4 * SECOND
"""How old a snapshot is when it can first be read."""
LIMIT: Final = 3 * MINUTE
"""The service does not trust a vector that is older, unless somebody has pinned its snapshot."""
BACKUP: Final = 19 * 60 * MINUTE + 7 * MINUTE
"""How old the backup is from which a shard is wrongly restored."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A user's vector as the source gives it.

    Attributes:
        vector: its values.
        norm: its length.
        age_s: seconds since its snapshot was taken.
        pinned: whether somebody has told the source to serve this snapshot whatever its age.
    """

    vector: Floats
    norm: float
    age_s: float
    pinned: bool


class VectorSource:
    """Gives users' vectors from the snapshot of the shard they lie in.

    Args:
        plan: says what goes wrong with which shard, and when.
        vectors: for each model version the users' vectors; shape (users, width).
        shard: of each user, as an index into the plan's shards.
        known: whether the shop knows the user at all.
    """

    def __init__(
        self,
        plan: Plan,
        vectors: dict[str, Floats],
        shard: npt.NDArray[np.int64],
        known: npt.NDArray[np.bool_],
    ) -> None:
        self._plan = plan
        self._vectors = vectors
        self._norms = {version: np.linalg.norm(rows, axis=1) for version, rows in vectors.items()}
        self._shard = [plan.shards[k] for k in shard]
        self._known = known.tolist()
        self._pinned: dict[str, int] = {}
        # Each shard is refreshed at its own moment; the hit one so that a snapshot which is never followed
        # by another grows too old at the onset and not up to a minute after it.
        self._phase = {name: (k * 17 * SECOND) % PERIOD for k, name in enumerate(plan.shards)}
        self._phase[plan.shard] = (plan.onset - LIMIT) % PERIOD

    @property
    def shards(self) -> frozenset[str]:
        """Names of the shards that have snapshots."""
        return frozenset(self._plan.shards)

    def fetch(self, user: int, version: str, now: int) -> Reading | None:
        """Return a user's vector at ``now`` (µs), or ``None`` where the source has none."""
        if not self._known[user]:
            return None
        shard = self._shard[user]
        taken = self._taken(shard, now)
        if taken is None:
            return None
        return Reading(
            vector=self._vectors[version][user],
            norm=float(self._norms[version][user]),
            age_s=(now - taken) / SECOND,
            pinned=shard in self._pinned,
        )

    def last_good(self, shard: str, now: int) -> int:
        """Return when the last snapshot was taken that is not known to be bad (µs)."""
        if shard == self._plan.shard and self._plan.fault in {Fault.EMPTY, Fault.STALE}:
            now = min(now, self._last_refresh())
        return self._latest(shard, now)

    def pin(self, shard: str, now: int) -> int:
        """Serve the last good snapshot of a shard from now on, whatever its age; return its time (µs)."""
        self._pinned[shard] = self.last_good(shard, now)
        return self._pinned[shard]

    def unpin(self, shard: str) -> bool:
        """Serve the newest snapshot again; returns whether another one was pinned."""
        return self._pinned.pop(shard, None) is not None

    def _taken(self, shard: str, now: int) -> int | None:
        if shard in self._pinned:
            return self._pinned[shard]
        plan = self._plan
        if shard != plan.shard:
            return self._latest(shard, now)
        if plan.fault is Fault.EMPTY and now >= plan.onset:
            return None
        if plan.fault is Fault.STALE:
            if plan.restored and now >= plan.onset:
                return plan.onset - BACKUP
            if not plan.restored:
                return min(self._latest(shard, now), self._latest(shard, self._last_refresh()))
        return self._latest(shard, now)

    def _last_refresh(self) -> int:
        """Return the moment up to which the hit shard's snapshots are good (µs)."""
        plan = self._plan
        stopped = plan.fault is Fault.STALE and not plan.restored
        return plan.onset - LIMIT + LAG if stopped else plan.onset

    def _latest(self, shard: str, now: int) -> int:
        phase = self._phase[shard]
        return (now - LAG - phase) // PERIOD * PERIOD + phase
