"""Jobs that make data: late, failed, shrunk, doubled or changed, tied to what they feed, or acquitted."""

import re
from dataclasses import replace
from functools import cache

import pytest
from msgspec import structs

from aright.core.diagnose import diagnose
from aright.core.diagnose.pipeline import delay_prior
from aright.core.model.change import Change
from aright.core.model.curves import Curve
from aright.core.model.evidence import CauseKind, Step, Verdict
from aright.core.model.run import DatasetUse, Run
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.core.model.training import Training
from tests.unit.core.diagnose.simulation import World, make_case

pytestmark = pytest.mark.usefixtures("scope_once")

TABLE = "warehouse/features.people_hourly"


@cache
def case_of(fault="empty", seed=1):
    return make_case(World(seed=seed, fault=fault, lead_rows=600, reference_rows=4_000, current_rows=2_600))


def onset_of(case):
    return case.current_span[0] + 30 * SECOND


def hourly(case, *, job="warehouse/people", table=TABLE, last=None, before=MINUTE, count=8, **more):
    """Return runs of a job that comes every hour, the last one ended ``before`` the loss began."""
    ends = onset_of(case) - before
    made = []
    for number in range(count):
        end = ends - (count - 1 - number) * HOUR
        use = DatasetUse(name=table, rows=10_000 + 13 * number, **more)
        made.append(
            Run(
                key=f"{job}/{number}",
                job=job,
                run_id=str(number),
                state="complete",
                seen=end,
                started=end - MINUTE,
                ended=end,
                outputs=(use,),
            )
        )
    if last is not None:
        made[-1] = last(made[-1])
    return tuple(made)


def failing(run):
    return structs.replace(run, state="failed", error="disk full", outputs=())


def writing(rows=None, **more):
    def change(run):
        return structs.replace(
            run, outputs=(structs.replace(run.outputs[0], **more, **({"rows": rows} if rows else {})),)
        )

    return change


def found_with(runs, fault="empty", **changes):
    return diagnose(replace(case_of(fault), runs=runs, **changes))


def test_a_finding_on_a_job_of_a_service_opens_its_runs():
    case = case_of()
    runs = tuple(structs.replace(run, service="shop") for run in hourly(case, last=failing))
    (evidence,) = [each for each in found_with(runs).evidence if each.step is Step.PIPELINE]
    assert (evidence.rows, evidence.query, evidence.service) == (
        "runs",
        "\"job\" = 'warehouse/people'",
        "shop",
    )
    (evidence,) = [
        each for each in found_with(hourly(case, last=failing)).evidence if each.step is Step.PIPELINE
    ]
    assert evidence.rows == "", "runs of no service are not kept so that they could be found"


def told(found):
    return " ".join(each.text for each in found.evidence if each.step is Step.PIPELINE)


@pytest.mark.parametrize(
    ("last", "mode", "subject"),
    [
        (failing, "failed", "warehouse/people"),
        (writing(1_200), "shrunk", TABLE),
        (writing(20_100), "duplicated", TABLE),
        (writing(16_900), "changed", TABLE),
        (writing(fields={"id": "int", "age": "string"}), "changed", TABLE),
    ],
)
def test_a_job_whose_source_went_with_the_loss_is_confirmed_in_its_place(last, mode, subject):
    runs = hourly(case_of(), last=last, fields={"id": "int", "age": "int"})
    found = found_with(runs)
    cause, *others = found.causes
    assert (cause.kind, cause.subject, cause.mode) == (CauseKind.PIPELINE, subject, mode)
    assert cause.remedy == "restore_source"
    assert found.verdict is Verdict.CONFIRMED
    assert cause.explained > 0.7
    assert "people.norm" in cause.features
    source = next(
        each for each in others if each.kind is CauseKind.FEATURE_SOURCE and each.subject == "people"
    )
    assert source.probability < 0.1
    assert "moved where shelf = s3" in told(found)


def test_a_job_that_is_late_is_the_root_of_what_went_stale():
    case = case_of("stale")
    runs = hourly(case, before=HOUR + 3 * MINUTE)
    now = onset_of(case) + 15 * MINUTE
    found = diagnose(replace(case, runs=runs, now=now, current_span=(case.current_span[0], now)))
    assert (found.causes[0].kind, found.causes[0].mode) == (CauseKind.PIPELINE, "late")
    assert "has not begun again since" in told(found)


