"""Hooks: what another system tells us by itself, believed by its signature alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.heard import Heard
    from aright.core.model.times import Micros


class ForgedError(Exception):
    """The signature is not that of the other system, or there is none. Whoever sent it is told no more."""


class StaleError(ValueError):
    """It was signed rightly, but is older than any repeat may be: a replay, or a wrong clock."""


class NoMessageError(ValueError):
    """It was signed rightly and cannot be read. Its text says why."""


@runtime_checkable
class Hook(Protocol):
    """One system's way to tell us; a channel that has one holds it as ``hook``. Thread-safe."""

    @property
    def system(self) -> str:
        """Which system, as the door's path has it: ``pagerduty``."""
        ...

    @property
    def name(self) -> str:
        """The channel's name."""
        ...

    def read(self, headers: Mapping[str, str], body: bytes, now: Micros) -> Heard | None:
        """Return what is told, ``None`` where it is of no interest.

        Raises ``ForgedError``, ``StaleError`` and ``NoMessageError``.

        Args:
            headers: by their names in lower case.
            body: as it came, byte for byte.
            now: µs, UTC.
        """
        ...
