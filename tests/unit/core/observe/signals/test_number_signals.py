"""Signals of single numbers: spikes, defaults, decisions, scores, ages, models and images."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.cuts import Cut, Cuts, Norms
from aright.core.model.service import Service
from aright.core.observe.signals import (
    approval_rate,
    blank_image,
    blurred_image,
    capped_share,
    dark_image,
    default_share,
    entropy,
    exposure,
    exposure_entropy,
    gini,
    latency,
    long_prompts,
    margin,
    near_threshold,
    other_model_share,
    score_ks,
    spike_share,
    stale_share,
    tokens,
    truncated_share,
)


def there(found):
    assert found is not None
    return found


def spike(values, usual=()):
    values = np.asarray(values, dtype=np.float64)
    return spike_share.count(values, np.arange(len(values)) % 2 == 0, usual)


def test_a_new_number_that_comes_again_and_again_is_a_spike():
    rng = np.random.default_rng(1)
    values = np.where(rng.random(1_000) < 0.1, -1.0, rng.normal(size=1_000))
    n, total = spike(values)
    assert n == 500
    assert total == pytest.approx(50, abs=20)


def test_a_number_that_was_frequent_at_first_is_none():
    assert spike([0.0] * 100 + [1.5, 2.5], usual=(0.0,)) == (51.0, 0.0)


@pytest.mark.parametrize("units", [4, 40, 400, 4_000])
def test_few_units_make_no_spike_of_numbers_that_hardly_repeat(units):
    rng = np.random.default_rng(units)
    found = [spike(rng.integers(0, 1_000, units)) for _ in range(200)]
    assert sum(total for _, total in found) / sum(n for n, _ in found) < 0.003


def test_nothing_and_missing_values_are_no_spike():
    assert spike([]) == (0.0, 0.0)
    assert spike([np.nan] * 6) == (0.0, 0.0)
    assert spike([5.0, np.nan, 5.0, 5.0]) == (1.0, 1.0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40), st.randoms())
def test_a_spike_is_a_share(values, random):
    seeking = np.array([random.random() < 0.5 for _ in values], dtype=np.bool_)
    n, total = spike_share.count(np.asarray(values, dtype=np.float64), seeking, [1.0])
    assert 0 <= total <= n <= len(values)


def test_a_default_is_frequent_but_not_everything():
    assert default_share.learn(np.array([])) is None
    assert default_share.learn(np.zeros(50)) is None
    assert default_share.learn(np.array([0.0] * 10 + list(range(1, 90)))) == 0.0


def test_customary_labels_decide_for_fraud_alone():
    labels = pa.table({"label": ["approve", "decline", None]})
    fraud = Service(key="card", type="fraud")
    np.testing.assert_array_equal(approval_rate.values(labels, fraud), [1, 0, np.nan])
    assert approval_rate.values(labels, Service(key="pets", type="classifier")) is None
    assert approval_rate.values(pa.table({"label": ["cat"]}), fraud) is None


def test_labels_that_the_catalog_names_decide_before_scores():
    rows = pa.table({"label": ["GO", "stop"], "score": [0.99, 0.01]})
    service = Service(key="card", approving=("go",), threshold=0.5)
    assert there(approval_rate.values(rows, service)).tolist() == [1, 0]


def test_scores_from_the_threshold_on_approve_where_it_says_above():
    rows = pa.table({"score": pa.array([0.7, 0.69], pa.float32())})
    assert there(approval_rate.values(rows, Service(key="a", threshold=0.7, approves="above"))).tolist() == [
        1,
        0,
    ]
    assert there(approval_rate.values(rows, Service(key="a", threshold=0.7))).tolist() == [0, 1]
    assert approval_rate.values(rows, Service(key="a")) is None
    assert near_threshold.values(rows, Service(key="a")) is None


def test_numbers_are_scores_too():
    rows = pa.table({"number": [640.0, 660.0, 300.0]})
    service = Service(key="credit", threshold=650.0, approves="above", near_threshold=15.0)
    assert there(approval_rate.values(rows, service)).tolist() == [0, 1, 0]
    assert there(near_threshold.values(rows, service)).tolist() == [1, 1, 0]


def test_the_distance_of_scores_is_that_of_kolmogorov_and_smirnov():
    cut = Cut(edges=(0.25, 0.5))
    reference = score_ks.shares(np.array([50.0, 30.0, 20.0, 7.0]))
    assert score_ks.distance(np.array([20.0, 30.0, 50.0, 0.0]), reference)[1] == pytest.approx(30.0)
    assert score_ks.distance(np.array([0.0, 0.0, 0.0, 4.0]), reference) == (0.0, 0.0)
    assert score_ks.distance(np.array([1.0, 1.0]), reference) == (0.0, 0.0)
    assert score_ks.below(np.array([20.0, 30.0, 50.0, 5.0]), cut) == {
        "score_below:0.25": (100.0, 20.0),
        "score_below:0.5": (100.0, 50.0),
    }


def test_ages_beyond_their_limit_are_stale_by_source_and_by_row():
    first = {f"feat.{name}.age_seconds": np.arange(101.0) * by for name, by in (("user", 1), ("item", 60))}
    cuts = Cuts(key="s", columns={}, norms=Norms(limits=stale_share.learn(pa.table(first))))
    rows = pa.table(
        {
            "feat.user.age_seconds": [50.0, 900.0, None],
            "feat.item.age_seconds": pa.array([1.0, 9.0, None], pa.float64()),
        }
    )
    found = stale_share.values(rows, cuts)
    np.testing.assert_array_equal(found["stale_share"], [0, 0.5, np.nan])
    np.testing.assert_array_equal(found["stale_share:user"], [0, 1, np.nan])
    assert stale_share.values(rows, None) == {}


def test_only_so_many_sources_have_ages():
    rows = pa.table({f"feat.s{at}.age_seconds": np.arange(30.0) for at in range(stale_share.MOST + 5)})
    assert len(stale_share.learn(rows)) == stale_share.MOST


@pytest.mark.parametrize(
    ("reason", "cut"),
    [
        ("length", 1),
        ("max_tokens", 1),
        ("MAX_OUTPUT_TOKENS", 1),
        ("model_length", 1),
        ("stop", 0),
        ("end_turn", 0),
    ],
)
def test_finish_reasons_of_many_providers(reason, cut):
    assert there(truncated_share.values(pa.table({"feat.finish_reason": [reason]}), None)).tolist() == [cut]


@pytest.mark.parametrize(
    ("module", "rows"),
    [
        (truncated_share, {"status": [200]}),
        (capped_share, {"feat.output_tokens": [3.0]}),
        (other_model_share, {"feat.served_model": ["m"]}),
        (long_prompts, {"feat.input_tokens": [3.0]}),
        (blank_image, {"feat.image.contrast": ["high"]}),
        (dark_image, {"status": [200]}),
        (blurred_image, {"feat.image.blur": [0.5]}),
        (entropy, {"status": [200]}),
        (margin, {"status": [200]}),
    ],
)
def test_without_their_columns_signals_are_not_made(module, rows):
    assert module.values(pa.table(rows), None) is None


def test_what_is_told_out_of_bounds_does_not_count():
    assert np.isnan(there(entropy.values(pa.table({"entropy": [1.5]}), None))).all()
    assert np.isnan(there(margin.values(pa.table({"margin": [-0.5]}), None))).all()
    assert tokens.values(pa.table({"status": [1]})) == {}


def test_limits_are_learned_from_enough_numbers_alone():
    assert long_prompts.learn(pa.table({"feat.prompt_tokens": np.arange(101.0)})) == {
        "long_prompts": (5.0, 95.0)
    }
    assert long_prompts.learn(pa.table({"feat.prompt_tokens": [1.0]})) == {}
    assert blurred_image.learn(pa.table({"feat.image.blur": np.arange(101.0)})) == {
        "blurred_image_share": (5.0, 95.0)
    }
    assert blurred_image.learn(pa.table({"status": [200]})) == {}


def test_exposure_is_uneven_where_few_items_have_it_all():
    items = tuple(f"i{at}" for at in range(50))
    even = exposure.exposures(pa.array([[item] for item in items]), items)
    one = exposure.exposures(pa.array([["i7"]] * 50), items)
    assert gini.count(even, 50) == (50.0, 0.0)
    assert gini.count(one, 50)[1] == pytest.approx(49.0)
    assert exposure_entropy.count(even, 50)[1] == pytest.approx(50.0)
    assert exposure_entropy.count(one, 50) == (50.0, 0.0)


def test_lists_of_new_items_alone_say_nothing_of_exposure():
    shown = exposure.exposures(pa.array([["new"], ["newer"]]), ("a", "b"))
    assert gini.count(shown, 2) == (0.0, 0.0)
    assert exposure_entropy.count(shown, 2) == (0.0, 0.0)


def test_latency_quantiles_merge():
    one, other = (
        there(latency.counted(pa.table({"latency_ms": part}))) for part in np.arange(1e3).reshape(2, -1)
    )
    found = {name: total / n for name, n, total in latency.values(one + other)}
    assert found["latency:p50"] == pytest.approx(500, rel=0.01)
    assert found["latency:p99"] == pytest.approx(990, rel=0.01)


def test_latencies_that_are_none_do_not_count():
    assert latency.counted(pa.table({"status": [1]})) is None
    assert latency.counted(pa.table({"latency_ms": pa.nulls(2, pa.float32())})) is None
    strange = there(latency.counted(pa.table({"latency_ms": [-1.0, np.inf, np.nan, 1e300, -0.0, 0.0]})))
    assert strange.sum() == 2
    assert list(latency.values(strange * 0)) == []
