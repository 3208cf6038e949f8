"""What channels that keep tickets promise, held to the one in memory and to ServiceNow's alike."""

from __future__ import annotations

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from aright.adapters.memory_tickets import MemoryTickets
from aright.adapters.servicenow.config import ServiceNowConfig, config_of
from aright.adapters.servicenow.hook import ServiceNowHook
from aright.adapters.servicenow.tickets import ServiceNow
from aright.core.model.message import Message
from aright.core.model.signature import sign
from aright.core.model.times import SECOND
from aright.core.page.body import PageBody
from aright.ports.channel import DeliveryError
from aright.ports.hook import ForgedError, NoMessageError, StaleError
from aright.ports.tickets import TicketsError
from tests.contract.authority import authority
from tests.contract.fake_servicenow import PASSWORD, USER, FakeServiceNow
from tests.contract.fake_servicenow_plan import Plan
from tests.contract.listening import Reply, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.outlet import ExternalRef
    from aright.core.model.ticket import TicketSeen, TicketState
    from aright.ports.hook import Hook

SECRET = "secret-of-the-business-rule"
CODES = {"new": "1", "in_progress": "2", "on_hold": "3", "resolved": "6", "closed": "7", "cancelled": "8"}


class Desk(ABC):
    """A channel, and the hands of those who work where its tickets are."""

    channel: MemoryTickets | ServiceNow

    @abstractmethod
    def by_hand(self, key: str, *, state: TicketState | None, text: str, assignee: str) -> None: ...

    @abstractmethod
    def count(self) -> int: ...

    @abstractmethod
    def notes(self) -> int: ...

    def does(self, key: str, state: TicketState | None = None, text: str = "", assignee: str = "") -> None:
        self.by_hand(key, state=state, text=text, assignee=assignee)


class InMemory(Desk):
    def __init__(self) -> None:
        self.channel: MemoryTickets = MemoryTickets("snow")

    def by_hand(self, key: str, *, state: TicketState | None, text: str, assignee: str) -> None:
        self.channel.by_hand(key, by="ada", state=state, text=text, assignee=assignee)

    def count(self) -> int:
        return len(self.channel.tickets)

    def notes(self) -> int:
        return sum(line.startswith("note") for line in self.channel.wrote)


class AtServiceNow(Desk):
    def __init__(self, stack: ExitStack, **changes: Any) -> None:
        self.fake = FakeServiceNow(**changes)
        listener = stack.enter_context(listen(self.fake.answer, authority().server))
        config = ServiceNowConfig(
            url=listener.url,
            user=USER,
            password=PASSWORD,
            ca_file=str(authority().ca_file),
        )
        self.channel: ServiceNow = ServiceNow("snow", config)
        stack.callback(self.channel.close)

    def by_hand(self, key: str, *, state: TicketState | None, text: str, assignee: str) -> None:
        fields = {"assigned_to": assignee} if assignee else {}
        if state is None:
            fields["work_notes"] = text
        else:
            fields |= {"state": CODES[state], "close_code": "Known", "close_notes": text or "done"}
        self.fake.change(key, by="ada", **fields)

    def count(self) -> int:
        return len(self.fake.incidents)

    def notes(self) -> int:
        return sum(line["sys_created_by"] == USER for line in self.fake.journal)


