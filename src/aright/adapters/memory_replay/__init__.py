"""Versions that are plain functions: what a replay does, without a network or a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.ports.replayer import ReplayError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aright.core.model.replay import Output, Replay, Stored
    from aright.ports.replayer import Running


class MemoryReplayer:
    """Asks functions.

    Args:
        versions: what each version makes of an input.
    """

    def __init__(self, versions: Mapping[str, Callable[[Stored], Output]]) -> None:
        self._versions = dict(versions)

    def open(self, replay: Replay, *, service: str, version: str, seconds: float) -> Running:  # noqa: ARG002 - the port's
        """Return a version; raises ``ReplayError`` where there is none of that name."""
        if version not in self._versions:
            raise ReplayError(f"there is no version {version} of {service}")
        return _Function(self._versions[version])


class _Function:
    def __init__(self, function: Callable[[Stored], Output]) -> None:
        self._function = function

    def run(self, inputs: Sequence[Stored], *, seconds: float) -> tuple[Output, ...]:
        if seconds <= 0:
            raise ReplayError("there is no time left")
        return tuple(self._function(each) for each in inputs)

    def close(self) -> None:
        """Nothing is held."""
