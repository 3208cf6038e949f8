"""Actuators: how a mitigation is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.service import Action


class ActuatorError(Exception):
    """The service did not carry it out; its text says what the service answered and what to do next."""


class Actuator(Protocol):
    """Carries out an offered action."""

    def carry_out(self, action: Action, parameters: Mapping[str, str], *, dry_run: bool, key: str) -> str:
        """Do it, or with ``dry_run`` say what would be done; return the answer, cut to 2,000 characters.

        ``key`` is stable over retries, so that the receiver can drop a repeat. Raises ``ActuatorError``.
        """
        ...

    def undo(self, action: Action, parameters: Mapping[str, str], *, key: str) -> str:
        """Take it back; raises ``ActuatorError``, also when the action has no way back."""
        ...
