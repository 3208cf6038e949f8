from __future__ import annotations

import json
import time

import numpy as np
import pyarrow as pa
import pytest

from aright.core.model.evidence import Reach
from aright.core.observe.roles import Role, UnknownColumnError, infer_roles
from aright.engine.investigation import NothingToCompareError, Question, investigate
from aright.web.report import report_page


def made(seed, n=6_000, *, worse="", empty=""):
    """A classifier's rows: the answer follows the score, the truth follows the score as well."""
    random = np.random.default_rng(seed)
    region = random.choice(["north", "south", "east", "west"], n, p=[0.4, 0.3, 0.2, 0.1])
    device = random.choice(["phone", "desk"], n)
    age = random.normal(40, 12, n)
    score = 1 / (1 + np.exp(-(random.normal(0, 2, n) + (age - 40) / 20)))
    truth = random.random(n) < score
    answer = score > 0.5
    hit = region == worse
    answer = np.where(hit & (random.random(n) < 0.4), ~answer, answer)
    seen = np.where(region == empty, np.nan, age) if empty else age
    return pa.table(
        {
            "row_id": np.arange(n),
            "region": region,
            "device": device,
            "age": pa.array(seen, from_pandas=True),
            "score": score,
            "prediction": answer.astype(int),
            "truth": truth.astype(int),
        }
    )


def test_nothing_is_said_of_two_halves_of_the_same():
    found = sum(investigate(made(seed), made(seed + 500), Question()).found for seed in range(30))

    assert found <= 2  # 30 trials at a family-wise error of 1 %: three or more in 1 of 300 runs


def test_a_worse_segment_is_found_measured_and_named():
    report = investigate(made(1), made(2, worse="south"), Question())

    assert report.found
    accuracy = report.quality[0]
    assert accuracy.metric == "accuracy"
    assert accuracy.now < accuracy.before - 0.03
    assert accuracy.p_value < 1e-6
    assert report.scope is not None
    assert report.scope.reach is Reach.SEGMENT
    assert (report.scope.segment.attribute, report.scope.segment.value) == ("region", "south")
    assert "south" in report.scope.filter


def test_an_emptied_feature_that_goes_with_the_loss_is_blamed():
    report = investigate(made(1), made(2, worse="south", empty="south"), Question())

    assert report.moved[0].column == "age"
    assert report.causes[0].subject == "age"
    assert report.causes[0].mode == "empty"
    assert any("age" in step for step in report.next_steps)


def test_without_labels_quality_is_estimated_and_said_to_be():
    report = investigate(made(1), made(2).drop_columns(["truth"]), Question())

    assert [(one.metric, one.estimated) for one in report.quality] == [
        ("accuracy", True),
        ("AUC", True),
        ("F1", True),
    ]
    for one in report.quality:
        assert one.now == pytest.approx(one.before, abs=0.02)
    assert any("--labels" in step for step in report.next_steps)


def test_two_halves_of_the_same_are_estimated_alike():
    found = sum(
        investigate(made(seed, 2_000), made(seed + 500, 2_000).drop_columns(["truth"]), Question()).found
        for seed in range(20)
    )

    assert found <= 2


def test_harder_rows_are_estimated_worse_before_their_labels_come():
    now = made(2)
    hard = now.filter(np.abs(np.asarray(now["score"]) - 0.5) < 0.3)

    blind = investigate(made(1), hard.drop_columns(["truth"]), Question(by="device")).quality
    seen = investigate(made(1), hard, Question()).quality

    for one, real in zip(blind, seen, strict=True):
        assert one.now_high < one.before
        assert one.now_low <= real.now <= one.now_high
    assert blind[0].p_value < 1e-6


def test_scores_that_are_no_probabilities_are_told_in_words():
    now = made(2).drop_columns(["truth"])
    margins = pa.array(np.asarray(now["score"]) * 8 - 4)
    now = now.set_column(4, "score", margins)

    report = investigate(made(1), now, Question(told={Role.SCORE: ("score",)}))

    assert not report.quality
    assert "scores must be probabilities in [0, 1]" in report.unknown


def test_late_labels_are_joined_by_the_id():
    now = made(2, worse="south")
    labels = now.select(["row_id", "truth"]).take(np.random.default_rng(0).permutation(now.num_rows))

    joined = investigate(made(1), now.drop_columns(["truth"]), Question(), labels=labels)

    assert joined.quality == investigate(made(1), now, Question()).quality


def test_parts_are_told_apart():
    report = investigate(made(1), made(2, worse="south"), Question(by="region"))

    accuracy = {part.value: part.quality[0].now for part in report.parts}
    assert set(accuracy) == {"east", "north", "south", "west"}
    assert min(accuracy, key=accuracy.__getitem__) == "south"


@pytest.mark.parametrize(
    "current",
    [
        pa.table({"age": pa.nulls(50, pa.float64())}),
        pa.table({"age": [float("nan")] * 50}),
        pa.table({"age": ["old"] * 50}),
        pa.table({"age": [7.0] * 50}),
        pa.table({"age": [7.0]}),
    ],
)
def test_odd_columns_are_compared_without_a_fall(current):
    report = investigate(made(1), current, Question())

    assert report.looked_at == ("age",)
    assert json.dumps(report.summary)


def test_many_columns_are_tested_together():
    random = np.random.default_rng(5)
    one, two = (pa.table({f"f{i}": random.normal(size=200) for i in range(300)}) for _ in range(2))

    assert not investigate(one, two, Question()).moved


