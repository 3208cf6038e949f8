"""Curves: few points, finite, with the ends and the extremes of what was logged."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.curves import Curve, curve_of, drawn, thinned

POINTS = st.lists(st.tuples(st.integers(0, 10_000), st.floats()), max_size=400)


@settings(deadline=None, max_examples=60)
@given(POINTS, st.integers(4, 60))
def test_a_curve_is_bounded_rising_and_finite_and_keeps_its_extremes(points, most):
    curve = curve_of(points, most)

    if curve is None:
        assert not points
        return
    logged = dict(points)
    finite = {step: value for step, value in logged.items() if math.isfinite(value)}
    assert len(curve.steps) == len(curve.values) <= most
    assert list(curve.steps) == sorted(set(curve.steps))
    assert curve.last == max(logged)
    assert (curve.broken is None) == (len(finite) == len(logged))
    assert all(finite[step] == value for step, value in zip(curve.steps, curve.values, strict=True))
    if finite:
        assert (min(curve.values), max(curve.values)) == (min(finite.values()), max(finite.values()))
        assert (curve.steps[0], curve.steps[-1]) == (min(finite), max(finite))


def test_nothing_but_numbers_that_are_none_has_no_points():
    assert curve_of([(0, math.inf), (1, math.nan)]) == Curve(steps=(), values=(), last=1, broken=0)
    assert curve_of([]) is None


def test_a_picture_takes_fewer_points_of_the_same_curve():
    curve = curve_of([(step, float(step % 7)) for step in range(150)])

    assert curve is not None
    assert len(drawn(curve, 20).steps) <= 20
    assert drawn(curve, 200) == curve
    assert thinned([(1, 2.0)], 4) == [(1, 2.0)]
