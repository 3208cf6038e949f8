"""Disturbances that a diagnosis must bear: the same for every benchmark of root causes.

Each is drawn anew for every case and seed: the moment told is 60 s off either way (and what is judged with
it), a tenth of all rows is missing, one edge of the call graph is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pyarrow as pa

from aright.core.model.times import SECOND
from bench.report import at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from bench.report import Figure

OFF: Final = 60 * SECOND
MISSING: Final = 0.1
SEEDS: Final = 10

Case = TypeVar("Case")


@dataclass(frozen=True)
class Disturbance:
    """One of them: its name, and what it does to a telemetry."""

    name: str
    apply: Callable[[Telemetry, np.random.Generator], Telemetry]


def shifted(telemetry: Telemetry, rng: np.random.Generator) -> Telemetry:
    """Move the moment told, and what is judged with it, by 60 s either way.

    Where the reference ends at what is judged, its end moves too: the onset may then lie in the reference.
    """
    by = OFF if rng.random() < 0.5 else -OFF
    start, end = telemetry.current
    first, last = telemetry.reference
    return replace(
        telemetry,
        at=telemetry.at + by,
        current=(start + by, end + by),
        reference=(first, last + by if last == start else last),
    )


def thinned(telemetry: Telemetry, rng: np.random.Generator) -> Telemetry:
    """Leave out a tenth of all rows, of metrics, spans and logs alike."""
    return replace(
        telemetry,
        metrics=_thin(telemetry.metrics, rng),
        spans=_thin(telemetry.spans, rng),
        logs=_thin(telemetry.logs, rng),
    )


def _thin(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    return table.filter(pa.array(rng.random(table.num_rows) >= MISSING))


def unlinked(telemetry: Telemetry, rng: np.random.Generator) -> Telemetry:
    """Leave out one edge of the call graph, where there is one."""
    calls = list(telemetry.calls)
    if calls:
        del calls[int(rng.integers(len(calls)))]
    return replace(telemetry, calls=tuple(calls))


DISTURBANCES: Final = (
    Disturbance("onset told 60 s off", shifted),
    Disturbance("a tenth of all rows missing", thinned),
    Disturbance("one edge of the graph missing", unlinked),
)


def costs(
    cases: Sequence[tuple[Telemetry, Case]],
    right: Callable[[Telemetry, Case], bool],
    *,
    seeds: int = SEEDS,
    disturbances: Sequence[Disturbance] = DISTURBANCES,
    limit: float = 1.0,
) -> list[Figure]:
    """Return what each disturbance costs: cases that are no longer right, on average over seeds.

    Args:
        cases: telemetry, and whatever ``right`` needs to know the truth.
        right: whether a case comes out right.
        seeds: how often each disturbance is drawn anew.
        disturbances: which.
        limit: cases that each may cost.
    """
    before = sum(right(telemetry, truth) for telemetry, truth in cases)
    figures = []
    for place, one in enumerate(disturbances):
        after = [
            sum(
                right(one.apply(telemetry, np.random.default_rng((seed, place, number))), truth)
                for number, (telemetry, truth) in enumerate(cases)
            )
            for seed in range(seeds)
        ]
        figures.append(at_most(f"{one.name}: cases lost on average", before - float(np.mean(after)), limit))
    return figures