def test_a_job_further_up_is_the_root_of_what_those_below_made():
    case = case_of()
    up = hourly(case, job="lake/events", table="lake/events", last=failing, before=5 * MINUTE)
    down = hourly(case, last=writing(900))
    down = tuple(structs.replace(run, inputs=(DatasetUse(name="lake/events"),)) for run in down)
    found = found_with((*up, *down))
    assert (found.causes[0].subject, found.causes[0].mode) == ("lake/events", "failed")
    assert found.causes[0].probability > 0.9


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (lambda case: hourly(case, before=-5 * MINUTE, last=failing), "came after the loss had begun"),
        (lambda case: hourly(case, job="w/tax", table="w/basket", last=failing), "people"),
        (hourly, "the only job known to make data, did not fail"),
        (lambda case: (*hourly(case), *hourly(case, job="w/b", table="w/b")), "None of the 2 jobs"),
    ],
)
def test_jobs_that_did_nothing_to_the_loss_do_not_take_the_blame(runs, said):
    case = case_of()
    known = runs(case)
    span = (case.current_span[0], case.current_span[1] + 10 * MINUTE)
    found = diagnose(replace(case, runs=known, current_span=span))
    assert found.causes[0].subject == "people"
    for cause in found.causes:
        if cause.kind is CauseKind.PIPELINE:
            assert cause.probability < 0.05
    if said != "people":
        assert said in told(found)


def test_a_job_that_made_up_for_its_fault_before_is_not_told_of():
    runs = hourly(case_of(), before=30 * MINUTE)
    failed = structs.replace(failing(runs[-1]), key="f", ended=runs[-1].ended - 5 * MINUTE)
    assert "failed" not in told(found_with((failed, *runs))).replace("did not fail", "").replace(
        "failed,", ""
    )


def test_a_job_of_which_it_is_not_known_what_it_makes_is_no_proof():
    runs = hourly(case_of("loss-global"), job="w/other", table="w/other", last=failing)
    found = found_with(runs, "loss-global")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "tied to the loss by its time alone" in told(found)
    job = next(each for each in found.causes if each.kind is CauseKind.PIPELINE)
    assert job.probability < 0.6


def test_a_source_that_did_not_move_acquits_its_job():
    runs = hourly(case_of("loss-segment"), last=failing)
    found = found_with(runs, "loss-segment")
    assert found.causes[0].kind is CauseKind.OUTSIDE
    assert "but nothing of it moved" in told(found)
    job = next(each for each in found.causes if each.kind is CauseKind.PIPELINE)
    assert job.evidence_against
    assert job.probability < 0.05


def test_the_change_that_told_of_the_failure_is_not_another_cause():
    runs = hourly(case_of(), last=failing)
    change = Change(
        key="c", at=runs[-1].ended, service="shop", kind="data", what="warehouse/people", after="failed"
    )
    found = found_with(runs, changes=(change,))
    assert not any(each.kind is CauseKind.OTHER_CHANGE for each in found.causes)
    assert found.causes[0].kind is CauseKind.PIPELINE


def test_what_a_job_did_not_make_shows_until_its_next_run():
    assert delay_prior(50 * MINUTE, HOUR) == delay_prior(0, HOUR)
    assert delay_prior(5 * HOUR, HOUR) < delay_prior(2 * HOUR, HOUR)
    assert delay_prior(50 * MINUTE, None) == delay_prior(0, None)


def test_without_a_loss_or_runs_there_is_nothing_to_look_at():
    found = diagnose(case_of())
    state = next(each for each in found.steps if each.step is Step.PIPELINE)
    assert (state.state, state.text) == ("nothing to look at", "no runs of pipelines are known")
    case = case_of()
    bare = case.reference.select(["id", "time", "service"])
    found = diagnose(replace(case, reference=bare, current=bare, runs=hourly(case)))
    state = next(each for each in found.steps if each.step is Step.PIPELINE)
    assert state.state == "nothing to look at"


def trained(number, *, version, at, rows=9_000, rate="0.01", code="https://git.example/eye@aa"):
    return Run(
        key=f"train/m/{number}",
        job="train/m",
        run_id=str(number),
        state="complete",
        seen=at,
        started=at - HOUR,
        ended=at,
        inputs=(DatasetUse(name="lake/labels", rows=rows, version=f"d{number}", fields={"y": "int"}),),
        outputs=(DatasetUse(name="mlflow/models", version=version),),
        code=code,
        parameters={"rate": rate},
    )


def test_how_the_version_was_trained_is_told_beside_it():
    case = case_of("model")
    runs = (
        trained(1, version="v1", at=onset_of(case) - 40 * HOUR),
        trained(
            2,
            version="v2",
            at=onset_of(case) - HOUR,
            rows=4_000,
            rate="0.1",
            code="https://git.example/eye@bb",
        ),
    )
    found = diagnose(replace(case, runs=runs))
    assert (found.causes[0].kind, found.causes[0].subject) == (CauseKind.MODEL_VERSION, "v2")
    evidence = next(each for each in found.evidence if "Version v2 was made by train/m" in each.text)
    assert evidence.supports == (found.causes[0].id,)
    for part in (
        "@aa and is https://git.example/eye@bb",
        "rate 0.01 → 0.1",
        "4,000 rows of lake/labels",
    ):
        assert part in evidence.text
    assert "no run of it before is known" in told(found)


