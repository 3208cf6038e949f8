"""Post-mortems: every line rests on something, and each kind of cause has a chain of its own."""

from functools import cache

import msgspec
import pytest

from aright.core.learn import write_post_mortem
from aright.core.learn.fishbone import CATEGORIES
from aright.core.model.evidence import Cause, CauseKind, Verdict
from aright.core.model.guard import Guard
from aright.core.model.incident import Incident, Mitigation, Severity, State, TimelineEvent
from aright.core.model.probability import percent, points
from aright.core.model.service import Service
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.diagnose.simulation import World, diagnosed, make_case

SERVICE = Service(key="shop", type="recommender", tier=1, owners=("shop team",))
GUARD = Guard(
    key="G-INC-7-1",
    service="shop",
    incident="INC-7",
    kind="source_contract",
    subject="people",
    title="null share at most 0.07",
    limits={},
    min_rows=1,
    created_at=0,
)


def incident_of(found, **changes):
    began = found.current[0] if found else 1_000 * SECOND
    made = Incident(
        key="INC-7",
        service="shop",
        state=State.RESOLVED,
        title="click quality fell",
        opened_at=began + 90 * SECOND,
        began_at=began,
        diagnosis=found,
    )
    return msgspec.structs.replace(made, **changes)


@cache
def written(fault):
    world = World(seed=1, fault=fault, lead_rows=600)
    incident = incident_of(diagnosed(world))
    return incident, write_post_mortem(incident, (), (), SERVICE, make_case(world).now)


def of_kind(kind):
    """Return a post-mortem whose likeliest cause is of a kind that the simulation does not make."""
    found = diagnosed(World(seed=1, fault="loss-global", lead_rows=600))
    cause = Cause(
        id="H1",
        kind=kind,
        subject="it",
        title="It did it",
        probability=0.9,
        evidence_for=(found.evidence[0].id,),
    )
    sure = msgspec.structs.replace(found, causes=(cause, *found.causes[1:]), verdict=Verdict.LIKELY)
    return write_post_mortem(incident_of(sure), (), (), SERVICE, 10**15)


def check(incident, draft):
    ids = {each.id for each in incident.diagnosis.evidence} if incident.diagnosis else set()
    assert len(draft.whys) == 5
    for why in draft.whys:
        assert why.question.endswith("?")
        assert why.answer
        assert why.assumed is (not why.evidence)
        assert set(why.evidence) <= ids
    assert [each.category for each in draft.bones] == sorted(
        (each.category for each in draft.bones), key=CATEGORIES.index
    )
    assert {each.category for each in draft.bones} == set(CATEGORIES)
    for bone in draft.bones:
        assert bone.status in {"cause", "contributed", "ruled out", "not looked at"}
        assert bone.evidence or bone.status == "not looked at"
        assert set(bone.evidence) <= ids
    assert set(draft.star) == {"situation", "task", "action", "result"}
    assert all(draft.star.values())
    assert draft.actions
    assert all(each.owner and each.text and each.due > 0 for each in draft.actions)


@pytest.mark.parametrize("fault", ["empty", "stale", "model", "canary", "loss-global", "none"])
def test_every_line_rests_on_evidence_or_says_that_it_is_assumed(fault):
    incident, draft = written(fault)
    check(incident, draft)


@pytest.mark.parametrize("kind", [CauseKind.TRAFFIC_MIX, CauseKind.OTHER_CHANGE, CauseKind.CONTRACT])
def test_the_other_kinds_have_chains_too(kind):
    draft = of_kind(kind)
    assert len(draft.whys) == 5
    assert all(why.assumed is (not why.evidence) for why in draft.whys)


