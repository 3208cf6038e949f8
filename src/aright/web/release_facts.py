"""The facts of a release that stand in large letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.release import UNDER_WAY, Call, ReleaseState
from aright.core.model.signal import ALL
from aright.web.release_acting import next_approval
from aright.web.release_words import (
    hold_title,
    metric_title,
    part_title,
    ratio_text,
    share_text,
    standing,
    version_text,
)
from aright.web.views import Fact
from aright.web.words import plural, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.release import Judged, Release
    from aright.core.model.times import Micros


_FOR_ALL: Final = frozenset({ReleaseState.VERIFYING, ReleaseState.PROMOTED})
"""States in which the alias has moved, so that the router's share says nothing any more."""


def hold_of(release: Release) -> str:
    """Return what a release under way waits for, by its hold; empty where it goes on by itself."""
    if release.state not in UNDER_WAY:
        return ""
    if release.paused_by:
        return "paused"
    if not release.looks and release.state is ReleaseState.PLANNED and next_approval(release):
        return "approval"
    last = release.looks[-1] if release.looks else None
    return last.hold if last is not None and last.call is Call.HOLD and last.hold != "inconclusive" else ""


def facts_of(release: Release, judged: Sequence[Judged], now: Micros) -> tuple[Fact, ...]:
    """Return what it serves, whether it is worse, what it waits for, and how long that took."""
    ended = release.state not in UNDER_WAY
    share = 1.0 if release.state in _FOR_ALL else release.share
    rest = f"{version_text(release.stable)} serves the rest" if share < 1 else "nobody gets another version"
    since = release.stepped_at or release.started_at
    lasted = (
        Fact("Took", span(release.ended_at - release.started_at), "from its beginning to its end", "#ledger")
        if ended
        else Fact(
            "At this step for",
            span(now - since),
            f"people are told after {span(release.policy.patience)}",
            "#looks",
        )
    )
    return (
        Fact("Serves now", share_text(share), rest, "#clock"),
        _worst_fact(judged, ended=ended),
        _waits_fact(release, judged),
        lasted,
    )


def _worst_fact(judged: Sequence[Judged], *, ended: bool) -> Fact:
    asks = "Was it worse?" if ended else "Is it worse?"
    if not judged:
        return Fact(asks, "not looked at", "no look could judge yet" if not ended else "", "#evidence")
    worst = next((each for each in judged if standing(each) == "worse"), None)
    open_ = next((each for each in judged if standing(each) == "unknown"), None)
    shown = worst or open_ or judged[0]
    where = "" if shown.segment == ALL else f", {part_title(shown.segment)}"
    more = f"{ratio_text(shown.low, shown.high)}: {metric_title(shown.metric)}{where}"
    if worst is not None:
        return Fact(asks, "yes", more, "#evidence", "hit")
    return Fact(asks, "not known yet" if open_ else "no: good enough", more, "#evidence")


def _waits_fact(release: Release, judged: Sequence[Judged]) -> Fact:
    if release.state not in UNDER_WAY:
        return Fact("Ended as", release.state.value.replace("_", " "), release.incident, "#ledger")
    held = hold_of(release)
    if held:
        return Fact("Waits for", _AWAITED.get(held, "a mended " + held[:40]), hold_title(held), "#act", "hit")
    left = sum(standing(each) == "unknown" for each in judged)
    if left:
        return Fact(
            "Waits for", "more units", f"{plural(left, 'metric or part', 'metrics or parts')} open", "#looks"
        )
    return Fact("Waits for", "the next look", f"every {span(release.policy.look_every)}", "#looks")


_AWAITED: Final = {
    "approval": "a person",
    "paused": "a person",
    "shifted": "labels or a person",
    "no_data": "data",
    "sample_ratio": "a mended split",
    "wrong_version": "the right versions",
    "registry": "the registry",
    "traffic": "the router",
}
