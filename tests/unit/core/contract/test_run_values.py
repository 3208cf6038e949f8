"""Values of runs: flat, bounded and masked, whatever trackers were given."""

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract.run_values import LONGEST, MOST, metrics_of, number_of, parameters_of

TREES = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=20,
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=60)
@given(TREES)
def test_any_tree_becomes_bounded_text_and_numbers(tree):
    assert all(len(value) <= LONGEST for value in parameters_of(tree).values())
    assert all(math.isfinite(value) for value in metrics_of(tree).values())


def test_too_many_too_long_and_too_deep_are_cut():
    many = {str(at): at for at in range(1_000)}
    deep: dict[str, object] = {"a": 1}
    for _ in range(50):
        deep = {"a": deep}

    assert len(parameters_of(many)) == len(metrics_of(many)) == MOST
    assert all(
        len(each) <= LONGEST for pair in parameters_of({"k" * 9_000: "v" * 9_000}).items() for each in pair
    )
    assert len(parameters_of(deep)) == 1
    assert metrics_of(deep) == {}


def test_secrets_are_masked_also_those_that_are_trees():
    told = json.dumps(parameters_of({"db": {"password": "s3cret"}, "token": {"value": "s3cret"}}))

    assert "s3cret" not in told


def test_numbers_too_large_for_a_float_are_endless():
    assert number_of(10**400) == float("inf")
    assert number_of(-(10**400)) == float("-inf")
    assert number_of(None) is None