def test_where_curves_part_is_told_and_kept_to_be_drawn():
    case = case_of("model")
    steps = tuple(range(0, 200, 2))
    falls = tuple(2.0 / (1 + step) ** 0.5 for step in steps)
    rises = tuple(value if step < 80 else 3.0 for step, value in zip(steps, falls, strict=True))
    one = trained(1, version="v1", at=onset_of(case) - 40 * HOUR)
    two = trained(2, version="v2", at=onset_of(case) - HOUR)
    runs = (
        structs.replace(
            one,
            parameters={"learning_rate": "0.1", **{f"z{at}": "1" for at in range(9)}},
            curves={"loss": Curve(steps=steps, values=falls, last=198)},
        ),
        structs.replace(
            two,
            parameters={"learning_rate": "1.0", **{f"z{at}": "2" for at in range(9)}},
            curves={"loss": Curve(steps=steps, values=rises, last=198)},
        ),
    )
    found = diagnose(replace(case, trainings=runs))
    assert (found.causes[0].kind, found.causes[0].subject) == (CauseKind.MODEL_VERSION, "v2")
    evidence = next(each for each in found.evidence if "Version v2 was made by train/m" in each.text)
    assert evidence.supports == (found.causes[0].id,)
    assert "learning_rate 0.1 → 1.0; z0 1 → 2; z1 1 → 2; z2 1 → 2; the curve of loss" in evidence.text
    assert "the curve of loss leaves the one before at step 80 and ends at 3, 0.1418 before" in evidence.text
    assert "; 6 more." in evidence.text
    (pair,) = evidence.curves
    assert (pair.name, pair.parted) == ("loss", 80)
    assert pair.now.values[-1] == 3.0
    assert len(pair.now.steps) <= 80


def test_the_catalogs_name_of_the_model_is_known_beside_that_of_predictions():
    case = case_of("model")
    run = trained(2, version="v2", at=onset_of(case) - HOUR)
    run = structs.replace(run, outputs=(DatasetUse(name="mlflow/ranker", version="v2"),))
    model = [["eye"] * table.num_rows for table in (case.reference, case.current)]
    case = replace(
        case,
        reference=case.reference.append_column("model", [model[0]]),
        current=case.current.append_column("model", [model[1]]),
        trainings=(run,),
    )
    assert "was made by" not in told(diagnose(case))
    where = Training(mlflow="https://mlflow.example", model="ranker")
    service = structs.replace(case.service, training=where)
    assert "Version v2 was made by train/m" in told(diagnose(replace(case, service=service)))


def test_versions_are_found_by_model_and_by_the_end_of_a_name():
    case = case_of("model")
    model = [["ranker"] * table.num_rows for table in (case.reference, case.current)]
    case = replace(
        case,
        reference=case.reference.append_column("model", [model[0]]),
        current=case.current.append_column("model", [model[1]]),
    )
    run = trained(2, version="", at=onset_of(case) - HOUR)
    ours = structs.replace(run, outputs=(DatasetUse(name="mlflow/models.ranker.v2"),))
    before = structs.replace(
        run, key="b", run_id="b", seen=run.seen - HOUR, ended=run.seen - HOUR, outputs=()
    )
    assert "Version v2 was made by train/m" in told(diagnose(replace(case, runs=(ours,))))
    text = told(diagnose(replace(case, runs=(before, ours))))
    assert "with the code, parameters and data of the run before" in text
    other = structs.replace(run, outputs=(DatasetUse(name="mlflow/models.embedder.v2"),))
    assert "was made by" not in told(diagnose(replace(case, runs=(other,))))


def test_a_registry_tells_how_versions_were_made_beside_pipelines():
    case = case_of("model")
    one = trained(1, version="v1", at=onset_of(case) - 40 * HOUR)
    two = trained(2, version="v2", at=onset_of(case) - 30 * HOUR)
    runs = (
        structs.replace(one, metrics={"auc": 0.91, "loss": 0.2, "gone": 1.0}),
        structs.replace(two, metrics={"auc": 0.78, "loss": 0.201}),
    )
    found = diagnose(replace(case, trainings=runs))
    evidence = next(each for each in found.evidence if "Version v2 was made by train/m" in each.text)
    assert "Unlike that of version v1: its code" not in evidence.text
    assert "Unlike that of version v1: auc came to 0.78, 0.91 before" in evidence.text
    assert "loss" not in evidence.text
    assert re.search(r"which ended on \d{4}-\d\d-\d\d at \d\d:\d\d:\d\d UTC", evidence.text)
    assert "jobs that make data" not in told(found), "a training is no job that makes data"


def test_a_version_of_a_run_that_failed_is_told_for_it():
    case = case_of("model")
    run = structs.replace(trained(2, version="v2", at=onset_of(case) - HOUR), state="failed")
    found = diagnose(replace(case, trainings=(run,)))
    evidence = next(each for each in found.evidence if "Version v2 was made by train/m" in each.text)
    assert "which failed" in evidence.text
    assert evidence.supports == (found.causes[0].id,)
