"""What an endpoint's windows are judged by, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aright.core.detect.contract_evidence import needed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract import Summary
    from aright.core.model.alert import Alert
    from aright.core.model.contracts import ContractBreak, ContractState
    from aright.core.model.times import Micros


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How often it may be wrong.

    Attributes:
        false_pages: a service and month.
        false_notices: a service and day.
        endpoints: that the service has.
    """

    false_pages: float
    false_notices: float
    endpoints: int

    def needed(self, grade: str, span: Micros) -> float:
        """Return the evidence (nats) that a break of a grade takes."""
        harm = grade == "breaking"
        allowed = self.false_pages if harm else self.false_notices
        return needed(span=span, endpoints=self.endpoints, allowed=allowed, harm=harm)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A window that is over.

    Attributes:
        pieces: what its documents came to, in order of time; at least one holds some.
        end: of it (µs, UTC).
        n: documents whose structure was checked.
        misfits: of these, those that did not fit.
        example: what was wrong with one of them.
        before: what came in the window before, where that is known.
    """

    pieces: Sequence[Summary]
    end: Micros
    n: int = 0
    misfits: int = 0
    example: str = ""
    before: Summary | None = None

    @property
    def start(self) -> Micros:
        """Return when it began (µs, UTC)."""
        return self.pieces[0].start


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What comes of a window.

    Attributes:
        state: where the endpoint stands now.
        use: what becomes of the window: learnt from, put aside until it is clear what it is, or dropped.
        aside: what becomes of those put aside before.
        alerts: what is told.
        closed: the break that is over.
    """

    state: ContractState
    use: Literal["learn", "aside", "drop"]
    aside: Literal["learn", "keep", "drop"] = "keep"
    alerts: tuple[Alert, ...] = ()
    closed: ContractBreak | None = None
