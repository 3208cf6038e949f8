"""PagerDuty over TLS, asked by our adapter and by PagerDuty's own client: both see the same."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import msgspec
import pagerduty as peer
import pytest

from aright.adapters.pagerduty.channel import PagerDuty
from aright.adapters.pagerduty.config import PagerDutyConfig, config_of
from aright.ports.channel import DeliveryError
from tests.contract.authority import authority
from tests.contract.fake_pagerduty import KEY, FakePagerDuty
from tests.contract.fake_pagerduty_plan import Mishaps
from tests.contract.fake_pagerduty_rest import TOKEN
from tests.contract.listening import Reply
from tests.contract.running_pagerduty import BOT, Running, running
from tests.contract.test_channel import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.message import Message

PAGE_KEY = "aright-INC-1-5000000"


def accepted(channel: PagerDuty, message: Message) -> bool:
    """Return whether a message was accepted; what may not be tried again raises."""
    try:
        channel.deliver(message)
    except DeliveryError as error:
        if error.permanent:
            raise
        return False
    return True


class Sender(Protocol):
    """Whoever sends events."""

    def send(self, action: str, key: str) -> None: ...


class Ours:
    def __init__(self, server: Running) -> None:
        self.channel = server.channel()

    def send(self, action: str, key: str) -> None:
        message = page(action, dedup_key=key)
        assert any(accepted(self.channel, message) for _ in range(5))


class Theirs:
    def __init__(self, server: Running) -> None:
        self.client = server.events()

    def send(self, action: str, key: str) -> None:
        if action == "trigger":
            self.client.trigger("shop is slow", "web-1", dedup_key=key)
        else:
            self.client.send_event(action, dedup_key=key)


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as made:
        yield made


@pytest.mark.parametrize("sender", [Ours, Theirs])
def test_a_key_is_one_alert_until_it_is_resolved(server: Running, sender: type[Ours | Theirs]):
    made: Sender = sender(server)
    for action in ("acknowledge", "resolve", "trigger", "trigger", "acknowledge", "trigger"):
        made.send(action, "k1")
    made.send("trigger", "k2")
    assert [(a.dedup_key, a.status) for a in server.fake.alerts] == [
        ("k1", "acknowledged"),
        ("k2", "triggered"),
    ]
    for action in ("resolve", "acknowledge", "resolve", "trigger"):
        made.send(action, "k1")
    assert [(a.dedup_key, a.status) for a in server.fake.alerts] == [
        ("k1", "resolved"),
        ("k2", "triggered"),
        ("k1", "triggered"),
    ]


@pytest.mark.parametrize("sender", [Ours, Theirs])
def test_what_was_processed_before_the_line_was_cut_pages_once_under_its_key(
    server: Running, sender: type[Ours | Theirs]
):
    server.fake.after += [Reply(drop=True), Reply(502)]
    sender(server).send("trigger", "k1")
    assert len(server.fake.events) == 3
    assert len(server.fake.alerts) == 1


def test_without_a_key_their_own_client_pages_twice_and_ours_cannot(server: Running):
    server.fake.after.append(Reply(drop=True))
    server.events().trigger("shop is slow", "web-1")
    assert len(server.fake.alerts) == 2
    with pytest.raises(DeliveryError, match="dedup key has 0 characters"):
        server.channel().deliver(page(dedup_key=""))


@pytest.mark.parametrize("seed", range(2))
def test_whatever_goes_wrong_each_key_is_one_alert(seed: int):
    mishaps = Mishaps(seed, drops=0.3, limited=0.1, errors=0.1, slow=0.05, seconds=0.005)
    with running(mishaps=mishaps) as server:
        channel = server.channel()
        waiting = [page(dedup_key=f"k{number}") for number in range(25)]
        for _ in range(40):
            waiting = [message for message in waiting if not accepted(channel, message)]
        assert waiting == []
        assert sorted(a.dedup_key for a in server.fake.alerts) == sorted(f"k{n}" for n in range(25))
    assert mishaps.met["drop before"] > 0
    assert mishaps.met["drop after"] > 0


def test_a_limit_is_told_to_wait_for_and_holds_for_the_whole_channel():
    now = [1_000.0]
    with running(FakePagerDuty(limit=3, clock=lambda: now[0])) as server:
        channel = server.channel()
        for number in range(3):
            channel.deliver(page(dedup_key=f"k{number}"))
        with pytest.raises(DeliveryError) as caught:
            channel.deliver(page(dedup_key="k3"))
        assert (caught.value.whole, caught.value.retry_after, caught.value.permanent) == (True, 60.0, False)
        now[0] += 60
        channel.deliver(page(dedup_key="k3"))
        assert len(server.fake.alerts) == 4


def test_an_event_beyond_the_bound_is_refused_for_good(server: Running):
    key = "k" * 256
    with pytest.raises(DeliveryError) as caught:
        server.channel().deliver(page(dedup_key=key))
    assert caught.value.permanent
    with pytest.raises(peer.HttpError):
        server.events().trigger("x", "y", dedup_key=key)
    with pytest.raises(peer.HttpError):
        server.events().trigger("x", "y", dedup_key="k", custom_details={"long": "x" * 600_000})
    assert server.fake.alerts == []


def test_nobody_else_is_trusted(server: Running):
    config = PagerDutyConfig(routing_key=KEY, url=f"{server.listener.url}/v2/enqueue")
    stranger = PagerDuty(config)
    with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        stranger.deliver(page())
    stranger.close()
    assert not caught.value.permanent
    with pytest.raises(ValueError, match="ca_file"):
        PagerDuty(PagerDutyConfig(routing_key=KEY, ca_file="/nowhere/ca.pem"))


# The REST API


def test_a_page_says_what_pagerduty_calls_the_incident(server: Running):
    receipt = server.full().deliver(page(dedup_key=PAGE_KEY))
    assert receipt.ref is not None
    assert (receipt.ref.key, receipt.ref.id, receipt.ref.number) == ("pagerduty/INC-1", "Q000001", "#1")
    assert receipt.ref.link == "https://acme.pagerduty.example/incidents/Q000001"
    (listed,) = server.api().list_all("incidents", params={"incident_key": PAGE_KEY})
    assert listed["id"] == receipt.ref.id


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_to_find_nothing_is_no_failure_of_the_page(
    server: Running, status: int, monkeypatch: pytest.MonkeyPatch
):
    channel = server.full()
    monkeypatch.setattr(server.rest, "answer", lambda _: Reply(status))
    assert channel.deliver(page(dedup_key=PAGE_KEY)).ref is None
    assert len(server.fake.alerts) == 1


def test_a_note_and_an_update_reach_the_incident_of_the_key(server: Running):
    channel = server.full()
    channel.deliver(page(dedup_key=PAGE_KEY))
    noted = channel.deliver(page("note", dedup_key=f"{PAGE_KEY}/notes", text="feed empty", by="Ann"))
    channel.deliver(page("update", dedup_key="aright-INC-1-5000000-update", text="We are on it.", by=""))
    (incident,) = server.fake.incidents
    assert incident.notes[0].startswith("Ann (aright INC-1 ")
    assert incident.notes[0].endswith(":\nfeed empty")
    assert incident.updates[0].startswith("aright (aright INC-1):\nWe are on it.")
    assert noted.ref is not None
    assert (noted.remaining, noted.resets_in) == (957, 60.0)
    (seen,) = server.api().rget(f"incidents/{incident.id}/notes")
    assert seen["content"] == incident.notes[0]


def test_a_note_whose_answer_was_lost_is_written_once(server: Running):
    channel = server.full()
    channel.deliver(page(dedup_key=PAGE_KEY))
    message = page("note", dedup_key=PAGE_KEY, text="feed empty", by="Ann")
    whole = server.rest.answer
    lose = [True]

    def losing(request: Any) -> Reply:
        reply = whole(request)
        return Reply(drop=True) if request.method == "POST" and lose and lose.pop() else reply

    server.rest.answer = losing  # type: ignore[method-assign]
    with pytest.raises(DeliveryError):
        channel.deliver(message)
    channel.deliver(msgspec.structs.replace(message, attempts=2))
    assert len(server.fake.incidents[0].notes) == 1


def test_a_note_waits_for_its_incident_and_not_for_ever(server: Running):
    message = page("note", dedup_key=PAGE_KEY, text="feed empty")
    with pytest.raises(DeliveryError) as caught:
        server.full().deliver(message)
    assert not caught.value.permanent
    late = msgspec.structs.replace(message, attempts=20)
    with pytest.raises(DeliveryError) as caught:
        server.full().deliver(late)
    assert caught.value.permanent


def test_a_limit_of_the_rest_api_holds_no_page_back(server: Running):
    server.rest.limit = 1
    channel = server.full()
    channel.deliver(page(dedup_key=PAGE_KEY))
    before = len(server.listener.requests)
    with pytest.raises(DeliveryError, match="no more requests") as caught:
        channel.deliver(page("note", dedup_key=PAGE_KEY, text="x"))
    assert (caught.value.whole, caught.value.retry_after, caught.value.permanent) == (False, None, False)
    assert len(server.listener.requests) == before  # PagerDuty is not asked again before the limit ends
    channel.deliver(page(dedup_key="k2"))
    assert len(server.fake.alerts) == 2


def test_without_a_token_notes_are_not_taken(server: Running):
    assert server.channel().takes == {"trigger", "acknowledge", "resolve"}
    assert server.full().takes == {"trigger", "acknowledge", "resolve", "note", "update"}
    with pytest.raises(DeliveryError, match="api_token"):
        server.channel().deliver(page("note", text="x"))
    with pytest.raises(DeliveryError, match="api_token"):
        server.channel().read_oncalls()


def test_a_token_that_is_not_known_says_what_to_look_at(server: Running):
    channel = server.channel(api_token="u+wrong", from_email=BOT)
    with pytest.raises(DeliveryError, match="api_token a key that may write") as caught:
        channel.deliver(page("note", dedup_key=PAGE_KEY, text="x"))
    assert "u+wrong" not in str(caught.value)


def test_who_is_on_call_there_is_read_page_by_page(server: Running):
    server.rest.oncalls = [
        {
            "escalation_policy": {"summary": "Shop"},
            "escalation_level": 1 + number % 2,
            "user": {"summary": f"P{number}", "email": f"p{number}@shop.example"},
            "schedule": {"summary": "Primary"} if number else None,
            "start": None,
            "end": "2026-01-01T00:00:00Z",
        }
        for number in range(130)
    ]
    found = server.full().read_oncalls()
    assert len(found) == 130
    assert (found[0].person, found[0].schedule, found[1].schedule) == ("P0", "", "Primary")
    assert [each["user"]["summary"] for each in server.api().list_all("oncalls")] == [e.person for e in found]


def test_the_fake_manages_incidents_as_their_client_expects(server: Running):
    api = server.api("ann@shop.example")
    made = api.rpost("incidents", json=_incident("one", "k1"))
    with pytest.raises(peer.HttpError) as caught:
        api.rpost("incidents", json=_incident("one", "k1"))
    refused = caught.value.response
    assert refused is not None
    assert (refused.status_code, "Open incident" in refused.text) == (400, True)
    changed = [{"id": made["id"], "type": "incident_reference", "status": "acknowledged"}]
    assert api.rput("incidents", json=changed)[0]["status"] == "acknowledged"
    with pytest.raises(peer.HttpError):
        api.rput("incidents", json=changed * 251)
    other = api.rpost("incidents", json=_incident("two", "k2"))
    api.rput(
        f"incidents/{made['id']}/merge",
        json={"source_incidents": [{"id": other["id"], "type": "incident_reference"}]},
    )
    assert api.rget(f"incidents/{other['id']}")["status"] == "resolved"
    assert api.rpost("incidents", json=_incident("one", "k2"))["id"] != other["id"]
    with pytest.raises(peer.HttpError):
        server.api("nobody@shop.example").rpost("incidents", json=_incident("x", "k9"))


def test_the_fake_keeps_overrides_as_their_client_expects(server: Running):
    api = server.api()
    asked = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z", "user": {"id": "PANN001"}}
    (made,) = api.jpost("schedules/PSCHED1/overrides", json={"overrides": [asked]})
    assert made["status"] == 201
    span = {"since": "2026-01-01", "until": "2026-01-03"}
    (kept,) = api.jget("schedules/PSCHED1/overrides", params=span)["overrides"]
    assert kept["user"] == {"id": "PANN001"}
    assert api.delete(f"schedules/PSCHED1/overrides/{kept['id']}").status_code == 204


def test_the_fake_refuses_what_pagerduty_refuses(server: Running):
    with httpx.Client(verify=authority().client(), base_url=server.listener.url) as client:
        good = {
            "Authorization": f"Token token={TOKEN}",
            "Accept": "application/vnd.pagerduty+json;version=2",
        }
        assert client.get("/incidents", headers=good | {"Authorization": "Token token=x"}).status_code == 401
        assert client.get("/incidents", headers=good | {"Accept": "application/json"}).status_code == 406
        assert client.post("/incidents", headers=good, json={}).status_code == 400
        answer = client.get("/incidents", headers=good)
        assert (answer.status_code, answer.headers["ratelimit-limit"]) == (200, "960")


def _incident(title: str, key: str) -> dict[str, object]:
    service = {"id": "PSVC001", "type": "service_reference"}
    return {"incident": {"type": "incident", "title": title, "service": service, "incident_key": key}}


# Settings


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "routing_key"),
        ({"routing_key": KEY, "colour": "red"}, "colour"),
        ({"routing_key": KEY, "timeout": "soon"}, "number of seconds"),
        ({"routing_key": KEY, "timeout": "6"}, "at most 5 s"),
        ({"routing_key": KEY, "api_token": "t0ken"}, "from_email"),
        ({"routing_key": KEY, "api_token": "t0ken\n", "from_email": BOT}, "copy it again"),
        ({"routing_key": KEY, "webhook_secret": "s" * 16 + ",short"}, "16 characters"),
        ({"routing_key": KEY, "api_url": "ftp://x"}, "API's URL"),
    ],
)
def test_a_setting_that_cannot_be_right_is_told(settings: dict[str, str], told: str):
    with pytest.raises(ValueError, match=told) as caught:
        config_of(settings)
    assert KEY not in str(caught.value)
    assert "t0ken" not in str(caught.value)


def test_no_secret_is_shown(server: Running, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    secret = "s3cret-of-webhooks-1"
    channel = server.full(webhook_secret=secret)
    channel.deliver(page(dedup_key=PAGE_KEY))
    told = repr(channel) + repr(channel._config) + repr(channel.hook) + caplog.text
    for each in (KEY, TOKEN, secret):
        assert each not in told
