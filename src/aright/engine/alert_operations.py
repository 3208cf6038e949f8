"""What may be asked about other programs' alerts and about silences: a part of ``Operations``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.foreign_alert import ForeignAlert
    from aright.core.model.silence import Muted, Silence


class AlertOperations(Protocol):
    """Everything here may be called from any thread and blocks until it is committed."""

    def told(
        self, *, incident: str | None = None, service: str | None = None, limit: int = 200
    ) -> Sequence[ForeignAlert]:
        """Return alerts of other programs, those told last first; an incident's with those it took in."""
        ...

    def silences(self, *, ended: bool = False, limit: int = 200) -> Sequence[Silence]:
        """Return silences that nobody has ended, the newest first; ``ended`` returns the others too."""
        ...

    def silence(self, made: Silence) -> Silence:
        """Keep a silence under a key of its own; raises ``RefusedError`` where it breaks a rule."""
        ...

    def end_silence(self, key: str, *, by: str) -> Silence:
        """End a silence before its time; raises ``UnknownError`` and ``RefusedError``."""
        ...

    def muted(self, *, limit: int = 200) -> Sequence[Muted]:
        """Return the harm that silences hold back just now, the last first."""
        ...
