"""NannyML's CBPE and realised performance: ``nannyml_cbpe.py REFERENCE ANALYSIS TARGET ROWS_PER_CHUNK``."""

import json
import os
import sys
import time

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import nannyml
import pandas as pd

reference, analysis, target = (pd.read_parquet(path) for path in sys.argv[1:4])
metrics = ["roc_auc", "f1", "accuracy"]
told = {
    "y_pred_proba": "predicted_probability",
    "y_pred": "prediction",
    "y_true": "employed",
    "problem_type": "classification_binary",
    "metrics": metrics,
    "chunk_size": int(sys.argv[4]),
}
estimator = nannyml.CBPE(**told)
started = time.process_time()
estimator.fit(reference)
fitted = time.process_time()
estimated = estimator.estimate(analysis)
ended = time.process_time()
calculator = nannyml.PerformanceCalculator(**told).fit(reference)
realised = calculator.calculate(analysis.merge(target, on="id"))
tables = [each.filter(period="analysis").to_df() for each in (estimated, realised)]


def chunks(table: pd.DataFrame, metric: str) -> dict[str, list[float]]:
    """Return one metric's chunks."""
    return {
        name: [bool(value) if name == "alert" else float(value) for value in table[metric][name]]
        for name in ("value", "lower_threshold", "alert")
    }


answer = {
    "fit_seconds": fitted - started,
    "estimate_seconds": ended - fitted,
    "estimated": {metric: chunks(tables[0], metric) for metric in metrics},
    "realised": {metric: chunks(tables[1], metric) for metric in metrics},
}
print(json.dumps(answer))
