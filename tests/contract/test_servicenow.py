"""The ServiceNow channel against a local fake, by TLS: one ticket whatever the line does."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pysnc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.servicenow.config import ServiceNowConfig, config_of
from aright.adapters.servicenow.tickets import ServiceNow
from aright.adapters.servicenow.words import description, plain, short_description
from aright.core.model.message import Message
from aright.core.page.body import PageBody
from aright.ports.channel import Channel, DeliveryError
from tests.contract.authority import authority
from tests.contract.fake_servicenow import PASSWORD, USER, FakeServiceNow, limited
from tests.contract.fake_servicenow_oauth import CLIENT, CLIENT_SECRET
from tests.contract.fake_servicenow_plan import Plan
from tests.contract.listening import Listener, Reply, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "aright-INC-1-5/snow"
BODY = PageBody(
    action="trigger",
    incident="INC-1",
    service="shop",
    severity=2,
    title="shop: click quality fell from 12 % to 6.0 %",
    opened_at=5_000_000,
    link="https://aright.example/incidents/INC-1",
    facts={"who is hit": "30 % of users"},
)


def told(action: str = "trigger", again: str = "", **changes: object) -> Message:
    body = msgspec.structs.replace(BODY, action=action, **changes)
    return Message(
        id=f"aright-INC-1-5-{action}{again}",
        channel="snow",
        dedup_key=ROOT,
        incident="INC-1",
        urgency=2,
        body=msgspec.json.encode(body),
        due_at=0,
    )


def set_up(listener: Listener, **changes: Any) -> ServiceNowConfig:
    given = {"user": USER, "password": PASSWORD, "ca_file": str(authority().ca_file), **changes}
    return ServiceNowConfig(url=listener.url, **given)


@contextmanager
def keeping(fake: FakeServiceNow, **changes: Any) -> Iterator[ServiceNow]:
    with listen(fake.answer, authority().server) as listener:
        channel = ServiceNow("snow", set_up(listener, **changes))
        try:
            yield channel
        finally:
            channel.close()


@contextmanager
def asking(fake: FakeServiceNow) -> Iterator[pysnc.ServiceNowClient]:
    """ServiceNow's own client on the same fake; where the environment names authorities, it heeds that."""
    with listen(fake.answer, authority().server) as listener, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(authority().ca_file))
        client = pysnc.ServiceNowClient(listener.url, (USER, PASSWORD))
        try:
            yield client
        finally:
            client.session.close()


def only(fake: FakeServiceNow) -> dict[str, str]:
    (ticket,) = fake.incidents.values()
    return ticket


def failing(channel: ServiceNow, message: Message) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.deliver(message)
    return caught.value


def test_it_is_a_channel():
    channel: Channel = ServiceNow("snow", ServiceNowConfig(url="https://x.example", user="a", password="b"))
    assert (channel.kind, channel.name) == ("tickets", "snow")
    assert channel.takes == {"trigger", "acknowledge", "note", "resolve", "close"}


def test_a_ticket_says_what_whoever_works_on_it_needs():
    fake = FakeServiceNow()
    carried = {
        "assignment_group": "shop-team",
        "caller": "aright",
        "category": "software",
        "configuration_item": "shop-api",
        "extra": {"contact_type": "monitoring", "u_cost_centre": "42"},
    }
    with keeping(fake, **carried) as channel:
        receipt = channel.deliver(told())
    ticket = only(fake)
    assert ticket["short_description"] == "SEV2 shop: click quality fell from 12 % to 6.0 %"
    assert ticket["description"].splitlines() == [
        "INC-1: shop",
        "opened: 1970-01-01T00:00:05.000Z",
        "who is hit: 30 % of users",
        "https://aright.example/incidents/INC-1",
    ]
    assert (ticket["impact"], ticket["urgency"], ticket["priority"]) == ("1", "2", "2")
    assert (ticket["state"], ticket["correlation_id"]) == ("1", ROOT)
    assert (ticket["assignment_group"], ticket["caller_id"]) == ("shop-team", "aright")
    assert (ticket["category"], ticket["cmdb_ci"]) == ("software", "shop-api")
    assert (ticket["contact_type"], ticket["u_cost_centre"]) == ("monitoring", "42")
    assert receipt.ref is not None
    assert (receipt.ref.key, receipt.ref.id) == ("snow/INC-1", ticket["sys_id"])
    assert (receipt.ref.number, receipt.ref.state) == (ticket["number"], "New")
    assert receipt.ref.link.endswith(f"/nav_to.do?uri=%2Fincident.do%3Fsys_id%3D{ticket['sys_id']}")


