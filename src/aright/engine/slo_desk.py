"""The desk's part that answers about SLOs; see ``SloOperations`` for what each method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.detect.slo_report import attainments, edges
from aright.core.detect.slo_targets import STEP, propose
from aright.core.model.signal import ALL, Bad
from aright.core.model.slo import Indicator
from aright.core.model.times import DAY, HOUR
from aright.core.observe.catalogue import kind_of
from aright.engine.operations import UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.detect.slo_report import Period
    from aright.core.model.slo import Attainment, Proposal, Standing
    from aright.core.model.times import Micros
    from aright.engine.runtime import Runtime

HISTORY: Final = 92 * DAY
"""How far back a proposal looks."""

_WINDOWS: Final = 40
_MOST_SIGNALS: Final = 24
_OTHERS: Final = {"slower": False, "estimate": True, "contract": False}
"""Families that are candidates besides those that hurt by themselves, and whether they count what is good."""


class SloDesk:
    """Asks the watches where SLOs stand, and the stored points what was."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._world = runtime.world

    def standings(self, *, service: str | None = None) -> Sequence[Standing]:
        """Return where each SLO stands, by service and name."""
        with self._runtime.lock:
            at = self._runtime.closed_to
            return [
                standing
                for name, watch in sorted(self._runtime.watches.items())
                if service in {None, name}
                for standing in watch.objectives.standings(at)
            ]

    def standing(self, name: str) -> Standing:
        """Return where one stands; raises ``UnknownError``."""
        for standing in self.standings():
            if standing.slo.key == name:
                return standing
        raise UnknownError(f"there is no SLO {name[:100]!r}", "`aright slo list` shows those there are.")

    def report(self, name: str, *, period: Period, count: int) -> Sequence[Attainment]:
        """Return what was attained in the last periods; raises ``UnknownError``."""
        slo = self.standing(name).slo
        limits = edges(period, now=self._world.clock.now(), count=count)
        with self._world.state.transaction() as tx:
            tallies = tx.tallies(
                slo.service,
                name=slo.indicator.signal,
                segment=slo.indicator.segment,
                start=limits[0],
                end=limits[-1],
                step=slo.indicator.slice or HOUR,
            )
        return attainments(slo, tallies, limits)

    def proposals(self, service: str) -> Sequence[Proposal]:
        """Return targets that history bears out; raises ``UnknownError``."""
        if service not in self._runtime.watches:
            raise UnknownError(
                f"there is no service {service[:100]!r}", "`aright slo list` shows those that have SLOs."
            )
        end = self._runtime.closed_to
        return [self._proposal(service, indicator, end) for indicator in self._indicators(service, end)]

    def _proposal(self, service: str, indicator: Indicator, end: Micros) -> Proposal:
        with self._world.state.transaction() as tx:
            tallies = tx.tallies(
                service,
                name=indicator.signal,
                segment=indicator.segment,
                start=max(0, end - HISTORY),
                end=end,
                step=STEP,
            )
        return propose(service, indicator, tallies)

    def _indicators(self, service: str, end: Micros) -> list[Indicator]:
        """Return what the service has lately counted that hurts users, and what its SLOs count."""
        width = self._world.settings.width
        with self._world.state.transaction() as tx:
            points = tx.points(service, start=end - _WINDOWS * width, end=end, segment=ALL)
        found = {indicator.signal: indicator for indicator in _candidates(point.name for point in points)}
        for standing in self.standings(service=service):
            indicator = standing.slo.indicator
            if not indicator.slice:
                found[f"{indicator.signal} {indicator.segment}"] = indicator
                if indicator.segment == ALL:
                    found.pop(indicator.signal, None)
        return [found[name] for name in sorted(found)][:_MOST_SIGNALS]


def _candidates(names: Iterable[str]) -> list[Indicator]:
    found = []
    for name in sorted(set(names)):
        family = name.partition(":")[0]
        if family in _OTHERS:
            found.append(Indicator(signal=name, counts_good=_OTHERS[family]))
            continue
        try:
            kind = kind_of(name)
        except LookupError:  # of the process, not of what it answers
            continue
        if kind.harm and kind.bad is not Bad.BOTH:
            found.append(Indicator(signal=name, counts_good=kind.bad is Bad.DOWN))
    return found
