"""What people and programs may ask about SLOs: a part of ``Operations``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.detect.slo_report import Period
    from aright.core.model.slo import Attainment, Proposal, Standing


class SloOperations(Protocol):
    """Everything here may be called from any thread."""

    def standings(self, *, service: str | None = None) -> Sequence[Standing]:
        """Return where each SLO stands, by service and name."""
        ...

    def standing(self, name: str) -> Standing:
        """Return where one stands; raises ``UnknownError``."""
        ...

    def report(self, name: str, *, period: Period, count: int) -> Sequence[Attainment]:
        """Return what was attained in the last periods, the oldest first; raises ``UnknownError``."""
        ...

    def proposals(self, service: str) -> Sequence[Proposal]:
        """Return targets that the service's history bears out, by signal; raises ``UnknownError``."""
        ...
