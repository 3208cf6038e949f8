from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract.baselines import LevelBaseline, RateBaseline
from aright.core.contract.keys import Level, Rate
from aright.core.contract.lens import Lens
from aright.core.contract.plan import LevelPlan, RatePlan
from aright.core.contract.season import Fit
from aright.core.stats.student import student_p

FITS = st.builds(
    Fit,
    coefficients=st.lists(st.floats(-2, 2), min_size=1, max_size=5),
    spread=st.floats(0, 0.2),
    free=st.integers(1, 60),
    farthest=st.floats(0, 0.5),
    hours=st.one_of(st.just([]), st.lists(st.floats(0, 1), min_size=24, max_size=24)),
)
ROW = st.tuples(
    st.just(1.0), st.floats(0, 3), st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 23).map(float)
)


@st.composite
def shares(draw):
    n = draw(st.integers(1, 500))
    total = draw(st.integers(1, 10**6))
    usual = RateBaseline(
        k=draw(st.integers(0, total)),
        n=total,
        size=draw(st.floats(1, 600)),
        dispersion=draw(st.floats(1, 5)),
        course=draw(st.one_of(st.none(), FITS)),
        farthest=draw(st.floats(0, 0.5)),
    )
    return usual, Rate(draw(st.integers(0, n)), n)


@settings(deadline=None, max_examples=100)
@given(st.lists(shares(), min_size=1, max_size=12), ROW, st.booleans())
def test_shares_that_are_not_looked_at_one_by_one_are_no_surprise(drawn, row, covered):
    baselines = {f"p{place}\x1ftext:iso\x1f": usual for place, (usual, _) in enumerate(drawn)}
    plan = RatePlan(baselines, Lens())

    looked = plan.surprising([rate for _, rate in drawn], row, covered=covered)

    for place, (usual, rate) in enumerate(drawn):
        always = (rate.k == 0 and usual.k == 0) or (rate.k == rate.n and usual.k == usual.n)
        if place not in looked and not always:
            assert usual.surprise(rate, row, covered=covered).p_value == 1.0


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.builds(LevelBaseline, course=FITS, size=st.floats(1, 600), windows=st.integers(8, 99)),
            st.builds(Level, st.floats(-3, 3), st.integers(1, 500)),
        ),
        max_size=12,
    ),
    ROW,
    st.booleans(),
)
def test_levels_that_are_not_looked_at_one_by_one_are_not_far(drawn, row, covered):
    plan = LevelPlan({str(place): usual for place, (usual, _) in enumerate(drawn)})

    tests, looked = plan.far(
        {"unknown": Level(0.0, 1)} | {str(place): level for place, (_, level) in enumerate(drawn)},
        row,
        covered=covered,
    )

    assert tests == len(drawn)
    for place, (usual, level) in enumerate(drawn):
        if str(place) not in looked:
            assert not usual.far(level, row, covered=covered)


def test_a_dull_level_has_no_small_p_value_at_any_degrees_of_freedom():
    assert min(student_p(1.9, free) for free in (*range(1, 100), 10**6)) > 0.05
