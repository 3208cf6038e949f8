"""What a receiver that limits its callers still takes, some of it kept for SEV1."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aright.core.model.times import MINUTE, SECOND, Micros

if TYPE_CHECKING:
    from typing import Self

LONGEST_RESET: Final = 10 * MINUTE
"""The longest that a receiver's word is believed for: a page must not sleep for a day on a header's word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """So many tokens in any span of time, however they lie in it.

    A bucket that fills up steadily would let twice as many through in the span after a silence; this one
    knows when each was taken, and gives it back a span later.

    Attributes:
        limit: tokens in any …
        span: … span of so long (µs).
        reserved: of these for what is urgent alone; one at least is left for the rest.
        taken: when tokens were taken within the last span, oldest first (µs, UTC).
        left: how many the receiver would still take until then, as it said; ``None`` where it did not.
        until: when that is over (µs, UTC).

    >>> allowance = Allowance(limit=2, span=SECOND, reserved=1).took(0)
    >>> allowance.allows(5, urgent=False), allowance.allows(5, urgent=True)
    (False, True)
    >>> allowance.allows(SECOND, urgent=False)
    True
    """

    limit: int
    span: Micros
    reserved: int = 0
    taken: tuple[Micros, ...] = ()
    left: int | None = None
    until: Micros = 0

    def free(self, now: Micros) -> int:
        """Return how many tokens there are, the reserved ones included."""
        own = self.limit - (len(self.taken) - self._gone(now))
        said = self._said(now)
        return max(own if said is None else min(own, said), 0)

    def allows(self, now: Micros, *, urgent: bool) -> bool:
        """Return whether one may be taken."""
        kept = 0 if urgent else min(self.reserved, self.limit - 1)
        return self.free(now) > kept

    def took(self, now: Micros) -> Self:
        """Return what is left after one was taken, whether or not there was any."""
        said = self._said(now)
        return replace(
            self,
            taken=(*self.taken[self._gone(now) :], now),
            left=None if said is None else max(said - 1, 0),
        )

    def told(self, remaining: int | None, resets_in: float | None, now: Micros) -> Self:
        """Return it corrected by what the receiver said; others may use its tokens, too.

        Answers may come in another order than they were written in: of one period, the least counts.

        Args:
            remaining: how many more it would take; ``None`` where it did not say.
            resets_in: seconds until it counts anew; ``None`` likewise.
            now: µs, UTC.
        """
        if remaining is None or resets_in is None or not resets_in > 0:
            return self
        until = now + min(round(min(resets_in, LONGEST_RESET / SECOND) * SECOND), LONGEST_RESET)
        said = self._said(now)
        same = said is not None and abs(until - self.until) <= 2 * SECOND
        left = max(remaining, 0)
        return replace(self, left=min(left, said) if same and said is not None else left, until=until)

    def _gone(self, now: Micros) -> int:
        return bisect_right(self.taken, now - self.span)

    def _said(self, now: Micros) -> int | None:
        return self.left if now < self.until else None
