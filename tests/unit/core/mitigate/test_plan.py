from __future__ import annotations

import msgspec
import pytest

from aright.core.mitigate import plan
from aright.core.model.evidence import CauseKind, Evidence, Reach, Step, Verdict
from aright.core.model.incident import State
from aright.core.model.service import Action, Service
from tests.unit.core.incident.making import attempt, cause, diagnosis, in_place, scope

RESTORE = Action(
    id="restore", title="Serve the last good snapshot", remedy="restore_source", url="https://x", secret="s"
)
ROLL_BACK = Action(
    id="roll-back",
    title="Serve the version before",
    remedy="roll_back_model",
    url="https://y",
    secret="s",
    undo_url="https://y/undo",
)
SHOP = Service(key="shop", actions=(RESTORE, ROLL_BACK))
OUTSIDE = cause(CauseKind.OUTSIDE, id="H9", subject="outside", remedy="", probability=0.02)
VERSION = cause(
    CauseKind.MODEL_VERSION,
    id="H2",
    subject="v8",
    title="version v8 is worse",
    previous="v7",
    remedy="roll_back_model",
    probability=0.05,
    explained=0.1,
)


def explained(*causes, **changes):
    return in_place(diagnosis=diagnosis(*(causes or (cause(), VERSION, OUTSIDE)), **changes))


def test_the_likeliest_causes_action_is_chosen_with_its_parameters():
    made = plan(explained(), SHOP)
    assert made.action == RESTORE
    assert made.parameters == {
        "source": "profiles",
        "segment_attribute": "region",
        "segment_value": "north",
    }
    assert made.blocked == ""


def test_a_global_cause_names_no_segment():
    everywhere = explained(cause(), scope=scope(reach=Reach.GLOBAL))
    assert plan(everywhere, SHOP).parameters == {
        "source": "profiles",
        "segment_attribute": "",
        "segment_value": "",
    }


def test_inputs_are_restored_where_they_are_made_in_another_way():
    convert = Action(id="c", title="Convert", remedy="restore_inputs", url="https://z", secret="s")
    images = cause(CauseKind.INPUTS, subject="firmware = 7.2", remedy="restore_inputs")
    made = plan(explained(images), Service(key="shop", actions=(RESTORE, convert)))
    assert made.action == convert
    assert made.parameters == {"attribute": "firmware", "value": "7.2"}


def test_what_a_job_makes_is_restored_where_the_job_is_the_cause():
    job = cause(CauseKind.PIPELINE, subject="w/people", remedy="restore_source", features=("people.norm",))
    assert plan(explained(job), SHOP).parameters["source"] == "people"
    bare = cause(CauseKind.PIPELINE, subject="w/people", remedy="restore_source", features=())
    assert plan(explained(bare), SHOP).parameters["source"] == "w/people"


def test_a_change_is_rolled_back_to_what_was_before():
    serve = Action(id="s", title="Serve", remedy="roll_back_change", url="https://z", secret="s")
    release = cause(
        CauseKind.OTHER_CHANGE, subject="ci/1 shop 8.2", previous="8.1", remedy="roll_back_change"
    )
    made = plan(explained(release), Service(key="shop", actions=(RESTORE, serve)))
    assert made.parameters == {"change": "ci/1 shop 8.2", "before": "8.1"}


def test_a_version_is_rolled_back_to_the_one_before():
    made = plan(explained(VERSION, cause(probability=0.1)), SHOP)
    assert made.action == ROLL_BACK
    assert made.parameters == {"version": "v7", "from_version": "v8"}
    assert made.blocked == ""


def test_without_a_version_before_there_is_nothing_to_roll_back_to():
    made = plan(explained(msgspec.structs.replace(VERSION, previous="")), SHOP)
    assert made.action == ROLL_BACK
    assert "not known which version served before v8" in made.blocked


