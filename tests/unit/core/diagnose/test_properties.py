"""Values that came up or grew, such as a build of a device: what goes with them, and what does not."""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from aright.core.diagnose import diagnose
from aright.core.diagnose.properties import LOOKED
from aright.core.model.change import Change
from aright.core.model.evidence import CauseKind, Step, Verdict
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.diagnose.fleet import Fleet, make_fleet

BUILDS = ("build", "build-mute", "build-hidden", "build-grew", "everyone")


@cache
def told(fault, seed=0):
    return diagnose(make_fleet(Fleet(seed=seed, fault=fault, reference_rows=2_400, current_rows=1_500)))


def first(fault, seed=0):
    cause = told(fault, seed).causes[0]
    return cause.kind, cause.subject


def inputs_evidence(fault):
    return [each for each in told(fault).evidence if each.step is Step.INPUTS]


def test_the_build_is_first_in_at_least_nineteen_of_twenty():
    right = {
        "build-hidden": (CauseKind.INPUTS, "picture.build = A-2"),
        "everyone": (CauseKind.INPUTS, "picture.kind = webp"),
    }
    wrong = Counter(
        fault
        for seed in range(6)
        for fault in BUILDS
        if first(fault, seed) != right.get(fault, (CauseKind.INPUTS, "build = A-2"))
    )
    assert wrong.total() <= 1, wrong


@pytest.mark.parametrize("fault", ["none", "harmless", "loss", "model"])
def test_where_no_input_did_it_none_is_named(fault):
    for seed in range(3):
        found = told(fault, seed)
        named = {each.kind for each in found.causes[:1]}
        assert not named & {CauseKind.INPUTS, CauseKind.FEATURE_SOURCE}
        for cause in found.causes:
            assert cause.kind is not CauseKind.INPUTS or cause.probability < 0.1


def test_a_build_that_spoils_pictures_is_confirmed_with_all_that_moved_with_it():
    cause = told("build").causes[0]
    assert (cause.mode, cause.remedy) == ("new", "restore_inputs")
    assert {"picture.light", "small.light"} <= set(cause.features)
    assert "lab.level" not in cause.features  # that moved for everybody
    assert told("build").verdict is Verdict.CONFIRMED
    assert cause.explained > 0.8
    sources = {each.subject for each in told("build").causes if each.kind is CauseKind.FEATURE_SOURCE}
    assert not sources & {"picture", "small"}  # several features of one change are one cause


def test_what_moved_with_a_build_does_not_become_less_the_longer_it_lasts():
    seen = [
        set(
            diagnose(make_fleet(Fleet(seed=0, fault="build", reference_rows=2_400, current_rows=count)))
            .causes[0]
            .features
        )
        for count in (1_200, 12_000)
    ]
    assert seen[0] <= seen[1]
    assert {"picture.light", "small.light", "picture.edge", "picture.bytes"} <= seen[1]


def test_the_other_build_that_came_at_the_same_time_is_acquitted():
    other = next(each for each in told("build").causes if each.subject == "build = B-2")
    assert other.probability < 0.01
    assert other.evidence_against
    assert not other.features


def test_a_property_says_what_moved_with_it_against_the_same_devices_before():
    text = next(each.text for each in inputs_evidence("build") if each.supports)
    assert "build = A-2 is in" in text
    assert "0 % before (the same rows have picture.build = A-2)" in text.replace("\u202f", " ")
    assert "With it, and not without it: " in text
    assert "picture.light moved for" in text
    assert "median 0.5" in text  # of the same devices before; they never had this build then
    assert "of the loss goes with it (at least" in text
    assert next(each.query for each in inputs_evidence("build") if each.supports).endswith(
        "\"attr.build\" = 'A-2'"
    )


def test_a_build_that_was_there_before_has_changed_and_a_new_one_is_new():
    assert told("build-grew").causes[0].mode == "changed"
    assert told("build-hidden").causes[0].mode == "new"


