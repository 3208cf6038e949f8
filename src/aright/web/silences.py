"""What the page of silences shows: which hold, which will, which have ended, and what they hold back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aright.core.incident.words import in_full
from aright.core.page.silencing import active_until
from aright.engine.alert_desk import OF_CATALOG

if TYPE_CHECKING:
    from aright.core.model.silence import Silence, Weekly
    from aright.core.model.times import Micros
    from aright.engine.operations import Operations

_ENDED = 20


@dataclass(frozen=True)
class SilenceRow:
    """One silence.

    Attributes:
        silence: the silence.
        matchers: its conditions, as written.
        until: until when it holds that holds now (µs, UTC); 0 where it does not.
        hours: the hours of each week, in words; empty for all.
        held: harm that it holds back just now, in words.
        can_end: whether it can be ended here.
    """

    silence: Silence
    matchers: tuple[str, ...]
    until: Micros
    hours: str
    held: tuple[str, ...]
    can_end: bool


@dataclass(frozen=True)
class SilencesView:
    """The page.

    Attributes:
        now: aright's time (µs, UTC).
        holding: those that hold now.
        waiting: those that will.
        ended: those that have ended, the newest first.
    """

    now: Micros
    holding: tuple[SilenceRow, ...]
    waiting: tuple[SilenceRow, ...]
    ended: tuple[SilenceRow, ...]


def silences_view(operations: Operations) -> SilencesView:
    """Return the page's view."""
    now = operations.status().now
    held: dict[str, list[str]] = defaultdict(list)
    for muted in operations.alerts.muted():
        held[muted.silence].append(f"{muted.service}: {in_full(muted.alert)}")
    rows = [_row(each, tuple(held[each.key]), now) for each in operations.alerts.silences(ended=True)]
    over = [row for row in rows if _is_over(row.silence, now)]
    return SilencesView(
        now=now,
        holding=tuple(row for row in rows if row.until),
        waiting=tuple(row for row in rows if not row.until and row not in over),
        ended=tuple(over[:_ENDED]),
    )


def hours_text(weekly: Weekly | None) -> str:
    """Return the hours of each week in words.

    >>> from aright.core.model.silence import Weekly
    >>> hours_text(Weekly(days=("sat", "sun"), start="22:00", end="04:00", zone="Europe/Zurich"))
    'sat, sun 22:00–04:00 Europe/Zurich'
    """
    return "" if weekly is None else f"{', '.join(weekly.days)} {weekly.start}–{weekly.end} {weekly.zone}"


def _row(silence: Silence, held: tuple[str, ...], now: Micros) -> SilenceRow:
    return SilenceRow(
        silence=silence,
        matchers=tuple(str(matcher) for matcher in silence.matchers),
        until=active_until(silence, now) or 0,
        hours=hours_text(silence.weekly),
        held=held,
        can_end=not silence.key.startswith(OF_CATALOG) and not _is_over(silence, now),
    )


def _is_over(silence: Silence, now: Micros) -> bool:
    return bool(silence.ended_by) or (0 < silence.ends_at <= now)
