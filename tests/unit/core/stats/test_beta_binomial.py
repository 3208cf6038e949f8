import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from aright.core.stats.beta_binomial import beta_binomial_sf


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 2_000),
    part=st.floats(0, 1),
    share=st.floats(1e-4, 1 - 1e-4),
    precision=st.floats(0.5, 1e5),
)
def test_tails_are_scipys(n, part, share, precision):
    k = round(part * n)

    ours = beta_binomial_sf(k, n, share, precision)

    theirs = betabinom.sf(k - 1, n, share * precision, (1 - share) * precision)
    assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-9)


def test_the_ends():
    assert beta_binomial_sf(0, 10, 0.3, 5.0) == 1.0
    assert beta_binomial_sf(11, 10, 0.3, 5.0) == 0.0
    assert beta_binomial_sf(10_000, 10_000, 1e-9, 1e7) == 0.0