def test_a_build_nothing_moved_with_is_named_without_features():
    assert told("build-mute").causes[0].features == ()
    assert any("No feature moved with it." in each.text for each in inputs_evidence("build-mute"))


def test_what_is_new_for_everybody_has_nothing_to_be_compared_with():
    assert told("everyone").verdict is not Verdict.INCONCLUSIVE
    assert any("no rows without it to compare with" in each.text for each in inputs_evidence("everyone"))


def test_more_traffic_of_a_value_that_was_always_worse_is_no_change_of_inputs():
    found = told("mix")
    assert not any(each.kind is CauseKind.INPUTS and each.probability > 0.1 for each in found.causes)


def test_a_mark_that_a_failed_source_leaves_does_not_take_its_place():
    assert first("trace") == (CauseKind.FEATURE_SOURCE, "lab")


def test_a_version_is_left_to_the_step_that_judges_versions():
    assert not any(each.kind is CauseKind.INPUTS for each in told("model").causes)


def test_a_build_that_served_well_before_the_loss_is_acquitted():
    case = make_fleet(Fleet(seed=1, fault="loss", lead_rows=1_500, current_rows=3_000, reference_rows=2_400))
    marked = ["new" if row > 200 else "old" for row in range(case.current.num_rows)]
    current = case.current.append_column("attr.app", [marked])
    reference = case.reference.append_column("attr.app", [["old"] * case.reference.num_rows])
    found = diagnose(replace(case, current=current, reference=reference))
    app = next(each for each in found.causes if each.subject == "app = new")
    assert app.explained == 0.0
    assert any("were well before the loss began" in each.text for each in found.evidence)


def test_a_deploy_minutes_before_does_not_take_the_blame():
    case = make_fleet(Fleet(seed=2, fault="build", reference_rows=2_400, current_rows=1_500))
    deploy = Change(key="d", at=case.current_span[0] - MINUTE, service="dials", kind="deploy")
    assert diagnose(replace(case, changes=(deploy,))).causes[0].subject == "build = A-2"


def test_devices_never_seen_before_are_held_against_the_part_hit_or_against_all():
    case = make_fleet(Fleet(seed=3, fault="build", reference_rows=2_400, current_rows=1_500))
    units = [
        f"{unit}-{build}"
        for unit, build in zip(
            case.current["unit"].to_pylist(), case.current["attr.build"].to_pylist(), strict=True
        )
    ]
    at = case.current.schema.get_field_index("unit")
    for site in (None, "all"):
        current = case.current.set_column(at, "unit", [units])
        if site:
            current = current.drop_columns(["attr.make", "attr.site"])
        found = diagnose(replace(case, current=current))
        assert found.causes[0].subject == "build = A-2"
        assert "picture.light" in found.causes[0].features


def test_a_value_that_always_changes_is_no_news():
    case = make_fleet(Fleet(seed=4, fault="loss", reference_rows=2_400, current_rows=1_500))

    def stamped(table):
        minutes = [f"m{at // (30 * SECOND)}" for at in table["time"].cast("int64").to_pylist()]
        return table.append_column("attr.minute", [minutes])

    found = diagnose(replace(case, reference=stamped(case.reference), current=stamped(case.current)))
    assert not any(each.kind is CauseKind.INPUTS for each in found.causes)


def test_of_many_values_that_came_up_those_that_explain_most_are_looked_at_closely():
    case = make_fleet(Fleet(seed=5, fault="build", reference_rows=2_400, current_rows=1_500))

    def crowded(table, now):
        for number in range(6):
            values = ["new" if now and at % 7 == number else "old" for at in range(table.num_rows)]
            table = table.append_column(f"attr.other{number}", [values])
        return table

    found = diagnose(
        replace(case, reference=crowded(case.reference, False), current=crowded(case.current, True))
    )
    assert found.causes[0].subject == "build = A-2"
    assert "picture.light" in found.causes[0].features
    told = [each.text for each in found.evidence if "= new is in" in each.text]
    assert len(told) == 6
    assert sum("No feature moved with it" in each for each in told) < LOOKED
