"""Heartbeats: a beat is kept and the next awaited in one transaction; silence is told as other harm is."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import Noted
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.incident import Incident
from aright.core.model.service import Service
from aright.core.model.silence import Muted
from aright.core.model.times import SECOND
from aright.core.page.heartbeats import alert_key, alert_of, due_at, found_again, judged_at
from aright.engine.awake import HEARTBEAT, await_beat
from aright.engine.gathering import open_incidents
from aright.engine.happening import happen
from aright.engine.operations import Happening, UnknownError
from aright.engine.respond import respond

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.foreign_alert import ForeignAlert
    from aright.core.model.message import Due
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import State, Transaction

_EVERY: Final = 1_000_000
_SAME: Final = SECOND
"""Beats that follow one another faster are as one: no sender can make the state write without end."""


def beat(world: World, key: str) -> Heartbeat:
    """Take a beat; it is on disk when this returns. Raises ``UnknownError``."""
    now = world.clock.now()
    with world.state.transaction() as tx:
        known = tx.get(Heartbeat, key)
        if known is None:
            names = [each.key for each in tx.list(Heartbeat, limit=_EVERY)]
            near = get_close_matches(key, names, n=1)
            meant = f": did you mean {near[0]}?" if near else ""
            raise UnknownError(
                f"there is no heartbeat {key[:80]!r}{meant}", "`aright heartbeat list` shows those there are."
            )
        made = _heard(world, tx, known, now)
    if known.missed_at:
        world.happenings.tell(Happening(kind="notice", key=key))
    return made


def heartbeats(state: State) -> Sequence[Heartbeat]:
    """Return the heartbeats, by name."""
    with state.transaction() as tx:
        return sorted(tx.list(Heartbeat, limit=_EVERY), key=lambda each: each.key)


def hear(world: World, tx: Transaction, told: Sequence[ForeignAlert]) -> None:
    """Let alerts of other programs beat the heartbeats that wait for them, such as a ``Watchdog``."""
    waiting = tx.list(Heartbeat, tag="alert", limit=_EVERY)
    if not waiting:
        return
    heard: dict[str, Micros] = {}
    for alert in told:
        if not alert.ended_at:
            heard[alert.name] = max(alert.told_at, heard.get(alert.name, 0))
    for each in waiting:
        if heard.get(each.alert, 0) > each.last_at:  # the log may be read again
            _heard(world, tx, each, heard[each.alert])


def run_heartbeat(world: World, due: Due) -> None:
    """Judge a heartbeat that is due; one that is missed is told as harm, or as a notice."""
    now = world.clock.now()
    vigil = world.awake.vigil
    with world.state.transaction() as tx:
        known = tx.get(Heartbeat, due.subject)
        tx.done(due.key)
        if known is None or known.missed_at or not known.last_at:
            return
        at = judged_at(known, vigil)
        if at > now:
            await_beat(tx, known, at)
            return
        tx.put(msgspec.structs.replace(known, missed_at=now))
        alert = alert_of(known, now)
        again = _told_in(tx, alert.key)
        service = tx.get(Service, known.service) or Service(key=known.service)
        incident = respond(world, tx, service, (alert,), now=now)
        for known_in in again:
            happen(world, tx, tx.get(Incident, known_in), Noted(at=now, by="aright", text=alert.text))
    if incident is not None:
        world.happenings.tell(Happening(kind="incident", key=incident.key))
    world.happenings.tell(Happening(kind="notice", key=known.service))


def put_heartbeats(tx: Transaction, values: Sequence[Heartbeat], *, now: Micros) -> None:
    """Make these all the heartbeats there are; what was heard of them before stays known."""
    known = {old.key: old for old in tx.list(Heartbeat, limit=_EVERY)}
    for key in known.keys() - {value.key for value in values}:
        tx.delete(Heartbeat, key)
        tx.done(f"{HEARTBEAT}:{key}")
    for value in values:
        old = known.get(value.key)
        made = value
        if old is not None and old.service == value.service:
            made = msgspec.structs.replace(value, last_at=old.last_at, missed_at=old.missed_at)
        tx.put(made)
        if made.last_at and not made.missed_at:
            await_beat(tx, made, max(due_at(made), now))


def _heard(world: World, tx: Transaction, known: Heartbeat, at: Micros) -> Heartbeat:
    if not known.missed_at and known.last_at <= at < known.last_at + _SAME:
        return known
    made = msgspec.structs.replace(known, last_at=at, missed_at=0)
    tx.put(made)
    await_beat(tx, made, due_at(made))
    if known.missed_at:
        _tell_found(world, tx, known, at)
    return made


def _tell_found(world: World, tx: Transaction, known: Heartbeat, now: Micros) -> None:
    """Tell the incidents that know of it; a silence that held it back has nothing to let go any more."""
    key = alert_key(known)
    muted = tx.get(Muted, key)
    if muted is not None and not muted.lifted_at:
        tx.put(msgspec.structs.replace(muted, lifted_at=now))
    for told_in in _told_in(tx, key):
        happen(world, tx, tx.get(Incident, told_in), Noted(at=now, by="aright", text=found_again(known, now)))


def _told_in(tx: Transaction, alert: str) -> list[str]:
    """Return the open incidents that know of an alert."""
    return [
        incident.key
        for incident in open_incidents(tx)
        if any(known.key == alert for known in incident.alerts)
    ]
