from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.signal import Bad
from aright.core.observe.catalogue import CATALOGUE, kind_of
from aright.core.observe.heavy_hitters import Attributes
from aright.core.observe.list_sample import merge_lists, sample_lists
from aright.core.observe.partial import Partial
from aright.core.observe.segments import MOST_HOSTS, MOST_SEGMENTS, MOST_VALUES, Segments
from aright.core.observe.signals import coverage, error_share, events, personalisation, popularity
from aright.core.observe.unit_sums import EVERY_HASH, UnitSums, merge, unit_sums
from aright.core.profile.hashing import hash_texts
from tests.unit.core.observe.rows import predictions


def sums(units, values, codes=None):
    attributes = {} if codes is None else {"region": np.array(codes, dtype=np.int64)}
    hashes = hash_texts(pa.array([f"u{unit}" for unit in units]))
    return unit_sums(hashes, attributes, {"failed": np.array(values, dtype=np.float64)})


rows = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([0.0, 1.0, float("nan")]), st.integers(-1, 2)), max_size=40
)


@given(rows, rows, rows)
@settings(deadline=None, max_examples=40)
def test_partial_counts_merge_like_one(one, two, three):
    parts = [sums(*zip(*part, strict=True)) if part else sums([], [], []) for part in (one, two, three)]
    together = [*one, *two, *three]
    whole = sums(*zip(*together, strict=True)) if together else sums([], [], [])
    for merged in (merge(parts), merge([merge(parts[:2]), parts[2]]), merge(parts[::-1])):
        assert np.allclose(merged.tally("failed"), whole.tally("failed"))
        assert np.allclose(merged.tally_by("failed", "region"), whole.tally_by("failed", "region"))


@given(rows)
@settings(deadline=None, max_examples=40)
def test_a_tally_is_the_mean_over_units_of_each_ones_mean(table):
    of_unit: dict[int, list[float]] = {}
    for unit, value, _ in table:
        if not np.isnan(value):
            of_unit.setdefault(unit, []).append(value)
    n, total = sums(*zip(*table, strict=True)).tally("failed") if table else sums([], []).tally("failed")
    assert n[0] == len(of_unit)
    assert total[0] == pytest.approx(sum(float(np.mean(values)) for values in of_unit.values()))


def test_too_many_units_are_a_sample_that_is_the_same_in_any_order():
    units = np.random.default_rng(0).permutation(5_000)
    parts = [sums(part, part % 10 == 0) for part in np.array_split(units, 7)]
    one, other = merge(parts, most=600), merge(parts[::-1], most=600)
    assert 300 < len(one.units) <= 600
    assert one.below == other.below < EVERY_HASH
    assert set(one.units.tolist()) == set(other.units.tolist())
    n, total = one.tally("failed")
    assert total[0] / n[0] == pytest.approx(0.1, abs=0.04)


def test_what_was_sampled_stays_so_when_it_is_merged_with_more():
    sampled = merge([sums(range(1_000), [1.0] * 1_000)], most=100)
    assert merge([sampled, sums(range(1_000, 1_050), [0.0] * 50)]).below == sampled.below


def test_no_parts_at_all_are_no_units():
    assert merge([]).tally("failed").n.tolist() == [0]
    assert UnitSums(units=np.zeros(0, dtype=np.uint64)).tally_by("failed", "region").n.size == 0


def frequent(attributes, values, name="attr.region"):
    codes = attributes.encode(pa.table({name: pa.array(values, pa.string())}))
    return codes[name.removeprefix("attr.")].tolist()


def test_frequent_values_are_found_among_thousands_of_rare_ones():
    rng, attributes = np.random.default_rng(1), Attributes()
    for _ in range(10):
        frequent(attributes, [f"rare{rng.integers(50_000)}" for _ in range(1_000)] + ["usual"] * 100)
    codes = frequent(attributes, ["usual", "rare1", None])
    assert codes[0] >= 0
    assert codes[1:] == [-1, -1]
    assert attributes.value("region", codes[0]) == "usual"


def test_a_new_value_is_frequent_within_two_windows_however_long_the_history():
    attributes = Attributes()
    for _ in range(500):
        frequent(attributes, ["old"] * 360)
        attributes.end_window()
    assert frequent(attributes, ["old"] * 350 + ["new"] * 10)[-1] >= 0


