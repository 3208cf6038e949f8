"""Shares in whole numbers: the ends exact, the rest as near as it can be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.mitigate.shares import Weights, met, parts, percent, same, weights

INSIDE = st.floats(0.0001, 0.9999)


@settings(deadline=None, max_examples=60)
@given(INSIDE)
def test_no_pair_of_weights_is_nearer(share: float) -> None:
    found = weights(share, 40)

    pairs = (Weights(stable, canary) for stable in range(1, 41) for canary in range(1, 41))
    nearest = min(abs(pair.share - share) for pair in pairs)
    assert abs(found.share - share) <= nearest + 1e-9
    assert 1 <= min(found) <= max(found) <= 40


@given(st.floats(0.004, 0.996))
def test_what_haproxy_takes_is_near(share: float) -> None:
    assert abs(weights(share, 256).share - share) < 0.002


@given(INSIDE, st.sampled_from([100, 10_000, 1_000_000]))
def test_parts_are_never_nothing_or_all(share: float, whole: int) -> None:
    found = parts(share, whole)

    assert 0 < found < whole
    assert abs(found / whole - share) <= 1 / whole


def test_the_ends_are_exact() -> None:
    assert (weights(0.0, 256), weights(1.0, 256)) == (Weights(256, 0), Weights(0, 256))
    assert (parts(0.0, 100), parts(1.0, 100)) == (0, 100)
    assert Weights(0, 0).share == 0.0


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        weights(share, 256)
    with pytest.raises(ValueError, match="from 0 to 1"):
        parts(share, 100)


@given(INSIDE)
def test_an_end_is_the_same_as_itself_alone(share: float) -> None:
    assert same(share, share)
    assert not same(share, 0.0)
    assert not same(1.0, share)


def test_what_is_met_is_told() -> None:
    assert met(0.25, 0.25) == percent(0.25) == "25 %"
    assert met(0.0, 0.01).startswith("1 % (the nearest to 0 %")