@pytest.fixture(params=["memory", "servicenow"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield InMemory() if request.param == "memory" else AtServiceNow(stack)


def told(action: str = "trigger", again: str = "", incident: str = "INC-1", **changes: object) -> Message:
    page = PageBody(
        action=action, incident=incident, service="shop", severity=2, title="shop: fell", opened_at=5
    )
    return Message(
        id=f"aright-{incident}-5-{action}{again}",
        channel="snow",
        dedup_key=f"aright-{incident}-5/snow",
        incident=incident,
        urgency=2,
        body=msgspec.json.encode(msgspec.structs.replace(page, **changes)),
        due_at=0,
    )


def opened(desk: Desk, *messages: Message) -> ExternalRef:
    ref = None
    for message in (told(), *messages):
        ref = desk.channel.deliver(message).ref
    assert ref is not None
    return ref


def look(desk: Desk, ref: ExternalRef) -> TicketSeen:
    (seen,) = desk.channel.read([ref])
    assert seen.id == ref.id
    return seen


def test_one_ticket_goes_through_its_states(desk: Desk):
    actions = ("trigger", "note", "acknowledge", "resolve", "close")
    states = [look(desk, opened(desk, told(action, text="x", by="ann"))).state for action in actions]
    assert states == ["new", "new", "in_progress", "resolved", "closed"]
    assert desk.count() == 1


def test_a_reference_names_the_ticket(desk: Desk):
    ref = opened(desk)
    assert (ref.key, ref.channel, ref.incident, ref.tag) == ("snow/INC-1", "snow", "INC-1", "INC-1")
    assert ref.id
    assert look(desk, ref).number == ref.number


def test_a_message_that_comes_again_writes_nothing_again(desk: Desk):
    note = told("note", text="x", by="ann")
    opened(desk, told(), note, note, told(), note)
    assert (desk.count(), desk.notes()) == (1, 1)


def test_what_people_ended_no_note_begins_again(desk: Desk):
    for end in ("resolved", "closed", "cancelled"):
        ref = opened(desk)
        desk.does(ref.id, end, "by hand")
        opened(desk, told("note", end, text="x"), told("acknowledge", end, by="ann"))
        assert look(desk, ref).state == end


def test_harm_that_comes_back_begins_it_again(desk: Desk):
    ref = opened(desk, told("resolve"), told("trigger", "-again1"))
    assert look(desk, ref).state == "in_progress"
    desk.does(ref.id, "closed", "by hand")
    later = opened(desk, told("trigger", "-again2"), told("trigger", "-again2"))
    assert (later.id != ref.id, desk.count()) == (True, 2)
    assert look(desk, later).state == "new"


def test_what_nobody_has_opened_is_told_to_nobody(desk: Desk):
    assert desk.channel.deliver(told("note", text="x")).ref is None
    assert desk.count() == 0


def test_it_is_seen_who_did_what(desk: Desk):
    ref = opened(desk)
    assert look(desk, ref).ours
    desk.does(ref.id, "in_progress", assignee="ada")
    seen = look(desk, ref)
    assert (seen.state, seen.ours, seen.by) == ("in_progress", False, "ada")
    assert "ada" in seen.assignee
    desk.does(ref.id, "resolved", "restarted the cache")
    desk.channel.deliver(told("note", text="noted"))
    seen = look(desk, ref)
    assert seen.close_notes == "restarted the cache"
    assert "ada" in (seen.ended_by, *seen.also.get(seen.ended_by, ()))


def test_notes_of_people_are_seen_once_each_and_ours_never(desk: Desk):
    ref = opened(desk, told("note", text="ours", by="ann"))
    desk.does(ref.id, text="first\x1b[31m\nline")
    desk.does(ref.id, text="second")
    one, two = look(desk, ref).notes
    assert (one.by, two.text) == ("ada", "second")
    assert one.id != two.id
    assert look(desk, ref).notes == (one, two)


def test_several_are_read_at_once_and_what_is_gone_is_left_out(desk: Desk):
    refs = []
    for number in range(4):
        ref = desk.channel.deliver(told(incident=f"INC-{number}")).ref
        assert ref is not None
        refs.append(ref)
    gone = msgspec.structs.replace(refs[0], id="0" * 32)
    odd = msgspec.structs.replace(refs[0], id="x^ORsys_idISNOTEMPTY")
    assert [seen.id for seen in desk.channel.read([*refs[1:], gone, odd])] == [ref.id for ref in refs[1:]]
    assert not desk.channel.read([])


@pytest.mark.parametrize("message", [told("snooze"), msgspec.structs.replace(told(), body=b"{}")])
def test_what_is_no_message_is_refused_for_good(desk: Desk, message: Message):
    with pytest.raises(DeliveryError) as caught:
        desk.channel.deliver(message)
    assert caught.value.permanent


# Webhooks

NOW = 1_800_000_000


def signed(body: bytes, at: int = NOW, secret: str = SECRET) -> dict[str, str]:
    return {"x-aright-timestamp": str(at), "x-aright-signature": sign(secret, str(at), body)}


def hook(secret: str = SECRET) -> ServiceNowHook:
    given = {"url": "https://x.example", "user": "a", "password": "b", "webhook_secret": secret}
    found: Hook = ServiceNow("snow", config_of(given)).hook
    assert isinstance(found, ServiceNowHook)
    return found


@pytest.mark.parametrize("at", [NOW, NOW - 299, NOW + 299])
def test_a_webhook_is_believed_by_its_signature(at: int):
    body = b'{"id": "one"}'
    heard = hook().read(signed(body, at), body, NOW * SECOND)
    assert (heard.ids, heard.channel, heard.kind) == (("rule one",), "snow", "ping")


@pytest.mark.parametrize(
    ("headers", "body", "wrong"),
    [
        ({}, b'{"id": "one"}', ForgedError),
        (signed(b'{"id": "one"}', secret="another secret there"), b'{"id": "one"}', ForgedError),
        (signed(b'{"id": "one"}'), b'{"id": "two"}', ForgedError),
        ({**signed(b'{"id": "one"}'), "x-aright-timestamp": str(NOW + 1)}, b'{"id": "one"}', ForgedError),
        ({"x-aright-signature": "v1=é", "x-aright-timestamp": "é"}, b'{"id": "one"}', ForgedError),
        (signed(b'{"id": "one"}', NOW - 301), b'{"id": "one"}', StaleError),
        (signed(b'{"id": "one"}', NOW + 301), b'{"id": "one"}', StaleError),
        (signed(b"[1]"), b"[1]", NoMessageError),
        (signed(b"{}"), b"{}", NoMessageError),
        (signed(b"[" * 100_000), b"[" * 100_000, NoMessageError),
    ],
)
def test_any_other_webhook_is_not(headers: dict[str, str], body: bytes, wrong: type[Exception]):
    with pytest.raises(wrong):
        hook().read(headers, body, NOW * SECOND)


def test_without_a_secret_no_webhook_is_believed():
    body = b'{"id": "one"}'
    with pytest.raises(ForgedError):
        hook("").read(signed(body, secret=""), body, NOW * SECOND)


def test_a_signature_in_base64_will_do_as_scripts_there_make_it():
    body, at = b'{"id": "one"}', str(NOW)
    made = hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).digest()
    headers = {"x-aright-timestamp": at, "x-aright-signature": "v1=" + base64.b64encode(made).decode()}
    assert hook().read(headers, body, NOW * SECOND).ids == ("rule one",)


# What the line does to ServiceNow alone


def test_a_double_that_comes_up_after_the_last_message_is_cancelled_by_the_next_look():
    with ExitStack() as stack:
        desk = AtServiceNow(stack, plan=Plan(first=["", "late"]))
        with pytest.raises(DeliveryError):
            desk.channel.deliver(told())
        ref = opened(desk)
        desk.fake.advance(60)
        assert desk.count() == 2
        look(desk, ref)
        assert [ticket["state"] for ticket in desk.fake.incidents.values()] == ["1", "8"]


def test_a_journal_that_this_user_may_not_see_costs_the_notes_alone():
    with ExitStack() as stack:
        desk = AtServiceNow(stack, deaf=True)
        ref = opened(desk)
        desk.does(ref.id, text="unseen")
        desk.does(ref.id, "resolved", "done")
        assert (look(desk, ref).state, look(desk, ref).notes) == ("resolved", ())


@pytest.mark.parametrize("reply", [Reply(500), Reply(drop=True), Reply(401), Reply(200, b"{")])
def test_what_cannot_be_read_says_so(reply: Reply):
    with ExitStack() as stack:
        desk = AtServiceNow(stack)
        ref = opened(desk)
        desk.fake.before.append(reply)
        with pytest.raises(TicketsError):
            desk.channel.read([ref])
