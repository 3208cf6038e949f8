"""What the pages of releases show, worked out before any template runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.incident.chain import first_broken
from aright.core.model.release import UNDER_WAY, Call, ReleaseState
from aright.web.release_acting import ReleaseActing, release_acting
from aright.web.release_facts import facts_of, hold_of
from aright.web.release_rail import Stop, rail
from aright.web.release_tracks import Tracks, tracks
from aright.web.release_words import (
    headline,
    hold_meaning,
    hold_title,
    metric_title,
    part_title,
    ratio_text,
    standing,
    standing_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.alias import AliasKept
    from aright.core.model.incident import TimelineEvent
    from aright.core.model.release import Judged, Look, Release
    from aright.core.model.times import Micros
    from aright.engine.operations import Operations
    from aright.engine.release_operations import ReleaseOperations
    from aright.web.views import Fact

_RELEASES: Final = 200
_EVENTS: Final = 500
_ROWS: Final = 8
_MOST_ROWS: Final = 60
_SPELLS: Final = 5
_MOST_SPELLS: Final = 40
_MOVES: Final = 12
_GATE: Final = 60
_WAITS: Final = {
    ReleaseState.PLANNED: "It is about to begin.",
    ReleaseState.SHADOW: "It is given copies of what comes in. The first look says here how it does.",
    ReleaseState.CANARY: "It serves its first users. The first look says here how it does.",
    ReleaseState.PROMOTING: "The alias is being moved.",
    ReleaseState.VERIFYING: "It serves all, and is still watched.",
    ReleaseState.ROLLING_BACK: "The version before is being put back.",
}


@dataclass(frozen=True)
class Row:
    """One release of the list.

    Attributes:
        release: the release.
        title: what it is at.
        said: why it stands there, in words.
        held: which hold it is; empty where it is none, or only more units are awaited.
        rail: the chain from the gate to all.
    """

    release: Release
    title: str
    said: str
    held: str
    rail: tuple[Stop, ...]


@dataclass(frozen=True)
class ReleasesView:
    """The list.

    Attributes:
        now: aright's time (µs, UTC).
        service: whose releases are shown; empty for all.
        services: all that have releases, by name.
        under_way: those that something is to be seen of, the newest first.
        ended: those that have ended, the newest first.
    """

    now: Micros
    service: str
    services: tuple[str, ...]
    under_way: tuple[Row, ...]
    ended: tuple[Row, ...]


@dataclass(frozen=True)
class JudgedRow:
    """One metric in one part, as the last look has it.

    Attributes:
        judged: the numbers.
        metric: its name for people.
        part: the part.
        standing: ``worse`` | ``good_enough`` | ``unknown`` | ``watched``.
        said: the standing in words.
        ratio: the interval in words.
    """

    judged: Judged
    metric: str
    part: str
    standing: str
    said: str
    ratio: str


@dataclass(frozen=True)
class Spell:
    """Looks in a row that came to the same.

    Attributes:
        start: the first of them (µs, UTC).
        end: the last of them (µs, UTC).
        count: how many.
        stage: ``shadow`` | ``canary`` | ``verifying``.
        share: what was served.
        call: what they came to.
        title: of a hold, which; else what the call does.
        meaning: what it means and what ends it; empty where the reason says all.
        reason: the last look's.
    """

    start: Micros
    end: Micros
    count: int
    stage: str
    share: float
    call: str
    title: str
    meaning: str
    reason: str


@dataclass(frozen=True)
class GateLine:
    """One line of the gate: ``passed`` | ``failed`` | ``not_run``, and what it found."""

    state: str
    text: str


@dataclass(frozen=True)
class ReleaseView:
    """A release's page.

    Attributes:
        release: the release.
        now: aright's time (µs, UTC).
        title: what it is at.
        said: why it stands there: the last look's reason, or how it ended.
        held: which hold it is; empty where it is none.
        mood: ``calm`` | ``held`` | ``bad`` | ``good`` | ``over``, for the page's colour.
        facts: the header.
        rail: the chain from the gate to all.
        tracks: what is drawn.
        rows: metrics and parts of the last look, the worst first.
        more: those that are one click away.
        spells: what the looks came to, the newest first.
        earlier: those that are one click away.
        gate: what the gate said.
        acting: what can be ordered and what speaks against it.
        aliases: the service's aliases, with their last moves.
        moments: key lines of the ledger.
        events: all its lines, at most 500.
        broken: the first line of the ledger that was changed afterwards, from 1; 0 where none was.
    """

    release: Release
    now: Micros
    title: str
    said: str
    held: str
    mood: str
    facts: tuple[Fact, ...]
    rail: tuple[Stop, ...]
    tracks: Tracks
    rows: tuple[JudgedRow, ...]
    more: tuple[JudgedRow, ...]
    spells: tuple[Spell, ...]
    earlier: tuple[Spell, ...]
    gate: tuple[GateLine, ...]
    acting: ReleaseActing
    aliases: tuple[AliasKept, ...]
    moments: tuple[TimelineEvent, ...]
    events: tuple[TimelineEvent, ...]
    broken: int

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.release.state not in UNDER_WAY


def releases_view(operations: Operations, service: str = "") -> ReleasesView:
    """Return the list's view; ``service`` leaves out those of others."""
    found = asking(operations).releases(limit=_RELEASES)
    rows = [row(each) for each in found if service in {"", each.service}]
    return ReleasesView(
        now=operations.status().now,
        service=service,
        services=tuple(sorted({each.service for each in found})),
        under_way=tuple(each for each in rows if each.release.state in UNDER_WAY),
        ended=tuple(each for each in rows if each.release.state not in UNDER_WAY),
    )


