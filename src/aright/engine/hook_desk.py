"""The desk's part for webhooks of other systems; see ``HookOperations`` for what each method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.heard import Delivery
from aright.engine.hearing import hear
from aright.ports.hook import ForgedError, Hook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.heard import Heard
    from aright.core.model.times import Micros
    from aright.engine.hook_operations import Taken
    from aright.engine.runtime import Runtime
    from aright.ports.state import Transaction

REMEMBERED: Final = 20_000
"""Deliveries that are remembered: more than 48 hours of repeats, even in a bad week."""

_TIDY_EVERY: Final = 256
_SEQUENCE: Final = "deliveries"


class HookDesk:
    """Takes webhooks: each once, in the transaction that also does what it asks for."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._world = runtime.world

    def webhook(self, system: str, channel: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """Take what another system tells."""
        hook = getattr(self._world.channels.get(channel), "hook", None)
        if not isinstance(hook, Hook) or hook.system != system:
            raise ForgedError
        now = self._world.clock.now()
        heard = hook.read(headers, body, now)
        if heard is None:
            return "ignored"
        with self._world.state.transaction() as tx:
            if not _first(tx, heard, now):
                return "repeat"
            taken = hear(self._world, tx, heard, now=now)
        self._world.bell.ring()
        if self._world.clock.driven:
            self._runtime.settle()
            self._runtime.send()  # no thread of its own does there, and no time passes
        return "taken" if taken else "ignored"


def _first(tx: Transaction, heard: Heard, now: Micros) -> bool:
    """Return whether it is heard for the first time, and remember it."""
    keys = [f"{heard.channel}/{each}" for each in heard.ids]
    known = tx.get_all(Delivery, keys)
    for key in keys:
        if key not in known:
            tx.put(Delivery(key=key, at=now))
    if tx.next_number(_SEQUENCE) % _TIDY_EVERY == 0:
        tx.keep_last(Delivery, REMEMBERED)
    return not known