def test_severities_become_priorities():
    for severity, priority in {1: "1", 2: "2", 3: "3", 4: "4", 0: "2"}.items():
        fake = FakeServiceNow()
        with keeping(fake) as channel:
            channel.deliver(told(severity=severity))
        assert only(fake)["priority"] == priority
    fake = FakeServiceNow()
    with keeping(fake, sev4="3,3") as channel:
        channel.deliver(told(severity=4))
    assert only(fake)["priority"] == "5"


def test_a_ticket_goes_along_with_its_incident():
    fake = FakeServiceNow()
    states = []
    with keeping(fake) as channel:
        for message in (
            told(),
            told("note", text="mitigating: roll back to 7", by="ann"),
            told("acknowledge", by="ann", address="ann@shop.example"),
            told("resolve", by="ann", text="rolled back"),
            told("close", by="bob"),
        ):
            channel.deliver(message)
            states.append(only(fake)["state"])
    assert states == ["1", "1", "2", "6", "7"]
    ticket = only(fake)
    assert ticket["assigned_to"] == "ann@shop.example"
    assert ticket["close_code"] == "Solution provided"
    assert ticket["close_notes"] == "Resolved in aright. by ann: rolled back"
    (note,) = fake.notes(ticket["sys_id"])
    assert note.splitlines()[:2] == ["ann:", "mitigating: roll back to 7"]


def test_the_same_message_again_does_nothing_again():
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        for message in (told(), told("note", text="x", by="ann"), told("acknowledge", by="ann")):
            for _ in range(3):
                channel.deliver(message)
        channel.deliver(told("note", "2", text="x", by="ann"))
        channel.deliver(told("resolve", by="ann"))
        fake.change(only(fake)["sys_id"], by="ada", state="3")
        for message in (told("acknowledge", by="ann"), told("resolve", by="ann")):
            channel.deliver(message)
    assert len(fake.notes(only(fake)["sys_id"])) == 2
    assert only(fake)["state"] == "3"


# What people did there is theirs


@pytest.mark.parametrize("state", ["6", "7"])
def test_what_people_have_ended_is_not_begun_again_by_a_note(state: str):
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        channel.deliver(told())
        fake.change(only(fake)["sys_id"], by="ada", state=state, close_code="Known", close_notes="my way")
        for message in (told("note", text="x", by="ann"), told("acknowledge", by="ann"), told("resolve")):
            channel.deliver(message)
    ticket = only(fake)
    assert (ticket["state"], ticket["close_notes"]) == (state, "my way")


def test_harm_that_comes_back_reopens_what_was_resolved():
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        for message in (told(), told("resolve"), told("trigger", "-again1", severity=1)):
            channel.deliver(message)
    ticket = only(fake)
    assert (ticket["state"], ticket["priority"]) == ("2", "1")


@pytest.mark.parametrize("state", ["7", "8"])
def test_harm_that_comes_back_after_the_end_gets_a_ticket_of_its_own(state: str):
    fake = FakeServiceNow(locked=True)
    with keeping(fake) as channel:
        channel.deliver(told())
        first = only(fake)
        fake.change(first["sys_id"], by="ada", state=state, close_code="Known", close_notes="gone")
        for _ in range(2):
            channel.deliver(told("trigger", "-again1"))
        channel.deliver(told("resolve", "-again1"))
    old, new = fake.incidents.values()
    assert (old["state"], new["state"]) == (state, "6")
    assert f"follows {old['number']}" in fake.notes(new["sys_id"])[0]


