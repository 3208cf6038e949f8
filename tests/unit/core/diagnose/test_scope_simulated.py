"""Who is hit, by simulation: ten attributes, two of them correlated with the true one, 3,600 rows now.

``python -m bench.scope`` does the same on hundreds of seeds.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.losses import losses_of, prepare
from aright.core.diagnose.report import loss_share, scope_of
from aright.core.diagnose.rows import load
from aright.core.diagnose.scan import scan
from aright.core.diagnose.scene import named, open_scene
from aright.core.diagnose.scope import find
from aright.core.model.evidence import Reach
from aright.core.model.service import Service
from tests.unit.core.diagnose.simulation import World, diagnosed, make_case, scope_name


@pytest.mark.parametrize("seed", range(5))
def test_one_segment_among_correlated_ones_is_named_exactly(seed):
    assert scope_name(World(seed=seed, fault="loss-segment", click_hit=0.15)) == "shelf = s3"


@pytest.mark.parametrize("seed", range(3))
def test_a_fault_that_hits_all_is_said_to_hit_all(seed):
    assert scope_name(World(seed=seed, fault="loss-global", click_hit=0.2, complaint_hit=0.01)) == "global"


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_not_enough_data(seed):
    assert scope_name(World(seed=seed)) == "not enough data"


@pytest.mark.parametrize("seed", range(2))
def test_more_traffic_from_where_it_was_always_worse_is_no_rise(seed):
    assert scope_name(World(seed=seed, mix_shift=True)) == "not enough data"


def test_what_serves_is_named_like_whom_it_serves():
    assert scope_name(World(seed=1, fault="host", click_hit=0.15)) == "host = h2"


def test_a_version_that_no_reference_row_has_is_named():
    assert scope_name(World(seed=1, fault="canary", click_hit=0.15)) == "version = v2"


def test_two_attributes_together_are_named_where_neither_alone_fits():
    world = World(seed=0, fault="pair", hit_share=0.4, correlated=(0.0, 0.0), attributes=6)
    assert scope_name(world) == "shelf = s3 and free0 = v1"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("flipped", [0.15, 0.35])
def test_those_who_were_hardly_ever_lost_do_not_stand_for_all_who_are(seed, flipped):
    """Answers are replaced for one half, of which a third was right 999 times in 1,000 before."""
    rng = np.random.default_rng(seed)
    tables = []
    for count, fault in ((20_000, 0.0), (8_000, flipped)):
        half, age = rng.choice(["a", "b"], count), rng.choice(["child", "grown", "old"], count)
        wrong = rng.random(count) < np.where(age == "child", 0.001, 0.25)
        wrong ^= (half == "a") & (rng.random(count) < fault)
        tables.append(
            pa.table(
                {
                    "time": pa.array(np.arange(count), pa.timestamp("us", tz="UTC")),
                    **{
                        f"attr.{name}": pa.array(each).dictionary_encode()
                        for name, each in (
                            ("half", half),
                            ("age", age),
                            ("noise", rng.choice(["x", "y"], count)),
                        )
                    },
                    "outcome.right": pa.array(1.0 - wrong, pa.float32()),
                }
            )
        )
    rows = load(*tables)
    case = replace(make_case(World(seed=0)), reference=tables[0], current=tables[1], alerts=())
    finding, _ = find(rows, losses_of(replace(case, service=Service(key="table", quality=("right",))), rows))
    assert named(rows, finding.part) == "half = a"


def test_too_few_rows_are_not_enough_data():
    assert scope_name(World(seed=3, fault="loss-segment", current_rows=120)) == "not enough data"


def test_the_share_of_loss_interval_holds_the_truth():
    """All loss is inside: of ten 95 % intervals, four that do not reach 1 are no chance (P < .2 %)."""
    missed = 0
    for seed in range(10):
        world = World(seed=seed, fault="loss-segment", click_hit=0.15, reference_rows=5000, current_rows=2000)
        case = make_case(world)
        rows = load(case.reference, case.current)
        shelf = rows.attribute("shelf")
        assert shelf is not None
        loss = losses_of(case, rows)[0]
        share, low, high = loss_share(rows, loss, shelf.codes == shelf.values.index("s3"))
        assert 0.0 <= low <= share <= high <= 1.0
        missed += high < 1.0
    assert missed <= 3


def test_a_burst_of_one_user_is_no_rise():
    """Ninety retries of one user, all failed: counted as rows they would be a rise beyond doubt."""
    case = make_case(World(seed=5, reference_rows=4000, current_rows=1500))
    rows = load(case.reference, case.current)
    loss = losses_of(case, rows)[1]
    value, unit = loss.value.copy(), rows.unit.copy()
    one = np.flatnonzero(rows.now)[:90]
    value[one], unit[one] = 1.0, unit.max() + 1
    changed = replace(rows, unit=unit)
    burst = prepare(changed, "events:complaint", "complaint rate", value, free=False)
    assert burst is not None
    _, alike = scan(changed, [burst])
    assert float((value[one] - loss.value[one]).sum()) > 80
    assert alike < 6.0


@pytest.mark.parametrize("seed", range(2))
def test_two_parts_that_fail_by_themselves_are_both_named(seed):
    world = World(seed, "two", click_hit=0.1, correlated=(0.0, 0.0), attributes=8)
    case = make_case(world)
    rows = load(case.reference, case.current)
    finding, _ = find(rows, losses_of(case, rows))
    assert {named(rows, each) for each in (finding.part, *finding.others)} == {"shelf = s3", "free2 = v1"}
    told = diagnosed(world).scope
    assert "rose by itself" in told.sentence
    (other,) = told.others
    assert {str(told.segment), str(other.segment)} == {"shelf = s3", "free2 = v1"}
    assert other.now > other.before
    assert other.loss_low <= other.share_of_loss <= other.loss_high < 1.0
    assert told.outside_now == pytest.approx(told.outside_before, abs=0.03)
    ((query,),) = [
        [each.query for each in diagnosed(world).evidence if "is hit by itself" in each.text],
    ]
    assert other.filter in query


def test_three_attributes_together_are_named_where_no_two_fit():
    world = World(
        0,
        "triple",
        click_hit=0.02,
        complaint_hit=0.2,
        hit_share=0.5,
        correlated=(0.0, 0.0),
        attributes=6,
        current_rows=6000,
    )
    assert scope_name(world) == "shelf = s3 and free0 = v1 and free1 = v0"


@pytest.mark.parametrize("seed", [1, 5])
def test_traffic_that_moves_clearly_is_a_shift_of_the_mix(seed):
    assert scope_name(World(seed, mix_worse=8.0, mix_odds=1.2)) == "mix shift"


def test_more_traffic_from_where_clicks_are_rarer_is_a_shift_of_the_mix():
    world = World(2, mix_worse=8.0, current_rows=6000)
    assert scope_name(world) == "mix shift"
    scene = open_scene(make_case(world))
    assert scene is not None
    assert (
        "are more of the traffic"
        in scope_of(replace(scene, finding=replace(scene.finding, reach=Reach.MIX))).sentence
    )
