"""Traffic: what share of a service's requests the candidate answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aright.core.model.rollout import TrafficConfig


class TrafficError(Exception):
    """Traffic could not be read or moved; the text says why and what to do next.

    Attributes:
        permanent: trying again will not help.
    """

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent


class Traffic(Protocol):
    """Splits traffic in one way. May be called from many threads."""

    def share(self, at: TrafficConfig) -> float:
        """Return the share in [0, 1] that goes to the candidate now, as the router says; ``TrafficError``."""
        ...

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:
        """Send that share to the candidate, the rest to stable; return what was done, ≤ 2,000 characters.

        What was set is read back before this returns. ``key`` is stable over retries. The share is met as
        nearly as the router can; 0 and 1 are met exactly. Raises ``TrafficError``.
        """
        ...

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Return what ``send`` would do, having read what there is; raises ``TrafficError``."""
        ...

    def warning(self, at: TrafficConfig) -> str:
        """Return what must be known before traffic is moved in this way; empty where nothing."""
        ...
