"""Whole diagnoses: faults of two kinds, decoys, changes, and nothing at all, through the same code."""

from dataclasses import replace

import pyarrow as pa
import pytest

from aright.core.diagnose import Case, diagnose
from aright.core.model.change import Change
from aright.core.model.columns import TIME
from aright.core.model.evidence import CauseKind, Reach, Step, Verdict
from aright.core.model.service import Service
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.diagnose.simulation import World, diagnosed, make_case

pytestmark = pytest.mark.usefixtures("scope_once")

EMPTY = World(seed=1, fault="empty", lead_rows=600)
MODEL = World(seed=1, fault="model", lead_rows=600, lists=True)


def announced(kind, at, **data):
    return Change(key=f"{kind}-{at}", at=at, service="shop", kind=kind, **data)


def check_ledger(found):
    """Every id cited is there, probabilities are a distribution, and "outside" is a hypothesis."""
    ids = [each.id for each in found.evidence]
    causes = {each.id for each in found.causes}
    assert ids == [f"E{number}" for number in range(1, len(ids) + 1)]
    for cause in found.causes:
        assert {*cause.evidence_for, *cause.evidence_against} <= set(ids)
    for each in found.evidence:
        assert {*each.supports, *each.opposes} <= causes
        assert each.text.endswith((".", ")"))
    assert sum(each.probability for each in found.causes) == pytest.approx(1.0)
    assert [each.probability for each in found.causes] == sorted(
        (c.probability for c in found.causes), reverse=True
    )
    assert CauseKind.OUTSIDE in {each.kind for each in found.causes}


@pytest.mark.parametrize(("fault", "mode"), [("empty", "empty"), ("stale", "stale"), ("constant", "empty")])
def test_a_source_that_fails_for_a_part_is_confirmed_against_decoys(fault, mode):
    found = diagnosed(World(seed=1, fault=fault, lead_rows=600))
    check_ledger(found)
    cause = found.causes[0]
    assert (found.scope.reach, str(found.scope.segment)) == (Reach.SEGMENT, "shelf = s3")
    assert found.scope.filter == "\"attr.shelf\" = 's3'"
    assert (cause.kind, cause.subject, cause.mode) == (CauseKind.FEATURE_SOURCE, "people", mode)
    assert cause.remedy == "restore_source"
    assert found.verdict is Verdict.CONFIRMED
    assert cause.explained > 0.7
    decoys = [each for each in found.causes if each.subject in {"tax", "basket"}]
    assert decoys
    assert all(each.probability < 0.01 and each.evidence_against for each in decoys)
    assert found.scope.share_of_traffic == pytest.approx(0.3, abs=0.04)
    assert found.scope.loss_low <= found.scope.share_of_loss <= found.scope.loss_high


def test_a_bad_version_for_all_is_found_by_the_same_code():
    found = diagnosed(MODEL)
    check_ledger(found)
    cause = found.causes[0]
    assert found.scope.reach is Reach.GLOBAL
    assert (cause.kind, cause.subject, cause.previous) == (CauseKind.MODEL_VERSION, "v2", "v1")
    assert (cause.remedy, cause.mode) == ("roll_back_model", "worse")
    assert found.verdict is Verdict.LIKELY  # nobody served by the old one is left to compare with
    assert any(each.step is Step.INPUTS and each.opposes for each in found.evidence)


def test_a_version_on_a_part_of_the_traffic_is_confirmed_by_the_rest():
    found = diagnosed(World(seed=1, fault="canary", lead_rows=600))
    assert str(found.scope.segment) == "version = v2"
    assert found.causes[0].kind is CauseKind.MODEL_VERSION
    assert found.verdict is Verdict.CONFIRMED


@pytest.mark.parametrize("fault", ["loss-segment", "loss-global"])
def test_a_loss_that_nothing_goes_with_is_outside_and_inconclusive(fault):
    found = diagnosed(World(seed=1, fault=fault, lead_rows=600))
    check_ledger(found)
    assert found.causes[0].kind is CauseKind.OUTSIDE
    assert found.verdict is Verdict.INCONCLUSIVE


def test_noise_is_said_to_be_not_enough_data():
    found = diagnosed(World(seed=1))
    assert found.scope.reach is Reach.UNCLEAR
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "Not enough data" in found.summary