def test_a_closed_ticket_that_takes_no_notes_holds_nothing_up():
    fake = FakeServiceNow(locked=True)
    with keeping(fake) as channel:
        channel.deliver(told())
        fake.change(only(fake)["sys_id"], by="ada", state="7", close_code="Known", close_notes="gone")
        assert "takes no more notes" in channel.deliver(told("note", text="x")).answer


def test_what_has_no_ticket_is_told_to_nobody():
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        receipt = channel.deliver(told("note", text="x"))
    assert receipt.ref is None
    assert not fake.incidents


@pytest.mark.parametrize("attempts", [1, 5])
def test_a_note_that_overtakes_its_ticket_waits_for_it(attempts: int):
    fake = FakeServiceNow()
    note = msgspec.structs.replace(told("note", text="x"), dedup_key=f"{ROOT}/notes", attempts=attempts)
    with keeping(fake) as channel:
        if attempts == 5:
            assert channel.deliver(note).ref is None
            return
        assert failing(channel, note).retry_after == 10.0
        channel.deliver(told())
        channel.deliver(note)
    assert len(fake.notes(only(fake)["sys_id"])) == 1


# One ticket, whatever the line does


@pytest.mark.parametrize(
    ("mishap", "retry_after", "whole"),
    [
        ("drop_before", 10.0, False),
        ("drop_after", 10.0, False),
        ("error_before", 10.0, False),
        ("error_after", 10.0, False),
        ("late", 10.0, False),
        ("limited", 3.0, True),
    ],
)
def test_an_unknown_outcome_is_looked_up_before_the_next_attempt(
    mishap: Any, retry_after: float, whole: bool
):
    fake = FakeServiceNow(plan=Plan(first=["", mishap]))
    with keeping(fake) as channel:
        error = failing(channel, told())
        assert (error.permanent, error.retry_after, error.whole) == (False, retry_after, whole)
        channel.deliver(told())
        fake.advance(60)
        channel.deliver(told("acknowledge", by="ann"))
    assert [each["state"] for each in fake.incidents.values() if each["state"] != "8"] == ["2"]


def test_what_was_done_late_is_cancelled_and_says_why():
    fake = FakeServiceNow(plan=Plan(first=["", "late"]))
    with keeping(fake) as channel:
        failing(channel, told())
        channel.deliver(told())
        fake.advance(60)
        channel.deliver(told("note", text="x"))
        kept, double = fake.incidents.values()
    assert (kept["state"], double["state"]) == ("1", "8")
    assert kept["number"] in fake.notes(double["sys_id"])[0]
    assert [note.splitlines()[0] for note in fake.notes(kept["sys_id"])] == ["x"]


def test_of_two_that_were_made_at_once_the_older_is_kept():
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        channel.deliver(told())
        first = only(fake)
        other = {**first, "sys_id": "f" * 32, "number": "INC0000001", "sys_created_on": "2000-01-01 00:00:00"}
        fake.incidents["f" * 32] = other
        receipt = channel.deliver(told())
    assert receipt.ref is not None
    assert receipt.ref.number == "INC0000001"
    assert fake.incidents[first["sys_id"]]["state"] == "8"


@pytest.mark.parametrize("mishap", ["drop_after", "error_after", "late"])
def test_a_note_whose_answer_is_lost_is_written_once(mishap: Any):
    fake = FakeServiceNow(plan=Plan(first=["", "", "", "", mishap]))
    with keeping(fake) as channel:
        channel.deliver(told())
        error = failing(channel, told("note", text="x"))
        assert error.retry_after == 65.0  # the instance ends what takes longer than a minute
        fake.advance(error.retry_after)
        channel.deliver(told("note", text="x"))
    assert len(fake.notes(only(fake)["sys_id"])) == 1


