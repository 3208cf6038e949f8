"""The ServiceNow channel on a fake of it, by TLS: what a ticket says, and what people did stays theirs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.servicenow.config import ServiceNowConfig, config_of
from aright.adapters.servicenow.tickets import ServiceNow
from aright.adapters.servicenow.words import description, plain, short_description
from tests.contract.fake_servicenow import USER, FakeServiceNow
from tests.contract.fake_servicenow_oauth import CLIENT, CLIENT_SECRET
from tests.contract.listening import Reply
from tests.contract.telling_servicenow import BODY, ROOT, failing, keeping, only, told

if TYPE_CHECKING:
    from aright.ports.channel import Channel


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