def test_a_decoy_deploy_does_not_move_the_blame():
    case = make_case(EMPTY)
    at = case.current_span[0] + 28 * SECOND
    decoy = announced("deploy", at, what="front end", before="1.8", after="1.9")
    late = announced("config", case.current_span[1] - SECOND, what="limits")
    found = diagnose(replace(case, changes=(decoy, late)))
    check_ledger(found)
    assert found.causes[0].subject == "people"
    assert found.verdict is Verdict.CONFIRMED
    other = next(each for each in found.causes if each.kind is CauseKind.OTHER_CHANGE)
    assert other.probability < 0.05
    assert any("came after the loss" in each.text for each in found.evidence)


def test_a_release_that_is_announced_is_evidence_for_its_version():
    case = make_case(MODEL)
    release = announced(
        "model_version", case.current_span[0] + 30 * SECOND, what="m", before="v1", after="v2"
    )
    found = diagnose(replace(case, changes=(release,)))
    told = next(each for each in found.evidence if each.step is Step.CHANGES)
    assert told.supports == ("H1",)
    assert told.id in found.causes[0].evidence_for
    assert not any(each.kind is CauseKind.OTHER_CHANGE for each in found.causes)


def test_a_version_that_served_well_before_the_loss_is_acquitted():
    case = make_case(World(seed=1, fault="loss-global", lead_rows=2400, current_rows=5400))
    served = pa.array(["v2"] * case.current.num_rows).dictionary_encode()
    index = case.current.schema.get_field_index("version")
    found = diagnose(replace(case, current=case.current.set_column(index, "version", served)))
    version = next(each for each in found.causes if each.kind is CauseKind.MODEL_VERSION)
    assert version.explained == 0.0
    assert version.evidence_against
    assert found.causes[0].kind is CauseKind.OUTSIDE


def test_an_unexplained_loss_right_after_a_change_names_the_change_without_proof():
    case = make_case(World(seed=1, fault="loss-global", lead_rows=600, decoys=False))
    change = announced("library", case.current_span[0] + 28 * SECOND, what="tokens", after="4.2")
    found = diagnose(replace(case, changes=(change,)))
    other = next(each for each in found.causes if each.kind is CauseKind.OTHER_CHANGE)
    assert other.probability > 0.2
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_gap_between_reference_and_current_rows_does_no_harm():
    case = make_case(EMPTY)
    times = case.reference["time"].cast(pa.int64()).to_numpy()
    cut = case.reference.filter(pa.array(times < case.reference_span[1] - 2 * MINUTE))
    gap = replace(
        case, reference=cut, reference_span=(case.reference_span[0], case.reference_span[1] - 2 * MINUTE)
    )
    assert diagnose(gap).causes[0].subject == "people"


def test_rows_without_any_loss_are_an_answer_and_no_error():
    table = make_case(World(seed=1, reference_rows=100, current_rows=50)).reference.select(
        ["id", "time", "service"]
    )
    for side in (table, table.slice(0, 0)):
        case = Case(
            incident="INC-1",
            service=Service(key="shop"),
            now=5,
            reference=side,
            current=side,
            reference_span=(0, 1),
            current_span=(1, 2),
        )
        found = diagnose(case)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.scope.reach is Reach.UNCLEAR


def test_hostile_names_and_values_stay_data():
    case = make_case(World(seed=1, fault="empty", lead_rows=600, reference_rows=5000, current_rows=2600))
    evil = "s3'; DROP TABLE rows; --\n<script>"

    def poisoned(table):
        values = [evil if each == "s3" else each for each in table["attr.shelf"].to_pylist()]
        index = table.schema.get_field_index("attr.shelf")
        bare = table.set_column(index, 'attr.sh"elf', pa.array(values))
        return bare.append_column("attr.endless", pa.array(["x" * 5000] * table.num_rows))

    found = diagnose(replace(case, reference=poisoned(case.reference), current=poisoned(case.current)))
    assert found.scope.segment.value == evil
    assert found.scope.filter.startswith('"attr.sh""elf" = \'s3\'\'; DROP')
    assert "\n" not in found.summary
    assert all(len(each.text) < 1500 for each in found.evidence)


def test_where_there_is_nothing_to_judge_by_no_cause_is_made_up():
    rows = pa.table({"time": pa.array([], TIME)})
    case = Case(
        incident="INC-1",
        service=Service(key="any"),
        now=2,
        reference=rows,
        current=rows,
        reference_span=(0, 1),
        current_span=(1, 2),
        alerts=(),
        changes=(),
    )
    found = diagnose(case)
    assert (found.causes, found.verdict) == ((), Verdict.INCONCLUSIVE)
    assert found.summary.startswith("Not enough data")
