"""Changes as GitHub and MLflow tell them, recognised by their shape.

https://docs.github.com/en/webhooks/webhook-events-and-payloads: deployment, deployment_status, ping.
https://mlflow.org/docs/latest/ml/webhooks: model_version and model_version_alias.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from aright.core.model.change import Change
from aright.core.model.times import from_datetime
from aright.core.observe.intake.wire import Fault, explain

_Instant = Annotated[datetime, Meta(tz=True)]
_PRODUCTION: Final = ("prod", "live")
_BEGAN: Final = "in_progress"
_ENDED: Final = frozenset({"success", "failure", "error"})
_NONE: Final = msgspec.Raw()
_FIX: Final = "send what GitHub or MLflow sends, unchanged"


class Unneeded(Exception):  # noqa: N818 - it is no error: the event is fine and changes nothing
    """A known event that is no change.

    Attributes:
        problem: why it is none.
        fix: what to do if it should be one.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


class _Shape(msgspec.Struct):
    specversion: msgspec.Raw = _NONE
    zen: msgspec.Raw = _NONE
    hook_id: msgspec.Raw = _NONE
    deployment: msgspec.Raw = _NONE
    repository: msgspec.Raw = _NONE
    entity: msgspec.Raw = _NONE
    data: msgspec.Raw = _NONE


class _Repository(msgspec.Struct):
    name: str
    full_name: str


class _Deployment(msgspec.Struct):
    id: int
    sha: str
    created_at: _Instant
    ref: str = ""
    environment: str = ""
    description: str | None = None
    payload: msgspec.Raw = _NONE
    production_environment: bool | None = None
    transient_environment: bool | None = None


class _Status(msgspec.Struct):
    state: str
    created_at: _Instant


class _GitHub(msgspec.Struct):
    deployment: _Deployment
    repository: _Repository
    deployment_status: _Status | None = None
    workflow_run: msgspec.Raw = _NONE


class _Payload(msgspec.Struct):
    service: str = ""


class _Model(msgspec.Struct):
    name: str = ""
    version: str | int = ""
    alias: str = ""
    tags: dict[str, str] | None = None


class _MLflow(msgspec.Struct):
    entity: str
    action: str
    timestamp: _Instant
    data: _Model


def webhook_change(raw: bytes | msgspec.Raw) -> Change | None:
    """Return the change that a webhook of GitHub or MLflow tells; ``None`` where it is neither's.

    Raises ``Unneeded`` for an event that is no change, and ``Fault`` where a field is not as documented.

    >>> change = webhook_change(
    ...     b'{"entity": "model_version_alias", "action": "created", "timestamp": "2026-01-01T00:00:00Z",'
    ...     b' "data": {"name": "fraud", "alias": "champion", "version": "7"}}'
    ... )
    >>> change.what, change.after, change.service
    ('fraud@champion', '7', 'fraud')
    """
    try:
        shape = msgspec.json.decode(raw, type=_Shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if _is_given(shape.specversion):
        return None
    try:
        if _is_given(shape.deployment) and _is_given(shape.repository):
            return _deployment(msgspec.json.decode(raw, type=_GitHub))
        if _is_given(shape.entity) and _is_given(shape.data):
            return _model(msgspec.json.decode(raw, type=_MLflow))
    except msgspec.ValidationError as error:
        fault = explain(error)
        raise Fault(fault.field, fault.problem, _FIX) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Fault("", f"not valid JSON: {str(error)[:200]}", _FIX) from error
    if _is_given(shape.zen) and _is_given(shape.hook_id):
        raise Unneeded("a ping: the webhook works", "choose the events Deployments and Deployment statuses")
    return None


def _deployment(event: _GitHub) -> Change:
    """One deployment is one change, however many events tell of it: its key is the same in all of them.

    A deployment may wait for days to be approved, so the one moment that is better than its creation is the
    status "in progress". GitHub Actions always sends that; of others, who may send the end alone, the end
    tells that there was a deployment, and its creation, when it may have begun to take effect.
    """
    made, where = event.deployment, event.repository
    _hold_production(made)
    at, status = made.created_at, event.deployment_status
    if status is not None:
        ended = status.state in _ENDED
        if status.state == _BEGAN:
            at = status.created_at
        elif not ended or _is_given(event.workflow_run):
            why = "its beginning is what counts" if ended else "nothing has begun"
            raise Unneeded(f"the deployment's state is {status.state[:40]}: {why}", "nothing")
    told = f": {made.description}" if made.description else ""
    return Change(
        key=f"github/{where.full_name} deployment {made.id}",
        at=from_datetime(at),
        service=_service(made.payload) or where.name,
        kind="deploy",
        what=where.full_name,
        after=made.sha,
        source=f"github/{where.full_name}",
        title=f"Deployed {made.ref or made.sha[:12]} to {made.environment or 'production'}{told}"[:1_024],
    )


def _is_given(raw: msgspec.Raw) -> bool:
    return bytes(raw) not in {b"", b"null"}


def _hold_production(made: _Deployment) -> None:
    named = made.environment.lower().startswith(_PRODUCTION)
    if made.transient_environment or (made.production_environment is False and not named):
        raise Unneeded(
            f"the environment {made.environment[:100]!r} is not production",
            "set production_environment to true in the deployment, if it is",
        )


def _service(payload: msgspec.Raw) -> str:
    """Return ``service`` of a deployment's own payload, an object or one written as text; empty for none."""
    try:
        text = msgspec.json.decode(payload, type=str) if bytes(payload).startswith(b'"') else payload
        return msgspec.json.decode(text, type=_Payload).service
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _model(event: _MLflow) -> Change:
    """A new version may be served at once, and a moved alias is what most servers follow: both count."""
    model, name = event.data, f"{event.entity}.{event.action}"
    if name not in {"model_version.created", "model_version_alias.created", "model_version_alias.deleted"}:
        raise Unneeded(
            f"{name[:100]} changes no answer", "choose model_version and model_version_alias events"
        )
    if not model.name:
        raise Fault("data.name", "required, but missing", _FIX)
    what = f"{model.name}@{model.alias}" if model.alias else model.name
    version = str(model.version)
    said = {
        "model_version.created": f"Model {model.name} has a new version {version}",
        "model_version_alias.created": f"Alias {what} now names version {version}",
        "model_version_alias.deleted": f"Alias {what} was deleted",
    }[name]
    return Change(
        key=f"mlflow {name} {what} {version} {event.timestamp.isoformat()}",
        at=from_datetime(event.timestamp),
        service=(model.tags or {}).get("service", "") or model.name,
        kind="model_version",
        what=what,
        after=version,
        source="mlflow",
        title=said,
    )
