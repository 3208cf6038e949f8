"""Which parts deviate, beside its peers: ``python -m bench.scope [--data DIR] [--json] [--quick]``.

One set of constants for all: labelled sets of two kinds from files, noise and common changes made here
(``bench.scope_worlds``), ten million rows (``bench.scope_size``), and the scope of simulated incidents. A set
counts only if it is exactly right.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aright.core.diagnose.cube import localize
from aright.core.model.evidence import Reach
from bench.peers import PeerError, run_peer
from bench.report import Figure, at_least, at_most, print_report
from bench.scope_files import Labelled, Score, leaves, minutes
from bench.scope_made import made
from bench.scope_simulated import simulated
from bench.scope_size import SINCE, TWO, make
from bench.scope_worlds import instance, mixed

INSTANCES: Final = 200
ROWS: Final = 10_000_000
FOR_PEERS: Final = 333_000


def main() -> int:
    """Print the table; return 1 where a goal is missed."""
    options = _options()
    folder = options.data / "scope" if (options.data / "scope").is_dir() else options.data
    instances, rows = (40, 1_000_000) if options.quick else (INSTANCES, ROWS)
    figures = [
        *labelled("S", leaves(folder, "riskloc-S"), 0.83, 0.25),
        *labelled("L", leaves(folder, "riskloc-L"), 0.95, None),
        *labelled("RobustSpot-2019", minutes(folder, "robustspot-2019"), 0.70, None),
        *labelled("made here, up to 5 % noise", made(instances // 4, 0.05, 11), 0.95, None),
        *labelled("made here, up to 25 % noise", made(instances // 4, 0.25, 12), 0.83, None),
        *quiet(instances),
        *common(instances),
        *moved(instances),
        *size(rows),
        *peers(),
        *simulated(10 if options.quick else 50),
    ]
    return 0 if print_report("scope", figures, options.json) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="fewer instances and rows")
    return parser.parse_args()


def labelled(name: str, instances: Any, goal: float, slowest: float | None) -> list[Figure]:
    """Return F1, precision and recall of exact sets, and CPU-seconds per instance."""
    score = Score()
    for each in instances:
        known: Labelled = each
        score.add(known)
    figures = [
        at_least(f"{name}: F1 of exact sets", score.f1, goal),
        Figure(f"{name}: precision", score.precision),
        Figure(f"{name}: recall", score.recall),
    ]
    seconds = float(np.mean(score.seconds))
    label = f"{name}: CPU-seconds per instance"
    figures.append(Figure(label, seconds) if slowest is None else at_most(label, seconds, slowest))
    return [*figures, Figure(f"{name}: the same, slowest instance", max(score.seconds))]


def quiet(instances: int) -> list[Figure]:
    """Return how often a part is named where there is noise alone."""
    said = [
        localize((made := instance(seed)).table, **made.asked, rng=np.random.default_rng(seed))
        for seed in range(instances)
    ]
    named = sum(bool(each.roots) or each.reach is Reach.SEGMENT for each in said) / instances
    anything = sum(each.reach is not Reach.UNCLEAR for each in said) / instances
    return [
        at_most(f"{instances} of noise alone: a segment is named", named, 0.05),
        Figure(f"{instances} of noise alone: anything at all is said", anything),
    ]


def common(instances: int) -> list[Figure]:
    """Return how often a change of everything is said to be global, and a part named beside it."""
    rng = np.random.default_rng(7)
    said = []
    for seed in range(instances):
        values = (float(rng.uniform(0.5, 0.9)), float(rng.uniform(1.1, 2.0)))[int(rng.integers(2))]
        losses = float(rng.uniform(1.4, 4.0))
        made = instance(INSTANCES + seed, common=values if (INSTANCES + seed) % 3 == 0 else losses)
        said.append(localize(made.table, **made.asked, rng=np.random.default_rng(seed)))
    right = sum(each.reach is Reach.GLOBAL for each in said) / instances
    segment = sum(each.reach is Reach.SEGMENT for each in said) / instances
    return [
        at_least(f"{instances} of a common change: said to be global", right, 0.95),
        Figure(f"{instances} of a common change: a segment instead", segment),
    ]


def moved(instances: int) -> list[Figure]:
    """Return how often traffic that moved to where losses are usual is told as that."""
    said = []
    for seed in range(instances):
        each = mixed(seed)
        said.append(localize(each.table, **each.asked, rng=np.random.default_rng(seed)).reach)
    return [
        at_least(f"{instances} of moved traffic: said to be the mix", _share(said, Reach.MIX), 0.9),
        Figure(f"{instances} of moved traffic: a segment instead", _share(said, Reach.SEGMENT)),
    ]


def _share(said: list[Reach], reach: Reach) -> float:
    return sum(each is reach for each in said) / len(said)


def size(rows: int) -> list[Figure]:
    """Return seconds and memory of very many rows, in a process of its own with one thread for arithmetic."""
    command = [sys.executable, "-m", "bench.scope_size", str(rows)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    told = json.loads(done.stdout)
    right = told["roots"] == [[["at3", "v1"], ["at5", "v2"], ["at7", "v3"]]]
    name = f"{rows / 1e6:g} M rows × 13"
    return [
        at_most(f"{name}: seconds", told["wall"], 10.0),
        Figure(f"{name}: CPU-seconds", told["cpu"]),
        at_most(f"{name}: peak memory of the process, its rows too, GB", told["peak_mb"] / 1024, 2.0),
        at_least(f"{name}: the segment of three conditions is found, and only it", float(right), 1.0),
    ]


def peers() -> list[Figure]:
    """Return ours and the peers' seconds on 100,000 rows of now, and whether the true segment is first."""
    table = make(FOR_PEERS, TWO)
    truth = {f"at{axis}": f"v{code}" for axis, code in TWO}
    started = os.times()
    found = localize(table, value="lost", time="time", since=SINCE, rng=np.random.default_rng(0))
    ended = os.times()
    first = dict(found.roots[0].conditions) if found.roots else {}
    figures = [
        at_least("100 k rows × 13: ours, the true segment first", float(first == truth), 1.0),
        Figure(
            "  CPU-seconds, 233 k rows of the past too",
            ended.user + ended.system - started.user - started.system,
        ),
    ]
    now = table.filter(pc.greater_equal(table["time"], SINCE))
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "rows.parquet"
        pq.write_table(now, file)
        for name, script in (
            ("sliceline", "sliceline_slices.py"),
            ("divexplorer", "divexplorer_patterns.py"),
        ):
            try:
                told = run_peer(name, script, str(file))
            except PeerError as error:
                print(f"{name} could not be run: {error}", file=sys.stderr)
                continue
            right = bool(told["slices"]) and told["slices"][0] == truth
            figures += [
                Figure(f"  {name}: the true segment first", float(right)),
                Figure(f"  {name}: CPU-seconds", told["cpu"]),
            ]
    return figures


if __name__ == "__main__":
    sys.exit(main())
