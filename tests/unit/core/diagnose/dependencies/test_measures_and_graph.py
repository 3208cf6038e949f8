"""What a metric's name says it measures, and who calls whom."""

import pytest

from aright.core.diagnose.dependencies.graph import Graph
from aright.core.diagnose.dependencies.measures import Measure, measure_of


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("http.server.request.duration", Measure.DURATION),
        ("response_time_ms", Measure.DURATION),
        ("PodServerLatencyP90(s)", Measure.TAIL),
        ("latency_ms_p99", Measure.TAIL),
        ("errors", Measure.FAILURES),
        ("http_5xx_rate", Measure.FAILURE_SHARE),
        ("failed(%)", Measure.FAILURE_SHARE),
        ("PodSuccessRate(%)", Measure.SUCCESS_SHARE),
        ("availability", Measure.SUCCESS_SHARE),
        ("PodWorkload(Ops)", Measure.TRAFFIC),
        ("http.client.request.duration", Measure.CALLING),
        ("memory_usage_bytes{pod='latency'}", Measure.OWN),
        ("thread_count", Measure.OWN),
        ("uptime_seconds", Measure.NOTHING),
        ("", Measure.NOTHING),
    ],
)
def test_names_by_the_conventions_of_the_field_tell_what_is_measured(name, measure):
    assert measure_of(name) is measure


def test_a_path_goes_up_from_the_first_that_failed_along_the_shortest_way():
    graph = Graph([("a", "b"), ("b", "c"), ("a", "d"), ("d", "e"), ("e", "c"), ("c", "a")])
    assert graph.path("c", "a") == ("c", "b", "a")
    assert graph.path("a", "a") == ("a",)


def test_where_no_way_is_known_the_two_ends_are_told():
    assert Graph([]).path("disk", "shop") == ("disk", "shop")


def test_traffic_of_a_callee_is_shared_among_the_callers_whose_traffic_is_known():
    shares = Graph([("a", "c"), ("b", "c"), ("x", "y")]).shares({"a": 10.0})
    assert shares == {("a", "c"): 1.0, ("b", "c"): 1.0, ("x", "y"): 1.0}
