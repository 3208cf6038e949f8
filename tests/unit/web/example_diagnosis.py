"""What the example incident's diagnosis found."""

from __future__ import annotations

import math
from typing import Final

from aright.core.model.alert import Alert
from aright.core.model.evidence import (
    Cause,
    CauseKind,
    Diagnosis,
    Evidence,
    Further,
    Paired,
    Reach,
    Replayed,
    Scope,
    Step,
    StepState,
    Suspect,
    Verdict,
)
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import HOUR, MINUTE, SECOND
from tests.unit.web.example_times import BASE, DECLARED, NORTH, ONSET

EVIDENCE: Final = (
    Evidence(
        id="E1",
        step=Step.SCOPE,
        text="Click rate in region = north fell from 31.2 % to 8.4 % (412 users); elsewhere it stayed.",
        supports=("H1",),
        weight=41.2,
        start=ONSET,
        end=BASE + 6 * MINUTE,
        query="\"attr.region\" = 'north' AND \"time\" >= '2026-11-23T10:02:30Z'",
        before=0.312,
        now=0.084,
    ),
    Evidence(
        id="E2",
        step=Step.INPUTS,
        text="All 8 features of profiles are null in 97 % of the rows hit, before in 0.4 %.",
        supports=("H1",),
        weight=63.7,
        start=ONSET,
        end=BASE + 6 * MINUTE,
        query='"feat.profiles.norm" IS NULL AND "attr.region" = \'north\'',
        before=1 / 240,
        now=117 / 120,
    ),
    Evidence(
        id="E3",
        step=Step.PIPELINE,
        text="profiles first went empty at 10:02:30, 30 s before quality fell.",
        supports=("H1",),
        opposes=("H2",),
        weight=4.1,
    ),
    Evidence(
        id="E4",
        step=Step.CHANGES,
        text="Version 2026.47 was deployed 18 min before the onset, to every region alike.",
        supports=("H2",),
        opposes=("H1",),
        weight=0.9,
    ),
    Evidence(
        id="E5",
        step=Step.SHADOW,
        text="Rows outside region = north are served by version 2026.47 too and lost nothing.",
        supports=("H1",),
        opposes=("H2",),
        weight=12.8,
        before=0.309,
        now=0.308,
    ),
    Evidence(
        id="E6",
        step=Step.HARM,
        text="Complaints per user rose from 0.2 % to 2.6 % in region = north.",
        before=0.002,
        now=0.026,
    ),
    Evidence(
        id="E7",
        step=Step.INPUTS,
        text="basket_size shifted in every region at 09:58 (KS 0.11); quality did not follow it.",
        opposes=("H3",),
        weight=2.2,
    ),
)

CAUSES: Final = (
    Cause(
        id="H1",
        kind=CauseKind.FEATURE_SOURCE,
        subject="profiles",
        title="The feature source profiles is empty for region = north.",
        probability=0.94,
        explained=0.96,
        remedy="restore_source",
        mode="empty",
        onset=ONSET,
        features=("profiles.norm", "profiles.recency"),
        evidence_for=("E1", "E2", "E3", "E5"),
        evidence_against=("E4",),
    ),
    Cause(
        id="H2",
        kind=CauseKind.MODEL_VERSION,
        subject="2026.47",
        title="Model version 2026.47 answers worse than 2026.46.",
        probability=0.04,
        explained=0.05,
        remedy="roll_back_model",
        mode="worse",
        previous="2026.46",
        evidence_for=("E4",),
        evidence_against=("E3", "E5"),
    ),
    Cause(
        id="H3",
        kind=CauseKind.OUTSIDE,
        subject="outside",
        title="Something outside, that aright cannot see.",
        probability=0.02,
        evidence_against=("E7",),
    ),
)

SUSPECTS: Final = (
    Suspect(
        service="profiles-store",
        host="store-2",
        probability=0.91,
        score=12.4,
        onset=ONSET - 20 * SECOND,
        internal=True,
        text="Its log says “no space left on device” 41 times a minute, never before; its self time sixfold.",
    ),
    Suspect(
        service="profiles",
        probability=0.06,
        score=3.1,
        onset=ONSET,
        text="61 % of its answers are empty; all that it calls it calls as before but profiles-store.",
    ),
)

REPLAYED: Final = Replayed(
    verdict="data",
    previous="2026.46",
    version="2026.47",
    effects=(
        Paired(name="model", effect=0.004, low=-0.011, high=0.019, pairs=1500),
        Paired(name="inputs", effect=0.223, low=0.201, high=0.245, pairs=1500),
    ),
    text="On the inputs of now both versions do 22 points worse than on those before; else they do alike.",
)

STEPS: Final = (
    StepState(step=Step.SCOPE, state="done", took_ms=65.3),
    StepState(step=Step.PIPELINE, state="nothing to look at", text="no runs of pipelines are known"),
    StepState(step=Step.INPUTS, state="done", took_ms=129.4),
    StepState(step=Step.DEPENDENCIES, state="done", took_ms=812.0),
    StepState(step=Step.SHADOW, state="over budget", text="it took more than 60 s"),
)

SCOPE: Final = Scope(
    reach=Reach.SEGMENT,
    segment=NORTH,
    sentence="region = north is hit: 31 % of the traffic carries 97 % of the loss; outside nothing moved.",
    filter="\"attr.region\" = 'north'",
    share_of_traffic=0.31,
    share_of_loss=0.97,
    loss_low=0.91,
    loss_high=1.0,
    inside_before=0.688,
    inside_now=0.916,
    outside_before=0.692,
    outside_now=0.693,
    units_hit=412,
    loss="quality:click",
    others=(
        Further(
            segment=Segment("device", "tv"),
            filter="\"attr.device\" = 'tv'",
            share_of_traffic=0.02,
            share_of_loss=0.02,
            loss_low=0.0,
            loss_high=0.05,
            before=0.69,
            now=0.8,
            units_hit=30,
        ),
    ),
)

DIAGNOSIS: Final = Diagnosis(
    key="INC-7",
    at=BASE + 6 * MINUTE,
    reference=(BASE - 6 * HOUR, ONSET),
    current=(ONSET, BASE + 6 * MINUTE),
    scope=SCOPE,
    verdict=Verdict.CONFIRMED,
    causes=CAUSES,
    evidence=EVIDENCE,
    summary=(
        "Since 10:02:30 the feature source profiles is empty for region = north, and the service answers "
        "with popular items at status 200. Click rate there fell from 31 % to 8 %; elsewhere nothing moved."
    ),
    suspects=SUSPECTS,
    path=("profiles-store", "profiles", "ranker"),
    replayed=REPLAYED,
    steps=STEPS,
)


def alert(signal: str, before: float, now: float, segment: Segment, *, harm: bool = True) -> Alert:
    """Return an alert with a plausible interval."""
    half = 1.96 * math.sqrt(max(now * (1 - now), 1e-4) / 400)
    return Alert(
        key=f"ranker|{segment}|{signal}",
        service="ranker",
        signal=signal,
        harm=harm,
        at=DECLARED,
        since=ONSET,
        before=before,
        now=now,
        low=max(0.0, now - half),
        high=min(1.0, now + half),
        units=412,
        log_e=31.4,
        threshold=12.9,
        rule="e-d-BH over 14 streams, 1 false page per month",
        segment=segment,
    )


ALERTS: Final = (
    alert("quality:click", 0.312, 0.084, NORTH),
    alert("events:complaint", 0.002, 0.026, NORTH),
    alert("fallback_share", 0.003, 0.31, ALL),
    alert("feature:profiles.norm", 0.004, 0.97, NORTH, harm=False),
)
