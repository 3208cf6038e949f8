"""Means over units against working them out unit by unit."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.observe.unit_sums import distinct, unit_sums

NONE = float("nan")

rows = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.integers(-1, 2),
        st.sampled_from([0.0, 0.25, 1.0, NONE]),
        st.sampled_from([1.0, NONE]),
    ),
    min_size=1,
    max_size=40,
)


def means(told):
    """Return how many units have a value, and the sum of their means."""
    of_unit: dict[int, list[float]] = {}
    for unit, value in told:
        if not math.isnan(value):
            of_unit.setdefault(unit, []).append(value)
    return len(of_unit), sum(sum(values) / len(values) for values in of_unit.values())


@given(rows)
@settings(deadline=None, max_examples=80)
def test_tallies_are_means_over_units(told):
    units, codes, first, second = (list(column) for column in zip(*told, strict=True))
    measures = {"first": np.array(first), "second": np.array(second)}
    sums = unit_sums(np.array(units, np.uint64), {"region": np.array(codes, np.int64)}, measures)
    for name, values in (("first", first), ("second", second), ("first", first)):
        n, total = sums.tally(name)
        assert np.allclose((n[0], total[0]), means(zip(units, values, strict=True)))
        n, total = sums.tally_by(name, "region")
        for code in range(max(codes) + 1):
            own = [
                unit_value[::2]
                for unit_value in zip(units, codes, values, strict=True)
                if unit_value[1] == code
            ]
            assert np.allclose((n[code], total[code]), means(own))


@given(st.lists(st.integers(0, 5)))
@settings(deadline=None)
def test_distinct_is_unique(values):
    array = np.array(values, np.int64)
    first, places = distinct(array)
    expected, inverse = np.unique(array, return_inverse=True)
    assert array[first].tolist() == expected.tolist()
    assert places.tolist() == inverse.tolist()