def test_memory_for_values_is_bounded():
    attributes = Attributes()
    for part in range(40):
        frequent(attributes, [f"{part}-{value}" for value in range(1_000)])
    assert len(attributes._values["region"].counts) <= 512
    assert not attributes._values["region"].names


def test_a_code_stays_a_values_own_and_looking_up_learns_nothing():
    attributes = Attributes()
    first = frequent(attributes, ["a"] * 10 + ["b"] * 10)
    table = pa.table({"attr.region": ["b", "a", "c", "c", "c", "c", "c", "c"]})
    assert attributes.look_up(table)["region"].tolist() == [first[-1], first[0], *[-1] * 6]


def test_attributes_of_ten_thousand_columns_are_bounded():
    attributes = Attributes()
    codes = attributes.encode(pa.table({f"attr.a{name}": ["x"] * 9 for name in range(10_000)}))
    assert len(codes) == 33


def test_small_segments_wait_and_the_budget_goes_to_the_large_ones():
    segments = Segments()
    units = {f"a{name}": np.arange(200.0, 100.0, -1) for name in range(3)}
    chosen = segments.choose(units, 15_000.0)
    assert len(chosen) == MOST_SEGMENTS
    assert max(sum(part[0] == name for part in chosen) for name in units) <= MOST_VALUES
    assert min(units[name][code] for name, code in chosen) >= 15_000 / 128


def test_segments_that_are_gone_make_room_for_new_ones():
    segments = Segments()
    units = {f"a{name}": np.full(48, 20.0) for name in range(2)}
    segments.choose(units, 1_000.0)
    new = {"late": np.array([100.0, 50.0])}
    assert segments.choose(new, 1_000.0) == []
    for _ in range(240):
        segments.choose({}, 1_000.0)
    assert segments.choose(new, 1_000.0) == [("late", 0), ("late", 1)]


def test_a_list_sample_has_one_list_of_each_unit_and_merges_like_one():
    units = hash_texts(pa.array([f"u{at % 700}" for at in range(1_400)]))
    lists = pa.array([[f"i{at % 50}"] for at in range(1_400)], pa.list_(pa.string()))
    codes = {"region": np.arange(1_400) % 2}
    whole = sample_lists(units, codes, lists, window=7)
    parts = [
        sample_lists(units[cut], {"region": codes["region"][cut]}, lists[cut], window=7)
        for cut in (slice(0, 500), slice(500, 1_400))
    ]
    merged = merge_lists(parts)
    assert len(whole.hashes) == 512 == len(np.unique(whole.hashes))
    assert merged.lists.to_pylist() == whole.lists.to_pylist()
    assert merged.codes["region"].tolist() == whole.codes["region"].tolist()
    assert sample_lists(units, codes, lists, window=8).hashes.tolist() != whole.hashes.tolist()


def test_empty_lists_and_none_are_not_sampled():
    lists = pa.array([None, [], ["a"]], pa.list_(pa.string()))
    assert sample_lists(np.arange(3, dtype=np.uint64), {}, lists, window=0).lists.to_pylist() == [["a"]]


def test_personalisation_is_the_mean_over_all_pairs():
    rng = np.random.default_rng(2)
    lists = [[f"i{item}" for item in rng.choice(30, 1 + at % 6, replace=False)] for at in range(40)]
    pairs = [
        len({*one} & {*other}) / np.sqrt(len(one) * len(other))
        for at, one in enumerate(lists)
        for other in lists[:at]
    ]
    n, total = personalisation.count(pa.array(lists))
    assert total / n == pytest.approx(1 - np.mean(pairs))
    assert personalisation.count(pa.array([["a", "a", None], ["a"]])) == (2, 0.0)
    assert personalisation.count(pa.array([["a"]])) == (0, 0.0)


def test_popularity_of_lists_with_unknown_items_and_without_any():
    from aright.core.model.cuts import Cuts  # noqa: PLC0415 - beside its one use

    cuts = Cuts(key="s", columns={}, items=("a", "b"), ranks=(0.5, 1.0))
    rows = pa.table({"items": pa.array([["a", "b"], ["new", "b"], ["new"], [], None], pa.list_(pa.string()))})
    found = popularity.values(rows, cuts)
    assert found is not None
    assert found[:2].tolist() == [0.75, 1.0]
    assert np.isnan(found[2:]).all()
    assert popularity.values(rows, None) is None


