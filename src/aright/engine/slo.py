"""SLOs: budgets are counted as windows close; one that burns opens or joins an incident, or gives notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.detect.slo import SloWatch, needed_evidence
from aright.core.detect.slo_alerts import alert_of
from aright.core.detect.slo_report import counted
from aright.core.detect.slo_spans import Sums
from aright.core.model.slo import Burning, Slo, Tally
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.detect.slo import Held
    from aright.core.model.alert import Alert
    from aright.core.model.signal import SignalPoint
    from aright.core.model.slo import Burn, Standing
    from aright.core.model.times import Micros
    from aright.engine.settings import Settings
    from aright.ports.state import Transaction

_MONTH: Final = 30 * DAY
_EVERY: Final = 1_000_000


class Objectives:
    """The SLOs of one service.

    What they have counted is a function of the stored points, and which alerts stand is a document: a restart
    neither forgets a burning budget nor pages for it twice.
    """

    def __init__(
        self,
        watches: Sequence[SloWatch] = (),
        burning: Sequence[Burning] = (),
        width: Micros = 0,
        *,
        quiet: bool = False,
    ) -> None:
        self._watches = {watch.slo.key: watch for watch in watches}
        self._burning = {each.key: each for each in burning if each.key in self._watches}
        self._width = width
        self._quiet = quiet

    def judge(
        self, tx: Transaction, points: Iterable[SignalPoint], *, start: Micros, now: Micros, quiet: bool
    ) -> list[Alert]:
        """Count one closed window; return the SLOs that newly burn too fast.

        Args:
            tx: keeps which alerts stand.
            points: of the window.
            start: its start (µs, UTC).
            now: the time that alerts are given (µs, UTC).
            quiet: an incident is open.
        """
        if not self._watches:
            return []
        ended, self._quiet = self._quiet and not quiet, quiet
        found = {(point.name, point.segment): point for point in points if not point.version}
        alerts = []
        for key, watch in self._watches.items():
            point = found.get((watch.slo.indicator.signal, watch.slo.indicator.segment))
            if point is not None:
                watch.add(Tally(start, point.n, point.total), self._width)
            before = self._burning.get(key, Burning(key=key, service=watch.slo.service))
            if ended:
                before = msgspec.structs.replace(before, page=False, rearmed_at=start + self._width)
            after, held = self._judged(watch, before, start + self._width)
            if after != self._burning.get(key, Burning(key=key, service=watch.slo.service)):
                tx.put(after)
                self._burning[key] = after
            if held is not None:
                alerts.append(alert_of(watch, held, end=start + self._width, now=now))
        return alerts

    def standings(self, at: Micros) -> list[Standing]:
        """Return where each SLO stands at the end of the last closed window."""
        return [
            watch.standing(at, self._burning.get(key, Burning(key=key, service=watch.slo.service)))
            for key, watch in self._watches.items()
        ]

    def _judged(self, watch: SloWatch, before: Burning, end: Micros) -> tuple[Burning, Held | None]:
        """Return which alerts stand now, and the rule of one that is new."""
        burns = watch.burns(end)
        page, ticket = watch.held(end, page=True, burns=burns), watch.held(end, page=False, burns=burns)
        if page is not None and end - before.rearmed_at < page.rule.short:
            page = None
        after = msgspec.structs.replace(
            before,
            page=_stands(watch, page, burns, before=before.page, page=True),
            ticket=_stands(watch, ticket, burns, before=before.ticket, page=False),
        )
        if page is not None and not before.page:
            return after, page
        # An incident tells enough, and what it burned is known when it has ended.
        told = before.ticket or after.page or self._quiet
        return after, None if told else ticket


def _stands(watch: SloWatch, held: Held | None, burns: tuple[Burn, ...], *, before: bool, page: bool) -> bool:
    return held is not None or (before and watch.goes_on(page=page, burns=burns))


def load(
    tx: Transaction,
    service: str,
    settings: Settings,
    closed_to: Micros,
    *,
    quiet: Sequence[tuple[Micros, Micros]] = (),
) -> Objectives:
    """Return a service's SLOs, having counted all stored points of their windows.

    ``quiet`` says when incidents hit the service (µs, UTC).
    """
    slos = tx.list(Slo, service=service, limit=_EVERY)
    watches = _watches(slos, settings)
    for watch in watches:
        _count_again(tx, watch, settings.width, closed_to)
    last = closed_to + settings.lateness
    hit = any(start <= last < end for start, end in quiet)
    burning = tx.list(Burning, service=service, limit=_EVERY) if slos else ()
    return Objectives(watches, burning, settings.width, quiet=hit)


def put(tx: Transaction, slos: Sequence[Slo]) -> None:
    """Make these all the SLOs there are."""
    kept = {slo.key for slo in slos}
    for kind in (Slo, Burning):
        for old in tx.list(kind, limit=_EVERY):
            if old.key not in kept:
                tx.delete(kind, old.key)
    for slo in slos:
        tx.put(slo)


def _watches(slos: Sequence[Slo], settings: Settings) -> list[SloWatch]:
    """Return the watches; false alarms that are accepted are shared by all rules of the service."""
    needed = {}
    for page, span, allowed in (
        (True, _MONTH, settings.false_pages),
        (False, DAY, settings.false_notices),
    ):
        rules = sum(rule.page is page for slo in slos for rule in slo.rules)
        needed[page] = needed_evidence(looks=max(rules, 1) * span / settings.width, allowed=allowed)
    ordered = sorted(slos, key=lambda slo: slo.key)
    return [
        SloWatch(slo, settings.width, page_evidence=needed[True], ticket_evidence=needed[False])
        for slo in ordered
    ]


def _count_again(tx: Transaction, watch: SloWatch, width: Micros, closed_to: Micros) -> None:
    def read(start: Micros, end: Micros, step: Micros) -> Sequence[Tally]:
        indicator = watch.slo.indicator
        return tx.tallies(
            watch.slo.service,
            name=indicator.signal,
            segment=indicator.segment,
            start=start,
            end=end,
            step=step,
        )

    length = watch.slo.indicator.slice
    if length:
        cut = closed_to // length * length
        for tally in read((closed_to - watch.slo.window) // length * length, cut, length):
            watch.add(tally, length)
        for tally in read(cut, closed_to, width):
            watch.add(tally, width)
    else:
        for span in watch.spans:
            for tally in read((closed_to - span.length) // span.step * span.step, closed_to, span.step):
                span.add(tally.start, counted(watch.slo, tally))
    watch.counted = Sums()