def test_a_person_may_name_an_action_that_serves_another_cause():
    made = plan(explained(), SHOP, "roll-back")
    assert made.action == ROLL_BACK
    assert made.blocked == ""
    assert made.checks[0] == "✗ it serves not the likeliest cause: version v8 is worse (5.0\u202f%)"
    assert "✗ the cause explains 10\u202f% of the loss" in made.checks


def test_a_person_may_act_on_an_inconclusive_diagnosis_and_nobody_else():
    unsure = explained(verdict=Verdict.INCONCLUSIVE)
    assert "name the action" in plan(unsure, SHOP).blocked
    named = plan(unsure, SHOP, "restore")
    assert named.blocked == ""
    assert "✗ the diagnosis is inconclusive" in named.checks


@pytest.mark.parametrize(
    ("incident", "service", "action", "why"),
    [
        (explained(), Service(key="shop"), None, "offers no actions"),
        (explained(), SHOP, "reboot", "choose one of restore, roll-back"),
        (in_place(), SHOP, None, "no diagnosis yet"),
        (in_place(), SHOP, "restore", "no cause found so far calls for restore_source"),
        (explained(OUTSIDE), SHOP, None, "offers no action for the likeliest cause"),
        (explained(OUTSIDE), SHOP, "restore", "no cause found so far"),
        (
            explained(msgspec.structs.replace(OUTSIDE, remedy="escalate")),
            SHOP,
            None,
            "call those whose service it is",
        ),
        (explained(VERSION), Service(key="shop", actions=(RESTORE,)), "", "name one of restore"),
    ],
)
def test_what_cannot_be_planned_says_why_and_what_next(incident, service, action, why):
    made = plan(incident, service, action)
    assert made.action is None
    assert why in made.blocked


@pytest.mark.parametrize("state", [State.RESOLVED, State.REVIEWED, State.CLOSED])
def test_what_is_over_is_not_put_right(state):
    ended = msgspec.structs.replace(explained(), state=state)
    for action in ("", "restore", "reboot"):
        assert f"INC-1 is {state.value}" in plan(ended, SHOP, action).blocked


def test_what_speaks_against_stands_beside_what_speaks_for():
    against = Evidence(id="E7", step=Step.INPUTS, text="the source moved an hour before the loss")
    made = plan(explained(cause(), evidence=(against,)), SHOP)
    assert made.checks == (
        "✓ it serves the likeliest cause: the source profiles went empty (93\u202f%)",
        "✓ the diagnosis is confirmed",
        "✓ the cause explains 90\u202f% of the loss",
        "✗ E7 speaks against it: the source moved an hour before the loss",
        "✓ region = north is hit, 30\u202f% of users",
        "✗ it cannot be taken back from here: the action has no undo_url",
        "✗ no dry run of it has been made",
    )


def test_what_was_tried_before_is_remembered():
    tried = msgspec.structs.replace(
        explained(),
        mitigations=(
            attempt("sent", dry_run=True),
            attempt("not_verified", key="M2"),
            attempt("sent", key="M3"),
            attempt("undone", key="M4"),
        ),
    )
    checks = plan(tried, SHOP).checks
    assert "✗ M2 “Serve the last good snapshot” was carried out before and did not help" in checks
    assert any(check.startswith("✗ M3") and "still being measured" in check for check in checks)
    assert not any("M4" in check for check in checks)
    assert checks[-1] == "✓ a dry run was accepted"


def test_a_broken_contract_names_the_dependency_and_what_is_asked_of_it():
    pin = Action(id="pin", title="Pin the version", remedy="pin_dependency", url="https://z", secret="s")
    contract = cause(
        CauseKind.CONTRACT, subject="rates.example GET /v1/rates", remedy="pin_dependency", title="changed"
    )
    made = plan(explained(contract, OUTSIDE), Service(key="shop", actions=(RESTORE, pin)))
    assert made.action == pin
    assert made.parameters == {"dependency": "rates.example", "endpoint": "GET /v1/rates"}
