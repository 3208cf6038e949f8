"""What can be ordered of a release, and what speaks against ordering it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.release import UNDER_WAY, Call, ReleaseState
from aright.core.model.signal import ALL
from aright.web.release_words import (
    ENDLESS,
    hold_title,
    margin_text,
    metric_title,
    part_title,
    ratio_text,
    share_text,
    standing,
    times,
    version_text,
)
from aright.web.words import plural, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.alias import AliasKept
    from aright.core.model.release import Judged, Release

_DOUBTS: Final = 5
_SERVED: Final = frozenset(
    {ReleaseState.CANARY, ReleaseState.PROMOTING, ReleaseState.VERIFYING, ReleaseState.PROMOTED}
)
_UNSERVED: Final = frozenset({ReleaseState.PLANNED, ReleaseState.SHADOW})


@dataclass(frozen=True)
class Deed:
    """One order that can be given.

    Attributes:
        what: as an order names it.
        label: on its button.
        means: what will be done.
        speaks_for: what speaks for it, one sentence each.
        doubts: what speaks against it, one sentence each.
        confirm: whether the service's name must be typed.
        dry_run: whether it can be tried out.
        strong: whether it is what the release waits for, or what harm calls for.
    """

    what: str
    label: str
    means: str
    speaks_for: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    confirm: bool = False
    dry_run: bool = False
    strong: bool = False


@dataclass(frozen=True)
class ReleaseActing:
    """What can be ordered.

    Attributes:
        back: rolling back; ``None`` where nothing is served that could be.
        quick: orders of one press.
        weighed: orders that need the service's name.
    """

    back: Deed | None
    quick: tuple[Deed, ...]
    weighed: tuple[Deed, ...]


def release_acting(release: Release, judged: Sequence[Judged], aliases: Sequence[AliasKept]) -> ReleaseActing:
    """Return what can be ordered of a release, and what speaks against it."""
    return ReleaseActing(
        back=_back(release, judged, aliases) if release.state in _SERVED else None,
        quick=tuple(_quick(release)),
        weighed=tuple(_weighed(release, judged)),
    )


def _quick(release: Release) -> list[Deed]:
    if release.state not in UNDER_WAY or release.state is ReleaseState.ROLLING_BACK:
        return []
    if release.paused_by:
        by = short(release.paused_by, 40)
        return [Deed("resume", "Go on", f"{by} holds it. Going on, the next look decides.", strong=True)]
    return [Deed("pause", "Pause", "It stays where it is. Harm still rolls it back.")]


def _weighed(release: Release, judged: Sequence[Judged]) -> list[Deed]:
    made = []
    wanted = next_approval(release)
    against = (*_unproven(judged), *_gate(release))
    if wanted:
        waits = _hold(release) == "approval"
        made.append(
            Deed(
                "approve",
                "Let it go on to serve all" if wanted == "promoting" else "Let it into the canary",
                "The policy wants a person's word for this. What was seen still decides.",
                doubts=against[:_DOUBTS],
                confirm=True,
                strong=waits,
            )
        )
    if release.state is ReleaseState.CANARY:
        made.append(_promote(release, against))
    if release.state in _UNSERVED:
        ended = f"The release ends undecided, and {version_text(release.stable)} goes on serving all."
        made.append(Deed("stop", "Stop…", ended, doubts=tuple(_good(judged))))
    return made


def _back(release: Release, judged: Sequence[Judged], aliases: Sequence[AliasKept]) -> Deed:
    worse = [each for each in judged if standing(each) == "worse"]
    doubts = []
    if not worse and judged:
        doubts.append(f"No harm is shown: at the worst, {_where(judged[0])} is {_ratio(judged[0])}.")
    if not judged:
        doubts.append("Nothing was judged yet: there is no harm to see.")
    doubts += _good(judged)
    doubts += [
        f"{short(alias.alias, 40)} cannot be read: {short(alias.problem, 160)}"
        for alias in aliases
        if alias.problem
    ]
    return Deed(
        "roll_back",
        "Roll back",
        f"{version_text(release.stable)} serves all again; {version_text(release.version)} is kept.",
        speaks_for=tuple(f"{_where(each)} is worse: {_ratio(each)}." for each in worse[:3]),
        doubts=tuple(doubts[:_DOUBTS]),
        confirm=True,
        dry_run=True,
        strong=bool(worse),
    )


def _promote(release: Release, against: Sequence[str]) -> Deed:
    doubts = list(against)
    left = release.policy.steps[max(release.step + 1, 0) :]
    if left:
        doubts.insert(
            0, f"{plural(len(left), 'step')} would be left out: {', '.join(map(share_text, left[:6]))}."
        )
    hold = _hold(release)
    if hold and hold != "approval":
        doubts.insert(0, f"It is held: {hold_title(hold)}.")
    return Deed(
        "promote",
        "Promote now…",
        f"{version_text(release.version)} serves all at once, without waiting for looks. It stays watched.",
        doubts=tuple(doubts[:_DOUBTS]),
        confirm=True,
        dry_run=True,
    )


def next_approval(release: Release) -> str:
    """Return the state that a person must let the release into next; empty for none.

    >>> from aright.core.model.release import Policy, Release
    >>> wanted = Policy(approvals=("canary", "promoting"))
    >>> next_approval(Release(key="REL-1", service="shop", version="v2", stable="v1", by="Ada",
    ...     state=ReleaseState.CANARY, policy=wanted, started_at=0))
    'promoting'
    """
    following = {
        ReleaseState.PLANNED: "canary",
        ReleaseState.SHADOW: "canary",
        ReleaseState.CANARY: "promoting",
    }.get(release.state, "")
    return following if following in release.policy.approvals and following not in release.approved else ""


def _unproven(judged: Sequence[Judged]) -> tuple[str, ...]:
    """Return what speaks against letting more users have it, the worst first."""
    if not judged:
        return ("Nothing was judged yet.",)
    worse = [each for each in judged if standing(each) == "worse"]
    unknown = [each for each in judged if standing(each) == "unknown"]
    said = [f"{_where(each)} is worse: {ratio_text(each.low, each.high)}." for each in worse[:2]]
    said += [_may_be(each) for each in unknown[:2]]
    rest = len(worse[2:]) + len(unknown[2:])
    if rest:
        said.append(
            f"Nor is {plural(rest, 'more metric or part', 'more metrics and parts')} good enough yet."
        )
    return tuple(said)


def _may_be(judged: Judged) -> str:
    if judged.high >= ENDLESS:
        return f"Of {_where(judged)} too little is known yet."
    return (
        f"{_where(judged)} may still be {times(judged.high)} × as bad;"
        f" good enough is under {margin_text(judged.margin)}."
    )


def _good(judged: Sequence[Judged]) -> list[str]:
    good = sum(standing(each) == "good_enough" for each in judged)
    of = plural(len(judged), "metric or part", "metrics and parts")
    return [f"{good} of {of} shown to be good enough."] if good else []


def _gate(release: Release) -> tuple[str, ...]:
    return tuple("The gate: " + short(line[1:].strip(), 160) for line in release.gate if line.startswith("✗"))


def _hold(release: Release) -> str:
    last = release.looks[-1] if release.looks else None
    return last.hold if last is not None and last.call is Call.HOLD and last.hold != "inconclusive" else ""


def _where(judged: Judged) -> str:
    title = metric_title(judged.metric)
    return title if judged.segment == ALL else f"{title}, {part_title(judged.segment)},"


def _ratio(judged: Judged) -> str:
    return f"{ratio_text(judged.low, judged.high)} that of the stable version"
