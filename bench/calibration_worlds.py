"""Services with faults, each with changes around it: those that are judged, and others of other shapes.

The judged ones have a fault of each of ten kinds in three sizes, and an innocent deploy three minutes before
its onset. The others are drawn: faults of other kinds (pairs, two parts at once, columns that go constant),
of any strength and share, with none to four innocent changes of any kind up to eight minutes before; what a
change did shows after two seconds to three minutes. One in five is of a change
that nothing else shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.change import Change
from aright.core.model.evidence import CauseKind
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.diagnose.simulation import RATE, World, make_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.diagnose.case import Case
    from aright.core.model.times import Micros

OUTSIDE: Final = (CauseKind.OUTSIDE, "outside")
SOURCE: Final = (CauseKind.FEATURE_SOURCE, "people")
VERSION: Final = (CauseKind.MODEL_VERSION, "v2")
CHANGE: Final = (CauseKind.OTHER_CHANGE, "ci/true")
TRUTHS: Final = {
    "empty": SOURCE,
    "stale": SOURCE,
    "constant": SOURCE,
    "model": VERSION,
    "canary": VERSION,
    "loss-segment": OUTSIDE,
    "loss-global": OUTSIDE,
    "deploy": CHANGE,
    "host": OUTSIDE,
    "none": OUTSIDE,
}
"""What each fault's cause is; what no input, version or change shows is outside."""

LEAD: Final = 300
"""Healthy rows at the beginning of the time judged."""

SIZES: Final[Mapping[str, Mapping[str, float]]] = {
    "clear": {"click_hit": 0.12},
    "weak": {"click_hit": 0.2, "complaint_hit": 0.01},
    "few": {"click_hit": 0.12, "current_rows": 900, "reference_rows": 4_000},
}

OTHERS: Final = (
    *("empty", "stale", "constant", "model", "canary"),
    *("loss-segment", "loss-global", "host", "pair", "two"),
)
"""Faults of the other services; the latter five show no cause, and four in ten of them are of a change."""

KINDS: Final = ("deploy", "config", "flag", "data", "library")
SHARES: Final = (0.5, 0.2, 0.15, 0.05, 0.1)
"""Kinds of changes, innocent or not, and how often they are made."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """A service's case and what is true of it.

    Attributes:
        fault: what was done.
        size: how clearly.
        case: what is known.
        truth: kind and subject of the cause.
    """

    fault: str
    size: str
    case: Case
    truth: tuple[CauseKind, str]


def judged(fault: str, size: str, seed: int) -> Told:
    """Return one of the services that are judged."""
    deployed = fault == "deploy"
    made = "loss-global" if deployed else fault
    case = make_case(replace(World(seed, made, lead_rows=LEAD), **SIZES[size]))  # type: ignore[arg-type]  # by name
    onset = case.current_span[0] + LEAD * SECOND // RATE
    changes = [Change(key="ci/decoy", at=onset - 3 * MINUTE, service="shop", kind="deploy", what="theme")]
    if deployed:
        delay = int(np.random.default_rng(seed).integers(2, 40)) * SECOND
        changes.append(Change(key="ci/true", at=onset - delay, service="shop", kind="config", what="cache"))
    return Told(fault=fault, size=size, case=replace(case, changes=tuple(changes)), truth=TRUTHS[fault])


def other(seed: int) -> Told:
    """Return one of the other services."""
    rng = np.random.default_rng([seed, 77])
    fault = OTHERS[int(rng.integers(len(OTHERS)))]
    rows = int(rng.integers(1_200, 3_600))
    world = World(
        int(rng.integers(1 << 30)),
        fault,
        reference_rows=int(rng.integers(4_000, 10_000)),
        current_rows=rows,
        lead_rows=int(rng.uniform(0.05, 0.3) * rows),
        click=float(rng.uniform(0.2, 0.5)),
        click_hit=float(rng.uniform(0.05, 0.15)),
        complaint_hit=float(rng.choice([0.004, 0.02, 0.05])),
        hit_share=float(rng.uniform(0.15, 0.5)),
        decoys=bool(rng.random() < 0.5),
        graded=float(rng.choice([1.0, 0.6])),
    )
    case = make_case(world)
    onset = case.current_span[0] + world.lead_rows * SECOND // RATE
    silent = fault in OTHERS[5:]
    changes = [
        _change(rng, f"ci/{number}", onset - int(rng.uniform(0.2, 8.0) * MINUTE))
        for number in range(int(rng.integers(0, 5)))
    ]
    guilty = silent and rng.random() < 0.4
    if guilty:
        delay = float(np.exp(rng.uniform(np.log(2.0), np.log(180.0))))
        changes.append(_change(rng, "ci/true", onset - int(delay * SECOND)))
    truth = CHANGE if guilty else OUTSIDE if silent else TRUTHS[fault]
    told = replace(case, changes=tuple(changes))
    return Told(fault="change" if guilty else fault, size="other", case=told, truth=truth)


def _change(rng: np.random.Generator, key: str, at: Micros) -> Change:
    kind = str(rng.choice(KINDS, p=SHARES))
    what = str(rng.choice(["theme", "cache", "search", "limits", "mailer", "images"]))
    return Change(key=key, at=at, service="shop", kind=kind, what=what)