@pytest.mark.parametrize("mishap", ["drop_after", "error_after", "late"])
def test_a_change_whose_answer_is_lost_is_done_again_without_harm(mishap: Any):
    fake = FakeServiceNow(plan=Plan(first=["", "", "", "", mishap]))
    with keeping(fake) as channel:
        channel.deliver(told())
        assert failing(channel, told("acknowledge", by="ann")).retry_after == 10.0
        channel.deliver(told("acknowledge", by="ann"))
        fake.advance(60)
        channel.deliver(told("resolve", by="ann"))
    assert only(fake)["state"] == "6"


def test_a_ticket_of_others_is_never_taken_for_ours():
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        channel.deliver(told())
        stranger = {**only(fake), "sys_id": "e" * 32, "correlation_id": "something else"}
        fake.incidents["e" * 32] = stranger
        fake.before.append(Reply(200, msgspec.json.encode({"result": [_shown(stranger)]})))
        assert channel.deliver(told("note", text="x")).ref is None


def _shown(record: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"value": value, "display_value": value} for name, value in record.items()}


@pytest.mark.parametrize(
    ("reply", "permanent", "retry_after", "whole"),
    [
        (Reply(400, b'{"error": {"message": "bad", "detail": null}}'), False, None, False),
        (Reply(403), False, None, False),
        (Reply(404), False, None, False),
        (Reply(302, headers={"Location": "https://elsewhere.example/"}), False, None, False),
        (Reply(200, b"<html>log in first</html>"), False, None, False),
        (Reply(200, b'{"result": [{"sys_id": 5}]}'), False, None, False),
        (Reply(200, b"x" * 5_000_000), False, None, False),
        (Reply(200, b"[" * 100_000), False, None, False),
        (Reply(401), False, 60.0, True),
        (limited(7), False, 7.0, True),
        (Reply(429), False, 60.0, True),
        (Reply(503, headers={"Retry-After": "7"}), False, 7.0, False),
        (Reply(drop=True), False, None, False),
    ],
)
def test_an_answer_says_whether_to_try_again(
    reply: Reply, permanent: bool, retry_after: float | None, whole: bool
):
    fake = FakeServiceNow(before=[reply])
    with keeping(fake) as channel:
        error = failing(channel, told())
        assert (error.permanent, error.retry_after or None, error.whole) == (permanent, retry_after, whole)
        assert len(str(error)) < 1_000
        channel.deliver(told())
    assert only(fake)["state"] == "1"


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (413, True), (403, False), (404, False)])
def test_what_is_wrong_with_the_ticket_itself_is_not_tried_again(status: int, permanent: bool):
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        fake.before = [Reply(200, b'{"result": []}'), Reply(status)]
        assert failing(channel, told()).permanent is permanent


def test_silence_ends_at_the_timeout():
    fake = FakeServiceNow(before=[Reply(silent=True)])
    with keeping(fake, timeout=0.1) as channel:
        assert "ReadTimeout" in str(failing(channel, told()))


def test_who_is_not_the_instance_gets_no_password():
    fake = FakeServiceNow()
    with keeping(fake, ca_file="") as channel:
        assert "could not be reached" in str(failing(channel, told()))
    assert not fake.requests


@pytest.mark.parametrize(
    "message",
    [
        msgspec.structs.replace(told(), dedup_key=""),
        msgspec.structs.replace(told(), body=b"{}"),
        told("snooze"),
    ],
)
def test_what_no_ticket_could_say_is_not_sent(message: Message):
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        assert failing(channel, message).permanent
    assert not fake.requests


# Tokens


def test_a_token_is_kept_renewed_and_begun_anew():
    fake = FakeServiceNow()
    with keeping(fake, client_id=CLIENT, client_secret=CLIENT_SECRET) as channel:
        channel.deliver(told())
        fake.office.revoke()
        channel.deliver(told("acknowledge", by="ann"))
        fake.office.revoke(refreshes=True)
        channel.deliver(told("resolve", by="ann"))
    assert fake.office.given == ["password", "refresh_token", "password"]
    assert only(fake)["state"] == "6"


