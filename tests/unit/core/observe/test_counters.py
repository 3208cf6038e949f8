from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.columns import TIME
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.core.observe.counters import Counters, histogram_quantile

END = 30 * SECOND


def sample(time, value, *, series=1, name="requests", role="total", host="a", bound=None):
    return (time, host, name, role, series, bound, float(value))


def rows(*samples):
    time, host, name, role, series, bound, value = zip(*samples, strict=True)
    return pa.table(
        {
            "time": pa.array(time, pa.int64()).cast(TIME),
            "host": pa.array(host, pa.string()).dictionary_encode(),
            "name": pa.array(name, pa.string()).dictionary_encode(),
            "role": pa.array(role, pa.string()).dictionary_encode(),
            "series": pa.array(series, pa.int64()),
            "bound": pa.array(bound, pa.float64()),
            "value": pa.array(value, pa.float64()),
        }
    )


def means(counted):
    return {each.name: each.total / each.hosts for each in counted.measures}


def closed(*samples, end=END):
    counters = Counters()
    counters.add(rows(*samples))
    return counters.close(end)


def test_the_first_value_of_a_series_says_nothing():
    assert closed(sample(0, 1_000)).measures == ()


def test_the_value_before_lies_in_an_earlier_window():
    counters = Counters()
    counters.add(rows(sample(0, 100), sample(40 * SECOND, 300)))
    assert counters.close(END).measures == ()
    assert counters.waits()
    assert means(counters.close(2 * END)) == {"requests_per_second": 5.0}
    assert not counters.waits()


def test_a_smaller_value_is_a_new_start():
    assert means(closed(sample(0, 100), sample(10 * SECOND, 20))) == {"requests_per_second": 2.0}


def test_after_a_long_silence_the_next_value_is_a_first_one():
    counters = Counters()
    counters.add(rows(sample(0, 1)))
    counters.close(END)
    counters.add(rows(sample(5 * MINUTE + 1, 10**9)))
    assert counters.close(6 * MINUTE).measures == ()


def test_each_host_has_a_rate_of_its_own_summed_over_its_series():
    one = [sample(0, 0, series=1), sample(10 * SECOND, 10, series=1)]
    two = [sample(0, 0, series=2), sample(20 * SECOND, 60, series=2)]
    other = [sample(0, 0, series=3, host="b"), sample(10 * SECOND, 20, series=3, host="b")]
    (measure,) = closed(*one, *two, *other).measures
    assert (measure.hosts, measure.total, measure.top) == (2, 6.0, 4.0)


def test_seconds_of_the_processor_are_percent_too():
    told = means(
        closed(sample(0, 7, name="process_cpu_seconds"), sample(10 * SECOND, 12, name="process_cpu_seconds"))
    )
    assert told == {"process_cpu_seconds_per_second": 0.5, "cpu_percent": 50.0}


def test_a_histogram_becomes_quantiles_a_mean_and_a_rate():
    def scrape(time, counts, total):
        bounds = (0.1, 0.5, math.inf)
        buckets = [
            sample(time, count, series=at, name="wait", role="bucket", bound=bound)
            for at, (bound, count) in enumerate(zip(bounds, counts, strict=True))
        ]
        count = sample(time, counts[-1], series=8, name="wait", role="count")
        return [*buckets, count, sample(time, total, series=9, name="wait", role="sum")]

    told = means(closed(*scrape(0, (5, 6, 7), 3.0), *scrape(10 * SECOND, (55, 105, 107), 33.0)))
    assert told.pop("wait_p50") == pytest.approx(0.1)
    assert told.pop("wait_p99") == pytest.approx(0.1 + 0.4 * 49 / 49, rel=0.02)
    assert told == {"wait_count_per_second": 10.0, "wait_mean": pytest.approx(0.3)}


def test_a_level_that_is_called_a_count_stays_a_level():
    told = means(closed(*(sample(at * SECOND, 7 - at, name="threads", role="count") for at in range(3))))
    assert told == {"threads_count": 5.5}