def test_each_kind_of_cause_has_whys_and_actions_of_its_own():
    drafts = [written(fault)[1] for fault in ("empty", "model", "loss-global")]
    kinds = (CauseKind.TRAFFIC_MIX, CauseKind.OTHER_CHANGE, CauseKind.INPUTS, CauseKind.PIPELINE)
    drafts += [of_kind(kind) for kind in kinds]
    chains = [tuple(why.question for why in draft.whys) for draft in drafts]
    assert len(set(chains)) == len(chains)
    todos = [tuple(each.text for each in draft.actions) for draft in drafts]
    assert len(set(todos)) == len(todos)


@pytest.mark.parametrize("kind", [CauseKind.INPUTS, CauseKind.PIPELINE])
def test_inputs_and_the_jobs_that_make_them_are_bones_of_the_data(kind):
    draft = of_kind(kind)
    assert ("it", "cause") in {(each.text, each.status) for each in draft.bones if each.category == "Data"}
    assert not any("None of what was looked at" in why.answer for why in draft.whys)


def test_the_cause_is_on_its_bone_and_decoys_are_ruled_out():
    _, draft = written("empty")
    data = {each.text: each.status for each in draft.bones if each.category == "Data"}
    assert data["people empty"] == "cause"
    assert data["tax empty"] == "ruled out"
    assert [each.status for each in draft.bones if each.category == "Model"] == ["ruled out"]
    assert [each.status for each in draft.bones if each.category == "Infrastructure"] == ["ruled out"]
    _, other = written("model")
    assert [each.status for each in other.bones if each.category == "Model"] == ["cause"]


def test_impact_shows_its_arithmetic():
    incident, draft = written("empty")
    scope = incident.diagnosis.scope
    assert f"{scope.units_hit:,} users" in draft.impact
    assert (
        f"{percent(scope.inside_before)} before, {percent(scope.inside_now)} while it lasted" in draft.impact
    )
    assert f"{points(scope.inside_now - scope.inside_before)} more" in draft.impact


def test_guards_mitigations_and_key_moments_are_told():
    found = diagnosed(World(seed=1, fault="empty", lead_rows=600))
    began = found.current[0]
    done = Mitigation(
        id="M1",
        action="restore",
        title="Serve the last good snapshot",
        dry_run=False,
        by="Ada",
        at=began + 4 * MINUTE,
        status="verified",
        verdict="98 % of the quality is back.",
    )
    incident = incident_of(
        found,
        severity=Severity(level=2, score=0.1, arithmetic="so many × so much"),
        acknowledged_by="Ada",
        mitigations=(done,),
        mitigated_at=began + 4 * MINUTE,
        resolved_at=began + 9 * MINUTE,
    )
    timeline = [
        TimelineEvent(incident="INC-7", number=1, at=began, kind="declared", text="opened", key=True),
        TimelineEvent(incident="INC-7", number=2, at=began, kind="note", text="hm"),
        TimelineEvent(
            incident="INC-7", number=3, at=began + 2 * MINUTE, kind="acknowledged", text="", by="Ada"
        ),
        TimelineEvent(incident="INC-7", number=4, at=began + 3 * MINUTE, kind="page_failed", text="no pager"),
    ]
    draft = write_post_mortem(incident, timeline, [GUARD], SERVICE, began + 10 * MINUTE)
    check(incident, draft)
    assert draft.timeline == (1, 3, 4)
    assert draft.actions[0].guard == GUARD.key
    assert {each.owner for each in draft.actions[1:]} == {"shop team"}
    assert "“Serve the last good snapshot” put it right after 4\u202fmin 0\u202fs" in draft.summary
    assert "SEV2" in draft.impact
    assert GUARD.key in draft.star["result"]
    assert "no pager" in draft.went_badly
    assert any("Ada" in each for each in draft.went_well)


def test_an_incident_that_was_never_diagnosed_has_a_draft():
    incident = incident_of(None)
    draft = write_post_mortem(incident, (), (), Service(key="shop"), incident.opened_at + MINUTE)
    check(incident, draft)
    assert "never diagnosed" in draft.summary
    assert draft.actions[0].owner == "the owners of shop"