def test_client_credentials_need_no_user():
    fake = FakeServiceNow()
    with keeping(fake, user="", password="", client_id=CLIENT, client_secret=CLIENT_SECRET) as channel:
        channel.deliver(told())
    assert fake.office.given == ["client_credentials"]
    assert only(fake)["sys_created_by"] == USER


def test_who_is_not_let_in_is_told_so_and_waits():
    fake = FakeServiceNow()
    with keeping(fake, client_id=CLIENT, client_secret="wrong") as channel:
        error = failing(channel, told())
    assert error.whole
    assert "no token" in str(error)


# Its secrets, and what others' texts may do


@pytest.mark.parametrize("oauth", [False, True])
def test_no_secret_is_in_a_repr_a_log_or_an_error(caplog: pytest.LogCaptureFixture, oauth: bool):
    caplog.set_level(logging.DEBUG)
    fake = FakeServiceNow(users={USER: "pässword-é-1234"})
    client = {"client_id": CLIENT, "client_secret": CLIENT_SECRET} if oauth else {}
    with keeping(fake, password="pässword-é-1234", **client) as channel:
        channel.deliver(told())
        sent = fake.requests[-1].headers["authorization"].partition(" ")[2]
        fake.before.append(Reply(500, f"{sent} pässword-é-1234 {CLIENT_SECRET}".encode()))
        error = failing(channel, told("note", text="x"))
        shown = f"{error!r} {error} {channel!r} {channel._config!r} {caplog.text}"
    for secret in (sent, "pässword", *([CLIENT_SECRET] if oauth else [])):
        assert secret not in shown


def test_markup_in_a_note_stays_text():
    fake = FakeServiceNow()
    with keeping(fake) as channel:
        channel.deliver(told())
        channel.deliver(told("note", text="[code]<script>alert(1)</script>[/code]\x00", by="eve"))
    (note,) = fake.notes(only(fake)["sys_id"])
    assert "[code]" not in note
    assert "(code)<script>" in note


@settings(deadline=None, max_examples=60)
@given(title=st.text(max_size=400), text=st.text(max_size=9_000), link=st.text(max_size=50))
def test_any_text_fits_a_ticket(title: str, text: str, link: str):
    page = msgspec.structs.replace(BODY, title=title, facts={"x": text}, link=link)
    assert 0 < len(short_description(page)) <= 160
    assert "\n" not in short_description(page)
    assert 0 < len(description(page)) <= 4_000
    assert "[code]" not in plain(text + "[code]", 20_000).lower()