def test_a_histogram_without_traffic_has_no_quantile():
    bounds = [
        sample(at, 3, series=s, name="w", role="bucket", bound=b)
        for at in (0, 9)
        for s, b in ((1, 1.0), (2, math.inf))
    ]
    assert closed(*bounds).measures == ()


def test_series_beyond_the_most_are_counted_and_named():
    counters = Counters(most_series=2)
    counters.add(rows(*(sample(at, at, series=9 - at, name=f"n{at}") for at in range(4))))
    counted = counters.close(END)
    assert (counted.left_out, counted.examples, counters.series) == (2, ("n2", "n3"), 2)
    counters.add(rows(*(sample(END + at, 5, series=9 - at, name=f"n{at}") for at in range(4))))
    counted = counters.close(2 * END)
    assert {each.name for each in counted.measures} == {"n0_per_second", "n1_per_second"}


def test_names_beyond_the_most_are_left_out():
    counters = Counters(most_names=1)
    counters.add(rows(sample(0, 0, name="a"), sample(0, 0, series=2, name="b")))
    assert counters.close(END).examples == ("b",)
    counters.add(rows(sample(END, 0, series=2, name="b")))
    assert counters.close(2 * END).left_out == 1


def test_what_has_been_silent_for_an_hour_makes_room():
    counters = Counters(most_series=1)
    counters.add(rows(sample(0, 0)))
    counters.close(END)
    counters.add(rows(sample(HOUR - END, 0, series=2)))
    assert counters.close(HOUR - END + 1).left_out == 1
    counters.add(rows(sample(HOUR, 0, series=2)))
    assert counters.close(HOUR + END).left_out == 0


def test_rows_that_are_all_too_late_or_none_say_nothing():
    counters = Counters()
    counters.add(rows(sample(10, 5), sample(20, 6)))
    counters.close(END)
    counters.add(rows(sample(15, 1), sample(20, 9)))
    counters.add(rows(sample(0, 0)).slice(0, 0))
    assert counters.close(2 * END).measures == ()
    assert counters.close(3 * END).measures == ()


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 119), st.integers(0, 50)), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=60)
def test_order_and_repeats_change_nothing(found, random):
    """Within a window rows may come in any order and more than once; the increase is the sorted ones'."""
    once = {(series, second): value for series, second, value in found}
    samples = [
        sample(second * SECOND, value, series=series, name=f"n{series}")
        for (series, second), value in sorted(once.items())
    ]
    shuffled = samples + random.sample(samples, len(samples) // 2)
    random.shuffle(shuffled)
    counters = Counters()
    told = {}
    for end in range(30, 121, 30):
        counters.add(rows(*[each for each in shuffled if end - 30 <= each[0] / SECOND < end] or [samples[0]]))
        for each in counters.close(end * SECOND).measures:
            told[each.name, end] = each.total
    expected: dict[tuple[str, int], list[float]] = {}
    for before, after in pairwise(samples):
        if before[4] == after[4]:
            end = (after[0] // SECOND // 30 + 1) * 30
            up = after[6] - before[6] if after[6] >= before[6] else after[6]
            sums = expected.setdefault((f"n{after[4]}_per_second", end), [0.0, 0.0])
            sums[0] += up
            sums[1] += (after[0] - before[0]) / SECOND
    assert told == {key: pytest.approx(up / span) for key, (up, span) in expected.items()}


@pytest.mark.parametrize(
    ("bounds", "counts", "share", "value"),
    [
        ([1.0, math.inf], [0, 0], 0.5, None),
        ([1.0, 2.0], [1, 2], 0.5, None),
        ([1.0, math.inf], [0, 10], 0.5, 1.0),
        ([1.0, math.inf], [10, 10], 0.5, 0.5),
        ([-2.0, -1.0, math.inf], [10, 10, 10], 0.5, -2.0),
        ([1.0, 2.0, math.inf], [10, 9, 20], 0.4, 0.8),
    ],
)
def test_quantiles_of_histograms(bounds, counts, share, value):
    assert histogram_quantile(np.array(bounds), np.array(counts, float), share) == value