def test_counts_of_lists_and_events_keep_within_their_units():
    assert coverage.count(pa.array([["x"]]), ["a"]) == (1, 0)
    assert events.count(0.0, 2.0) == (2.0, 2.0)
    assert error_share.values(pa.table({"status": pa.nulls(3, pa.int32())}), None) is None


def test_the_catalogue_says_which_way_is_worse_and_what_is_harm():
    harm = {"error_share", "fallback_share", "quality:click", "events:complaint"}
    others = {
        "coverage",
        "personalisation",
        "popularity",
        "slow_share",
        "confidence",
        "feature:a.b:none",
        "score:>1",
    }
    assert all(kind_of(name).harm for name in harm)
    assert not any(kind_of(name).harm for name in others)
    assert kind_of("quality:click").bad is Bad.DOWN
    assert kind_of("feature:a:b:none").name == "feature:a:b:none"
    assert all(kind_of(name).title for name in CATALOGUE)
    with pytest.raises(LookupError, match="the catalogue has"):
        kind_of("nonsense")


def test_pool_and_host_are_segments_where_rows_say_them():
    rows = predictions(
        [{"status": 200, "pool": "ab"[at % 2], "attr.host": "x", "attr.z": "y"} for at in range(20)]
    )
    attributes = Attributes()
    codes = attributes.encode(rows)
    assert list(codes) == ["version", "pool", "host", "z"]
    assert codes["pool"].tolist() == [0, 1] * 10
    assert codes["host"].tolist() == [0] * 20  # from the attribute of that name
    assert "pool" not in Attributes(["z"]).encode(rows)
    assert Attributes(["pool"]).encode(rows)["pool"].max() == 1


def test_hosts_take_a_part_of_the_budget_alone():
    segments = Segments()
    chosen = segments.choose({"host": np.full(60, 20.0), "region": np.full(3, 19.0)}, 1_200.0)
    assert sum(attribute == "host" for attribute, _ in chosen) == MOST_HOSTS
    assert sum(attribute == "region" for attribute, _ in chosen) == 3


def test_values_that_are_long_gone_make_room_for_others():
    attributes = Attributes(["pod"])
    many, codes = 500, np.zeros(0, dtype=np.int64)
    for window in range(2):
        names = [f"p{window}-{at}" for at in range(many)]
        for start in range(0, many, 50):
            rows = predictions([{"attr.pod": name} for name in names[start : start + 50] for _ in range(14)])
            codes = attributes.encode(rows)["pod"]
            attributes.end_window()
        for _ in range(260 * (1 - window)):
            attributes.end_window()
    assert codes.min() >= 0
    assert attributes.value("pod", int(codes[-1])) == "p1-499"
    assert attributes.state_bytes < 2_000_000


def test_attributes_that_are_gone_make_room_for_others():
    attributes = Attributes()
    junk = {f"attr.junk{at}": "x" for at in range(40)}
    attributes.encode(predictions([junk] * 10))
    assert attributes.left_out["attributes"] == 8
    for _ in range(20):
        attributes.end_window()
    assert "region" not in attributes.encode(predictions([{"attr.region": "north"}] * 10))
    for _ in range(220):
        attributes.end_window()
    codes = attributes.encode(predictions([{"attr.region": "north"}] * 10))
    assert codes["region"].tolist() == [0] * 10


def test_a_window_that_is_too_large_is_counted_on_half_of_its_units():
    partial = Partial(0)
    rows = predictions([{"unit": f"u{at}", "status": 500 if at % 4 == 0 else 200} for at in range(6_000)])
    partial.fold(rows, {}, None)
    before = partial.state_bytes
    assert partial.shrink()
    tally = partial.served().tally("error_share")
    assert partial.state_bytes < before
    assert 1_000 < tally.n[0] <= 3_000
    assert tally.total[0] / tally.n[0] == pytest.approx(0.25, abs=0.05)
    while partial.shrink():
        pass
    assert partial.units <= 1_024
