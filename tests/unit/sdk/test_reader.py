"""The reader: whatever a host passes, a row that the wire can carry comes out."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.sdk.reader import CarefulReader, Reader
from aright.sdk.rows import Prediction, encode
from aright.sdk.values import number, scalar, text

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.binary(max_size=4)
    | st.decimals()
    | st.fractions()
    | st.datetimes()
    | st.dates()
    | st.uuids()
    | st.complex_numbers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
WITH_SURROGATES = ANYTHING | st.just("\ud83d") | st.just(2**64)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.text(max_size=5) | st.integers() | st.just("\udfff"), WITH_SURROGATES, max_size=5))
def test_any_mapping_becomes_plain_scalars(values: dict[str, object]) -> None:
    reader = CarefulReader()
    row = Prediction("p", 1, "s", attributes=reader.attributes(values), features=reader.features(values))
    read = msgspec.msgpack.decode(encode(row))
    for name, value in read.get("features", {}).items():
        assert type(name) is str
        assert value is None or type(value) in {str, int, float, bool}
    assert all(type(value) is str for value in read.get("attributes", {}).values())


@settings(deadline=None, max_examples=100)
@given(WITH_SURROGATES)
def test_any_value_reads_as_number_text_flag_items_and_time(value: object) -> None:
    reader = CarefulReader()
    found = reader.number(value)
    assert found is None or math.isfinite(found)
    assert reader.text(value).encode() is not None
    assert reader.flag(value) in {True, False, None}
    assert isinstance(reader.whole(value), (int, type(None)))
    if isinstance(value, (list, str)):
        assert all(type(item) is str for item in reader.items(value) or [])


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.floats() | st.text(max_size=5)))
def test_the_quick_way_and_the_careful_one_agree_on_plain_values(values: dict[str, object]) -> None:
    quick, careful = Reader(), CarefulReader()
    try:
        expected = encode(Prediction("p", 1, "s", features=quick.features(values)))
    except UnicodeEncodeError:
        return  # this is what the careful way is for
    assert encode(Prediction("p", 1, "s", features=careful.features(values))) == expected
    assert (quick.altered, careful.altered) == (0, 0)


def test_not_a_number_stays_in_features_and_goes_from_fixed_fields() -> None:
    nan = float("nan")
    kept = Reader().features({"a": nan, "b": math.inf})
    assert kept is not None
    assert math.isnan(kept["a"])  # type: ignore[arg-type]  # it is the float that was put in
    assert number(nan) == (None, True)


def test_numpy_scalars_are_plain_at_no_loss() -> None:
    given = {
        "a": np.float32(1.5),
        "b": np.int8(3),
        "c": np.bool_(True),
        "d": np.float64("nan"),
        "e": "t",
        "f": None,
    }
    reader = Reader()
    kept = reader.features(given)
    assert kept is not None
    assert [type(value) for value in kept.values()] == [float, int, bool, float, str, type(None)]
    assert (kept["a"], kept["b"], kept["c"], reader.altered) == (1.5, 3, True, 0)
    assert reader.number(np.float32(2.5)) == 2.5
    assert reader.altered == 0


def test_changes_are_noted() -> None:
    assert scalar(Decimal("0.5")) == (0.5, True)
    assert scalar(10**400) == (math.inf, True)
    assert scalar(object()) == (None, True)
    assert text(b"bytes") == (None, True)


def test_times() -> None:
    reader = Reader()
    assert reader.time(None, 7) == 7
    assert reader.time(5, 7) == 5
    assert reader.time(dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC), 7) == 1_000_000
    assert reader.time("yesterday", 7) == 7  # type: ignore[arg-type]  # what a host may do
    assert reader.altered == 1


def test_a_key_makes_the_hash() -> None:
    """RFC 4231, test case 2, cut to 128 bits."""
    assert Reader().unit("what do ya want for nothing?", b"Jefe") == "5bdcc146bf60754e6a042426089575c7"
    assert Reader().unit("plain", b"") == "plain"
    assert Reader().unit("", b"key") == ""


def test_probabilities_are_numbers_by_class() -> None:
    reader = CarefulReader()
    given = {"cat": np.float32(0.75), "dog": 0.25, "cow": float("nan"), "hen": "0"}
    assert reader.probabilities(given) == {"cat": 0.75, "dog": 0.25}
    assert reader.altered == 2
    assert reader.output(None, None, None, None, None, {}) is not None
    assert reader.probabilities(None) is None