def test_of_ten_thousand_columns_those_named_and_those_of_known_names_are_looked_at():
    random = np.random.default_rng(5)
    truth = random.integers(0, 2, 40)
    wide = pa.table(
        {**{f"f{i}": random.normal(size=40) for i in range(10_000)}, "prediction": truth, "label": truth}
    )
    alone = wide.rename_columns([f"x{name}" if name > "f5" else name for name in wide.column_names])

    started = time.process_time()
    report = investigate(wide, wide, Question(told={Role.SEGMENT: ("f9999",)}, by="f9998"))
    other = investigate(wide, alone, Question())

    assert time.process_time() - started < 30  # it was minutes
    assert len(report.looked_at) == 1_998  # 2,000 with the segment and the column of parts
    assert {"prediction", "label", "f0", "f1996"} - {*report.looked_at} == {"f1996"}
    assert (
        report.notes[0] == "8,002 columns were not looked at: 2,000 are the most; name others with --feature"
    )
    assert "f0" in other.looked_at
    assert len(other.notes) < 5


def test_parts_of_many_values_are_the_largest_in_their_order():
    many = made(2).append_column(
        "shop", pa.array([at % 100 if at < 4_000 else at % 60 for at in range(6_000)])
    )

    report = investigate(made(1), many, Question(by="shop"))

    values = [int(part.value) for part in report.parts]
    assert values == sorted(values)
    assert len(values) == 50
    assert max(values) < 60  # those with the most rows
    assert "by shop: of 100 values the 50 with the most rows are shown" in report.notes


def test_small_parts_and_rows_in_none_are_told():
    shop = pa.array(["big"] * 5_960 + ["small"] * 29 + [None] * 11)

    report = investigate(made(1), made(2).append_column("shop", shop), Question(by="shop"))

    assert [part.value for part in report.parts] == ["big"]
    assert "by shop: 1 value of fewer than 30 rows was left out" in report.notes
    assert "by shop: 11 rows without a value are in no part" in report.notes


def test_all_parts_share_one_error():
    """Of forty parts that did not change, one in a hundred reports may say that one did."""
    shop = pa.array(np.arange(6_000) % 40)

    reports = [
        investigate(made(seed), made(seed + 500).append_column("shop", shop), Question(by="shop"))
        for seed in range(4)
    ]

    verdicts = [
        one.verdict(report.alpha) for report in reports for part in report.parts for one in part.quality
    ]
    assert len(verdicts) == 4 * 40 * 3
    assert {*verdicts} == {"no sure change", "not tested"}
    assert not [part for report in reports for part in report.parts if part.moved]


@pytest.mark.parametrize(
    ("current", "why"),
    [
        (["row_id", "region"], "the files have no column of predictions in common"),
        (["prediction", "age"], "the current rows have no labels and no scores"),
    ],
)
def test_why_quality_is_not_known_is_said(current, why):
    report = investigate(made(1), made(2).select(current), Question())

    assert report.unknown == why
    assert f"Quality is not known: {why}." in report.summary
    assert report.quality == ()


def test_a_diagnosis_names_the_files_own_columns_and_no_times():
    odd = {"region": 'Sales "Region"'}
    before, now = (
        table.rename_columns([odd.get(name, name) for name in table.column_names])
        for table in (made(1), made(2, worse="south", empty="south"))
    )

    report = investigate(before, now, Question())

    assert report.scope is not None
    assert report.scope.filter == '"Sales ""Region""" = ' + "'south'"
    for one in report.evidence:
        assert "attr." not in one.query
        assert "TIMESTAMPTZ" not in one.query
        assert "UTC" not in one.text
    plain = investigate(made(1), made(2, worse="south"), Question()).scope
    assert plain is not None
    assert plain.filter == "region = 'south'"


def test_tables_without_a_common_column_are_told():
    with pytest.raises(NothingToCompareError, match="no column can be compared"):
        investigate(pa.table({"a": [1]}), pa.table({"b": [1]}), Question())
    with pytest.raises(UnknownColumnError, match="there is no column 'nope'"):
        investigate(made(1), made(2), Question(told={Role.LABEL: ("nope",)}))


def test_roles_are_worked_out_and_a_persons_word_goes_first():
    table = made(1)
    roles = infer_roles(table, table, {})
    assert (roles.id, roles.prediction, roles.score, roles.label) == (
        "row_id",
        "prediction",
        "score",
        "truth",
    )
    assert roles.features == ("region", "device", "age")
    assert roles.segments == ("region", "device")

    told = infer_roles(table, table, {Role.FEATURE: ("age",), Role.SEGMENT: ("device",)})
    assert (told.features, told.segments) == (("age",), ("device",))


def test_a_label_of_any_name_is_known_by_its_values():
    table = made(1).rename_columns(["row_id", "region", "device", "age", "score", "prediction", "bought"])

    assert infer_roles(table, table, {}).label == "bought"


def test_the_page_needs_nothing_else_and_trusts_no_text():
    evil = "<script>alert(1)</script>"
    before, now = (
        made(seed).append_column(evil, pa.array([evil if seed == 2 else "x"] * 6_000)) for seed in (1, 2)
    )

    page = report_page(investigate(before, now, Question()), current=evil, reference="b.csv")

    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "&lt;script&gt;" in page
