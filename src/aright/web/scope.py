"""Who is hit, as the page shows it: inside and outside, before and now, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aright.core.model.evidence import Reach
from aright.core.stats.wilson import wilson
from aright.web.naming import signal_title

if TYPE_CHECKING:
    from aright.core.model.evidence import Scope

_QUALITY = "quality:"


@dataclass(frozen=True)
class ScopeRow:
    """One side of the cut.

    Attributes:
        label: the segment, or the rest.
        before: rate in the reference, in [0, 1].
        now: rate since the onset.
        low: lower end of the 95 % interval of ``now``; ``None`` where its units are not known.
        high: upper end.
        role: ``hit`` inside, ``all`` outside.
    """

    label: str
    before: float
    now: float
    low: float | None
    high: float | None
    role: str


@dataclass(frozen=True)
class ScopeView:
    """Who is hit.

    Attributes:
        scope: as diagnosed.
        title: what the rates are rates of.
        rows: inside first, then further parts, then outside where there is one.
        top: where the rates' common scale ends.
    """

    scope: Scope
    title: str
    rows: tuple[ScopeRow, ...]
    top: float


def scope_view(scope: Scope) -> ScopeView:
    """Return the view. A loss of quality is shown as the quality itself, which is what people know.

    >>> from aright.core.model.evidence import Scope
    >>> seen = scope_view(Scope(reach=Reach.GLOBAL, sentence="", loss="quality:click", inside_before=0.7))
    >>> seen.title, round(seen.rows[0].before, 2)
    ('Click quality', 0.3)
    """
    turned = scope.loss.startswith(_QUALITY)
    split = scope.reach is Reach.SEGMENT
    label = str(scope.segment) if split else "all traffic"
    rows = [_row(label, scope.inside_before, scope.inside_now, scope.units_hit, "hit", turned=turned)]
    if split:
        share = scope.share_of_traffic
        everyone = round(scope.units_hit / share) if share > 0 else 0
        rows += [
            _row(str(each.segment), each.before, each.now, each.units_hit, "hit", turned=turned)
            for each in scope.others
        ]
        others = everyone - scope.units_hit - sum(each.units_hit for each in scope.others)
        rows.append(
            _row("everyone else", scope.outside_before, scope.outside_now, others, "all", turned=turned)
        )
    seen = [x for row in rows for x in (row.before, row.now, row.high or 0.0)]
    return ScopeView(scope, signal_title(scope.loss or "loss"), tuple(rows), max([*seen, 1e-9]) * 1.05)


def _row(label: str, before: float, now: float, units: int, role: str, *, turned: bool) -> ScopeRow:
    if turned:
        before, now = 1 - before, 1 - now
    if units <= 0:
        return ScopeRow(label, before, now, None, None, role)
    interval = wilson(units, now * units)
    return ScopeRow(label, before, now, interval.low, interval.high, role)
