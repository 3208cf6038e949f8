"""What a scan has fitted serves the next one: the same is found as by fitting anew."""

from dataclasses import replace

import numpy as np
import pytest

from aright.core.diagnose.likelihood import replaced
from aright.core.diagnose.losses import losses_of
from aright.core.diagnose.rows import load
from aright.core.diagnose.scan import Fits, count, rises, scan
from tests.unit.core.diagnose.simulation import World, make_case


@pytest.fixture(scope="module")
def judged():
    case = make_case(World(seed=3, fault="empty", lead_rows=200, reference_rows=1_500, current_rows=1_200))
    rows = load(case.reference, case.current)
    return rows, losses_of(case, rows)


def test_another_spread_or_trust_is_weighed_in_without_fitting_again(judged, monkeypatch):
    rows, losses = judged
    fits = Fits(rows)
    scan(rows, losses, fits)
    wider = [replace(each, spread=2.0 * each.spread, trust=0.7) for each in losses]
    anew = scan(rows, wider)
    monkeypatch.setattr("aright.core.diagnose.scan.fitted", None)  # nothing is left to be fitted
    candidates, alike = scan(rows, wider, fits)
    assert candidates == anew[0]
    assert alike == anew[1]


def test_other_losses_of_the_same_rows_are_no_fits_of_these(judged):
    rows, losses = judged
    fits = Fits(rows)
    scan(rows, losses, fits)
    turned = [replace(each, lost=each.lost[::-1].copy()) for each in losses]
    found, alike = scan(rows, turned, fits)
    expected, expected_alike = scan(rows, turned)
    assert alike == pytest.approx(expected_alike)
    assert [each.part for each in found] == [each.part for each in expected]


def test_a_part_gains_what_it_gains_by_itself(judged):
    rows, losses = judged
    found = {each.part: each for each in scan(rows, losses[:1])[0]}
    index, attribute = next((at, each) for at, each in enumerate(rows.attributes) if not each.system)
    size = len(attribute.values) + 1
    counts = count(losses[0], rows.now, attribute.cut, size)
    gains = rises(losses[0], counts, np.full(size, 4.0))
    for code in range(len(attribute.values)):
        if ((index, code),) in found:
            assert found[((index, code),)].inside == pytest.approx(gains[code])


def test_answers_are_replaced_only_where_more_are_lost_than_expected():
    count_, lost = np.array([[100.0], [100.0], [0.0]]), np.array([[40.0], [70.0], [0.0]])
    found = replaced(count_, lost, np.array([0.0]), 1.0)
    assert found[0] == found[2] == 0.0
    assert found[1] == pytest.approx(70 * np.log(1.4) + 30 * np.log(0.6), abs=1e-6)
