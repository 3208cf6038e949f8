"""What other systems tell by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Taken = Literal["taken", "repeat", "ignored"]
"""What became of it: acted upon, known already, or of no interest."""


class HookOperations(Protocol):
    """Webhooks of other systems, believed by their signature alone."""

    def webhook(self, system: str, channel: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """Take what another system tells; what it changes is committed once this returns.

        Raises ``ForgedError``, also for a channel that is not there, ``StaleError`` and ``NoMessageError``.

        Args:
            system: such as ``pagerduty``.
            channel: the channel's name.
            headers: by their names in lower case.
            body: as it came, byte for byte.
        """
        ...
