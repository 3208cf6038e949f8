"""Two columns compared: what they are, what moved, and in which words."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.detect.columns import MOST_SHARES, compare, moved, size_of
from aright.core.profile.columns import UnsupportedColumnError

DAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def finding(before, now):
    compared = compare("f", "feature", before, now)
    return moved(compared, compared.result.p_value)


@pytest.mark.parametrize(
    ("effect", "word"),
    [
        (0.0, "negligible"),
        (0.02, "small"),
        (0.0999, "small"),
        (0.1, "medium"),
        (0.25, "large"),
        (1.0, "large"),
    ],
)
def test_effects_have_words(effect, word):
    assert size_of(effect) == word


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(21, 2)], ids=str
)
def test_numbers_of_all_types_are_alike(kind):
    whole = column(list(range(100)), pa.int64())

    found = finding(whole, whole.cast(kind))

    assert (found.effect, found.psi, found.kolmogorov_smirnov) == (0.0, 0.0, 0.0)
    assert found.before == found.now
    assert found.now.startswith("median 49.")


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_texts_of_all_types_are_alike(kind):
    words = column(["a", "b", "b", None] * 25)

    found = finding(words, words.cast(kind))

    assert (found.effect, found.kolmogorov_smirnov) == (0.0, None)
    assert found.now == "b 67\u202f%, a 33\u202f%, 25\u202f% missing"


def test_truth_values_and_their_words_are_alike():
    assert finding(column([True, False] * 50), column(["true", "false"] * 50)).effect == 0.0


def test_a_number_that_became_a_text_is_compared_as_texts():
    found = finding(column([1.0, 2.0] * 50), column(["one", "two"] * 50))

    assert found.size == "large"
    assert found.kolmogorov_smirnov is None
    assert found.now == "one 50\u202f%, two 50\u202f%"


def test_times_are_ordered_and_drawn():
    early = column([DAY + dt.timedelta(minutes=at) for at in range(400)])
    late = column([DAY + dt.timedelta(minutes=at + 200) for at in range(400)])

    found = finding(early, late)

    assert found.kolmogorov_smirnov == pytest.approx(0.5, abs=0.05)
    assert found.p_value < 1e-9
    before, now = (np.array(side) for side in zip(*found.shares.values(), strict=True))
    assert before.sum() == pytest.approx(1.0)
    assert now[-1] == pytest.approx(0.6, abs=0.01)  # beyond the reference's last tenth


def test_a_part_of_the_rows_that_changed_is_an_effect_of_that_size():
    random = np.random.default_rng(7)
    before = random.normal(size=20_000)
    now = np.where(random.random(20_000) < 0.2, 8.0, random.normal(size=20_000))

    found = finding(column(before), column(now))

    assert found.effect == pytest.approx(0.2, abs=0.02)
    assert found.size == "medium"


def test_nothing_but_missing_values_is_said_to_be_so():
    found = finding(column([1.0, 2.0] * 50), column([None] * 100, pa.float64()))

    assert found.now == "nothing but missing values"
    assert found.shares["missing"] == (0.0, 1.0)
    assert sum(before for before, _ in found.shares.values()) == 1.0
    assert found.distances() == ""
    assert found.size == "large"


def test_long_values_are_shortened_in_words_only():
    name = "x" * 50

    found = finding(column([name] * 9), column([name] * 9))

    assert found.now == f"{'x' * 39}… 100\u202f%"
    assert list(found.shares) == [name]


def test_of_many_values_the_most_frequent_are_drawn_and_the_rest_is_one():
    values = [f"v{at:02}" for at in range(30) for _ in range(30 - at)]

    found = finding(column(values), column(values))

    assert list(found.shares) == [*(f"v{at:02}" for at in range(MOST_SHARES)), "all others"]
    assert sum(before for before, _ in found.shares.values()) == pytest.approx(1.0)


def test_a_constant_has_two_intervals():
    found = finding(column([7.0] * 50), column([7.0] * 25 + [8.0] * 25))

    assert found.shares == {"≤ 7": (1.0, 0.5), "> 7": (0.0, 0.5)}


def test_a_nested_column_is_refused():
    with pytest.raises(UnsupportedColumnError):
        compare("f", "feature", column([[1]]), column([[2]]))


NUMBERS = st.lists(st.one_of(st.none(), st.floats()), min_size=1, max_size=40)
WORDS = st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(before=st.one_of(NUMBERS, WORDS), now=st.one_of(NUMBERS, WORDS))
def test_whatever_is_in_two_columns_is_compared_within_bounds(before, now):
    found = finding(column(before, _kind(before)), column(now, _kind(now)))

    assert 0.0 <= found.p_value <= 1.0
    assert 0.0 <= found.effect <= 1.0
    assert 0.0 <= found.jensen_shannon <= 1.0 or np.isnan(found.jensen_shannon)
    assert found.psi >= 0.0 or np.isnan(found.psi)
    nothing = "nothing but missing values" in {found.before, found.now}
    assert nothing or not np.isnan([found.psi, found.jensen_shannon]).any()
    assert found.before
    assert found.now
    for side in zip(*found.shares.values(), strict=True):
        assert sum(side) == pytest.approx(1.0) or sum(side) == 0.0


def _kind(values):
    return pa.string() if any(isinstance(value, str) for value in values) else pa.float64()
