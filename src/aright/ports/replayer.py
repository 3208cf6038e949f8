"""Replayers: how a version of a model is run once more on stored inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.replay import Output, Replay, Stored


class ReplayError(Exception):
    """A version cannot be run; its text says why and what to do next."""


class Running(Protocol):
    """One version, ready to be asked."""

    def run(self, inputs: Sequence[Stored], *, seconds: float) -> tuple[Output, ...]:
        """Return what the version makes of each input, in their order.

        An input that the version cannot take has an ``Output`` with an error. Raises ``ReplayError`` where it
        does not answer within ``seconds``, or answers with something else than outputs of these inputs; what
        is left of it may only be closed then.
        """
        ...

    def close(self) -> None:
        """Let go of processes and connections; may be called more than once."""
        ...


class Replayer(Protocol):
    """Runs versions in one way."""

    def open(self, replay: Replay, *, service: str, version: str, seconds: float) -> Running:
        """Return a version that can be asked; raises ``ReplayError`` where it is not there in ``seconds``."""
        ...
