"""A release on one clock: how far each metric was known at each look, what was served, and what held it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.release import UNDER_WAY, Call
from aright.core.model.signal import ALL
from aright.core.model.times import MINUTE, Micros
from aright.web.release_words import hold_title, metric_title, part_title, share_text, standing
from aright.web.strips import Mark, Strips
from aright.web.words import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.release import Judged, Look, Release
    from aright.core.model.signal import Segment

_LOOKS: Final = 160
"""Looks drawn at most, the first and the last among them."""

_LANES: Final = 6
"""Metrics and parts that are drawn at once; the rest is one click away."""

_SERIOUS: Final = 0.5
"""Of the evidence that proves harm: from here on a part has a lane of its own."""

_GAP: Final = 4
"""So many looks without a word of a part lift the pen: what was between is not known any more."""

_MARKS: Final = 9
_MOST: Final = 24


@dataclass(frozen=True)
class Track:
    """What was known of one metric in one part, look by look.

    Attributes:
        title: the metric.
        part: the part; empty for all traffic.
        times: the looks that say something of it (µs, UTC); a ``None`` between two lifts the pen.
        last: what the last of them says.
        said: every look's (low, high, margin); ``None`` where the pen is lifted.
        standing: ``worse`` | ``good_enough`` | ``unknown`` | ``watched``.
    """

    title: str
    part: str
    times: tuple[Micros | None, ...]
    said: tuple[tuple[float, float, float] | None, ...]
    last: Judged
    standing: str


@dataclass(frozen=True)
class Tracks:
    """All that is drawn on one clock.

    Attributes:
        clock: first and last instant and the marks.
        shown: the lanes, the worst first.
        more: lanes that are one click away.
        scale: the ratios at the lower and the upper end of every lane.
        shares: what share was served from when on (µs, UTC), oldest first.
        held: spans in which it was held by more than time (µs, UTC).
    """

    clock: Strips
    shown: tuple[Track, ...]
    more: tuple[Track, ...]
    scale: tuple[float, float]
    shares: tuple[tuple[Micros, float], ...]
    held: tuple[tuple[Micros, Micros], ...]


def tracks(release: Release, now: Micros) -> Tracks:
    """Return what is drawn of a release."""
    looks = thinned(release.looks)
    last = max((look.at for look in looks), default=release.started_at)
    until = now if release.state in UNDER_WAY else release.ended_at
    end = max(until, last, release.started_at + MINUTE)
    lanes = _lanes(looks)
    serious = _SERIOUS * math.log(1 / release.policy.alpha)
    told = [lane for lane in lanes if not lane.part or _matters(lane, serious)]
    shown = told[:_LANES]
    return Tracks(
        clock=Strips(release.started_at, end, 0, (), (), _marks(release, looks)),
        shown=tuple(shown),
        more=tuple(lane for lane in lanes if lane not in shown)[: _MOST - len(shown)],
        scale=_scale(lanes),
        shares=((release.started_at, 0.0), *release.shares),
        held=tuple(_held(looks, end)),
    )


def thinned(looks: Sequence[Look]) -> tuple[Look, ...]:
    """Return so many looks as a picture can show, evenly chosen; those that decided are kept."""
    if len(looks) <= _LOOKS:
        return tuple(looks)
    stride = (len(looks) - 1) / (_LOOKS - 1)
    chosen = {round(place * stride) for place in range(_LOOKS)}
    decided = [place for place, look in enumerate(looks) if look.call is not Call.HOLD]
    return tuple(looks[place] for place in sorted(chosen | set(decided[-_LOOKS:])))


def _lanes(looks: Sequence[Look]) -> list[Track]:
    found: dict[tuple[str, Segment], list[tuple[int, Look, Judged]]] = {}
    for place, look in enumerate(looks):
        for judged in look.judged:
            found.setdefault((judged.metric, judged.segment), []).append((place, look, judged))
    lanes = [_track(said) for said in found.values()]
    return sorted(lanes, key=lambda lane: (lane.standing != "worse", -lane.last.harm, bool(lane.part)))


def _track(said: Sequence[tuple[int, Look, Judged]]) -> Track:
    times: list[Micros | None] = []
    read: list[tuple[float, float, float] | None] = []
    place_before, before, _ = said[0]
    for place, look, judged in said:
        # Pairs and shares are two comparisons.
        if (look.stage == "shadow") != (before.stage == "shadow") or place - place_before > _GAP:
            times.append(None)
            read.append(None)
        place_before, before = place, look
        times.append(look.at)
        read.append((judged.low, judged.high, judged.margin))
    last = said[-1][2]
    part = "" if last.segment == ALL else part_title(last.segment)
    return Track(metric_title(last.metric), part, tuple(times), tuple(read), last, standing(last))


def _matters(lane: Track, serious: float) -> bool:
    return lane.standing == "worse" or (lane.last.harm >= serious and lane.standing != "good_enough")


def _scale(lanes: Sequence[Track]) -> tuple[float, float]:
    """Return one scale for all lanes, so that they can be compared: never less than from 1/2 to 3."""
    low = min((max(lane.last.low, 0.12) for lane in lanes), default=0.5)
    margins = [each[2] for lane in lanes for each in lane.said if each]
    high = max([3.0, *margins, *(min(lane.last.high, 20.0) for lane in lanes)])
    return max(min(low / 1.4, 0.4), 0.04), min(high * 1.5, 40.0)


def _held(looks: Sequence[Look], end: Micros) -> Iterable[tuple[Micros, Micros]]:
    for place, look in enumerate(looks):
        if look.call is Call.HOLD and look.hold not in {"", "inconclusive"}:
            yield look.at, looks[place + 1].at if place + 1 < len(looks) else end


def _marks(release: Release, looks: Sequence[Look]) -> tuple[Mark, ...]:
    """Return what is worth a line through all lanes, in order of time."""
    found: list[tuple[Micros, str, str]] = []
    before: Look | None = None
    for look in looks:
        said = _mark(look, before)
        if said is not None:
            found.append((look.at, *said))
        before = look
    found += [(at, "change", f"{share_text(share)} served") for at, share in release.shares if share > 0]
    found.sort()
    kept = sorted(found[:1] + found[max(1, len(found) - _MARKS + 1) :])
    return tuple(Mark(at, number, kind, text) for number, (at, kind, text) in enumerate(kept, start=1))


def _mark(look: Look, before: Look | None) -> tuple[str, str] | None:
    if look.call is Call.ROLL_BACK and (before is None or before.call is not Call.ROLL_BACK):
        return "rolled_back", "harm is proven: " + short(look.reason, 60)
    told = look.hold not in {"", "inconclusive"} and (before is None or before.hold != look.hold)
    if look.call is Call.HOLD and told:
        return "held", "held: " + hold_title(look.hold)
    if before is not None and before.stage != look.stage == "canary":
        return "change", "the shadow was good enough"
    return None
