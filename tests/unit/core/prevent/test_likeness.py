"""Where values of JSON differ."""

from __future__ import annotations

import pytest

from aright.core.prevent.gate import difference


@pytest.mark.parametrize(
    ("expected", "got", "told"),
    [
        ({"a": 1, "b": [1, {"c": "x"}]}, {"b": [1, {"c": "x"}], "a": 1.0}, ""),
        ({"a": 1}, {"a": 1, "b": 2}, "b: is new"),
        ({"a": {"b": 1}}, {"a": {}}, "a.b: is missing"),
        ([1, 2], [1], "the list: 2 elements → 1"),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, "a: 2 elements → 3"),
        ([[1.0]], [[1.5]], "[0][0]: 1.0 → 1.5"),
        (1.0, 1.5, "1.0 → 1.5"),
        (True, 1, "True → 1"),
        ("a", "b\x1b", r"'a' → 'b\x1b'"),
        (None, None, ""),
        (None, 0, "None → 0"),
        ({"a": 1}, [1], "{'a': 1} → [1]"),
        (float("nan"), float("nan"), ""),
        (float("nan"), 1.0, "nan → 1.0"),
        (float("inf"), float("inf"), ""),
    ],
)
def test_the_first_difference_is_told(expected: object, got: object, told: str):
    assert difference(expected, got) == told


def test_numbers_have_a_tolerance():
    assert not difference([100.0, 0.0], [100.9, 0.4], absolute=0.5, relative=0.01)
    assert difference([100.0], [101.1], absolute=0.5, relative=0.01)
