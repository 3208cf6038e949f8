"""The desk's part for what people rule over an incident: its severity, who may see it, and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident import apply
from aright.core.incident.facts import wrongs
from aright.core.incident.ruling_events import Restricted, SeverityOverruled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.incident import Event
    from aright.core.model.incident import Incident
    from aright.engine.runtime import Runtime


class RulingDesk:
    """Takes rulings; see ``CommandOperations`` for what each method promises.

    Args:
        runtime: whose world it is.
        incident: returns an incident, or raises ``UnknownError``.
        happen: applies an event to an incident, or raises ``RefusedError``.
    """

    def __init__(
        self,
        runtime: Runtime,
        incident: Callable[[str], Incident],
        happen: Callable[[str, Event], Incident],
    ) -> None:
        self._world = runtime.world
        self._incident = incident
        self._happen = happen

    def overrule(self, key: str, *, level: int, by: str, reason: str) -> Incident:
        """Set the severity over the arithmetic; a level of 0 lets the arithmetic count again."""
        now = self._world.clock.now()
        return self._happen(key, SeverityOverruled(at=now, level=level, by=by, reason=reason))

    def restrict(self, key: str, *, to: Sequence[str], by: str) -> Incident:
        """Let these people alone see an incident; nobody lifts the restriction."""
        return self._happen(key, Restricted(at=self._world.clock.now(), to=tuple(to), by=by))

    def verify(self, key: str) -> Sequence[str]:
        """Return what is wrong with an incident's record: chains that break, a replay that differs."""
        incident = self._incident(key)
        with self._world.state.transaction() as tx:
            kept = tx.get(type(incident), key) or incident
            return wrongs(kept, tx.events(key), tx.facts(key), apply)
