"""Changes as GitHub and MLflow tell them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aright.core.model.frame import Format, Kind
from aright.core.model.times import MINUTE, iso
from tests.unit.core.observe.intake.intake_bodies import NOW, noted, read_body

if TYPE_CHECKING:
    from aright.core.observe.intake import Intake

ACTIONS = {"workflow_run": {"id": 1}}


def read(body: object) -> Intake:
    return read_body(json.dumps(body).encode(), kind=Kind.CHANGES, form=Format.CLOUDEVENTS)


def github(status: str = "", *, at: int = NOW, more: dict[str, Any] | None = None, **fields: Any) -> Any:
    event = {
        "action": "created",
        "deployment": {
            "id": 145988746,
            "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
            "ref": "main",
            "task": "deploy",
            "environment": "production",
            "description": None,
            "payload": {},
            "created_at": iso(NOW - 5 * MINUTE),
            "transient_environment": False,
            "production_environment": True,
            **fields,
        },
        "repository": {"id": 1, "name": "scorer", "full_name": "bank/scorer"},
        "sender": {"login": "octocat"},
        "workflow_run": None,
        **(more or {}),
    }
    return event | ({"deployment_status": {"state": status, "created_at": iso(at)}} if status else {})


def mlflow(entity: str, action: str, **data: Any) -> Any:
    return {"entity": entity, "action": action, "timestamp": iso(NOW), "data": data}


def test_a_deployment_is_a_change() -> None:
    (change,) = read(github()).changes
    assert (change.service, change.kind, change.what) == ("scorer", "deploy", "bank/scorer")
    assert change.after == "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
    assert change.at == NOW - 5 * MINUTE
    assert change.title == "Deployed main to production"
    assert change.source == "github/bank/scorer"


def test_all_events_of_a_deployment_are_one_change() -> None:
    events = [github(), github("in_progress"), github("success"), github("failure")]
    changes = [read(event).changes[0] for event in events]
    assert len({change.key for change in changes}) == 1
    assert [change.at for change in changes] == [
        NOW - 5 * MINUTE,
        NOW,
        NOW - 5 * MINUTE,
        NOW - 5 * MINUTE,
    ], "the end may be the only thing told, and then it began some time after it was made"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (github("success", more=ACTIONS), "its beginning is what counts"),
        (github("waiting"), "nothing has begun"),
        (github("inactive"), "nothing has begun"),
        (github(environment="pr-17", transient_environment=True), "'pr-17' is not production"),
        (github(environment="staging", production_environment=False), "'staging' is not production"),
        ({"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {}}, "a ping: the webhook works"),
        (mlflow("registered_model", "created", name="fraud"), "registered_model.created changes no answer"),
        (mlflow("model_version_tag", "set", name="fraud", version="1"), "changes no answer"),
    ],
)
def test_an_event_that_changes_nothing_is_noted_and_not_set_aside(event: object, said: str) -> None:
    found = read(event)
    assert (found.changes, found.bad_count) == ((), 0)
    assert any(said in problem for _, problem in noted(found))


@pytest.mark.parametrize("environment", ["prod-eu", "Production", "live"])
def test_what_is_called_production_is(environment: str) -> None:
    assert read(github(environment=environment, production_environment=False)).good == 1


@pytest.mark.parametrize(
    ("payload", "service"),
    [
        ({"service": "desk"}, "desk"),
        ('{"service": "desk"}', "desk"),
        ("", "scorer"),
        (None, "scorer"),
        ([1], "scorer"),
        ({"service": 5}, "scorer"),
    ],
)
def test_a_deployments_payload_may_name_the_service(payload: object, service: str) -> None:
    assert read(github(payload=payload)).changes[0].service == service


@pytest.mark.parametrize(
    ("event", "what", "after", "service"),
    [
        (
            mlflow("model_version", "created", name="fraud", version="7", source="models:/1", tags={}),
            "fraud", "7", "fraud",
        ),
        (
            mlflow("model_version", "created", name="fraud", version="7", tags={"service": "desk"}),
            "fraud", "7", "desk",
        ),
        (
            mlflow("model_version_alias", "created", name="fraud", alias="champion", version=7),
            "fraud@champion", "7", "fraud",
        ),
        (
            mlflow("model_version_alias", "deleted", name="fraud", alias="champion"),
            "fraud@champion", "", "fraud",
        ),
    ],
)  # fmt: skip
def test_a_new_version_and_a_moved_alias_are_changes(
    event: object, what: str, after: str, service: str
) -> None:
    (change,) = read(event).changes
    assert (change.kind, change.what, change.after, change.service) == (
        "model_version",
        what,
        after,
        service,
    )
    assert change.at == NOW


def test_an_alias_moved_back_is_another_change() -> None:
    event = mlflow("model_version_alias", "created", name="fraud", alias="champion", version="7")
    later = {**event, "timestamp": iso(NOW + MINUTE)}
    assert read([event, later]).good == 2
    assert read([event, event]).bad_count == 1


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (github(id="x"), "deployment.id"),
        (github(created_at="2026-01-01"), "deployment.created_at"),
        (github(created_at="2031-01-01T00:00:00Z"), "time"),
        (github(payload={"service": "x" * 100}), "data.service"),
        ({"deployment": 5, "repository": {}}, "deployment"),
        (github(sha="x" * 2_000), "data"),
        (mlflow("model_version", "created", version="7"), "data.name"),
        ({"entity": "model_version", "data": {}}, "action"),
        (mlflow("model_version", "created", name="a", tags=5), "data.tags"),
        ({"entity": "other"}, "specversion"),
    ],
)
def test_a_bad_event_is_set_aside_like_any_other(event: object, field: str) -> None:
    found = read([event, github()])
    assert (found.good, found.bad_count, found.bad[0].field) == (1, 1, field)
