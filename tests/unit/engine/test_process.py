from __future__ import annotations

import pyarrow as pa

from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS
from aright.engine.process import LEFT_OUT, MOST_NAMES, process_points, to_process


def samples(*found: tuple[str, float]) -> pa.Table:
    fields = FIELDS[Kind.PROCESS]
    return pa.table(
        {
            "time": pa.array([0] * len(found), fields["time"]),
            "name": pa.array([name for name, _ in found]).dictionary_encode(),
            "value": pa.array([value for _, value in found], fields["value"]),
        }
    )


def test_a_metric_has_its_mean_and_its_largest_sample():
    points = process_points("shop", samples(("rss_bytes", 3.0), ("rss_bytes", 5.0)), start=0, width=30)
    (metric,) = to_process(points)
    assert (metric.name, metric.mean, metric.top) == ("rss_bytes", 4.0, 5.0)


def test_of_too_many_metrics_those_with_most_samples_are_kept_and_the_rest_counted():
    many = [(f"m{number:03d}", 1.0) for number in range(MOST_NAMES + 9)]
    points = process_points("shop", samples(*many, ("m250", 2.0), ("up", 1.0)), start=0, width=30)
    found = {metric.name: metric.mean for metric in to_process(points)}
    assert len(found) == MOST_NAMES + 1
    assert found["up"] == 1.0
    assert found["m250"] == 1.5
    assert found[LEFT_OUT] == 10.0
    assert "m255" not in found
    assert process_points("shop", samples(), start=0, width=30) == []
