from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.mitigate.canary.parts import MOST_PARTS, Parts
from aright.core.mitigate.canary.units import Sightings, UnitSet
from aright.core.mitigate.canary.values import losses_of, values
from aright.core.model.service import Service
from aright.core.profile.hashing import stir


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, 200), unique=True, max_size=40), max_size=8))
def test_a_set_knows_what_was_added(batches):
    units, known = UnitSet(), set()
    for batch in batches:
        fresh = np.array(batch, dtype=np.uint64)
        units.add(fresh[~units.has(fresh)])
        known |= set(batch)
    everyone = np.arange(201, dtype=np.uint64)
    assert set(everyone[units.has(everyone)].tolist()) == known
    assert len(units) == len(known)


def test_a_set_that_is_full_goes_on_with_half_of_all_units():
    units = UnitSet(most=1000)
    everyone = stir(np.arange(5000, dtype=np.uint64))
    for at in range(0, 5000, 500):
        units.add(everyone[at : at + 500])
    sampled = units.sampled(everyone)
    assert len(units) <= 1000
    assert units.level == 3
    assert 450 < sampled.sum() < 800
    assert (units.has(everyone) == sampled).all()


def test_sightings_stay_near_the_truth_when_only_a_sample_is_kept():
    seen = Sightings(most=2000)
    for at in range(10):
        units = stir(np.arange(at * 1000, (at + 1) * 1000, dtype=np.uint64))
        nothing = np.zeros(1000, dtype=np.int64)
        for _ in range(2):
            seen.count(units, nothing, nothing, 1)
    assert 8500 < seen.counts[0, 0] < 11500


def test_a_value_that_comes_later_is_taken_up_with_what_is_left_of_the_bets():
    parts = Parts(("region", "plan"))
    begun = pa.table({"attr.region": ["north", "south"] * 200})
    parts.grow([attribute.codes(begun) for attribute in parts.attributes])
    assert parts.width == 5
    later = pa.table({"attr.region": ["east"] * 100})
    assert parts.grow([attribute.codes(later) for attribute in parts.attributes])
    names = [str(segment) for segment in parts.segments()]
    assert names[-1] == "region = east"
    assert parts.weights()[-1] == 0.5 / 2 / 8 / 2
    assert parts.weights().sum() <= 1


def test_parts_are_bounded():
    parts = Parts(("city",))
    many = pa.table({"attr.city": [f"c{at % 49}" for at in range(4900)] + ["", None]})
    parts.grow([parts.attributes[0].codes(many)])
    more = pa.table({"attr.city": [f"d{at}" for at in range(2000)]})
    parts.grow([parts.attributes[0].codes(more)])
    assert parts.width <= MOST_PARTS + 2


def test_values_of_answers_without_what_decides_are_not_known():
    nothing = pa.table({"id": ["a"]})
    assert np.isnan(values(nothing, "declined")).all()
    assert np.isnan(values(nothing, "declined", Service(key="s", threshold=0.5))).all()
    assert np.isnan(values(nothing, "score")).all()
    assert np.isnan(losses_of("score", np.array([0.5]), None)).all()
    numbers = pa.table({"number": [3.0, None]})
    assert values(numbers, "score").tolist()[0] == 3.0
    above = Service(key="s", threshold=0.7, approves="above")
    assert values(pa.table({"score": pa.array([0.7, 0.1], pa.float32())}), "declined", above).tolist() == [
        0,
        1,
    ]
    labelled = Service(key="s", approving=("yes",), threshold=0.7)
    assert values(pa.table({"label": ["Yes", "no", None]}), "declined", labelled)[:2].tolist() == [0, 1]
