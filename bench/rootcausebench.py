"""Which change did it, or none: ``python -m bench.rootcausebench [--data DIR] [--json]``.

Six published incidents with the diffs of their deploys, judged without a language model and beside who blames
the last deploy; then incidents made here, of other mechanisms, languages and names, with decoys around them.
Each is judged as of a few minutes after its alarm.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.diagnose.dependencies.blaming import blame
from aright.core.diagnose.mechanism.reading import fault_of
from aright.core.diagnose.mechanism.weighing import weigh
from aright.core.model.times import SECOND
from bench.report import Figure, at_least, at_most, print_report
from bench.rootcausebench_data import incidents, telemetry, truth
from bench.rootcausebench_decoys import DECOYS, OUTSIDE
from bench.rootcausebench_faults import STORIES
from bench.rootcausebench_fresh import STORIES as FRESH_STORIES
from bench.rootcausebench_last import OUTSIDE as LAST_OUTSIDE
from bench.rootcausebench_last import STORIES as LAST_STORIES
from bench.rootcausebench_more import OUTSIDE as MORE_OUTSIDE
from bench.rootcausebench_more import STORIES as MORE_STORIES
from bench.rootcausebench_outside import FRESH as FRESH_OUTSIDE
from bench.rootcausebench_outside import SIXTH as SIXTH_OUTSIDE
from bench.rootcausebench_sixth import STORIES as SIXTH_STORIES
from bench.rootcausebench_unseen import DECOYS as OTHER_DECOYS
from bench.rootcausebench_unseen import OUTSIDE as UNSEEN_OUTSIDE
from bench.rootcausebench_unseen import STORIES as UNSEEN_STORIES
from bench.rootcausebench_worlds import make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.diagnose.mechanism.weighing import Weighing
    from bench.rootcausebench_decoys import Decoy, Outside
    from bench.rootcausebench_story import Story

    Family: TypeAlias = tuple[Sequence[Story], Sequence[Outside], Sequence[Decoy]]

NONE: Final = "none"
REMEDIES: Final = {
    "roll_back_change": "rollback",
    "roll_forward": "roll-forward",
    "set_aside_data": "purge-bad-data",
    "escalate": "escalate-upstream",
}
"""The benchmark's words for ours."""

SEEDS: Final = 10
MISSING: Final = 0.1
LATE: Final = 60 * SECOND
FAMILIES: Final = (
    (STORIES, OUTSIDE, DECOYS),
    (MORE_STORIES, MORE_OUTSIDE, DECOYS),
    (UNSEEN_STORIES, UNSEEN_OUTSIDE, OTHER_DECOYS),
    (LAST_STORIES, LAST_OUTSIDE, OTHER_DECOYS),
)
"""By whose stories the rules were mended, after a first run."""

APART: Final = (
    (FRESH_STORIES, FRESH_OUTSIDE, OTHER_DECOYS),
    (SIXTH_STORIES, SIXTH_OUTSIDE, OTHER_DECOYS),
)
"""Families whose mechanisms no rule was written for; how diffs are read was mended by the first."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said of one incident.

    Attributes:
        commit: the change blamed, or ``none``.
        service: where it is said to have begun.
        remedy: the remediation class, in the benchmark's words.
        probability: of the answer.
    """

    commit: str
    service: str
    remedy: str
    probability: float