def under_way(operations: Operations) -> tuple[Row, ...]:
    """Return the releases that something is to be seen of, the newest first."""
    return tuple(row(each) for each in asking(operations).releases(under_way=True, limit=12))


def release_view(operations: Operations, key: str) -> ReleaseView:
    """Return a release's page; raises ``UnknownError``."""
    known = asking(operations)
    release, events = known.release(key), tuple(known.ledger(key))
    now = operations.status().now
    judged = last_judged(release)
    rows = tuple(_judged_row(each) for each in judged[:_MOST_ROWS])
    spells = tuple(reversed(spells_of(release.looks)))
    aliases = tuple(known.aliases(service=release.service))
    return ReleaseView(
        release=release,
        now=now,
        title=headline(release),
        said=_said(release),
        held=hold_of(release),
        mood=_mood(release),
        facts=facts_of(release, judged, now),
        rail=rail(release),
        tracks=tracks(release, now),
        rows=rows[:_ROWS],
        more=rows[_ROWS:],
        spells=spells[:_SPELLS],
        earlier=spells[_SPELLS:_MOST_SPELLS],
        gate=tuple(gate_line(each) for each in release.gate[:_GATE]),
        acting=release_acting(release, judged, aliases),
        aliases=tuple(aliases[:_MOVES]),
        moments=tuple(event for event in events if event.key)[-_EVENTS:],
        events=events[-_EVENTS:],
        broken=first_broken(events),
    )


def asking(operations: Operations) -> ReleaseOperations:
    """Return what may be asked about releases."""
    return operations.releases


def row(release: Release) -> Row:
    """Return a release as a line of a list."""
    return Row(release, headline(release), _said(release), hold_of(release), rail(release))


def last_judged(release: Release) -> tuple[Judged, ...]:
    """Return what the last look that could judge says, the worst first."""
    return next((look.judged for look in reversed(release.looks) if look.judged), ())


def spells_of(looks: Sequence[Look]) -> list[Spell]:
    """Return looks in a row that came to the same as one, oldest first."""
    made: list[Spell] = []
    for look in looks:
        title = hold_title(look.hold) if look.hold else _DID[look.call]
        call = "held" if look.hold not in {"", "inconclusive"} else look.call.value
        same = made and (made[-1].title, made[-1].stage, made[-1].share) == (title, look.stage, look.share)
        start, count = (made[-1].start, made[-1].count + 1) if same else (look.at, 1)
        if same:
            made.pop()
        meaning = hold_meaning(look.hold)
        made.append(Spell(start, look.at, count, look.stage, look.share, call, title, meaning, look.reason))
    return made


_DID: Final = {
    Call.GO: "good enough: the next step may come",
    Call.HOLD: "held",
    Call.ROLL_BACK: "harm is proven: rolled back",
}


def gate_line(text: str) -> GateLine:
    """Return a line of the gate without its sign.

    >>> gate_line("✗ golden outputs: 3 of 40 differ"), gate_line("– latency: not run").state
    (GateLine(state='failed', text='golden outputs: 3 of 40 differ'), 'not_run')
    """
    state = {"✓": "passed", "✗": "failed"}.get(text[:1], "not_run")
    return GateLine(state, text[1:].strip() if text[:1] in "✓✗–-" else text)


def _judged_row(judged: Judged) -> JudgedRow:
    here = standing(judged)
    return JudgedRow(
        judged=judged,
        metric=metric_title(judged.metric),
        part=part_title(judged.segment),
        standing=here,
        said=standing_text(here),
        ratio=ratio_text(judged.low, judged.high),
    )


def _said(release: Release) -> str:
    if release.state not in UNDER_WAY:
        return release.outcome or "It ended without a word."
    if release.looks:
        return release.looks[-1].reason
    return "A person must let it go on." if hold_of(release) == "approval" else _WAITS[release.state]


def _mood(release: Release) -> str:
    if release.state in {ReleaseState.ROLLING_BACK, ReleaseState.ROLLED_BACK}:
        return "bad"
    if release.state is ReleaseState.PROMOTED:
        return "good"
    if release.state is ReleaseState.STOPPED:
        return "over"
    return "held" if hold_of(release) else "calm"
