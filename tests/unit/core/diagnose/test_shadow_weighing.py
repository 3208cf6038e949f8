"""Data or model from paired losses: right on plain cases, honest in few, and valid as often as it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aright.core.diagnose.shadow.drawing import Drawing
from aright.core.diagnose.shadow.effects import Effect, loss_of, worse_by
from aright.core.diagnose.shadow.explaining import best_explanation
from aright.core.diagnose.shadow.looks import MOST
from aright.core.diagnose.shadow.pool import Pairs, Pool, joined
from aright.core.diagnose.shadow.weighing import Weighed, _named, judge, margin_of, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.shadow.pool import Floats, Ints


def losses(lost: NDArray[np.bool_]) -> Floats:
    return lost.astype(np.float64)


@dataclass
class Pair:
    """Two versions that lose with given shares, on both sides' inputs; both share an input's luck."""

    old: tuple[float, float]
    new: tuple[float, float]
    rows: int = 4_000
    seed: int = 1
    served: float = 0.0
    stop_after: int = 10_000
    asked: int = 0
    luck: list[Floats] = field(default_factory=list)

    def weigh(self, most: int = MOST) -> Weighed:
        rng = np.random.default_rng(self.seed)
        self.luck = [rng.random(self.rows), rng.random(self.rows)]
        before = Pool(np.arange(self.rows), losses(self.luck[0] < self.old[0] + self.served))
        now = Pool(np.arange(self.rows) + self.rows, losses(self.luck[1] < self.new[1]))
        return weigh(before, now, self.run, rng=rng, most=most)

    def run(self, rows: Ints, *, current: bool) -> tuple[Floats, Floats]:
        rows = rows[: max(self.stop_after - self.asked, 0)]
        self.asked += len(rows)
        luck = self.luck[current][rows]
        return losses(luck < self.old[current]), losses(luck < self.new[current])


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ((0.05, 0.25), (0.05, 0.25), "data"),
        ((0.05, 0.05), (0.2, 0.2), "model"),
        ((0.05, 0.15), (0.15, 0.3), "both"),
        ((0.05, 0.05), (0.05, 0.05), "neither"),
        ((0.05, 0.05), (0.055, 0.055), "neither"),
        ((0.05, 0.05), (0.05, 0.3), "data"),
        ((0.05, 0.05), (0.3, 0.05), "unclear"),
    ],
)
def test_each_fault_is_named(old: tuple[float, float], new: tuple[float, float], verdict: str) -> None:
    pair = Pair(old, new)
    found = pair.weigh()

    if verdict != "unclear":
        assert found.verdict == verdict
        assert found.lacking == ""
    else:  # worse on inputs that do not come any more: nothing is lost by it now
        assert found.verdict != "data"
        assert found.differ
    assert pair.asked <= MOST
    assert found.rise is not None
    assert found.model is not None
    assert found.inputs is not None
    assert found.model.value + found.inputs.value == pytest.approx(found.rise.value)


def test_a_large_fault_needs_few_pairs() -> None:
    pair = Pair((0.1, 0.1), (0.6, 0.6))

    assert pair.weigh().verdict == "model"
    assert pair.asked < MOST


def test_a_version_that_fails_on_the_new_inputs_alone_is_told_so() -> None:
    found = Pair((0.05, 0.05), (0.05, 0.4)).weigh()

    assert (found.verdict, found.differ) == ("data", True)
    assert found.sides is not None
    assert found.sides[1].value > 0.3 > abs(found.sides[0].value) + 0.2


@pytest.mark.parametrize(("now", "verdict"), [(0.3, "data"), (0.05, "neither")])
def test_a_version_that_served_before_and_now_is_not_what_changed(now: float, verdict: str) -> None:
    """The version before loses less on all inputs, and always did."""
    rng = np.random.default_rng(7)
    luck = rng.random((2, 4_000))
    shares = (0.05, now)
    pools = [Pool(np.arange(4_000) + 4_000 * at, losses(luck[at] < shares[at])) for at in (0, 1)]

    def run(rows: Ints, *, current: bool) -> tuple[Floats, Floats]:
        own = luck[int(current)][rows]
        return losses(own < shares[int(current)] / 4), losses(own < shares[int(current)])

    found = weigh(pools[0], pools[1], run, rng=rng, changed=False)
    assert (found.verdict, found.changed) == (verdict, False)
    assert found.inputs is not None
    assert found.inputs.value == pytest.approx(now - 0.05, abs=0.02)


def test_what_is_replayed_must_be_what_was_served() -> None:
    found = Pair((0.3, 0.3), (0.3, 0.3), served=-0.25).weigh()

    assert found.verdict == "unclear"
    assert "not what it was given then" in found.lacking


def test_time_may_be_up() -> None:
    pair = Pair((0.05, 0.05), (0.08, 0.08), stop_after=60)
    found = pair.weigh()

    assert (found.verdict, pair.asked) == ("unclear", 60)
    assert "too few" in found.lacking
    assert "too few of the inputs" in Pair((0.05, 0.05), (0.1, 0.1), stop_after=0).weigh().lacking


def test_few_stored_inputs_are_not_replayed() -> None:
    pair = Pair((0.5, 0.5), (0.5, 0.5), rows=29)

    assert "only 29 inputs of before" in pair.weigh().lacking
    assert pair.asked == 0


def test_small_stores_are_replayed_whole_and_once() -> None:
    pair = Pair((0.1, 0.1), (0.8, 0.8), rows=40)

    assert pair.weigh(most=60).pairs[0] <= 40
    assert pair.asked <= 60
    all_of_them = Pair((0.1, 0.1), (0.12, 0.12), rows=40)
    all_of_them.weigh()
    assert all_of_them.asked == 80


def test_one_unit_is_no_proof() -> None:
    luck = np.random.default_rng(3).random(2_000)
    pools = [Pool(np.full(2_000, unit), np.zeros(2_000)) for unit in (0, 1)]

    def run(rows: Ints, *, current: bool) -> tuple[Floats, Floats]:
        return losses(rows < 0), losses((luck[rows] < 0.9) & current)

    assert weigh(pools[0], pools[1], run, rng=np.random.default_rng(4)).verdict == "unclear"


def test_answers_that_failed_are_left_out() -> None:
    pairs = Pairs(np.array([0, 1, 2]), np.array([0.0, np.nan, 0.2]), np.array([0.5, 1.0, np.nan]))

    assert pairs.known().row.tolist() == [0]
    assert len(joined([])) == 0


def test_losses_out_of_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="not in"):
        Pool(np.arange(2), np.array([0.0, 1.5]))


def test_strata_are_drawn_where_they_tell_most() -> None:
    loss = losses(np.arange(1_000) < 20)
    pool = Pool(np.arange(1_000), loss)
    drawing = Drawing(pool, np.random.default_rng(5))
    first = drawing.take(30, joined([]))
    assert loss[first].sum() == 15
    again = drawing.take(100, Pairs(first, loss[first], np.zeros(30)))
    assert not {*first.tolist()} & {*again.tolist()}
    rest = drawing.take(10_000, joined([]))
    assert len({*first.tolist(), *again.tolist(), *rest.tolist()}) == 1_000
    assert drawing.left == 0


def test_the_sample_of_strata_is_not_biased() -> None:
    rng = np.random.default_rng(6)
    found = []
    for seed in range(200):
        luck = rng.random(3_000)
        pool = Pool(np.arange(3_000), losses(luck < 0.05))
        rows = Drawing(pool, np.random.default_rng(seed)).take(300, joined([]))
        effect = worse_by(pool, Pairs(rows, pool.loss[rows], losses(luck[rows] < 0.15)), 3_000)
        assert effect is not None
        found.append((effect.value, effect.variance, effect.low(0.025) <= 0.1 <= effect.high(0.025)))
    values, variances, held = (np.array(each) for each in zip(*found, strict=True))
    assert values.mean() == pytest.approx(0.1, abs=0.004)
    assert variances.mean() == pytest.approx(values.var(), rel=0.35)
    assert held.mean() >= 0.94


def test_rows_of_a_unit_widen_the_interval() -> None:
    loss = np.repeat(losses(np.arange(200) < 40), 5)
    apart, together = (
        loss_of(Pool(unit, loss), 1_000) for unit in (np.arange(1_000), np.repeat(np.arange(200), 5))
    )

    assert together.variance > 4 * apart.variance
    assert together.value == pytest.approx(0.2)


def test_no_loss_among_few_is_no_proof_of_none() -> None:
    none = Effect(0.0, np.zeros(50), 1 / 50, 50)

    assert none.high(0.025) > 0.07
    assert none.low(0.025) < 0.0
    assert (none * 2.0).step == 2 / 50
    assert (none - none).value == (none + none).value == 0.0


def test_the_margin_follows_the_loss() -> None:
    rare, common = (Pool(np.arange(1_000), losses(np.arange(1_000) < lost)) for lost in (20, 300))

    assert margin_of(rare, 0.02) == pytest.approx(0.01)
    assert margin_of(common, 0.02) == pytest.approx(0.0458, abs=1e-4)
    assert margin_of(common, 0.6) == pytest.approx(0.06)
    assert margin_of(Pool(np.arange(9), np.zeros(9)), 0.0) == 0.01


def test_pairs_of_one_side_alone_tell_nothing() -> None:
    pool = Pool(np.arange(100), losses(np.arange(100) < 50))
    some = Pairs(np.arange(100), pool.loss, pool.loss)

    assert judge(pool, pool, some, joined([])).verdict == "unclear"
    assert judge(pool, pool, joined([]), some).model is None


def test_false_verdicts_are_rare() -> None:
    said = [Pair((0.1, 0.1), (0.1, 0.1), rows=1_500, seed=seed).weigh().verdict for seed in range(60)]

    assert sum(each in {"data", "model", "both"} for each in said) <= 2


def effect(value: float, error: float, *, odd: bool = False) -> Effect:
    """Return an effect that every second unit tells of."""
    parts = np.where(np.arange(200) % 2 == odd, error / 10, 0.0)
    return Effect(value, parts, 0.0, 200)


@pytest.mark.parametrize(
    ("then", "now", "rise", "said"),
    [
        (effect(0.013, 0.004), effect(0.017, 0.003, odd=True), 0.018, "model"),
        (effect(0.001, 0.003), effect(-0.002, 0.003, odd=True), 0.018, "data"),
        (effect(0.0, 0.002), effect(0.018, 0.003, odd=True), 0.018, "corner"),
        (effect(0.02, 0.003), effect(0.021, 0.003, odd=True), 0.042, "both"),
        (effect(0.009, 0.009), effect(0.009, 0.009, odd=True), 0.018, ""),
    ],
)
def test_a_small_rise_goes_to_what_explains_it(then: Effect, now: Effect, rise: float, said: str) -> None:
    assert best_explanation(rise, then, now, 0.014) == said


def test_a_rise_that_no_part_explains_is_not_called_nothing() -> None:
    said = {Pair((0.02, 0.02), (0.02, 0.04), rows=20_000, seed=seed).weigh().verdict for seed in (2, 3)}
    assert said <= {"data", "unclear"}
    assert "data" in said


@pytest.mark.parametrize(
    ("verdict", "then", "now", "last", "said"),
    [
        ("neither", effect(0.0, 0.002), effect(0.018, 0.003, odd=True), True, "data"),
        ("unclear", effect(0.013, 0.004), effect(0.017, 0.003, odd=True), True, "model"),
        ("neither", effect(0.009, 0.009), effect(0.009, 0.009, odd=True), True, "unclear"),
        ("neither", effect(0.009, 0.009), effect(0.009, 0.009, odd=True), False, "unclear"),
        ("model", effect(0.001, 0.006), effect(0.019, 0.003, odd=True), True, "data"),
        ("model", effect(0.006, 0.004), effect(0.008, 0.003, odd=True), True, "model"),
        ("both", effect(0.015, 0.004), effect(0.008, 0.003, odd=True), True, "both"),
    ],
)
def test_what_is_said_in_the_end_fits_both_sides(
    verdict: str, then: Effect, now: Effect, last: bool, said: str
) -> None:
    weighed = Weighed(
        verdict, margin=0.014, rise=effect(0.018, 0.001), model=now, inputs=now, sides=(then, now)
    )
    found = _named(weighed, verdict, last=last)

    assert found.verdict == said
    assert bool(found.lacking) == (said == "unclear")
    if said == "data":
        assert found.differ
        assert found.model is then
