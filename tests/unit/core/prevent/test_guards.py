"""A guard of a proven cause: silent on the baseline, firing on the incident, and on nothing else."""

from functools import cache

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aright.core.diagnose.diagnosing import diagnose
from aright.core.model.evidence import CauseKind, Verdict
from aright.core.model.guard import Guard
from aright.core.model.incident import Incident, State
from aright.core.model.signal import Segment
from aright.core.model.times import SECOND
from aright.core.prevent import compile_guard, judge, replay
from tests.unit.core.diagnose.fleet import Fleet, make_fleet
from tests.unit.core.diagnose.simulation import World, diagnosed, make_case

WIDTH = 30 * SECOND


def windows(table):
    times = table["time"].cast(pa.int64()).to_numpy()
    slots = times // WIDTH
    return [(int(slot) * WIDTH, table.filter(pa.array(slots == slot))) for slot in np.unique(slots)]


@cache
def story(fault, seed=1):
    """Return the incident of a fault, its case, its guard and the windows of both times."""
    world = World(seed=seed, fault=fault, lead_rows=600)
    case, found = make_case(world), diagnosed(world)
    incident = Incident(
        key="INC-7",
        service="shop",
        state=State.RESOLVED,
        title="",
        opened_at=found.current[0],
        began_at=found.current[0],
        alerts=case.alerts,
        diagnosis=found,
    )
    onset = found.causes[0].onset
    current = dict(windows(case.current))
    after = [(start, rows) for start, rows in current.items() if start >= onset]
    guard = compile_guard(incident, case.reference, pa.concat_tables([rows for _, rows in after]), case.now)
    return incident, case, guard, windows(case.reference), after


@pytest.mark.parametrize(
    ("fault", "kind", "limit"),
    [
        ("empty", "source_contract", "null_share:people.norm"),
        ("stale", "source_contract", "p90:people.age"),
        ("constant", "source_contract", "constant_share:people.norm"),
        ("model", "version_quality", "loss:click"),
    ],
)
def test_the_guard_of_a_cause_passes_its_replay(fault, kind, limit):
    incident, _, guard, before, after = story(fault)
    assert guard is not None
    assert (guard.kind, guard.key, guard.incident) == (kind, "G-INC-7-1", "INC-7")
    assert limit in guard.limits
    proof = replay(guard, before, after, WIDTH, incident.diagnosis.causes[0].onset)
    assert proof.accepted
    assert proof.baseline_fired == 0
    assert proof.baseline_windows >= 15
    assert 2 * proof.incident_fired > proof.incident_windows
    assert proof.first_fired >= proof.onset


@pytest.mark.parametrize(
    ("fault", "mode", "limit"),
    [("empty", "failed", "null_share:people.norm"), ("stale", "late", "p90:people.age")],
)
def test_where_a_job_is_the_cause_the_guard_is_of_what_it_makes(fault, mode, limit):
    incident, case, _, _, after = story(fault)
    source, *others = incident.diagnosis.causes
    job = msgspec.structs.replace(source, kind=CauseKind.PIPELINE, subject="w/people", mode=mode)
    found = msgspec.structs.replace(incident.diagnosis, causes=(job, *others))
    incident = msgspec.structs.replace(incident, diagnosis=found)
    rows = pa.concat_tables([rows for _, rows in after])
    guard = compile_guard(incident, case.reference, rows, case.now)
    assert guard is not None
    assert (guard.kind, guard.subject) == ("source_contract", "people")
    assert limit in guard.limits


def fleet_story(seed, *, width=WIDTH, right_hit=0.55):
    """Return what a firmware that spoils pictures leaves: case, diagnosis and guard."""
    case = make_fleet(Fleet(seed=seed, fault="build", right_hit=right_hit))
    found = diagnose(case)
    incident = Incident(
        key="INC-8",
        service="dials",
        state=State.RESOLVED,
        title="",
        opened_at=found.current[0],
        began_at=found.current[0],
        alerts=case.alerts,
        diagnosis=found,
    )
    since = case.current.filter(pc.greater_equal(case.current["time"].cast("int64"), found.causes[0].onset))
    return found, since, compile_guard(incident, case.reference, since, case.now, width=width), case


def test_the_guard_of_inputs_made_in_another_way_judges_every_value_by_itself():
    found, since, guard, case = fleet_story(3)
    assert found.causes[0].kind is CauseKind.INPUTS
    assert guard is not None
    assert (guard.kind, guard.subject) == ("input_quality", "build")
    assert list(guard.limits) == ["worst_loss:correct by attr.build"]
    proof = replay(guard, windows(case.reference), windows(since), WIDTH, found.causes[0].onset)
    assert proof.accepted
    harmless = make_fleet(Fleet(seed=4, fault="harmless"))
    assert not any(judge(guard, rows) for _, rows in windows(harmless.current))
    breach = judge(guard, windows(since)[1][1])[0]
    assert "worst loss of correct by build is" in breach.text


