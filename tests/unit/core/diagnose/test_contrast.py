"""Shares of a loss: what goes with a state is told from what merely came at the same time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from aright.core.diagnose.contrast import by_mix, meanwhile, share_of
from aright.core.diagnose.losses import losses_of
from aright.core.diagnose.rows import load
from tests.unit.core.diagnose.simulation import World, make_case


@cache
def seen(fault):
    case = make_case(World(seed=1, fault=fault, lead_rows=600))
    rows = load(case.reference, case.current)
    loss = next(each for each in losses_of(case, rows) if "click" in each.name)
    shelf = next(each for each in rows.attributes if each.column.endswith("shelf"))
    return rows, loss, shelf.codes == shelf.values.index("s3"), np.ones(len(rows), dtype=np.bool_)


def test_a_state_that_costs_has_its_share_and_one_by_chance_has_none():
    rows, loss, hit, everyone = seen("loss-segment")
    late = rows.now & (rows.time >= np.quantile(rows.time[rows.now], 0.2))
    coin = np.random.default_rng(2).random(len(rows)) < 0.3

    share = share_of(rows, loss, everyone, hit & late)
    chance = share_of(rows, loss, everyone, coin & rows.now)

    assert share.contrasted
    assert share.value > 0.7
    assert 0.0 < share.low < share.value
    assert chance.low == 0.0
    assert chance.value < 0.4


def test_a_state_of_no_rows_explains_nothing():
    rows, loss, _, everyone = seen("loss-segment")

    share = share_of(rows, loss, everyone, np.zeros(len(rows), dtype=np.bool_))

    assert (share.value, share.error, share.contrasted) == (0.0, 0.0, False)
    assert not meanwhile(rows, np.zeros(len(rows), dtype=np.bool_)).any()


def test_rows_meanwhile_came_between_the_first_and_the_last():
    rows, *_ = seen("loss-segment")
    hit = rows.now & (rows.time < np.quantile(rows.time[rows.now], 0.5))

    same_time = meanwhile(rows, hit)

    assert same_time[hit].mean() == pytest.approx(0.9, abs=0.01)
    assert not same_time[rows.time > rows.time[hit].max()].any()
    assert not same_time[~rows.now].any()


def test_a_mix_that_stayed_explains_no_rise():
    rows, loss, _, everyone = seen("loss-global")
    free = next(each for each in rows.attributes if each.column.endswith("free2"))

    share = by_mix(rows, loss, everyone, free.codes, len(free.values))

    assert (share.value, share.contrasted) == (0.0, True)
    assert share.error > 0.0


def test_a_part_that_lost_nothing_has_no_loss_to_share():
    rows, loss, _, everyone = seen("loss-global")
    nobody = np.zeros(len(rows), dtype=np.bool_)
    free = next(each for each in rows.attributes if each.column.endswith("free2"))

    assert by_mix(rows, loss, nobody, free.codes, len(free.values)).value == 0.0
    assert share_of(rows, loss, nobody, everyone).value == 0.0
