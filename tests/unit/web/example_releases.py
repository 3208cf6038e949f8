"""Releases as they might really be: one at 5 %, one held, one in the shadow, one rolled back, one through."""

from __future__ import annotations

import math
import random
from typing import Final

import msgspec

from aright.core.incident.chain import seal
from aright.core.model.alias import AliasKept, AliasMove
from aright.core.model.incident import TimelineEvent
from aright.core.model.release import Call, Judged, Look, Metric, Policy, Release, ReleaseState
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import DAY, HOUR, MINUTE, Micros
from tests.unit.web.example_times import NOW

POLICY: Final = Policy(
    metrics=(
        Metric(name="error_share"),
        Metric(name="quality:approved"),
        Metric(name="slower:250"),
        Metric(name="declined", on_harm="hold", margin=0.0),
    ),
    segments=("region",),
    shadow_pairs=400,
    approvals=("promoting",),
)
WEST: Final = Segment("region", "west")
PARTS: Final = (ALL, WEST, Segment("region", "east"), Segment("region", "north"), Segment("region", "south"))
RATES: Final = {"error_share": 0.02, "quality:approved": 0.06, "slower:250": 0.03, "declined": 0.12}
GATE: Final = (
    "✓ golden outputs: 240 of 240 are the same",
    "✓ contract: 18 features fit what is served now",
    "✓ quality: 0.941 against the champion's 0.938, no segment worse by more than 0.004",
    "✓ latency: p99 41 ms against 39 ms",
    "– memory canary: not run, no baseline library set was given",
)


class Story:
    """Plays a release minute by minute, with evidence as a normal approximation would have it."""

    def __init__(
        self, ratios: dict[tuple[str, Segment], float], *, start: Micros, per_minute: int = 900
    ) -> None:
        self.ratios = ratios
        self.at = start
        self.per_minute = per_minute
        self.chance = random.Random(7)
        self.looks: list[Look] = []
        self.counts: dict[tuple[str, Segment], list[float]] = {}

    def play(
        self, minutes: int, share: float, margin: float, *, stage: str = "canary", hold: str = "inconclusive"
    ) -> None:
        """Go on for so many minutes; all but the last look hold."""
        if stage != "shadow" and self.looks and self.looks[-1].stage == "shadow":
            self.counts = {}
        for _ in range(minutes):
            self.at += MINUTE
            judged = tuple(
                sorted(
                    (self.judge(metric, part, share, margin) for metric in RATES for part in PARTS),
                    key=lambda each: -each.harm,
                )
            )
            left = sum(each.high >= each.margin > 0 for each in judged)
            reason = f"Neither harm nor good enough is shown yet for {left} of 20 metrics and parts."
            if self.looks:
                self.looks[-1] = msgspec.structs.replace(self.looks[-1], judged=kept(self.looks[-1].judged))
            look = Look(at=self.at, stage=stage, share=share, call=Call.HOLD, hold=hold, reason=reason)
            self.looks.append(msgspec.structs.replace(look, judged=judged))

    def decide(self, call: Call, reason: str) -> None:
        """Make the last look decide."""
        self.looks[-1] = msgspec.structs.replace(self.looks[-1], call=call, hold="", reason=reason)

    def judge(self, metric: str, part: Segment, share: float, margin: float) -> Judged:
        units = self.per_minute * (1.0 if part == ALL else 0.25)
        ratio = self.ratios.get((metric, part), self.ratios.get((metric, ALL), 1.0))
        seen = self.counts.setdefault((metric, part), [0.0, 0.0, 0.0, 0.0])
        rate = RATES[metric]
        sides = ((1 - share, 1.0), (share, ratio)) if share else ((0.05, 1.0), (0.05, ratio))  # pairs
        for side, (part_of, times) in enumerate(sides):
            expected = units * part_of * rate * times
            failed = max(0.0, round(self.chance.gauss(expected, math.sqrt(expected))))
            seen[side] += units * part_of
            seen[2 + side] += failed
        stable, canary, stable_failed, canary_failed = seen
        spread = math.sqrt(1 / (stable_failed + 0.5) + 1 / (canary_failed + 0.5))
        middle = math.log((canary_failed + 0.5) / (canary + 1)) - math.log(
            (stable_failed + 0.5) / (stable + 1)
        )
        reach = spread * (2.9 + 1.2 * spread)
        low = math.exp(middle - reach) if canary_failed >= 2 else 0.0
        high = math.exp(middle + reach) if canary * rate > 0.5 else 1e6
        limit = 0.0 if metric == "declined" else margin if part == ALL else max(margin, 3.0)
        return Judged(
            metric=metric,
            segment=part,
            units=(round(stable), round(canary)),
            failed=(stable_failed, canary_failed),
            harm=(middle / spread) ** 2 / 2 * math.copysign(1, middle) - 0.4,
            fit=max((math.log(limit) - middle) / spread, -1.0) ** 2 / 2 - 0.4 if limit else 0.0,
            margin=limit,
            low=low,
            high=min(high, 1e6),
        )


