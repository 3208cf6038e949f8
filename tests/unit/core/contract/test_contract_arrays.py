from random import Random

import numpy as np

from aright.core.contract import Limits, Sample, learn
from aright.core.contract.relations import relate_numbers
from aright.core.contract.season import clock_of, fit
from aright.core.contract.summary import JOINED
from aright.core.model.times import HOUR


def summed(documents, limits=None):
    sample = Sample(start=0, limits=limits or Limits())
    for document in documents:
        sample.add(document)
    return sample.summary()


def test_the_order_of_dates_does_not_depend_on_how_many_texts_were_looked_at():
    rng = Random(3)
    documents = [
        {"l": [{"on": f"{rng.randrange(2000, 2020)}-05-{rng.randrange(1, 29):02d}"} for _ in range(9)]}
        for _ in range(120)
    ]

    few, many = summed(documents[:50]), summed(documents)

    for summary in (few, many):
        found = summary.paths["l[].on"]
        assert found.counts["pair:equals"] < 0.02 * found.bases["pair"]
        assert 0.4 < found.counts["pair:falls"] / found.bases["pair"] < 0.6


def test_texts_of_which_some_are_numbers_are_ordered_as_texts():
    summary = summed([{"l": ["b", "12", "a"]}] * 4)

    found = summary.paths["l[]"]
    assert (found.bases["pair"], found.counts["pair:falls"]) == (8, 4)


def test_texts_are_not_summed_up():
    summary = summed([{"n": 7, "l": ["3", "x"], "m": [3, 4]}] * 9)

    names = {part for name in summary.sums for part in name.split(JOINED)}
    assert "sum of m[]" in names
    assert "sum of l[]" not in names


def test_beyond_enough_elements_whole_documents_are_left_out_fairly():
    rng = Random(5)
    documents = [{"n": i, "l": [rng.randrange(10)] * (i % 7 + 1)} for i in range(400)]

    summary = summed(documents, Limits(rows=100, buffer=512))

    array, element = summary.paths["l"], summary.paths["l[]"]
    assert array.bases["array"] == 400
    assert array.channels["length"].n == 400
    assert 15 <= array.bases["elements"] < 60
    assert element.bases["present"] < 160
    assert summary.dropped == 0


def test_sums_over_arrays_that_were_not_looked_into_are_unknown_not_zero():
    documents = [{"total": 3.0 * (i % 5 + 1), "l": [3.0] * (i % 5 + 1)} for i in range(300)]

    sums = summed(documents, Limits(rows=64)).sums

    rows, less, equal = sums[JOINED.join(("pair", "total", "sum of l[]"))]
    assert rows == equal < 300
    assert less == 0


def test_a_product_that_holds_is_found_by_a_glance_and_counted_in_all_rows():
    rng = np.random.default_rng(4)
    one, two = rng.uniform(1, 9, 1_000), rng.uniform(1, 9, 1_000)
    made = np.where(np.arange(1_000) % 50 == 0, 1.0, one * two)

    sums = relate_numbers(["a", "b", "c"], np.column_stack([one, two, made]))

    assert sums[JOINED.join(("times", "a", "b", "c"))] == [1_000, 980]
    assert not any(name.startswith("plus") for name in sums)


def test_numbers_above_zero_go_together_by_logarithms_others_as_they_are():
    rng = Random(8)

    def window(start):
        sample = Sample(start=start)
        for _ in range(60):
            x, t = rng.lognormvariate(2, 1), rng.gauss(0, 5)
            sample.add({"x": x, "y": x * rng.uniform(1, 1.2), "t": t, "u": 2 * t + rng.gauss(0, 0.5)})
        return sample.summary()

    levels = learn([window(hour * HOUR) for hour in range(30)]).levels

    assert JOINED.join(("x", "together", "y")) in levels
    assert JOINED.join(("x", "together plainly", "y")) not in levels
    assert JOINED.join(("t", "together plainly", "u")) in levels
    assert JOINED.join(("t", "together", "u")) not in levels


def test_how_far_a_small_window_was_off_is_told_as_if_it_were_of_usual_size():
    starts = [hour * HOUR for hour in range(12)]
    values, weights = np.zeros(12), np.full(12, 100.0)
    values[3], weights[3] = 1.0, 25.0

    course = fit(clock_of(starts).design(starts), values, weights)

    assert 0.4 < course.farthest < 0.55
