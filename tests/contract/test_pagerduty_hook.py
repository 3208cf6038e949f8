"""Webhooks of PagerDuty: what is believed, what is refused, and what each of them says."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.pagerduty.hook import PagerDutyHook
from aright.core.model.times import HOUR, SECOND
from aright.ports.hook import ForgedError, Hook, NoMessageError, StaleError
from tests.contract.fake_pagerduty import Agent, FakePagerDuty, PagerIncident
from tests.contract.fake_pagerduty_hooks import SECRET, FakeWebhooks, Waiting

if TYPE_CHECKING:
    from aright.core.model.heard import Heard

NOW = 1_767_225_600
ANN = Agent("Ann A.")


class Desk:
    """A fake whose webhooks are read at once."""

    def __init__(self, **options: Any) -> None:
        self.fake = FakePagerDuty(clock=lambda: NOW, **options)
        self.hooks = FakeWebhooks(self.fake, lambda _headers, _body: 200)
        self.incident = self.fake.open_incident("SEV2 shop: slow", "aright-INC-1-5", None)
        self.hooks.queue.clear()
        self.hook = PagerDutyHook("main", (SECRET,))

    def told(self, kind: str, agent: Agent | None = ANN, **more: Any) -> Heard | None:
        self.fake.tell(kind, self.incident, agent, **more)
        return self.read(self.hooks.queue.pop())

    def read(self, waiting: Waiting, now: int = NOW, **headers: str) -> Heard | None:
        given = {name.lower(): value for name, value in self.hooks.headers(waiting).items()}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.hook.read(given, waiting.body, now * SECOND)

    def waiting(self, kind: str = "incident.acknowledged") -> Waiting:
        self.fake.tell(kind, self.incident, ANN)
        return self.hooks.queue.pop()


def test_it_is_a_hook():
    assert isinstance(PagerDutyHook("main", (SECRET,)), Hook)


def test_an_acknowledgement_says_who_and_of_what():
    heard = Desk().told("incident.acknowledged")
    assert heard is not None
    assert heard.ids == ("event 01EVENT000002", "webhook hook-000002")
    assert (heard.kind, heard.channel, heard.by, heard.person) == ("acknowledged", "main", "Ann A.", True)
    assert (heard.ref, heard.number, heard.dedup_key) == ("Q000001", "#1", "aright-INC-1-5")
    assert (heard.at, heard.link) == (
        NOW * SECOND,
        "https://acme.pagerduty.example/incidents/Q000001",
    )
    assert heard.names == ("PUSER01", "Ann A.")


@pytest.mark.parametrize(
    ("kind", "more", "heard_as", "text"),
    [
        ("incident.triggered", {}, "opened", ""),
        ("incident.resolved", {}, "resolved", ""),
        ("incident.resolved", {"resolve_reason": {"type": "merge_resolve_reason"}}, "note", "merged"),
        ("incident.reopened", {}, "note", "reopened at PagerDuty"),
        ("incident.unacknowledged", {}, "note", "no longer acknowledged at PagerDuty"),
        ("incident.escalated", {"assignees": [{"summary": "Bob"}]}, "note", "escalated at PagerDuty to Bob"),
        ("incident.reassigned", {"assignees": []}, "note", "reassigned at PagerDuty"),
        (
            "incident.delegated",
            {"escalation_policy": {"summary": "DB"}},
            "note",
            "delegated at PagerDuty to DB",
        ),
        ("incident.priority_updated", {"priority": {"summary": "P1"}}, "note", "changed at PagerDuty: P1"),
        ("incident.priority_updated", {"priority": None}, "note", "changed at PagerDuty: none"),
        ("incident.annotated", {"content": "feed\nis empty"}, "note", "noted at PagerDuty: feed is empty"),
        ("incident.status_update_published", {"message": "m"}, "note", "status update at PagerDuty: m"),
        ("pagey.ping", {}, "ping", ""),
    ],
)
def test_each_event_is_put_into_our_words(kind: str, more: dict[str, Any], heard_as: str, text: str):
    heard = Desk().told(kind, **more)
    assert heard is not None
    assert heard.kind == heard_as
    assert text in heard.text
    assert not heard.ours


def test_what_we_wrote_ourselves_is_known():
    heard = Desk().told("incident.annotated", content="Ann (aright INC-1 0123abcd):\nfeed empty")
    assert heard is not None
    assert heard.ours
    assert heard.ref == "Q000001"


def test_an_event_of_no_interest_says_nothing():
    assert Desk().told("incident.workflow.started") is None


def test_an_incident_of_alerts_may_leave_the_key_out_and_a_program_is_no_person():
    desk = Desk(keyless=True)
    desk.fake.process(
        {"event_action": "trigger", "dedup_key": "k", "payload": {"summary": "x"}, "routing_key": ""}
    )
    (waiting,) = desk.hooks.queue
    heard = desk.read(waiting)
    assert heard is not None
    assert (heard.dedup_key, heard.person, heard.by, heard.title) == ("", False, "aright", "x")
    nobody = desk.told("incident.resolved", None)
    assert nobody is not None
    assert (nobody.by, nobody.names, nobody.person) == ("", (), False)


# What is believed


def test_any_of_several_signatures_and_any_of_several_secrets_will_do():
    desk = Desk()
    desk.hooks.secrets = ["another-secret-here", SECRET]
    assert desk.read(desk.waiting()) is not None
    desk.hooks.secrets = [SECRET]
    desk.hook = PagerDutyHook("main", ("the-next-secret-01", SECRET))
    assert desk.read(desk.waiting()) is not None


@pytest.mark.parametrize(
    "signature",
    ["", "v1=", "v1=00", "v0={right}", "{right}", "v1={right}0", "v1={RIGHT}", ",,,,", "v1=\udcff", "é" * 90],
)
def test_what_is_signed_otherwise_is_forged(signature: str):
    desk = Desk()
    waiting = desk.waiting()
    right = hmac.new(SECRET.encode(), waiting.body, hashlib.sha256).hexdigest()
    header = signature.replace("{right}", right).replace("{RIGHT}", right.upper())
    with pytest.raises(ForgedError):
        desk.read(waiting, x_pagerduty_signature=header)


def test_a_byte_changed_is_forged():
    desk = Desk()
    waiting = desk.waiting()
    header = desk.hooks.signed(waiting.body)
    waiting.body = waiting.body.replace(b"Ann", b"Bob")
    with pytest.raises(ForgedError):
        desk.read(waiting, x_pagerduty_signature=header)


def test_a_hundred_signatures_are_not_all_tried():
    desk = Desk()
    waiting = desk.waiting()
    late = ",".join(["v1=00"] * 100 + [desk.hooks.signed(waiting.body)])
    with pytest.raises(ForgedError):
        desk.read(waiting, x_pagerduty_signature=late)


def test_a_repeat_within_two_days_is_believed_and_an_old_one_is_not():
    desk = Desk()
    waiting = desk.waiting()
    assert desk.read(waiting, NOW + 48 * 3600) is not None
    with pytest.raises(StaleError, match="repeats nothing so old"):
        desk.read(waiting, NOW + 49 * 3600 + 1)
    assert HOUR == 3600 * SECOND


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event": {}}', b'{"a":' * 200_000])
def test_what_is_signed_and_cannot_be_read_says_why(body: bytes):
    desk = Desk()
    with pytest.raises(NoMessageError, match="version 3"):
        desk.read(Waiting("w", body, 0, 0))


NAMES = ["id", "title", "number", "assignees", "service", "summary", "incident", "type"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(ANYTHING)
def test_whatever_stands_in_it_is_heard_or_refused(data: Any):
    desk = Desk()
    event = {
        "id": "e",
        "event_type": "incident.escalated",
        "occurred_at": "2026-01-01T00:00:00Z",
        "data": data,
    }
    body = msgspec.json.encode({"event": event})
    try:
        heard = desk.read(Waiting("w", body, 0, 0))
    except NoMessageError:
        return
    assert heard is not None
    assert msgspec.json.encode(heard)


def test_the_fake_sends_again_what_was_not_taken_and_gives_up_on_what_was_refused():
    now = [0.0]
    answers = [500, 429, 200]
    fake = FakePagerDuty(clock=lambda: now[0])
    hooks = FakeWebhooks(fake, lambda _headers, _body: answers.pop(0))
    fake.open_incident("x", "k", None)
    for _ in range(3):
        hooks.send()
        now[0] += 600
    assert (hooks.taken, hooks.queue) == (["hook-000001"], [])
    answers += [401, 401, 401]
    for _ in range(3):
        fake.tell("incident.escalated", PagerIncident("Q1", 1, "x", "k"), None)
    hooks.send()
    assert (hooks.stopped, hooks.queue) == (True, [])
