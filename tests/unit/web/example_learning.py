"""What the example incident left behind."""

from __future__ import annotations

from typing import Final

from aright.core.model.guard import Guard, Replay
from aright.core.model.postmortem import ActionItem, Bone, PostMortem, Why
from aright.core.model.times import DAY, SECOND
from tests.unit.web.example_times import BASE, ONSET

TITLE: Final = "ranker: click rate of region = north fell from 31 % to 8 %"


GUARD: Final = Guard(
    key="G-INC-7-1",
    service="ranker",
    incident="INC-7",
    kind="source_contract",
    subject="profiles",
    title="profiles may be empty in at most 4 % of rows and at most 26 h old, in every region",
    limits={
        "null_share:profiles.norm": 0.04,
        "null_share:profiles.recency": 0.04,
        "age_hours:profiles": 26.0,
    },
    min_rows=40,
    created_at=BASE + 1201 * SECOND,
    replay=Replay(
        incident_windows=23,
        incident_fired=23,
        baseline_windows=720,
        baseline_fired=0,
        first_fired=ONSET,
        onset=ONSET,
        accepted=True,
    ),
)

POST_MORTEM: Final = PostMortem(
    key="INC-7",
    at=BASE + 1202 * SECOND,
    title=TITLE,
    summary=(
        "From 10:02:30 to 10:14:00 UTC the feature source profiles was empty for region = north. The service "
        "fell back to popular items and answered 200, so no HTTP metric moved. aright noticed after two "
        "minutes."
    ),
    impact="412 of 1,330 users (31 %) saw generic answers for 11 min 30 s; 94 clicks were lost (81–107).",
    star={
        "situation": "Since 10:02:30 one region in four got generic answers; nothing was red.",
        "task": "Find what changed and give region = north its own answers back.",
        "action": "Ada restored the last good snapshot of profiles after a dry run, at 10:14.",
        "result": "Click rate returned to 30.9 % (reference 31.2 %) within four minutes.",
    },
    whys=(
        Why(
            question="Why did users in region = north get worse answers?",
            answer="The service answered with popular items instead of personal ones.",
            evidence=("E1", "E6"),
        ),
        Why(
            question="Why did it answer with popular items?",
            answer="All features of profiles were null for them, and it falls back without user features.",
            evidence=("E2",),
        ),
        Why(
            question="Why were the features null?",
            answer="The source profiles went empty for region = north at 10:02:30.",
            evidence=("E2", "E3"),
        ),
        Why(
            question="Why did nobody notice the source?",
            answer="Nothing checked how full or how old profiles is; status and latency stayed normal.",
            evidence=("E5",),
        ),
        Why(
            question="Why was there no such check?",
            answer="The source was never declared a dependency with limits of its own.",
            assumed=True,
        ),
    ),
    bones=(
        Bone(category="Data", text="profiles empty for region = north", status="cause", evidence=("E2",)),
        Bone(category="Data", text="basket_size shifted everywhere", status="ruled out", evidence=("E7",)),
        Bone(category="Model", text="version 2026.47", status="ruled out", evidence=("E5",)),
        Bone(category="Code", text="silent fall-back at status 200", status="contributed", evidence=("E1",)),
        Bone(category="Dependencies", text="who writes profiles", status="not looked at"),
        Bone(category="Infrastructure", text="CPU, memory and latency", status="ruled out"),
        Bone(category="Monitoring", text="no limit on emptiness of a source", status="contributed"),
    ),
    timeline=tuple(range(1, 14)),
    actions=(
        ActionItem(
            text="Keep the guard on profiles in CI and on every window",
            owner="Search & Discovery",
            due=BASE + 2 * DAY,
            guard="G-INC-7-1",
        ),
        ActionItem(
            text="Answer with a marked fall-back, so that callers can tell",
            owner="Search & Discovery",
            due=BASE + 14 * DAY,
        ),
    ),
    went_well=(
        "The segment was named within two minutes of the alert.",
        "The dry run showed what would happen.",
    ),
    went_badly=("The fall-back hid the fault from every HTTP metric.",),
)
