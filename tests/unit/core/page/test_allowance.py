from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.times import SECOND
from aright.core.page.allowance import LONGEST_RESET, Allowance


@dataclass
class Plain:
    """The definition: all that was ever taken, gone through each time."""

    limit: int
    span: int
    reserved: int
    taken: list[int] = field(default_factory=list)

    def allows(self, now: int, *, urgent: bool) -> bool:
        lately = [at for at in self.taken if now - self.span < at <= now]
        kept = 0 if urgent else min(self.reserved, self.limit - 1)
        return self.limit - len(lately) > kept


@settings(deadline=None, max_examples=200)
@given(
    limit=st.integers(1, 6),
    span=st.integers(1, 20),
    reserved=st.integers(0, 6),
    asked=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60),
)
def test_it_allows_what_the_definition_allows(
    limit: int, span: int, reserved: int, asked: list[tuple[int, bool]]
):
    allowance = Allowance(limit=limit, span=span, reserved=reserved)
    plain = Plain(limit, span, reserved)
    now = 0
    for pause, urgent in asked:
        now += pause
        allows = allowance.allows(now, urgent=urgent)
        assert allows == plain.allows(now, urgent=urgent)
        if allows:
            allowance = allowance.took(now)
            plain.taken.append(now)
    for start in range(now + 1):
        assert sum(start <= at < start + span for at in plain.taken) <= limit
    assert len(allowance.taken) <= limit


def test_the_rest_has_one_token_at_least_where_all_are_reserved():
    assert Allowance(limit=3, span=9, reserved=99).allows(0, urgent=False)


def test_what_was_taken_beyond_the_limit_counts():
    allowance = Allowance(limit=1, span=10).took(0).took(1)
    assert allowance.free(5) == 0
    assert not allowance.allows(10, urgent=True)
    assert allowance.allows(11, urgent=True)


def test_the_receivers_word_counts_where_it_is_less():
    allowance = Allowance(limit=100, span=60 * SECOND, reserved=1).told(2, 10.0, 0)
    assert allowance.free(0) == 2
    allowance = allowance.took(1)
    assert (allowance.allows(2, urgent=False), allowance.allows(2, urgent=True)) == (False, True)
    assert allowance.took(3).took(4).free(5) == 0
    assert allowance.free(10 * SECOND) == 99, "its period is over, and ours has counted one"


def test_of_one_period_the_least_counts_in_whatever_order_answers_come():
    allowance = Allowance(limit=100, span=60 * SECOND).told(5, 10.0, 0)
    assert allowance.told(8, 9.5, SECOND // 2).free(SECOND) == 5
    assert allowance.told(3, 9.5, SECOND // 2).free(SECOND) == 3
    assert allowance.told(50, 60.0, SECOND).free(SECOND) == 50, "another period"


@pytest.mark.parametrize(("remaining", "resets_in"), [(None, 5.0), (5, None), (5, 0.0), (5, -1.0)])
def test_half_a_word_says_nothing(remaining: int | None, resets_in: float | None):
    allowance = Allowance(limit=10, span=SECOND)
    assert allowance.told(remaining, resets_in, 0) == allowance
    assert allowance.told(5, float("nan"), 0) == allowance


def test_a_receiver_is_not_believed_for_a_day():
    allowance = Allowance(limit=10, span=SECOND).told(-7, 86_400.0, 0)
    assert allowance.free(LONGEST_RESET - 1) == 0
    assert allowance.free(LONGEST_RESET) == 10
    assert Allowance(limit=10, span=SECOND).told(0, float("inf"), 0).until == LONGEST_RESET
