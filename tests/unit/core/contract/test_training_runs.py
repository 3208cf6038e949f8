"""Two trainings side by side: each way in which they differ is told once, with both values."""

import pytest
from msgspec import structs

from aright.core.contract.training_runs import compare_runs
from aright.core.model.curves import Curve
from aright.core.model.run import DatasetUse, Run

BASE = Run(
    key="train/m/1",
    job="train/m",
    run_id="1",
    state="complete",
    seen=1,
    inputs=(DatasetUse(name="lake/labels", rows=9_000, version="d1", fields={"y": "int"}),),
    code="https://git.example/eye@aa",
    parameters={"rate": "0.1", "depth": "6"},
    metrics={"auc": 0.91, "loss": 0.2},
)
STEPS = tuple(range(100))
FALLS = tuple(1 / (1 + step) for step in STEPS)


def told(**changed):
    return [(each.kind, each.text) for each in compare_runs(structs.replace(BASE, **changed), BASE)]


def curve(values, **more):
    return Curve(steps=STEPS[: len(values)], values=tuple(values), last=len(values) - 1, **more)


def test_a_run_does_not_differ_from_itself():
    assert told() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"code": "https://git.example/eye@bb"},
            ("code", "its code was https://git.example/eye@aa and is https://git.example/eye@bb"),
        ),
        ({"parameters": {"rate": "1.0", "depth": "6"}}, ("parameter", "rate 0.1 → 1.0")),
        ({"parameters": {"rate": "0.1", "depth": ""}}, ("parameter", "depth 6 → nothing")),
        ({"parameters": {"rate": "0.1"}}, ("parameter", "depth is gone: it was 6")),
        (
            {"parameters": {"rate": "0.1", "depth": "6", "seed": "4"}},
            ("parameter", "seed is new: 4"),
        ),
        ({"metrics": {"auc": 0.78, "loss": 0.2, "new": 1.0}}, ("metric", "auc came to 0.78, 0.91 before")),
        ({"state": "failed", "error": "no\nspace"}, ("end", "it failed: no\\nspace")),
        ({"state": "aborted"}, ("end", "it was broken off")),
        ({"inputs": ()}, ("data", "it does not read lake/labels")),
        (
            {"inputs": (*BASE.inputs, DatasetUse(name="lake/new"))},
            ("data", "it reads lake/new"),
        ),
        (
            {"inputs": (structs.replace(BASE.inputs[0], rows=4_000),)},
            ("data", "it read 4,000 rows of lake/labels, 9,000 before"),
        ),
        (
            {"inputs": (structs.replace(BASE.inputs[0], version="d2"),)},
            ("data", "lake/labels was of version d1 and is of d2"),
        ),
        (
            {"inputs": (structs.replace(BASE.inputs[0], fields={"y": "float"}),)},
            ("data", "of lake/labels, y was int and is float"),
        ),
    ],
)
def test_each_way_to_differ_is_told_with_both_values(changed, said):
    assert told(**changed) == [said]


@pytest.mark.parametrize(
    "changed",
    [
        {"code": ""},
        {"parameters": {"rate": "1e-1", "depth": "6.0"}},
        {"metrics": {"auc": 0.905}},
        {"inputs": (DatasetUse(name="lake/labels", rows=9_100),)},
        {"curves": {"loss": curve(FALLS)}},
        {"state": "running"},
    ],
)
def test_what_is_the_same_or_not_known_is_not_told(changed):
    assert told(**changed) == []


def curves(before, now):
    one = structs.replace(BASE, curves={"loss": before})
    return compare_runs(structs.replace(BASE, curves={"loss": now}, metrics={"loss": 9.0}), one)


def test_a_curve_that_parts_is_told_with_the_step_and_not_again_as_a_metric():
    (found,) = curves(curve(FALLS), curve([*FALLS[:40], *[2.0] * 60]))

    assert found.text == "the curve of loss leaves the one before at step 40 and ends at 2, 0.01 before"
    assert (found.kind, found.step, found.before, found.now) == ("curve", 40, "0.01", "2")


def test_curves_that_come_together_again_say_so():
    (found,) = curves(curve(FALLS), curve([*FALLS[:40], *[2.0] * 20, *FALLS[60:]]))

    assert found.text == "the curve of loss leaves the one before at step 40 and is back at it after step 59"


def test_a_curve_that_ends_in_no_number_is_told_from_the_step_on():
    (found,) = curves(curve(FALLS), Curve(steps=STEPS[:30], values=FALLS[:30], last=99, broken=30))
    (bare,) = curves(Curve(steps=(), values=(), last=0), Curve(steps=(), values=(), last=99, broken=0))

    assert found.kind == "broken"
    assert found.text == "loss is no number from step 30 of 99; before it ended at 0.01"
    assert bare.text == "loss is no number from step 0 of 99"


def test_the_curves_that_part_furthest_come_first_and_those_that_are_no_numbers_before_them():
    before = {"a": curve(FALLS), "b": curve(FALLS), "c": curve(FALLS)}
    now = {
        "a": curve([each + 0.5 for each in FALLS]),
        "b": curve([each + 5 for each in FALLS]),
        "c": curve(FALLS, broken=3),
    }
    found = compare_runs(structs.replace(BASE, curves=now), structs.replace(BASE, curves=before))

    assert [each.name for each in found] == ["c", "b", "a"]


def test_a_run_of_fewer_steps_says_so():
    (found,) = curves(curve(FALLS), curve(FALLS[:50]))[:1]

    assert (found.kind, found.text) == ("steps", "it ended at step 49, 99 before")


def test_foreign_names_are_cut_and_harmless():
    found = compare_runs(structs.replace(BASE, parameters={"x\n" + "y" * 500: "z" * 5_000}), BASE)

    assert all(len(each.text) < 300 and each.text.isprintable() for each in found)
