"""PSI of every column of numbers by scouter-ml: ``scouter_psi.py REFERENCE.parquet CURRENT.parquet``."""

import json
import sys
import time

import numpy as np
import pyarrow.parquet as pq
from scouter.drift import Drifter, PsiDriftConfig


def matrix(path: str) -> np.ndarray:
    """Return the columns of numbers as one float32 matrix; scouter has no nulls, so zeros stand for them."""
    names = [name for name in pq.read_schema(path).names if name.startswith("number_")]
    table = pq.read_table(path, columns=names)
    columns = [np.nan_to_num(table[name].to_numpy()).astype(np.float32) for name in names]
    return np.ascontiguousarray(np.column_stack(columns))


reference, current = matrix(sys.argv[1]), matrix(sys.argv[2])
best = float("inf")
for _ in range(3):
    started = time.process_time()
    drifter = Drifter()
    profile = drifter.create_drift_profile(reference, PsiDriftConfig())
    drift = drifter.compute_drift(current, profile)
    best = min(best, time.process_time() - started)
print(json.dumps({"cpu_seconds": best, "features": len(drift.features)}))