def test_where_windows_hold_too_few_rows_to_tell_wider_ones_are_judged():
    found, since, guard, case = fleet_story(3, width=3 * SECOND, right_hit=0.7)
    assert guard is not None
    assert guard.width in {6 * SECOND, 12 * SECOND}

    def cut(table):
        slots = table["time"].cast(pa.int64()).to_numpy() // guard.width
        return [(int(at) * guard.width, table.filter(pa.array(slots == at))) for at in np.unique(slots)]

    proof = replay(guard, cut(case.reference), cut(since), guard.width, found.causes[0].onset)
    assert proof.accepted


def failing(rows, share):
    """Rows of which that share of the new version's answers are errors, and few of the others."""
    fresh = np.array(rows["version"].cast(pa.string()).to_pylist()) == "v2"
    failed = np.random.default_rng(6).random(rows.num_rows) < np.where(fresh, share, 0.005)
    status = pa.array(np.where(failed, 503, 200), pa.int32())
    return rows.set_column(rows.schema.get_field_index("status"), "status", status)


def test_a_version_that_errs_is_guarded_by_its_errors():
    incident, case, _, _, after = story("model")
    told = tuple(msgspec.structs.replace(each, signal="calls:error_share") for each in case.alerts)
    scope = msgspec.structs.replace(incident.diagnosis.scope, loss="error_share")
    found = msgspec.structs.replace(incident.diagnosis, scope=scope)
    incident = msgspec.structs.replace(incident, alerts=told, diagnosis=found)
    before = failing(case.reference, 0.3)
    since = failing(pa.concat_tables([rows for _, rows in after]), 0.3)
    guard = compile_guard(incident, before, since, case.now)
    assert guard is not None
    assert guard.kind == "version_quality"
    assert "errors:answers" in guard.limits
    assert replay(guard, windows(before), windows(since), WIDTH, found.causes[0].onset).accepted


@pytest.mark.parametrize("fault", ["empty", "model"])
def test_a_guard_stays_silent_on_another_healthy_day(fault):
    """Windows that its limits were not set on: at most one of forty may fire."""
    guard = story(fault)[2]
    other = make_case(World(seed=77, reference_rows=20_000, current_rows=4_000))
    fired = [bool(judge(guard, rows)) for _, rows in windows(other.reference) + windows(other.current)]
    assert len(fired) >= 40
    assert sum(fired) <= 1


def test_a_guard_fires_when_another_smaller_part_fails():
    guard = story("empty")[2]
    again = make_case(World(seed=8, fault="empty", hit_share=0.15))
    fired = [bool(judge(guard, rows)) for _, rows in windows(again.current)][1:-1]
    assert all(fired)


def test_a_breach_says_what_and_how_far():
    _, _, guard, _, after = story("empty")
    breaches = judge(guard, after[1][1])
    assert breaches
    for breach in breaches:
        assert breach.value > breach.limit == guard.limits[breach.name]
        assert "at most" in breach.text


def test_an_unproven_cause_gives_no_guard():
    incident, case, *_ = story("empty")
    doubtful = msgspec.structs.replace(incident.diagnosis, verdict=Verdict.INCONCLUSIVE)
    for diagnosis in (None, doubtful):
        unsure = msgspec.structs.replace(incident, diagnosis=diagnosis)
        assert compile_guard(unsure, case.reference, case.current, case.now) is None


def test_a_cause_that_does_not_show_gives_no_guard():
    incident, case, *_ = story("empty")
    assert compile_guard(incident, case.reference, case.reference, case.now) is None
    assert compile_guard(incident, case.reference.slice(0, 1000), case.current, case.now) is None
    assert compile_guard(incident, case.reference.slice(0, 0), case.current, case.now) is None


def test_a_replay_refuses_a_guard_that_fires_too_often_or_too_seldom():
    incident, _, guard, before, after = story("empty")
    onset = incident.diagnosis.causes[0].onset
    jumpy = msgspec.structs.replace(guard, limits={"null_share:people.norm": 0.0})
    deaf = msgspec.structs.replace(guard, limits={"null_share:people.norm": 0.9})
    assert not replay(jumpy, before, after, WIDTH, onset).accepted
    assert not replay(deaf, before, after, WIDTH, onset).accepted
    assert not replay(guard, [], after, WIDTH, onset).accepted
    assert not replay(guard, before, [], WIDTH, onset).accepted


def test_small_windows_shadow_answers_and_other_segments_are_not_judged():
    guard = Guard(
        key="G",
        service="s",
        incident="I",
        kind="source_contract",
        subject="f",
        title="",
        limits={"null_share:f": 0.1},
        min_rows=4,
        created_at=0,
    )
    empty = pa.array([None] * 6, pa.float32())
    rows = pa.table({"feat.f": empty, "arm": ["shadow"] * 3 + ["stable"] * 3, "attr.region": ["n"] * 6})
    assert judge(guard, rows) == []
    assert judge(guard, rows.drop(["arm"]))
    north, nowhere = (
        msgspec.structs.replace(guard, segment=Segment(attribute, "n")) for attribute in ("region", "planet")
    )
    assert judge(north, rows.drop(["arm"]))
    assert judge(nowhere, rows.drop(["arm"])) == []
