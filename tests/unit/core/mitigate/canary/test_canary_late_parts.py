"""Outcomes of a service whose parts are watched from the first interval on."""

from __future__ import annotations

import pyarrow as pa

from aright.core.mitigate.canary import Judge
from aright.core.model.release import Metric, Policy


def test_graded_outcomes_are_counted_where_segments_are_named():
    policy = Policy(metrics=(Metric(name="quality:right"),), segments=("country",))
    judge = Judge(policy, stable="8", candidate="9")
    rows = pa.table(
        {
            "id": [str(n) for n in range(400)],
            "time": list(range(400)),
            "version": ["9" if n % 4 == 0 else "8" for n in range(400)],
            "attr.country": ["a" if n % 2 else "b" for n in range(400)],
            "outcome.right": pa.array([float(n % 10 > 0) for n in range(400)], pa.float32()),
        }
    )
    judge.add(rows)
    judge.add(rows, metrics=("quality:right",))
    look = judge.look(at=60_000_000, share=0.25, step=2, since=0)
    assert look.judged[0].units == (300, 100)
