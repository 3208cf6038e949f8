"""One number of one window, by name."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.prevent.measures import measure


def window(**columns):
    return pa.table(columns)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(width=32)), min_size=1, max_size=50))
def test_shares_are_shares(values):
    rows = window(**{"feat.f": pa.array(values, pa.float32())})
    null = measure("null_share:f", rows)
    assert null is not None
    assert null.value == pytest.approx(sum(v is None or not np.isfinite(v) for v in values) / len(values))
    constant = measure("constant_share:f", rows)
    assert constant is None or 0.0 < constant.value <= 1.0


def test_a_source_that_is_gone_is_empty():
    found = measure("null_share:f", window(x=[1, 2]))
    assert found is not None
    assert found.value == 1.0


def test_quantiles_from_above_and_below():
    rows = window(**{"feat.f": np.arange(101.0), "feat.k": ["a"] * 101})
    high, low = measure("p90:f", rows), measure("minus_p10:f", rows)
    assert high is not None
    assert low is not None
    assert (high.value, low.value) == (90.0, -10.0)
    assert measure("p90:k", rows) is None
    assert measure("p90:f", rows, least=102) is None
    constant = measure("constant_share:k", rows)
    assert constant is not None
    assert constant.value == 1.0


def test_the_worst_version_counts_and_its_mean_is_bounded_by_chance():
    rows = window(
        version=["a"] * 300 + ["b"] * 100, **{"outcome.click": [1.0] * 150 + [0.0] * 150 + [0.0] * 100}
    )
    loss, rise = measure("loss:click", rows), measure("loss_rise:click", rows)
    assert loss is not None
    assert rise is not None
    assert loss.value == 1.0
    assert 0.85 < loss.low < 1.0
    assert rise.value == 0.5
    assert 0.3 < rise.low < 0.5


def test_the_worst_value_of_a_column_counts_by_what_it_is_at_least():
    build = ["a"] * 300 + ["b"] * 40 + ["c"] * 5 + ["d"] * 4
    right = [1.0] * 270 + [0.0] * 30 + [0.0] * 40 + [0.0] * 9
    rows = window(**{"attr.build": build, "outcome.right": right})
    found = measure("worst_loss:right by attr.build", rows, least=1_000)
    assert found is not None
    assert found.value == found.low
    assert 0.8 < found.low < 0.85
    assert measure("worst_loss:right by attr.build", rows.slice(345)) is None
    alone = measure("worst_loss:right by attr.make", rows.slice(0, 300))
    assert alone is not None
    assert 0.05 < alone.value < 0.1


def test_errors_are_counted_of_each_version():
    rows = window(version=["a"] * 90 + ["b"] * 60, status=[200] * 90 + [503] * 30 + [200] * 29 + [None])
    errors, rise = measure("errors:answers", rows), measure("errors_rise:answers", rows)
    assert errors is not None
    assert rise is not None
    assert errors.value == pytest.approx(30 / 59)
    assert rise.value == pytest.approx(30 / 59)
    assert measure("errors:answers", rows.drop_columns("status")) is None


def test_one_version_alone_has_no_rise_and_too_few_rows_no_loss():
    rows = window(**{"outcome.click": [1.0, 0.0]})
    assert measure("loss_rise:click", rows) is None
    assert measure("loss:click", rows, least=3) is None
    assert measure("rate:complaint", rows) is None


def test_an_unknown_measure_says_which_there_are():
    with pytest.raises(ValueError, match="null_share"):
        measure("mystery:f", window(x=[1]))
