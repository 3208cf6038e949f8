"""The recommender: scores every item for a user's vector, or shows what is popular when there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aright.drill.shop import names
from aright.drill.shop.factors import best, fit
from aright.drill.shop.plan import SECOND, Fault, Plan
from aright.drill.shop.snapshots import LIMIT, Reading, VectorSource
from aright.drill.shop.world import ITEMS, LIST

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.drill.shop.factors import Floats


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is shown, and what it was made from.

    Attributes:
        items: indices of the ten items, best first.
        reading: what the vector source gave.
        generic: whether it is the same for everybody.
        version: the model version that serves.
    """

    items: npt.NDArray[np.intp]
    reading: Reading | None
    generic: bool
    version: str


class Recommender:
    """Serves lists from the factors of the model version that is live.

    Args:
        plan: says whether and when a new version goes out.
        seen: what users took up in the past; shape (users, items).
        shard: of each user, as an index into the plan's shards.
    """

    def __init__(self, plan: Plan, seen: Floats, shard: npt.NDArray[np.int64]) -> None:
        self._plan = plan
        self._popular = best(seen.sum(axis=0), LIST)
        vectors: dict[str, Floats] = {}
        self._items: dict[str, Floats] = {}
        for number, version in enumerate(names.VERSIONS if plan.deploys else names.VERSIONS[:1]):
            learned = _misalign(seen, plan) if number and plan.fault is Fault.BAD_MODEL else seen
            rng = np.random.default_rng([plan.seed, 5, number])
            vectors[version], self._items[version] = fit(learned, rng=rng)
        self.source = VectorSource(plan, vectors, shard, seen.sum(axis=1) > 0)
        self._kept = ""

    @property
    def versions(self) -> tuple[str, ...]:
        """The model versions that can be served."""
        return tuple(self._items)

    def serving(self, now: int) -> str:
        """Return the model version that is live at ``now`` (µs)."""
        if self._kept:
            return self._kept
        return names.VERSIONS[1] if self._plan.deploys and now >= self._plan.onset else names.VERSIONS[0]

    def keep(self, version: str) -> str:
        """Serve ``version`` from now on, or what the deploys say where it is empty; return what was kept."""
        before, self._kept = self._kept, version
        return before

    def shelf(self, user: int, now: int) -> Shelf:
        """Return the list for a user at ``now`` (µs)."""
        version = self.serving(now)
        reading = self.source.fetch(user, version, now)
        if reading is None or (reading.age_s * SECOND > LIMIT and not reading.pinned):
            return Shelf(self._popular, reading, generic=True, version=version)
        shown = best(self._items[version] @ reading.vector, LIST)
        return Shelf(shown, reading, generic=False, version=version)


def _misalign(seen: Floats, plan: Plan) -> Floats:
    """Return the training data as a careless join makes it.

    One item left the catalogue, all ids behind it slipped by one, and the log still speaks of the old ones.
    """
    gap = int(np.random.default_rng([plan.seed, 6]).integers(ITEMS // 5, ITEMS * 2 // 5))
    slipped = seen.copy()
    slipped[:, gap:] = np.roll(seen[:, gap:], 1, axis=1)
    return slipped
