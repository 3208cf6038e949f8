"""What can be set of the engine in a catalog file, and within which bounds."""

from __future__ import annotations

from typing import Final, NamedTuple

from aright.core.model.times import DAY, HOUR, MINUTE, SECOND

PER_MONTH: Final = 30 * DAY
PER_DAY: Final = DAY


class Settable(NamedTuple):
    """One setting.

    Attributes:
        kind: ``span`` of time, ``count``, or ``rate`` per span of time.
        low: the least that it may be (µs for spans).
        high: the most.
        per: of a rate, the span that it is counted over (µs).
    """

    kind: str
    low: float
    high: float
    per: int = 0


FALSE_PAGES: Final = Settable("rate", 1e-3, 1e4, PER_MONTH)
FALSE_NOTICES: Final = Settable("rate", 1e-3, 1e4, PER_DAY)

SETTABLE: Final[dict[str, Settable]] = {
    "width": Settable("span", SECOND, HOUR),
    "lateness": Settable("span", 0, HOUR),
    "reference": Settable("span", 10 * MINUTE, 30 * DAY),
    "memory": Settable("span", MINUTE, 7 * DAY),
    "flush_rows": Settable("count", 1, 10**8),
    "flush_bytes": Settable("count", 2**16, 2**34),
    "flush_every": Settable("span", SECOND, DAY),
    "false_pages": FALSE_PAGES,
    "false_notices": FALSE_NOTICES,
    "diagnose_every": Settable("span", SECOND, DAY),
    "diagnoses": Settable("count", 1, 1_000),
    "step_budget": Settable("span", SECOND, HOUR),
    "reopen_for": Settable("span", 0, 30 * DAY),
    "verify_for": Settable("span", MINUTE, 7 * DAY),
    "ticket_level": Settable("count", 1, 4),
    "remind_every": Settable("span", MINUTE, DAY),
    "state_bytes": Settable("count", 2**20, 2**40),
    "estimate_every": Settable("span", 0, DAY),
    "keep": Settable("span", DAY, 4_000 * DAY),
    "keep_points": Settable("span", DAY, 4_000 * DAY),
    "profile_span": Settable("span", SECOND, DAY),
    "profile_bytes": Settable("count", 0, 2**40),
    "profiles_by_window": Settable("span", HOUR, 4_000 * DAY),
    "profiles_by_hour": Settable("span", HOUR, 4_000 * DAY),
    "keep_profiles": Settable("span", DAY, 4_000 * DAY),
    "tidy_every": Settable("span", SECOND, DAY),
    "max_body": Settable("count", 2**10, 2**31),
}
"""By the name of the engine's setting."""
