"""Parts of a watch: each folds rows of some kinds of one service, and tells something as windows close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from aright.core.model.alert import Alert
    from aright.core.model.frame import Kind
    from aright.core.model.service import Service
    from aright.core.model.signal import SignalPoint
    from aright.core.model.times import Micros
    from aright.core.observe.calls import Halves
    from aright.engine.settings import Settings
    from aright.ports.state import Transaction


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a part has to tell of a closed window.

    Attributes:
        points: its signals; they are stored, and judged as all signals are.
        alerts: what it found itself.
        late: rows that came after the window of their time was closed.
        halves: of calls to and from the service, by which callers and callees are matched.
    """

    points: tuple[SignalPoint, ...] = ()
    alerts: tuple[Alert, ...] = ()
    late: int = 0
    halves: Halves | None = None


class Part(Protocol):
    """One service's fold of rows of some kinds.

    What it remembers beyond open windows it puts into the transaction that closes a window, so that a restart
    goes on from there: rows of windows that are not closed yet are given to ``take`` again.
    """

    @property
    def kinds(self) -> frozenset[Kind]:
        """Return the kinds of rows that it wants."""
        ...

    def resume(self, tx: Transaction, closed_to: Micros) -> None:
        """Go on after a restart from what was put into the state; windows before ``closed_to`` are closed."""
        ...

    def take(self, kind: Kind, rows: pa.Table) -> None:
        """Fold rows in, of any order."""
        ...

    def has_open(self) -> bool:
        """Return whether rows wait for a window to close."""
        ...

    def close(self, tx: Transaction, start: Micros, *, now: Micros, quiet: bool) -> Told:
        """Close the window that starts at ``start``; ``quiet`` while an incident of the service is open."""
        ...


Make: TypeAlias = "Callable[[Service, Settings], Part]"
"""Makes a part for a service."""
