from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.evidence import Reach
from aright.core.model.service import Service
from aright.core.page import severity
from aright.core.page.severity import LEVELS
from tests.unit.core.incident.making import NORTH, alert, scope


def shop(tier: int = 2, users: int = 0) -> Service:
    return Service(key="shop", tier=tier, users_per_day=users)


def test_users_times_loss_times_tier():
    judged = severity(shop(users=100_000), alerts=[alert()], scope=scope())
    assert judged.score == pytest.approx(0.3 * 0.5 * 0.5)
    assert judged.level == 2
    assert judged.arithmetic == (
        "about 30,000 of 100,000 users a day (30\u202f%, region = north) × 50\u202f% lost "
        "(click quality: loss rate of those hit 88\u202f% → 94\u202f%) × tier 2 (weight 0.5) = 0.075; "
        "SEV2 is 0.04 to 0.12"
    )


def test_without_a_daily_figure_those_seen_are_counted():
    judged = severity(shop(), alerts=[alert()], scope=scope())
    assert judged.arithmetic.startswith("412 users hit so far (30\u202f% of those served, region = north)")


def test_before_anybody_has_looked_everybody_counts_and_it_says_so():
    judged = severity(shop(1), alerts=[alert(before=0.10, now=0.08)])
    assert judged.score == pytest.approx(0.2)
    assert judged.level == 1
    assert judged.arithmetic.startswith("all users (who is hit is not known yet)")
    only_north = severity(shop(1, 10), alerts=[alert(segment=NORTH)])
    assert "at least region = north" in only_north.arithmetic
    unclear = severity(shop(1), alerts=[alert()], scope=scope(reach=Reach.UNCLEAR))
    assert "not known yet" in unclear.arithmetic


def test_a_global_failure_hits_everybody():
    judged = severity(shop(1), alerts=[alert()], scope=scope(reach=Reach.GLOBAL, share_of_traffic=0.3))
    assert judged.score == pytest.approx(0.5)
    assert "everywhere" in judged.arithmetic


def test_quality_counts_before_its_proxies():
    fallback = alert("fallback_share", before=0.0, now=0.9, log_e=99)
    judged = severity(shop(1), alerts=[fallback, alert(), alert("x", harm=False, now=0)])
    assert "click quality 12\u202f% → 6.0\u202f%" in judged.arithmetic


def test_few_complain_so_complaints_count_by_what_the_failure_brought():
    judged = severity(shop(1), alerts=[alert("events:complaint", before=0.002, now=0.02)])
    assert judged.score == pytest.approx(0.9)
    scoped = severity(
        shop(1), alerts=[], scope=scope(loss="events:complaint", inside_before=0.002, inside_now=0.02)
    )
    assert scoped.score == pytest.approx(0.27)


@pytest.mark.parametrize(
    ("tier", "level"),
    [(1, 1), (2, 1), (3, 2), (4, 3), (9, 1)],
)
def test_the_tier_bounds_how_bad_a_total_loss_is(tier, level):
    gone = alert("fallback_share", before=0.0, now=1.0)
    assert severity(shop(tier), alerts=[gone]).level == level


def test_a_guard_counts_as_half_a_loss_until_one_is_measured():
    guard = alert("guard:G-INC-0-1", before=3_600.0, now=90_000.0)
    judged = severity(shop(1), alerts=[guard])
    assert judged.score == pytest.approx(0.5)
    assert "not known yet" in judged.arithmetic
    assert severity(shop(1), alerts=[guard, alert(now=0.12 * 0.9)]).score == pytest.approx(0.1)


def test_without_harm_it_is_the_mildest():
    judged = severity(shop(1), alerts=[alert(harm=False)])
    assert (judged.level, judged.score) == (4, 0.0)
    assert "no stream shows harm" in judged.arithmetic


SHARES = st.floats(0, 1)


@settings(deadline=None, max_examples=100)
@given(
    tier=st.integers(1, 4),
    share=SHARES,
    before=SHARES,
    now=SHARES,
    loss=st.sampled_from(["quality:click", "events:complaint", "", "fallback_share"]),
    reach=st.sampled_from(Reach),
)
def test_every_failure_has_a_level_and_its_sum(tier, share, before, now, loss, reach):
    hit = scope(share_of_traffic=share, inside_before=before, inside_now=now, loss=loss, reach=reach)
    judged = severity(shop(tier), alerts=[alert(before=before, now=now)], scope=hit)
    assert 0 <= judged.score <= 1
    assert judged.level == next(level for level, cut in LEVELS if judged.score >= cut)
    assert f"SEV{judged.level} is" in judged.arithmetic
    worse = severity(shop(1), alerts=[alert(before=before, now=now)], scope=hit)
    assert worse.level <= judged.level
