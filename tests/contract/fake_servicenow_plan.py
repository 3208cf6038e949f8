"""What goes wrong between a client and ServiceNow, by a seed: the same seed, the same mishaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

Mishap = Literal[
    "", "drop_before", "drop_after", "limited", "error_before", "error_after", "slow", "late", "hang"
]
"""``drop_before``: the line is cut and nothing was done; ``drop_after``: it was; ``limited``: 429;
``error_before``: 503, nothing was done; ``error_after``: a proxy's 502 although it was done; ``slow``: the
answer takes its time; ``late``: the line is cut and it is done later; ``hang``: likewise, but
the line is held, so that the client's own timeout ends it."""

MISHAPS: Final[tuple[Mishap, ...]] = (
    "drop_before",
    "drop_after",
    "limited",
    "error_before",
    "error_after",
    "late",
)


@dataclass
class Plan:
    """Mishaps for a share of all requests.

    Attributes:
        seed: of the mishaps.
        share: of the requests that meet one.
        mishaps: which ones, all alike.
        first: what meets the first requests, before chance decides.
        late_by: how much later at most it is done (seconds).
        met: how often each was met.
    """

    seed: int = 0
    share: float = 0.0
    mishaps: tuple[Mishap, ...] = MISHAPS
    first: list[Mishap] = field(default_factory=list)
    late_by: float = 45.0
    met: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def next(self) -> Mishap:
        """Return what meets the next request."""
        mishap: Mishap = ""
        if self.first:
            mishap = self.first.pop(0)
        elif self.share and self._random.random() < self.share:
            mishap = self._random.choice(self.mishaps)
        self.met[mishap] = self.met.get(mishap, 0) + 1
        return mishap

    def delay(self) -> float:
        """Return how much later something is done (seconds)."""
        return self._random.uniform(0.0, self.late_by)
