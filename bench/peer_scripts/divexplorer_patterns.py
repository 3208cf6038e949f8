"""DivExplorer's most divergent patterns: ``divexplorer_patterns.py ROWS.parquet``, outcome ``lost``."""

import json
import sys
import time

import pandas as pd
from divexplorer import DivergenceExplorer

rows = pd.read_parquet(sys.argv[1])
rows["lost"] = rows["lost"].astype(int)
attributes = [name for name in rows.columns if name not in {"lost", "time"}]
for name in attributes:
    if rows[name].dtype.kind == "f":
        rows[name] = pd.qcut(rows[name], 8, duplicates="drop")
    rows[name] = rows[name].astype(str)
wall, cpu = time.perf_counter(), time.process_time()
found = DivergenceExplorer(rows).get_pattern_divergence(
    min_support=0.01, boolean_outcomes=["lost"], attributes=attributes
)
found = found[found["length"] <= 3].sort_values("lost_t", ascending=False).head(5)
told = [dict(item.split("=", 1) for item in each) for each in found["itemset"]]
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "slices": told}))
