"""What a replica does because there are others: hold the watch or listen for it, and hear of changes."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import Noted
from aright.core.model.alert import Alert
from aright.core.model.incident import Incident
from aright.core.model.replica import WATCHER, Watcher
from aright.core.model.times import SECOND, iso
from aright.engine.gathering import gather
from aright.engine.happening import happen
from aright.engine.operations import Happening
from aright.ports.state import FencedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.model.times import Micros
    from aright.engine.role import Lease
    from aright.engine.world import World
    from aright.ports.state import Transaction

_log = logging.getLogger(__name__)

SERVICE: Final = "aright"
"""The service that aright's own alerts are of."""

SILENT_SECONDS: Final = 60.0
"""How long the replica that watches may not be heard before somebody is told."""

_RENEW_SECONDS: Final = 5.0
_ASLEEP_SECONDS: Final = 15.0
_LATEST: Final = 50
_TOLD: Final = {"Incident": "incident", "Notice": "notice", "Silence": "notice", "Release": "release"}
"""Documents that pages show, and what their change is called."""


class Hearing:
    """How long the watch was not renewed, by this replica's own count: no wall clock has a say in it.

    Time in which this replica did not look itself does not count.

    >>> hearing = Hearing()
    >>> [hearing.silent(beats, float(at)) for beats, at in ((1, 0), (1, 10), (2, 20), (2, 30), (2, 90))]
    [0.0, 10.0, 0.0, 10.0, 0.0]
    """

    def __init__(self) -> None:
        self._beats = -1
        self._since = self._looked = 0.0

    def silent(self, beats: int, now: float) -> float:
        """Return for how many seconds the count of renewals has stood still.

        Args:
            beats: the count.
            now: seconds of a clock that never jumps.
        """
        if beats != self._beats or now - self._looked > _ASLEEP_SECONDS:
            self._beats, self._since = beats, now
        self._looked = now
        return now - self._since


class Replica:
    """The thread that knows of the others.

    Args:
        world: the ports; its role says what there is to do.
        on_lost: called with the reason where the watch went to another replica.
        ticks: seconds of a clock that never jumps.
    """

    def __init__(
        self, world: World, on_lost: Callable[[str], None], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._world, self._on_lost, self._ticks = world, on_lost, ticks
        self._hearing = Hearing()
        self._renewed = ticks()
        self._seen: frozenset[tuple[int, str, str]] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="aright-replica", daemon=True)

    def start(self) -> None:
        """Begin to look every second."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and let the watch go."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        if (lease := self._world.role.lease) is not None:
            try:
                lease.end()
            except UnreachableError as away:
                _log.warning("the watch ends by itself: %s", away)

    def look(self) -> None:
        """Do once what is done every second; raises ``FencedError`` where the watch is lost."""
        lease = self._world.role.lease
        if lease is None:
            self._listen()
        elif self._ticks() - self._renewed >= _RENEW_SECONDS:
            self._renew(lease)
            self._renewed = self._ticks()
        self._echo()

    def _live(self) -> None:
        while not self._stopping.wait(1.0):
            try:
                self.look()
            except UnreachableError as away:
                _log.warning("the state is away, it is tried again: %s", away)
            except FencedError as lost:
                self._on_lost(str(lost))
                return
            except Exception:  # noqa: BLE001 - the next look may fare better, and without it nobody is told
                _log.exception("a look at the other replicas broke")

    def _renew(self, lease: Lease) -> None:
        with self._world.state.transaction() as tx:
            held = lease.renew(tx)
            if held.missed_at:
                self._tell_back(tx, held)

    def _listen(self) -> None:
        with self._world.state.transaction() as tx:
            held = tx.get(Watcher, WATCHER)
            if held is None or self._hearing.silent(held.beats, self._ticks()) < SILENT_SECONDS:
                return
            if held.missed_at:
                return  # told already
            now = self._world.clock.now()
            incident = gather(self._world, tx, {SERVICE: (silence_of(held, now),)}, now=now)[SERVICE]
            tx.put(msgspec.structs.replace(held, missed_at=now, incident=incident.key))
        self._world.bell.ring()
        self._world.happenings.tell(Happening(kind="incident", key=incident.key))

    def _tell_back(self, tx: Transaction, held: Watcher) -> None:
        incident = tx.get(Incident, held.incident)
        if incident is not None:
            now = self._world.clock.now()
            text = (
                f"{held.name} watches again, {(now - held.missed_at) // SECOND} s after its silence was told"
            )
            happen(self._world, tx, incident, Noted(at=now, by="aright", text=text))

    def _echo(self) -> None:
        """Tell open pages what other replicas have put since the last look."""
        if not self._world.happenings.heard:
            self._seen = None
            return
        with self._world.state.transaction() as tx:
            latest = frozenset(tx.latest(_LATEST))
        for happening in changes(self._seen, latest):
            self._world.happenings.tell(happening)
        self._seen = latest


def changes(
    before: frozenset[tuple[int, str, str]] | None, after: frozenset[tuple[int, str, str]]
) -> Sequence[Happening]:
    """Return what pages should draw anew, given what was put last at two looks.

    >>> before = frozenset({(1, "Incident", "INC-1"), (2, "Token", "t")})
    >>> changes(before, before | {(3, "Incident", "INC-2"), (4, "Token", "u")})
    [Happening(kind='incident', key='INC-2')]
    """
    if before is None:
        return []
    fresh = sorted(after - before)
    return [Happening(kind=_TOLD[kind], key=key) for _, kind, key in fresh if kind in _TOLD]


def silence_of(held: Watcher, now: Micros) -> Alert:
    """Return the alert of a watch that is not renewed.

    >>> held = Watcher(name="one", store="s", fence=1, until=30 * SECOND)
    >>> silence_of(held, now=90 * SECOND).text
    'the replica one, which watches, is silent since about 1970-01-01T00:00:30.000Z: no rows are looked at'
    """
    since = min(held.until, now)
    return Alert(
        key=f"{SERVICE}/watcher",
        service=SERVICE,
        signal="watcher",
        harm=True,
        at=now,
        since=since,
        before=0.0,
        now=0.0,
        low=0.0,
        high=0.0,
        units=0.0,
        log_e=0.0,
        threshold=0.0,
        rule=f"the replica that watches is not heard for {SILENT_SECONDS:.0f} s",
        text=f"the replica {held.name}, which watches, is silent since about {iso(since)}: "
        "no rows are looked at",
    )
