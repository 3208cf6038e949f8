"""The end of a silence: what it held back and is still there is told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from aright.core.model.message import Due
from aright.core.model.service import Service
from aright.core.model.silence import Silence
from aright.engine.foreign import tell_again
from aright.engine.muting import UNMUTE, is_own, lift
from aright.engine.operations import Happening
from aright.engine.respond import respond

if TYPE_CHECKING:
    from aright.core.model.alert import Alert
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction


def unmute(world: World, key: str) -> None:
    """Let go what a silence held back; one whose time is over is put with those that have ended."""
    now = world.clock.now()
    with world.state.transaction() as tx:
        tx.done(f"{UNMUTE}:{key}")
        silence = tx.get(Silence, key)
        if silence is not None and silence.ends_at and not silence.ended_by:
            if silence.ends_at <= now:
                tx.put(msgspec.structs.replace(silence, ended_by="its own end"))
            else:  # the hours of one week are over
                tx.schedule(Due(key=f"{UNMUTE}:{key}", task=UNMUTE, subject=key, due_at=silence.ends_at))
        let_go(world, tx, key, now=now)
    world.happenings.tell(Happening(kind="notice", key=key))


def let_go(world: World, tx: Transaction, key: str, *, now: Micros) -> None:
    """Tell again what a silence held back.

    What detectors found alarms by itself where it goes on, because its service is quiet no more. What was
    found once and for all, such as a broken contract, is told now; another program's alert if it still fires.
    """
    once: dict[str, list[Alert]] = defaultdict(list)
    for muted in lift(tx, key, now=now):
        if is_own(muted.alert) and muted.alert.text:
            once[muted.service].append(msgspec.structs.replace(muted.alert, at=now))
    for service, alerts in sorted(once.items()):
        respond(world, tx, tx.get(Service, service) or Service(key=service), alerts, now=now)
    tell_again(world, tx, key, now=now)
