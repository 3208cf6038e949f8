"""Telemetry to a fault: what is said and what moves since, when and where it began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.dependencies.measures import Measure, measure_of
from aright.core.diagnose.dependencies.series import metric_symptoms
from aright.core.diagnose.mechanism.beginnings import began
from aright.core.diagnose.mechanism.fault import Fault, Movement, is_report, report_of
from aright.core.diagnose.mechanism.lexing import parts
from aright.core.diagnose.mechanism.modes import Mode
from aright.core.diagnose.mechanism.names import usual_names
from aright.core.diagnose.mechanism.ramps import ramp_of
from aright.core.diagnose.mechanism.saying import signs_of
from aright.core.model.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.evidence import Suspect
    from aright.core.model.times import Micros

OWN_WORDS: Final = 0.6
"""Weight of where somebody fails in its own words, beside what metrics and traces make of it."""

LIKELY: Final = 0.5
"""Of the likeliest's probability, from which on a service's first sign may be the fault's beginning."""

_MEMORY: Final = frozenset({"memory", "heap", "rss", "mem", "resident"})
_SLOW: Final = frozenset({Measure.DURATION, Measure.TAIL})


def fault_of(telemetry: Telemetry, suspects: Sequence[Suspect] = ()) -> Fault:
    """Return the fault that a telemetry shows, for changes to be weighed against.

    Args:
        telemetry: metrics, spans and logs; any part may be missing. Of its changes, the states of others are
            looked at.
        suspects: where it may have begun, if that is known; else it is told by who calls whom.
    """
    said = signs_of(telemetry)
    movements = (*_steps(telemetry), *_ramps(telemetry))
    calls = frozenset(telemetry.calls) | _parents(telemetry.spans) | said.named
    first = _first(began(telemetry, said.signs, movements, calls), suspects, said.began)
    at, slack = _at(telemetry, first, said.began, movements)
    names = [each for column in ("service", "name") for each in _distinct(telemetry.metrics, column)]
    return Fault(
        at=at,
        slack=slack,
        first=first,
        signs=said.signs,
        movements=movements,
        calls=calls,
        usual=usual_names(said.healthy, [*names, *_distinct(telemetry.logs, "service")]),
        reports=tuple(report_of(each) for each in telemetry.changes if is_report(each)),
    )


def _first(
    mine: dict[str, float], suspects: Sequence[Suspect], said: Mapping[str, Micros]
) -> dict[str, float]:
    """Return where it may have begun, by what services say themselves and by what others make of them."""
    theirs = {each.service: each.probability for each in suspects}
    if not theirs:
        return mine
    own = OWN_WORDS if said.keys() & mine.keys() else 0.0
    both = {name: (1.0 - own) * theirs.get(name, 0.0) + own * mine.get(name, 0.0) for name in theirs | mine}
    return {name: part for name, part in both.items() if part > 0.0}


def _at(
    telemetry: Telemetry,
    first: dict[str, float],
    said: Mapping[str, Micros],
    movements: Sequence[Movement],
) -> tuple[Micros, Micros]:
    """Return when it began: the first that is said, or moves, where it may have begun."""
    least = LIKELY * max(first.values(), default=0.0)
    likely = {name for name, part in first.items() if part >= least}
    told = [(at, 0) for service, at in said.items() if service in likely]
    moved = [(each.at, each.slack) for each in movements if each.service in likely and not each.ramp]
    return min(told or moved or [(telemetry.at, 2 * MINUTE)])


def _distinct(table: pa.Table, column: str) -> list[str]:
    return [each for each in pc.unique(table[column].cast(pa.string())).to_pylist() if each]


def _parents(spans: pa.Table) -> frozenset[tuple[str, str]]:
    """Return who calls whom, by spans whose parent is another service's."""
    columns = (spans[name].to_pylist() for name in ("trace_id", "id", "parent_id", "service"))
    rows = list(zip(*columns, strict=True))
    owner = {(trace, name): service for trace, name, _, service in rows}
    callers = ((owner.get((trace, parent)), service) for trace, _, parent, service in rows)
    return frozenset((caller, service) for caller, service in callers if caller and caller != service)


def _steps(telemetry: Telemetry) -> Iterator[Movement]:
    """Return the durations that rose."""
    for each in metric_symptoms(telemetry):
        if measure_of(each.signal) in _SLOW and each.now > each.before and each.onset:
            yield Movement(
                service=each.node[0], name=each.signal, mode=Mode.SLOW, at=each.onset, slack=MINUTE
            )


def _ramps(telemetry: Telemetry) -> Iterator[Movement]:
    """Return what has been growing steadily, in all that is known of it."""
    table = telemetry.metrics
    time = table["time"].cast(pa.int64()).to_numpy()
    value = table["value"].cast(pa.float64()).to_numpy()
    columns = (
        pc.fill_null(table[each].cast(pa.string()), "").to_pylist() for each in ("service", "host", "name")
    )
    places: dict[tuple[str, ...], list[int]] = {}
    for at, key in enumerate(zip(*columns, strict=True)):
        places.setdefault(key, []).append(at)
    for (service, _, name), rows in places.items():
        if measure_of(name) is not Measure.OWN:
            continue
        chosen = np.array(rows)[np.argsort(time[rows], kind="stable")]
        found = ramp_of(time[chosen], value[chosen])
        if found is not None:
            mode = Mode.MEMORY if _MEMORY & set(parts(name)) else Mode.EXHAUSTED
            yield Movement(service=service, name=name, mode=mode, at=found.at, slack=found.slack, ramp=True)
