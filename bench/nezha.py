"""Root causes of a microservice system's faults: ``python -m bench.nezha [--data DIR] [--seeds N] [--json]``.

One day of Train Ticket on Kubernetes with 28 faults, by minute metrics, logs and traces. What is judged
begins a minute before each fault was injected and ends four after; the reference is all that was recorded
before, less what was judged of earlier faults since they were injected. A rank counts all that score as high.
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
import pyarrow.compute as pc

from aright.core.diagnose.dependencies.blaming import blame
from aright.core.diagnose.dependencies.spans import request_symptoms
from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.frame import Kind
from aright.core.model.tables import empty
from aright.core.model.times import MINUTE
from bench.nezha_data import load, service_of
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.nezha_data import Fault, Recording

BEFORE: Final = MINUTE
AFTER: Final = 4 * MINUTE
PUBLISHED: Final = {"Nezha": (0.867, 0.978), "MicroRank": (0.16, 0.24), "BARO on metrics": (0.0, 0.09)}
MISSING: Final = 0.1
NOBODY: Final = 1_000


@dataclass(frozen=True)
class Outcome:
    """How one fault came out.

    Attributes:
        rank: of the pod, with all that score as high; ``NOBODY`` where it has no score.
        seconds: CPU of the diagnosis.
    """

    rank: int
    seconds: float


def main() -> int:
    """Print the figures; return 1 where a goal is missed."""
    options = _options()
    recording = load(options.data)
    cases = [telemetry_of(recording, fault) for fault in recording.faults]
    whole = _run(recording.faults, cases)
    figures = [
        at_least("AS@1, traces, logs and metrics", _within(whole, 1), 0.91),
        at_least("AS@3", _within(whole, 3), 0.98),
        at_most("seconds a case, mean (CPU)", float(np.mean([each.seconds for each in whole])), 1.0),
        Figure("seconds a case, worst (CPU)", max(each.seconds for each in whole)),
    ]
    for name, kept in {"metrics": "metrics", "traces": "spans", "logs": "logs"}.items():
        found = _run(recording.faults, [_only(each, kept) for each in cases])
        figures += [Figure(f"AS@1, {name} only", _within(found, 1)), Figure("AS@3", _within(found, 3))]
    figures += robustness(recording, whole, cases, options.seeds)
    for name, (first, third) in PUBLISHED.items():
        figures += [Figure(f"AS@1 of {name}, published (45 cases)", first), Figure("AS@3", third)]
    if options.cases:
        for fault, outcome in zip(recording.faults, whole, strict=True):
            print(f"{fault.at} {fault.host} {fault.sort}: rank {outcome.rank}, {outcome.seconds:.2f} s")
    return 0 if print_report("nezha", figures, options.json) else 1


def telemetry_of(recording: Recording, fault: Fault, shift: int = 0) -> Telemetry:
    """Return what is known of a fault; the alarm is ``shift`` µs late."""
    at = fault.at + shift
    earlier = [each.at for each in recording.faults if each.at < fault.at]
    start = int(pc.min(recording.metrics["time"].cast(pa.int64())).as_py())

    def cut(table: pa.Table) -> pa.Table:
        moment = table["time"].cast(pa.int64()).to_numpy()
        kept = moment < at + AFTER
        for past in earlier:
            kept &= (moment < past) | (moment >= min(past + AFTER, at - BEFORE))
        return table.filter(pa.array(kept))

    return Telemetry(
        at=at,
        reference=(start, at - BEFORE),
        current=(at - BEFORE, at + AFTER),
        metrics=cut(recording.metrics),
        spans=cut(recording.spans),
        logs=cut(recording.logs),
    )


def robustness(
    recording: Recording, whole: Sequence[Outcome], cases: Sequence[Telemetry], seeds: int
) -> list[Figure]:
    """Return how many faults are found less often, on average, where something is amiss with the data."""
    base = sum(each.rank <= 1 for each in whole)
    figures = []
    for shift in (-MINUTE, MINUTE):
        moved = [telemetry_of(recording, fault, shift) for fault in recording.faults]
        lost = base - sum(each.rank <= 1 for each in _run(recording.faults, moved))
        figures.append(at_most(f"faults lost, alarm {shift // 1_000_000:+d} s", lost, 1.0))
    ways: dict[str, Callable[[Telemetry, np.random.Generator], Telemetry]] = {
        f"{MISSING:.0%} of metric points missing": _fewer_points,
        f"{MISSING:.0%} of all rows missing, spans and lines too": _thinned,
        "one edge of calls missing": _without_edge,
    }
    for name, spoil in ways.items():
        lost_of = []
        for seed in range(seeds):
            chance = np.random.default_rng(seed)
            found = _run(recording.faults, [spoil(each, chance) for each in cases])
            lost_of.append(base - sum(each.rank <= 1 for each in found))
        if lost_of:
            figures.append(at_most(f"faults lost, {name} ({seeds} seeds)", float(np.mean(lost_of)), 1.0))
    return figures


def _run(faults: Sequence[Fault], cases: Sequence[Telemetry]) -> list[Outcome]:
    found = []
    for fault, telemetry in zip(faults, cases, strict=True):
        began = time.process_time()
        ranking = blame(telemetry, request_symptoms(telemetry)).ranking
        took = time.process_time() - began
        mine = [
            each.score
            for each in ranking
            if each.service == service_of(fault.host) and each.host in {"", fault.host}
        ]
        rank = sum(each.score >= max(mine) for each in ranking) if mine else NOBODY
        found.append(Outcome(rank, took))
    return found


def _within(found: Sequence[Outcome], most: int) -> float:
    return sum(each.rank <= most for each in found) / len(found)


def _only(telemetry: Telemetry, kept: str) -> Telemetry:
    kinds = {"metrics": Kind.PROCESS, "spans": Kind.SPANS, "logs": Kind.LOGS}
    return replace(telemetry, **{name: empty(kind) for name, kind in kinds.items() if name != kept})


def _thinned(telemetry: Telemetry, chance: np.random.Generator) -> Telemetry:
    def thin(table: pa.Table) -> pa.Table:
        return table.filter(pa.array(chance.random(table.num_rows) >= MISSING))

    return replace(
        telemetry,
        metrics=thin(telemetry.metrics),
        spans=thin(telemetry.spans),
        logs=thin(telemetry.logs),
    )


def _fewer_points(telemetry: Telemetry, chance: np.random.Generator) -> Telemetry:
    return replace(telemetry, metrics=_thinned(telemetry, chance).metrics)


def _without_edge(telemetry: Telemetry, chance: np.random.Generator) -> Telemetry:
    """Forget, for one pair of services chosen by chance, that one calls the other."""
    spans = telemetry.spans
    ids = spans["id"].combine_chunks()
    above = pc.index_in(spans["parent_id"].combine_chunks(), value_set=ids)
    service = spans["service"].combine_chunks()
    caller = service.take(above)
    pair = pc.binary_join_element_wise(caller, service, ">")
    pairs = pc.unique(pair.filter(pc.fill_null(pc.not_equal(caller, service), fill_value=False)))
    chosen = pairs[int(chance.integers(len(pairs)))]
    parent = pc.if_else(
        pc.fill_null(pc.equal(pair, chosen), fill_value=False), None, spans["parent_id"].combine_chunks()
    )
    at = spans.column_names.index("parent_id")
    return replace(telemetry, spans=spans.set_column(at, "parent_id", parent))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=10, help="seeds for missing rows and edges")
    parser.add_argument("--cases", action="store_true", help="print each fault as well")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
