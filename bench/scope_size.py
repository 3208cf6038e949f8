"""Ten million rows of ten attributes and three numbers, with one segment at fault: seconds and memory.

``python -m bench.scope_size ROWS`` prints one JSON object: a process of its own has a memory of its own.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pyarrow as pa

from aright.core.diagnose.cube import localize

SINCE = 7
VALUES = (2, 3, 4, 5, 6, 8, 8, 10, 12, 15)
THREE = ((3, 1), (5, 2), (7, 3))
TWO = ((5, 2), (7, 3))


def make(rows: int, hit: tuple[tuple[int, int], ...] = THREE, seed: int = 0) -> pa.Table:
    """Return rows with a loss of 0 or 1, rising fivefold where all of ``hit`` (attribute, value) hold."""
    rng = np.random.default_rng(seed)
    columns: dict[str, pa.Array] = {}
    rate = np.full(rows, 0.02, dtype=np.float32)
    inside = np.ones(rows, dtype=np.bool_)
    for axis, size in enumerate(VALUES):
        codes = rng.integers(0, size, rows, dtype=np.int8)
        rate *= np.exp(rng.normal(0.0, 0.3, size)).astype(np.float32)[codes]
        if axis in dict(hit):
            inside &= codes == dict(hit)[axis]
        names = pa.array([f"v{code}" for code in range(size)])
        columns[f"at{axis}"] = pa.DictionaryArray.from_arrays(pa.array(codes), names)
    for axis in range(3):
        columns[f"x{axis}"] = pa.array(rng.gamma(2.0, 1.0, rows).astype(np.float32))
    at = np.sort(rng.integers(0, 10, rows, dtype=np.int64))
    rate[inside & (at >= SINCE)] *= 5.0
    columns["time"] = pa.array(at)
    columns["lost"] = pa.array(rng.random(rows, dtype=np.float32) < rate)
    return pa.table(columns)


def main() -> None:
    """Make the rows, localise, and print what it took."""
    table = make(int(sys.argv[1]))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    found = localize(table, value="lost", time="time", since=SINCE, rng=np.random.default_rng(0))
    print(
        json.dumps(
            {
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "made_mb": held / 1024,
                "table_mb": table.nbytes / 2**20,
                "reach": found.reach.value,
                "roots": [each.conditions for each in found.roots],
                "looked_at": found.looked_at,
            }
        )
    )


if __name__ == "__main__":
    main()
