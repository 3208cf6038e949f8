"""Traffic that is split in memory, for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from aright.core.mitigate.shares import met
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.rollout import TrafficConfig


class MemoryTraffic:
    """Keeps shares; thread-safe.

    Args:
        shares: what each router sends to its candidate at first; those not named are not there.
        warned: what is to be known before traffic is moved.

    Attributes:
        sent: what was ordered, oldest first, each key once: router, share, key.
        failure: raised by whatever is asked, while it is there.
    """

    def __init__(self, shares: Mapping[TrafficConfig, float], warned: str = "") -> None:
        self.sent: list[tuple[TrafficConfig, float, str]] = []
        self.failure: TrafficError | None = None
        self._shares = dict(shares)
        self._warned = warned
        self._lock = threading.Lock()

    def share(self, at: TrafficConfig) -> float:
        """Return the share; raises ``TrafficError``."""
        if self.failure is not None:
            raise self.failure
        if at not in self._shares:
            raise TrafficError("there is no such router: name one that is there", permanent=True)
        return self._shares[at]

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:
        """Set it, once for a key; raises ``TrafficError``."""
        with self._lock:
            self.share(at)
            if all(known != key for _, _, known in self.sent):
                self.sent.append((at, share, key))
                self._shares[at] = share
        return f"the candidate gets {met(share, self.share(at))}"

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Say what would be set; raises ``TrafficError``."""
        return f"the candidate would get {met(share, share)}; it gets {met(self.share(at), self.share(at))}"

    def warning(self, at: TrafficConfig) -> str:  # noqa: ARG002 - the port's
        """Return what it was made with."""
        return self._warned
