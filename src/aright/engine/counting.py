"""The part that takes rates of counters and quantiles of histograms, and says which series found no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.bookkeeping import BadRow, Quarantined
from aright.core.model.frame import Kind
from aright.core.model.times import DAY
from aright.core.observe.counters import MOST_NAMES, MOST_SERIES, Counters
from aright.engine.parts import Told
from aright.engine.process import figure

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.service import Service
    from aright.core.model.times import Micros
    from aright.core.observe.counters import Counted
    from aright.engine.settings import Settings
    from aright.ports.state import Transaction

_FIX: Final = "keep those that matter: write_relabel_configs of remote_write, or metrics of a scrape"


class CountingPart:
    """Differences one service's counters.

    A restart forgets the last values: the increase between the last sample before it and the first one after
    it is missing, of each series once.
    """

    kinds = frozenset({Kind.COUNTERS})

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service.key
        self._width = settings.width
        self._counters = Counters()
        self._said_at: Micros | None = None

    def resume(self, tx: Transaction, closed_to: Micros) -> None:
        """Begin anew; there is nothing in the state."""

    def take(self, _kind: Kind, rows: pa.Table) -> None:
        """Take samples of any order."""
        self._counters.add(rows)

    def has_open(self) -> bool:
        """Return whether samples wait for a window to close."""
        return self._counters.waits()

    def close(self, tx: Transaction, start: Micros, *, now: Micros, quiet: bool) -> Told:  # noqa: ARG002  nothing is judged here
        """Return what the window's samples add."""
        counted = self._counters.close(start + self._width)
        if counted.left_out and (self._said_at is None or now - self._said_at >= DAY):
            self._said_at = now
            tx.put(self._left_out(counted, now))
        return Told(
            points=tuple(
                point
                for measure in counted.measures
                for point in figure(
                    self._service,
                    measure.name,
                    start=start,
                    width=self._width,
                    n=measure.hosts,
                    total=measure.total,
                    top=measure.top,
                )
            )
        )

    def _left_out(self, counted: Counted, now: Micros) -> Quarantined:
        problem = (
            f"{counted.left_out:,} series of {self._service} are left out, such as those of "
            f"{', '.join(counted.examples)}: {MOST_SERIES:,} series of {MOST_NAMES} metrics are taken"
        )
        bad = BadRow(row=0, field="series", problem=problem, fix=_FIX)
        return Quarantined(
            key=f"counters of {self._service}", at=now, kind="counters", count=counted.left_out, rows=(bad,)
        )