def main() -> int:
    """Print how many incidents came out right; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/rootcausebench"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = [
        *published(options.data),
        *robustness(options.data),
        *made("made", FAMILIES, seeds=2),
        *made("of other mechanisms", APART, seeds=2),
    ]
    return 0 if print_report("changes behind incidents", figures, options.json) else 1


def judge(told: Telemetry) -> tuple[Weighing, str]:
    """Return what changes weigh, and the service that it is said to have begun in."""
    fault = fault_of(told, blame(told).suspects)
    return weigh(told.changes, fault), max(fault.first, key=lambda name: fault.first[name], default="")


def answer(folder: Path, *, late: int = 0, seed: int | None = None) -> Answer:
    """Judge one published incident, with the alarm shifted and points missing where asked for.

    A seed below 0 lets one call be unknown instead.
    """
    told = telemetry(folder, late=late)
    if seed is not None:
        told = thinned(told, seed) if seed >= 0 else without_a_call(told, -seed)
    weighing, service = judge(told)
    best = weighing.best
    return Answer(
        commit=best.change.key if best.change else NONE,
        service=service,
        remedy=REMEDIES[best.remedy],
        probability=best.probability,
    )


def published(data: Path) -> list[Figure]:
    """Return figures over the published incidents, and print a line for each."""
    folders = incidents(data)
    started = time.process_time()
    answers = [answer(each) for each in folders]
    took = (time.process_time() - started) / max(len(folders), 1)
    known = [truth(each) for each in folders]
    for folder, said, true in zip(folders, answers, known, strict=True):
        mark = "right" if said.commit == true.commit else "WRONG"
        blamed = f"{said.commit[:8]} ({said.probability:.2f})"
        print(f"  {mark}  {folder.name}: {blamed}, {said.service}, {said.remedy}")
    pairs = list(zip(answers, known, strict=True))
    nones = [said.commit == NONE for said, true in pairs if true.commit == NONE]
    last = [_latest(telemetry(each)) for each in folders]
    return [
        at_least(
            f"right change or none, of {len(folders)}",
            sum(said.commit == true.commit for said, true in pairs),
            4,
        ),
        at_most("decoys blamed", sum(said.commit in true.decoys for said, true in pairs), 0),
        at_least(f"none where it was none, of {len(nones)}", sum(nones), len(nones)),
        Figure("first failing service right", sum(said.service == true.service for said, true in pairs)),
        Figure("remediation class right", sum(said.remedy == true.remedy for said, true in pairs)),
        Figure(
            "blaming the last deploy: right",
            sum(said == true.commit for said, true in zip(last, known, strict=True)),
        ),
        Figure(
            "blaming the last deploy: decoys",
            sum(said in true.decoys for said, true in zip(last, known, strict=True)),
        ),
        Figure("CPU-s per incident", took),
    ]


def _latest(told: Telemetry) -> str:
    deploys = [each for each in told.changes if each.kind == "deploy" and each.at <= told.at]
    return max(deploys, key=lambda each: each.at).key if deploys else NONE


def robustness(data: Path) -> list[Figure]:
    """Return how many cases are lost when alarms come at other times and points are missing, on average."""
    folders = incidents(data)
    right = sum(answer(each).commit == truth(each).commit for each in folders)

    def lost(name: str, trials: Sequence[tuple[int, int | None]]) -> Figure:
        kept = [
            sum(answer(each, late=late, seed=seed).commit == truth(each).commit for each in folders)
            for late, seed in trials
        ]
        return at_most(f"cases lost: {name}", right - float(np.mean(kept)), 1.0)

    return [
        lost("alarm a minute earlier or later", [(-LATE, None), (LATE, None)]),
        lost("one call unknown, mean of 10 seeds", [(0, -1 - seed) for seed in range(SEEDS)]),
        lost(
            "10 % of points, lines and spans missing, mean of 10 seeds", [(0, seed) for seed in range(SEEDS)]
        ),
    ]


def thinned(told: Telemetry, seed: int) -> Telemetry:
    """Return a telemetry of which a tenth is missing."""
    rng = np.random.default_rng(seed)

    def some(table: pa.Table) -> pa.Table:
        return table.filter(rng.random(table.num_rows) >= MISSING)

    return replace(told, metrics=some(told.metrics), logs=some(told.logs), spans=some(told.spans))


def without_a_call(told: Telemetry, seed: int) -> Telemetry:
    """Return a telemetry that lacks one of the spans that tell who calls whom."""
    below = np.flatnonzero(told.spans["parent_id"].is_valid().to_numpy())
    if not len(below):
        return told
    gone = int(np.random.default_rng(seed).choice(below))
    return replace(told, spans=told.spans.filter(pa.array(np.arange(told.spans.num_rows) != gone)))


def made(name: str, families: Sequence[Family], *, seeds: int) -> list[Figure]:
    """Return figures over incidents made here."""
    right, ranked, guilty, blamed, outside, wrong = 0, 0, 0, 0, 0, 0
    for stories, causes, decoys in families:
        every: tuple[Story | Outside, ...] = (*stories, *causes)
        for number, story in enumerate(every):
            for seed in range(seeds):
                world = make(story, 1_000 * number + seed, decoys)
                weighing, _ = judge(world.telemetry)
                named = weighing.best.change.key if weighing.best.change else ""
                first = next((each.change.key for each in weighing.ranked if each.change), "")
                if world.guilty:
                    guilty += 1
                    right += named == world.guilty
                    ranked += first == world.guilty
                    wrong += named not in {"", world.guilty}
                else:
                    outside += 1
                    blamed += named != ""
    goals = families is FAMILIES
    first = f"{name}: right change first of all, share of {guilty}"
    decoy = f"{name}: decoy blamed where it was outside, of {outside}"
    return [
        at_least(first, right / guilty, 0.9) if goals else Figure(first, right / guilty),
        Figure(f"{name}: right change first of the changes", ranked / guilty),
        Figure(f"{name}: a decoy before the right change and outside", wrong / guilty),
        at_most(decoy, blamed, 0) if goals else Figure(decoy, blamed),
    ]


if __name__ == "__main__":
    sys.exit(main())
