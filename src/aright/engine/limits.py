"""Limits: which channels may be used now, as their receivers limit those who call them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aright.core.model.times import SECOND, Micros
from aright.core.page.allowance import Allowance
from aright.engine.attempts import TRIAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.message import Message
    from aright.engine.attempts import Outcome
    from aright.ports.channel import Channel


@dataclass(slots=True)
class _Halt:
    """A channel that has asked to be left alone.

    Attributes:
        until: for how long (µs, UTC).
        trial_at: when SEV1 may try it all the same (µs, UTC).
        trials: the messages that did.
    """

    until: Micros
    trial_at: Micros
    trials: set[str]


class Limits:
    """What each receiver still takes; thread-safe.

    It is kept in memory: a replica knows its own part, and what others use by the receivers' answers.

    Args:
        channels: those whose ``rate`` is to be kept to.
    """

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._lock = threading.Lock()
        self._halts: dict[str, _Halt] = {}
        self._allowances = {
            name: Allowance(limit=rate.limit, span=round(rate.seconds * SECOND), reserved=rate.reserved)
            for name, channel in channels.items()
            if (rate := channel.rate) is not None
        }

    def allows(self, channel: str, now: Micros, *, urgent: bool) -> bool:
        """Return whether a message may be lent for a channel now."""
        with self._lock:
            halt = self._halts.get(channel)
            if halt is not None and now < halt.until and not (urgent and now >= halt.trial_at):
                return False
            allowance = self._allowances.get(channel)
            return allowance is None or allowance.allows(now, urgent=urgent)

    def began(self, message: Message, now: Micros) -> None:
        """Take a token for a message."""
        with self._lock:
            halt = self._halts.get(message.channel)
            if halt is not None:
                halt.trials.add(message.id)
                halt.trial_at = now + TRIAL
            allowance = self._allowances.get(message.channel)
            if allowance is not None:
                self._allowances[message.channel] = allowance.took(now)

    def ended(self, outcome: Outcome) -> None:
        """Learn from what a receiver said."""
        message = outcome.message
        with self._lock:
            self._count(outcome)
            halt = self._halts.get(message.channel)
            if outcome.halted_to:
                until = max(outcome.halted_to, halt.until if halt else 0)
                trials = halt.trials - {message.id} if halt else set()
                trial_at = halt.trial_at if halt else outcome.at + TRIAL
                self._halts[message.channel] = _Halt(until, trial_at, trials)
            elif halt is not None and message.id in halt.trials:
                halt.trials.discard(message.id)
                if outcome.sent:  # one that had begun before the halt would say nothing of it
                    del self._halts[message.channel]

    def _count(self, outcome: Outcome) -> None:
        channel, receipt = outcome.message.channel, outcome.receipt
        allowance = self._allowances.get(channel)
        if allowance is not None and receipt is not None:
            said = allowance.told(receipt.remaining, receipt.resets_in, outcome.at)
            self._allowances[channel] = said