def kept(judged: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """Return what an older look still says: of all the traffic, and of the two worst parts."""
    parts = [each for each in judged if each.segment != ALL][:2]
    return tuple(each for each in judged if each.segment == ALL or each in parts)


def canary() -> Release:
    """Return one that serves 25 %, with slower answers not cleared yet and a proxy that moved for a while."""
    start = NOW - 66 * MINUTE
    story = Story({("declined", ALL): 1.05, ("slower:250", WEST): 1.24}, start=start, per_minute=420)
    story.play(12, 0.0, 1.5, stage="shadow")
    story.decide(Call.GO, "412 pairs: the answers differ in 0.7 %, as the champion's own do (0.6 %).")
    story.play(14, 0.01, 10.0)
    story.decide(Call.GO, "Ten times as bad is ruled out for every metric and part.")
    story.play(6, 0.05, 5.0)
    story.play(5, 0.05, 5.0, hold="no_data")
    story.play(11, 0.05, 5.0)
    story.decide(Call.GO, "Five times as bad is ruled out for every metric and part.")
    story.play(17, 0.25, 2.5)
    reason = (
        "Not enough has been seen yet: of users in region = west, up to 3.2 times as many may wait longer"
        " than 250 ms, and under 3 must be shown. At this traffic that takes about 6 min more."
    )
    looks = (*story.looks[:-1], msgspec.structs.replace(story.looks[-1], reason=reason))
    return Release(
        key="REL-12", service="card-check", model="cards", version="2026.47.2", stable="2026.46.0",
        state=ReleaseState.CANARY, policy=POLICY, started_at=start, by="Ada", gate=GATE, step=2, share=0.25,
        shares=(
            (start + 12 * MINUTE, 0.01), (start + 26 * MINUTE, 0.05), (start + 48 * MINUTE, 0.25),
        ),
        stepped_at=start + 48 * MINUTE, looks=looks,
    )  # fmt: skip


def rolled_back() -> Release:
    """Return one that was bad in one part, and went back from 5 %."""
    start = NOW - 26 * HOUR
    story = Story({("quality:approved", WEST): 4.5, ("quality:approved", ALL): 1.7}, start=start)
    story.play(12, 0.01, 10.0)
    story.decide(Call.GO, "Ten times as bad is ruled out for every metric and part.")
    story.play(9, 0.05, 5.0)
    worst = next(each for each in story.looks[-1].judged if each.metric == "quality:approved")
    reason = (
        f"Approved quality in {worst.segment} is worse: {worst.failed[1]:.0f} of {worst.units[1]} units"
        f" failed, {worst.low:.1f} to {worst.high:.1f} times the stable version's share."
    )
    story.decide(Call.ROLL_BACK, reason)
    return Release(
        key="REL-11", service="card-check", version="2026.46.3", stable="2026.46.0",
        state=ReleaseState.ROLLED_BACK, policy=msgspec.structs.replace(POLICY, shadow_pairs=0),
        started_at=start, by="ci", gate=GATE[:4], step=1, share=0.0,
        shares=((start + MINUTE // 2, 0.01), (start + 12 * MINUTE, 0.05), (start + 21 * MINUTE, 0.0)),
        stepped_at=start + 21 * MINUTE, looks=tuple(story.looks), ended_at=start + 21 * MINUTE + 800_000,
        outcome=f"Rolled back after 21 min, 0.8 s after the look that proved harm. {reason}",
    )  # fmt: skip


def promoted() -> Release:
    """Return one that got through, past a gate that was closed."""
    start = NOW - 3 * DAY
    story = Story({}, start=start, per_minute=4_000)
    for step, minutes in zip(range(4), (9, 12, 14, 20), strict=True):
        story.play(minutes, POLICY.steps[step], POLICY.step_margins[step])
        story.decide(Call.GO, "Good enough for every metric and part.")
    story.play(60, 1.0, 1.5, stage="verifying")
    marks = (0, 9, 21, 35, 55)
    shares = zip(marks, (*POLICY.steps, 1.0), strict=True)
    return Release(
        key="REL-10", service="card-check", version="2026.46.0", stable="2026.45.1",
        state=ReleaseState.PROMOTED, policy=msgspec.structs.replace(POLICY, shadow_pairs=0, approvals=()),
        started_at=start, by="Grace", gate=("✗ latency: p99 61 ms against 39 ms", *GATE[:3]), step=3,
        share=1.0, shares=tuple((start + at * MINUTE, share) for at, share in shares),
        stepped_at=start + 55 * MINUTE, looks=tuple(story.looks), ended_at=start + 115 * MINUTE,
        outcome="It serves all after 55 min, and was as good there for 1 h.", forced="Grace",
    )  # fmt: skip


def held() -> Release:
    """Return one whose alias was moved by somebody else."""
    start = NOW - 20 * MINUTE
    story = Story({}, start=start, per_minute=300)
    story.play(16, 0.01, 10.0)
    story.play(4, 0.01, 10.0, hold="registry")
    reason = "The alias champion stands for 11 since 10:08:12, and was moved elsewhere: it was 9."
    looks = (*story.looks[:-1], msgspec.structs.replace(story.looks[-1], reason=reason))
    return Release(
        key="REL-13", service="ranker", version="10", stable="9", state=ReleaseState.CANARY,
        policy=msgspec.structs.replace(POLICY, segments=(), shadow_pairs=0), started_at=start, by="ci",
        step=0, share=0.01, shares=((start, 0.01),), stepped_at=start, looks=looks,
    )  # fmt: skip


def planned() -> Release:
    """Return one that nothing was seen of."""
    return Release(
        key="REL-14", service="translate", version="nllb-3.2", stable="nllb-3.1", state=ReleaseState.PLANNED,
        policy=msgspec.structs.replace(POLICY, approvals=("canary",)), started_at=NOW - MINUTE, by="Linus",
    )  # fmt: skip


def shadow() -> Release:
    """Return one whose looks could judge nothing."""
    start = NOW - 9 * MINUTE
    look = Look(
        at=start + MINUTE, stage="shadow", share=0.0, call=Call.HOLD, hold="no_data",
        reason="No pair has come in for 9 min: nothing is copied to the candidate.",
    )  # fmt: skip
    looks = tuple(msgspec.structs.replace(look, at=start + at * MINUTE) for at in range(1, 10))
    return Release(
        key="REL-15", service="translate", version="nllb-3.3", stable="nllb-3.1", state=ReleaseState.SHADOW,
        policy=POLICY, started_at=start, by="Linus", looks=looks, stepped_at=start,
    )  # fmt: skip


def ledger(release: Release) -> list[TimelineEvent]:
    """Return a release's ledger, sealed."""
    begun = f"{release.by} begins the release of {release.version} in place of {release.stable}."
    told = "The router was told to give the canary"
    said: list[tuple[Micros, str, str, str, bool]] = [(release.started_at, "begun", begun, release.by, True)]
    said += [(release.started_at, "gate", line, "aright", False) for line in release.gate]
    said += [
        (at, "split", f"{told} {share:.0%}; it says so itself.", "aright", True)
        for at, share in release.shares
    ]
    for look in release.looks[::4]:
        said.append((look.at, "look", look.reason, "aright", look.call is not Call.HOLD))
    if release.ended_at:
        said.append((release.ended_at, release.state.value, release.outcome, "aright", True))
    said.sort(key=lambda line: line[0])
    lines: list[TimelineEvent] = []
    for number, (at, kind, text, by, key) in enumerate(said, start=1):
        line = TimelineEvent(incident=release.key, number=number, at=at, kind=kind, text=text, by=by, key=key)
        lines.append(seal(line, lines[-1].hash if lines else ""))
    return lines


ALIASES: Final = (
    AliasKept(
        key="card-check/champion", service="card-check", alias="champion", version="2026.46.0", read_at=NOW,
        moves=(
            AliasMove(at=NOW - 9 * DAY, before="2026.44.0", after="2026.45.1", by="elsewhere"),
            AliasMove(at=NOW - 3 * DAY, before="2026.45.1", after="2026.46.0", by="aright", why="REL-10"),
        ),
    ),
    AliasKept(
        key="ranker/champion", service="ranker", alias="champion", version="11", wanted="10",
        wanted_by="aright", wanted_why="REL-13", read_at=NOW,
        problem="It stands for 11, and aright left it at 9: somebody else moved it at 10:08:12.",
        moves=(AliasMove(at=NOW - 4 * MINUTE, before="9", after="11", by="elsewhere"),),
    ),
)  # fmt: skip


def all_releases() -> list[Release]:
    """Return every one, the newest first."""
    return [shadow(), planned(), held(), canary(), rolled_back(), promoted()]
