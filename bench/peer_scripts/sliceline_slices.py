"""SliceLine's worst slices: ``sliceline_slices.py ROWS.parquet``, whose column ``lost`` holds the errors."""

import json
import sys
import time

import numpy as np
import pandas as pd
from sliceline.slicefinder import Slicefinder

rows = pd.read_parquet(sys.argv[1])
errors = rows.pop("lost").to_numpy(dtype=float)
attributes = rows.drop(columns=["time"])
for name in attributes.columns:
    if attributes[name].dtype.kind == "f":
        attributes[name] = pd.qcut(attributes[name], 8, duplicates="drop").astype(str)
wall, cpu = time.perf_counter(), time.process_time()
finder = Slicefinder(alpha=0.95, k=5, max_l=2, min_sup=0.01, verbose=False)
finder.fit(attributes.astype(object).to_numpy(), errors)
told = [
    {name: value for name, value in zip(attributes.columns, each, strict=True) if value is not None}
    for each in np.asarray(finder.top_slices_, dtype=object)
]
print(
    json.dumps(
        {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "slices": told}, default=str
    )
)
