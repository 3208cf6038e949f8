"""The desk's part for alerts and silences; see ``AlertOperations`` for what each method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.incident import Incident
from aright.core.model.message import Due
from aright.core.model.silence import Muted, Silence
from aright.core.page.silencing import SilenceError, check
from aright.engine.muting import UNMUTE
from aright.engine.operations import Happening, RefusedError, UnknownError
from aright.engine.unmuting import let_go

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.engine.runtime import Runtime
    from aright.ports.state import Transaction

_SEQUENCE: Final = "silence"
OF_CATALOG: Final = "maintenance:"
"""What the key of a maintenance window of the catalog begins with."""


class AlertDesk:
    """Alerts of other programs, and what holds harm back."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._world = runtime.world

    def told(
        self, *, incident: str | None = None, service: str | None = None, limit: int = 200
    ) -> Sequence[ForeignAlert]:
        """Return alerts of other programs, those told last first."""
        with self._world.state.transaction() as tx:
            if incident is None:
                return tx.list(ForeignAlert, service=service, limit=limit)
            known = tx.get(Incident, incident)
            keys = (incident, *(known.took_in if known else ()))
            found = [
                alert
                for key in keys
                for alert in tx.list(ForeignAlert, tag=key, service=service, limit=limit)
            ]
        return sorted(found, key=lambda alert: alert.told_at, reverse=True)[:limit]

    def silences(self, *, ended: bool = False, limit: int = 200) -> Sequence[Silence]:
        """Return silences, the newest first."""
        with self._world.state.transaction() as tx:
            found = tx.list(Silence, tag=None if ended else "open", limit=limit)
        return sorted(found, key=lambda silence: (silence.created_at, silence.key), reverse=True)

    def silence(self, made: Silence) -> Silence:
        """Keep a silence; when its time is over, a task lets go what it held back."""
        try:
            check(made)
        except SilenceError as wrong:
            raise RefusedError(str(wrong)) from wrong
        now = self._world.clock.now()
        if made.ends_at and made.ends_at <= now:
            raise RefusedError("it ends in the past", "Say until when, or for how long from now.")
        with self._world.state.transaction() as tx:
            kept = msgspec.structs.replace(made, key=f"SIL-{tx.next_number(_SEQUENCE)}", created_at=now)
            put_silence(tx, kept)
        self._tell(kept.key)
        return kept

    def end_silence(self, key: str, *, by: str) -> Silence:
        """End a silence; what it held back and is still there is told."""
        now = self._world.clock.now()
        with self._runtime.lock, self._world.state.transaction() as tx:
            known = tx.get(Silence, key)
            if known is None:
                raise UnknownError(
                    f"there is no silence {key[:80]!r}", "`aright silence list` shows those there are."
                )
            if key.startswith(OF_CATALOG):
                raise RefusedError(
                    "it is of the catalog", "Take it out of aright.yaml and start aright again."
                )
            if known.ended_by:
                return known
            ended = msgspec.structs.replace(known, ended_by=by.strip()[:200] or "somebody")
            tx.put(ended)
            tx.done(f"{UNMUTE}:{key}")
            let_go(self._world, tx, key, now=now)
        if self._world.clock.driven:
            self._runtime.settle()  # no thread of its own does what fell due
            self._runtime.send()
        self._tell(key)
        return ended

    def muted(self, *, limit: int = 200) -> Sequence[Muted]:
        """Return the harm that silences hold back just now."""
        with self._world.state.transaction() as tx:
            return tx.list(Muted, tag="open", limit=limit)

    def _tell(self, key: str) -> None:
        self._world.happenings.tell(Happening(kind="notice", key=key))


def put_silence(tx: Transaction, silence: Silence) -> None:
    """Put a silence, and schedule its end."""
    tx.put(silence)
    if silence.ends_at:
        tx.schedule(
            Due(key=f"{UNMUTE}:{silence.key}", task=UNMUTE, subject=silence.key, due_at=silence.ends_at)
        )


def put_maintenance(tx: Transaction, windows: Sequence[Silence]) -> None:
    """Make these all the maintenance windows of the catalog; what others held back is let go."""
    kept = {window.key for window in windows}
    for old in tx.list(Silence, tag="open", limit=100_000):
        if old.key.startswith(OF_CATALOG) and old.key not in kept:
            tx.put(msgspec.structs.replace(old, ended_by="the catalog"))
            tx.schedule(Due(key=f"{UNMUTE}:{old.key}", task=UNMUTE, subject=old.key, due_at=0))
    for window in windows:
        put_silence(tx, window)