# Settings


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({}, "needs url"),
        ({"url": "http://x.example", "user": "a", "password": "b"}, "https"),
        ({"url": "https://x.example/path", "user": "a", "password": "b"}, "address alone"),
        ({"url": "https://a:hidden@x.example", "user": "a", "password": "b"}, "address alone"),
        ({"url": "https://x.example"}, "give user and password"),
        ({"url": "https://x.example", "user": "a"}, "belong together"),
        ({"url": "https://x.example", "client_id": "a"}, "belong together"),
        ({"url": "https://x.example", "user": "a:b", "password": "b"}, "colon"),
        ({"url": "https://x.example", "user": "a", "password": "b", "sev1": "0,1"}, "sev1"),
        ({"url": "https://x.example", "user": "a", "password": "b", "table": "a/b"}, "table"),
        ({"url": "https://x.example", "user": "a", "password": "b", "timeout": "soon"}, "timeout"),
        ({"url": "https://x.example", "user": "a", "password": "b", "timeout": "nan"}, "timeout"),
        ({"url": "https://x.example", "user": "a", "password": "b", "settle": "-1"}, "settle"),
        ({"url": "https://x.example", "user": "a", "password": "b", "close_code": ""}, "close_code"),
        ({"url": "https://x.example", "user": "a", "password": "b", "webhook_secret": "short"}, "16"),
        ({"url": "https://x.example", "user": "a", "password": "b", "field.priority": "1"}, "priority"),
        ({"url": "https://x.example", "user": "a", "password": "b", "field.A b": "1"}, "names no field"),
        ({"url": "https://x.example", "user": "a", "password": "b", "colour": "red"}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused(settings: dict[str, str], wrong: str):
    with pytest.raises(ValueError, match=wrong) as caught:
        config_of(settings)
    assert "hidden" not in str(caught.value)


# The fake itself, by ServiceNow's own client


def test_its_own_client_finds_and_changes_what_the_channel_made():
    fake = FakeServiceNow()
    with keeping(fake) as channel, asking(fake) as client:
        channel.deliver(told(severity=1))
        record = client.GlideRecord("incident")
        assert record.get("correlation_id", ROOT)
        assert record.get_value("priority") == "1"
        record.set_value("priority", "4")
        record.set_value("state", "6")
        with pytest.raises(pysnc.exceptions.RoleException, match="mandatory"):
            record.update()
        record.set_value("close_code", "Solved")
        record.set_value("close_notes", "done by hand")
        record.set_value("work_notes", "have a look")
        record.update()
        assert record.get_value("priority") == "1"
        assert record.get_display_value("state") == "Resolved"
        channel.deliver(told("note", text="noted"))
        assert record.get(str(record.sys_id))
        assert record.get_display_value("work_notes").startswith("2027-01-15 08:00:00 - aright.integration")
    assert only(fake)["close_notes"] == "done by hand"


def test_its_own_client_pages_sorts_and_deletes():
    fake = FakeServiceNow()
    with asking(fake) as client:
        record = client.GlideRecord("incident")
        for number in range(5):
            record = client.GlideRecord("incident")
            record.initialize()
            record.set_value("short_description", f"no. {number}")
            record.set_value("impact", str(number % 3 + 1))
            assert record.insert()
        listed = client.GlideRecord("incident", batch_size=2)
        listed.add_query("impact", "IN", "1,2")
        listed.add_query("number", ">", "INC0010001")
        listed.order_by_desc("number")
        listed.query()
        assert len(listed) == 3
        assert [str(row.short_description) for row in listed] == ["no. 4", "no. 3", "no. 1"]
        assert record.delete()
        assert not client.GlideRecord("incident").get(str(record.sys_id))
    assert len(fake.incidents) == 4


def test_its_own_client_makes_two_where_an_answer_is_lost():
    fake = FakeServiceNow(plan=Plan(first=["drop_after"]))
    with asking(fake) as client:
        record = client.GlideRecord("incident")
        record.initialize()
        record.set_value("correlation_id", ROOT)
        with pytest.raises(OSError, match=r"."):  # it gives up: whoever calls it tries again, as people do
            record.insert()
        record.insert()
    assert len(fake.of(ROOT)) == 2


@pytest.mark.parametrize("reply", [limited(0), Reply(503)])
def test_its_own_client_asks_again_by_itself_where_that_is_safe(reply: Reply):
    fake = FakeServiceNow(before=[reply])
    with asking(fake) as client:
        assert not client.GlideRecord("incident").get("correlation_id", ROOT)
    assert len(fake.requests) == 2


@pytest.mark.parametrize("user", ["ada", ""])
def test_its_own_client_gets_tokens(user: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority().ca_file))
    fake = FakeServiceNow()
    with listen(fake.answer, authority().server) as listener:
        flow = pysnc.auth.ServiceNowClientCredentialsFlow(CLIENT, CLIENT_SECRET if user else "wrong")
        if not user:
            with pytest.raises(pysnc.exceptions.AuthenticationException, match="access_denied"):
                pysnc.ServiceNowClient(listener.url, flow)
            return
        client = pysnc.ServiceNowClient(listener.url, flow)
        assert not client.GlideRecord("incident").get("correlation_id", ROOT)
        client.session.close()
    assert fake.office.given == ["client_credentials"]
