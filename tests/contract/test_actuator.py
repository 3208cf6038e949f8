"""The webhook actuator against a local service that checks signatures."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.core.model.service import Action
from aright.ports.actuator import Actuator, ActuatorError
from tests.contract.listening import Listener, Reply, Request, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "hidden secret – ü"
NOW = 1_790_000_000.75
PARAMETERS = {"source": "profiles", "segment_attribute": "region", "segment_value": "north"}


@dataclass
class Service:
    """Carries an order out once per path and key; ``replies`` are used up first, after processing."""

    replies: list[Reply] = field(default_factory=list)
    done: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        timestamp = request.headers["x-aright-timestamp"]
        signed = timestamp.encode() + b"." + request.body
        expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers["x-aright-signature"], expected):
            return Reply(401, b"the signature does not fit")
        order = msgspec.json.decode(request.body)
        assert request.headers["idempotency-key"] == order["key"]
        if not order["dry_run"]:
            self.done.setdefault((request.path, order["key"]), order)
        if self.replies:
            return self.replies.pop(0)
        return Reply(200, b"would pin" if order["dry_run"] else b"pinned")


@contextmanager
def serving(service: Service, **config: float) -> Iterator[tuple[WebhookActuator, Action, Listener]]:
    with listen(service.answer) as listener:
        action = Action(
            id="restore",
            title="Serve the last good snapshot",
            remedy="restore_source",
            url=f"{listener.url}/restore?token=private",
            secret=SECRET,
            undo_url=f"{listener.url}/undo",
        )
        made = WebhookConfig(timeout=config.get("timeout", 5), attempts=int(config.get("attempts", 2)))
        actuator = WebhookActuator(made, now=lambda: NOW)
        try:
            yield actuator, action, listener
        finally:
            actuator.close()


def test_it_is_an_actuator():
    actuator: Actuator = WebhookActuator()
    assert actuator is not None


def test_an_order_is_signed_and_complete():
    service = Service()
    with serving(service) as (actuator, action, listener):
        assert actuator.carry_out(action, PARAMETERS, dry_run=False, key="INC-1-M1") == "pinned"
    (request,) = listener.requests
    assert request.headers["x-aright-timestamp"] == "1790000000"
    assert request.headers["content-type"] == "application/json"
    assert msgspec.json.decode(request.body) == {
        "action": "restore",
        "remedy": "restore_source",
        "parameters": PARAMETERS,
        "dry_run": False,
        "key": "INC-1-M1",
    }


def test_a_dry_run_says_so_and_changes_nothing():
    service = Service()
    with serving(service) as (actuator, action, _):
        assert actuator.carry_out(action, PARAMETERS, dry_run=True, key="k") == "would pin"
    assert service.done == {}


def test_undoing_goes_to_its_own_address():
    service = Service()
    with serving(service) as (actuator, action, listener):
        actuator.carry_out(action, PARAMETERS, dry_run=False, key="k")
        actuator.undo(action, PARAMETERS, key="k-undo")
        with pytest.raises(ActuatorError, match="no undo_url"):
            actuator.undo(msgspec.structs.replace(action, undo_url=""), PARAMETERS, key="k")
    assert [request.path for request in listener.requests] == ["/restore?token=private", "/undo"]


@pytest.mark.parametrize("lost", [Reply(drop=True), Reply(silent=True)])
def test_an_order_whose_answer_was_lost_is_repeated_under_its_key_and_done_once(lost: Reply):
    service = Service([lost])
    with serving(service, timeout=0.2) as (actuator, action, listener):
        assert actuator.carry_out(action, PARAMETERS, dry_run=False, key="k") == "pinned"
    assert len(listener.requests) == 2
    assert len(service.done) == 1


def test_when_no_answer_comes_it_is_said_that_it_may_have_been_done():
    service = Service([Reply(drop=True)] * 2)
    with (
        serving(service) as (actuator, action, _),
        pytest.raises(ActuatorError, match="may have been carried out"),
    ):
        actuator.carry_out(action, PARAMETERS, dry_run=False, key="k")


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            Reply(422, b"keeps no snapshots"),
            "answered 422 to restore: keeps no snapshots. The service will not",
        ),
        (Reply(500), "answered 500 to restore: nothing more. Try again"),
        (Reply(404), "Is the action's URL right"),
        (Reply(302, headers={"Location": "http://127.0.0.1:1/"}), "Redirects are not followed"),
    ],
)
def test_a_refusal_says_what_the_service_answered_and_what_to_do(reply: Reply, told: str):
    service = Service([reply])
    with serving(service) as (actuator, action, listener):
        with pytest.raises(ActuatorError, match=told) as caught:
            actuator.carry_out(action, PARAMETERS, dry_run=False, key="k")
        assert len(listener.requests) == 1, "an answer, even a refusal, is not asked for again"
    assert "private" not in str(caught.value)


def test_a_wrong_secret_is_told_apart_and_not_shown():
    with serving(Service()) as (actuator, action, _):
        wrong = msgspec.structs.replace(action, secret="another secret")
        with pytest.raises(ActuatorError, match="secret the one that the service checks") as caught:
            actuator.carry_out(wrong, PARAMETERS, dry_run=False, key="k")
    assert "another secret" not in str(caught.value)
    assert SECRET not in repr(action)


def test_a_long_answer_is_cut():
    with serving(Service([Reply(200, b"\xffx" * 5_000_000)])) as (actuator, action, _):
        assert len(actuator.carry_out(action, PARAMETERS, dry_run=False, key="k")) == 2_000


def test_nobody_listening_means_that_nothing_was_done():
    with serving(Service()) as (_, action, _listener):
        pass
    actuator = WebhookActuator()
    with pytest.raises(ActuatorError, match=r"was not carried out: .* could not be reached"):
        actuator.carry_out(action, PARAMETERS, dry_run=False, key="k")
    actuator.close()


@pytest.mark.parametrize("url", ["", "ftp://x", "file:///etc/passwd", "http://", "http://a\x00b"])
def test_an_unusable_url_is_a_matter_for_the_catalog(url: str):
    action = Action(id="a", title="t", remedy="restore_source", url=url, secret="s")
    with pytest.raises(ActuatorError, match="no usable URL"):
        WebhookActuator().carry_out(action, {}, dry_run=False, key="k")
