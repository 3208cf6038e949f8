"""Signals of windows as a whole: which are made of which rows, of which segments, and within which bounds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.model.service import Service
from aright.core.model.signal import ALL, Segment
from aright.core.observe.catalogue import kind_of
from aright.core.observe.partial import MOST_TEXTS, Partial
from aright.core.observe.windows import Observer
from tests.unit.core.observe.rows import WIDTH, predictions

LEARNED = 4


def chats(seed, *, start=0, rows=400, broken="", **changed):
    rng = np.random.default_rng(seed)
    made = []
    for at in range(rows):
        region = "north" if at % 4 == 0 else "south"
        bad = bool(broken) and region == broken
        words = rng.integers(100, 999, rng.integers(8, 60))
        made.append(
            {
                "unit": f"u{at}",
                "time": int(rng.integers(0, WIDTH)),
                "latency_ms": float(rng.lognormal(4, 0.5)),
                "text": "" if bad else " ".join(map(str, words)) + ".",
                "feat.gen_ai.input_tokens": float(rng.integers(20, 900)),
                "feat.gen_ai.output_tokens": 0.0 if bad else float(len(words)),
                "feat.gen_ai.finish_reason": "stop",
                "attr.region": region,
                **changed,
            }
        )
    return predictions(made, start=start)


def taught(make, **service):
    watching = Observer(Service(key="chat", **service), WIDTH)
    for window in range(LEARNED):
        watching.add(make(window, start=window * WIDTH))
        watching.close(window * WIDTH)
    assert watching.cuts is not None
    return watching


def after(watching, rows):
    watching.add(rows)
    return {(point.name, point.segment): point for point in watching.close(LEARNED * WIDTH).points}


def test_a_window_of_chats_has_the_signals_of_texts_in_every_segment():
    watching = taught(chats)
    points = after(watching, chats(9, start=LEARNED * WIDTH))
    for name in (
        "empty_share",
        "truncated_share",
        "unended_share",
        "repetition",
        "short_share",
        "long_prompts",
    ):
        assert {segment for found, segment in points if found == name} >= {ALL, Segment("region", "north")}
    assert points["length_spike", ALL].value < 0.05
    assert points["tokens_out", ALL].value == pytest.approx(34, abs=4)
    assert points["latency:p99", ALL].value > points["latency:p50", ALL].value > 20
    assert ("tokens_out", Segment("region", "north")) not in points


def test_empty_answers_show_in_their_segment():
    points = after(taught(chats), chats(9, start=LEARNED * WIDTH, broken="north"))
    assert points["empty_share", Segment("region", "north")].value == 1
    assert points["empty_share", Segment("region", "south")].value == 0
    assert points["short_share", Segment("region", "north")].value == 1


def test_every_point_is_in_the_catalogue_and_within_its_bounds():
    for point in after(taught(chats), chats(9, start=LEARNED * WIDTH)).values():
        assert point.total >= 0
        assert not kind_of(point.name).judged or point.total <= point.n


def lists(seed, *, start=0):
    rng = np.random.default_rng(seed)
    return predictions(
        [
            {"unit": f"u{at}", "items": [f"i{item}" for item in rng.choice(60, 5, replace=False)]}
            for at in range(300)
        ],
        start=start,
    )


def test_a_window_of_lists_has_exposure_and_none_of_the_other_signals():
    points = after(taught(lists), lists(9, start=LEARNED * WIDTH))
    assert {name for name, _ in points} == {
        "popularity",
        "coverage",
        "gini",
        "exposure_entropy",
        "personalisation",
    }
    assert points["gini", ALL].n == 256


def test_too_few_lists_for_exposure_give_none():
    points = after(taught(lists), lists(9, start=LEARNED * WIDTH).slice(0, 200))
    assert ("gini", ALL) not in points
    assert ("personalisation", ALL) in points


def scores(seed, *, start=0, default=0.03, spike=0.0):
    rng = np.random.default_rng(seed)
    score = np.where(rng.random(600) < default, 0.5, rng.beta(2, 8, 600))
    score = np.where(rng.random(600) < spike, 0.125, score)
    return predictions(
        [{"unit": f"u{at}", "score": float(value)} for at, value in enumerate(score)], start=start
    )


def test_scores_have_defaults_spikes_and_a_distance():
    watching = taught(scores, threshold=0.4, type="fraud")
    assert watching.cuts is not None
    assert watching.cuts.norms.defaults == {"score": 0.5}
    points = after(watching, scores(9, start=LEARNED * WIDTH, default=0.3, spike=0.2))
    assert points["default_score", ALL].value == pytest.approx(0.24, abs=0.06)
    assert points["spike_score", ALL].value == pytest.approx(0.2, abs=0.06)
    assert points["score_ks", ALL].value > 0.15
    assert points["approval_rate", ALL].value < 0.8
    assert len([name for name, _ in points if name.startswith("score_below:")]) == 7


def test_texts_are_read_of_a_sample_that_does_not_depend_on_portions():
    service = Service(key="chat")
    rows = pa.concat_tables(
        [
            chats(seed, rows=900).set_column(3, "unit", pa.array([f"s{seed}u{at}" for at in range(900)]))
            for seed in range(3)
        ]
    )
    whole, parted = Partial(0, service), Partial(0, service)
    whole.fold(rows, {}, None)
    for start in range(0, rows.num_rows, 300):
        parted.fold(rows.slice(start, 300), {}, None)
    one, other = whole.texts, parted.texts
    assert one is not None
    assert other is not None
    assert len(one.units) == MOST_TEXTS
    below = min(one.below, other.below)
    assert one.keep_below(below).units.tolist() == other.keep_below(below).units.tolist()
    assert len(other.units) > MOST_TEXTS / 3


def test_a_unit_that_floods_is_read_once_a_portion():
    partial = Partial(0, Service(key="chat"))
    partial.fold(chats(1).set_column(3, "unit", pa.array(["u"] * 400)), {}, None)
    assert partial.texts is not None
    assert partial.texts.tally("repetition").n[0] == 1


def test_columns_that_come_later_are_learned_later():
    watching = taught(lists)
    before = watching.cuts
    for window in range(LEARNED, 2 * LEARNED):
        rows = lists(window, start=window * WIDTH)
        late = np.random.default_rng(window).normal(0, 1, rows.num_rows).astype(np.float32)
        watching.add(rows.append_column("feat.late", pa.array(late)))
        names = {point.name for point in watching.close(window * WIDTH).points}
        if window == LEARNED:
            assert not any(name.startswith("feature:late") for name in names)
    assert watching.cuts.columns.keys() == {"feat.late"}
    assert watching.cuts.items == before.items
    assert watching.cuts.since == before.since
    start = 2 * LEARNED * WIDTH
    watching.add(lists(99, start=start))
    points = {point.name: point for point in watching.close(start).points}
    assert points["feature:late:none"].value == 1
    assert points["gini"].n == 256


def test_made_up_features_soon_find_no_place():
    watching = taught(lists)
    for window in range(LEARNED, LEARNED + 12):
        rows = lists(window, start=window * WIDTH)
        for at in range(20):
            rows = rows.append_column(f"feat.w{window}-{at}", pa.array(np.ones(rows.num_rows, np.float32)))
        watching.add(rows)
        watching.close(window * WIDTH)
    assert len(watching.cuts.columns) <= 32
