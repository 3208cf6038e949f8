"""What of a release is called how on pages: holds, metrics, ratios, headlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.probability import NARROW
from aright.core.model.release import ReleaseState
from aright.core.model.signal import ALL
from aright.web.naming import signal_title
from aright.web.words import short, trimmed

if TYPE_CHECKING:
    from aright.core.model.release import Judged, Release
    from aright.core.model.signal import Segment

_NAME: Final = 60
ENDLESS: Final = 99.0
"""A ratio from here on says only that too little was seen."""

_HOLDS: Final = {
    "inconclusive": (
        "not enough has been seen yet",
        "Neither harm nor “good enough” is shown. It goes on by itself as units come in.",
    ),
    "no_data": (
        "nothing comes in",
        "Answers or labels of one of the versions are missing. Look at what sends them.",
    ),
    "sample_ratio": (
        "the split is not the one that was ordered",
        "New units are not divided as ordered, so the two sides are not alike. Look at the router.",
    ),
    "wrong_version": (
        "a version answers that is not on trial",
        "Some process serves neither of the two versions. Find it before anything is decided.",
    ),
    "shifted": (
        "a proxy moved",
        "It may move for good reasons, so nothing is rolled back for it; labels or a person must say.",
    ),
    "registry": (
        "the registry does not say what it should",
        "It cannot be read, or somebody else moved the alias. It is never overwritten without a word.",
    ),
    "traffic": (
        "the router does not say what it should",
        "It cannot be read, or somebody else changed the shares. It is never overwritten without a word.",
    ),
    "approval": ("a person must let it go on", "The policy wants a person's word before what comes next."),
    "paused": ("it is paused", "A person holds it. Harm is still watched for, and still rolls it back."),
}

_METRICS: Final = {"score": "Score distribution", "declined": "Declined share"}

_HEADLINES: Final = {
    ReleaseState.PLANNED: "{version} is to take the place of {stable}",
    ReleaseState.SHADOW: "{version} answers in the shadow of {stable}",
    ReleaseState.CANARY: "{version} serves {share}, {stable} the rest",
    ReleaseState.PROMOTING: "{version} is being given to all",
    ReleaseState.VERIFYING: "{version} serves all, and is still watched",
    ReleaseState.ROLLING_BACK: "{stable} is being put back",
    ReleaseState.PROMOTED: "{version} serves all",
    ReleaseState.ROLLED_BACK: "{version} was rolled back: {stable} serves all",
    ReleaseState.STOPPED: "{version} was stopped: {stable} serves all",
}

_STANDINGS: Final = {
    "worse": "worse",
    "good_enough": "good enough",
    "unknown": "not known yet",
    "watched": "not worse so far",
}


def hold_title(hold: str) -> str:
    """Return which hold it is, in a few words.

    >>> hold_title("no_data"), hold_title("another_one")
    ('nothing comes in', 'another one')
    """
    return _HOLDS.get(hold, (short(hold, 40).replace("_", " "), ""))[0]


def hold_meaning(hold: str) -> str:
    """Return what the hold means and what ends it; empty for one that is not known."""
    return _HOLDS.get(hold, ("", ""))[1]


def metric_title(name: str) -> str:
    """Return a metric's name for people.

    >>> metric_title("error_share"), metric_title("slower:250"), metric_title("score")
    ('Error share', 'Share slower than 250 ms', 'Score distribution')
    """
    return _METRICS.get(name) or signal_title(short(name, _NAME))


def part_title(segment: Segment) -> str:
    """Return a part's name."""
    if segment == ALL:
        return str(ALL)
    return f"{short(segment.attribute, _NAME)} = {short(segment.value, _NAME)}"


def headline(release: Release) -> str:
    """Return what a release is at, as a title.

    >>> from aright.core.model.release import Policy, Release, ReleaseState
    >>> print(headline(Release(key="REL-1", service="shop", version="v2", stable="v1", share=0.05,
    ...     state=ReleaseState.CANARY, policy=Policy(), started_at=0, by="Ada")))
    v2 serves 5 %, v1 the rest
    """
    said = _HEADLINES[release.state].format(
        version=version_text(release.version),
        stable=version_text(release.stable),
        share=share_text(release.share),
    )
    return said[:1].upper() + said[1:] if said.startswith(("version ", "a version ")) else said


def ratio_text(low: float, high: float) -> str:
    """Return an interval of ratios.

    >>> ratio_text(0.82, 1.94), ratio_text(0.5, 1e6), ratio_text(0.0, 1e6), ratio_text(0.0, 2.0)
    ('0.82–1.9\u202f×', '0.50\u202f× or more', 'any ratio', '2.0\u202f× or less')
    """
    if high >= ENDLESS:
        return f"{times(low)}{NARROW}× or more" if low > 0.0 else "any ratio"
    return f"{times(low)}–{times(high)}{NARROW}×" if low > 0.0 else f"{times(high)}{NARROW}× or less"


def times(ratio: float) -> str:
    """Return a ratio with two significant digits.

    >>> times(1.0), times(1.04), times(2.25), times(0.821), times(12.4), times(0.0041)
    ('1.00', '1.04', '2.2', '0.82', '12', '0.0041')
    """
    if ratio >= 10 or ratio <= 0:
        return f"{ratio:.0f}"
    if 0.1 <= ratio < 1.1:  # which side of 1 it is on must show
        return f"{ratio:.2f}"
    return f"{ratio:.1f}" if ratio > 1 else f"{ratio:.2g}"


def margin_text(margin: float) -> str:
    """Return a margin without zeros at its end.

    >>> margin_text(2.5), margin_text(10)
    ('2.5\u202f×', '10\u202f×')
    """
    return f"{trimmed(margin)}{NARROW}×"


def share_text(share: float) -> str:
    """Return a share of the users, as steps are written.

    >>> share_text(0.01), share_text(0.125), share_text(1.0)
    ('1\u202f%', '12.5\u202f%', '100\u202f%')
    """
    return f"{trimmed(100 * share)}{NARROW}%"


def version_text(version: str) -> str:
    """Return a version as sentences have it; a bare number says what it is.

    >>> version_text("2026.47"), version_text("12"), version_text("")
    ('2026.47', 'version 12', 'a version without a name')
    """
    if not version:
        return "a version without a name"
    return f"version {version[:_NAME]}" if version.isdecimal() else short(version, _NAME)


def standing(judged: Judged) -> str:
    """Return how a metric stands: ``worse``, ``good_enough``, ``unknown``, or ``watched`` without a margin.

    >>> from aright.core.model.release import Judged
    >>> standing(Judged(metric="m", low=1.2, high=4, margin=2)), standing(Judged(metric="m", margin=2))
    ('worse', 'unknown')
    """
    if judged.low > 1.0:
        return "worse"
    if judged.margin <= 0.0:
        return "watched"
    return "good_enough" if judged.high < judged.margin else "unknown"


def standing_text(name: str) -> str:
    """Return a standing in words."""
    return _STANDINGS[name]
