"""The PagerDuty channel against a local fake: what is sent, and what may be tried again."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.memory_state.state import MemoryState
from aright.adapters.pagerduty.channel import PagerDuty
from aright.adapters.pagerduty.config import PagerDutyConfig
from aright.adapters.pagerduty.event import event_body
from aright.core.model.message import Message
from aright.core.page.body import PageBody
from aright.engine.outbox import drain
from aright.ports.channel import Channel, DeliveryError
from tests.contract.fake_pagerduty import KEY, FakePagerDuty
from tests.contract.listening import Reply, listen
from tests.unit.engine.small_world import small_world

if TYPE_CHECKING:
    from collections.abc import Iterator


def page(action: str = "trigger", *, dedup_key: str = "aright-INC-1-5", **changes: object) -> Message:
    body = PageBody(
        action=action,
        incident="INC-1",
        service="shop",
        severity=2,
        title="shop: click quality fell from 12 % to 6.0 %",
        opened_at=5_000_000,
        link="https://aright.example/incidents/INC-1",
        facts={"who is hit": "30 % of users"},
    )
    return Message(
        id=f"{dedup_key}-{action}",
        channel="pagerduty",
        dedup_key=dedup_key,
        incident="INC-1",
        urgency=2,
        body=msgspec.json.encode(msgspec.structs.replace(body, **changes)),
        due_at=0,
    )


@contextmanager
def paging(fake: FakePagerDuty, *, timeout: float = 5.0, key: str = KEY) -> Iterator[PagerDuty]:
    with listen(fake.answer) as listener:
        config = PagerDutyConfig(routing_key=key, url=f"{listener.url}/v2/enqueue", timeout=timeout)
        channel = PagerDuty(config)
        try:
            yield channel
        finally:
            channel.close()


def test_it_is_a_channel():
    channel: Channel = PagerDuty(PagerDutyConfig(routing_key=KEY))
    assert channel.name == "pagerduty"


def test_a_trigger_says_what_the_people_on_call_need():
    fake = FakePagerDuty()
    with paging(fake) as channel:
        assert "Event processed" in channel.deliver(page()).answer
    (event,) = fake.events
    assert event["event_action"] == "trigger"
    assert event["dedup_key"] == "aright-INC-1-5"
    assert event["payload"] == {
        "summary": "SEV2 shop: click quality fell from 12 % to 6.0 %",
        "source": "shop",
        "severity": "error",
        "timestamp": "1970-01-01T00:00:05.000Z",
        "component": "shop",
        "class": "quality",
        "custom_details": {"incident": "INC-1", "who is hit": "30 % of users"},
    }
    assert event["links"][0]["href"] == "https://aright.example/incidents/INC-1"


def test_one_alert_is_opened_acknowledged_and_resolved():
    fake = FakePagerDuty()
    with paging(fake) as channel:
        for action in ("trigger", "trigger", "acknowledge", "resolve"):
            channel.deliver(page(action))
        channel.deliver(page("trigger", dedup_key="aright-INC-2-9"))
    assert [(alert.dedup_key, alert.status) for alert in fake.alerts] == [
        ("aright-INC-1-5", "resolved"),
        ("aright-INC-2-9", "triggered"),
    ]
    assert all("payload" not in event for event in fake.events if event["event_action"] != "trigger")


def test_severities_are_mapped():
    fake = FakePagerDuty()
    with paging(fake) as channel:
        for level in (0, 1, 2, 3, 4):
            channel.deliver(page(severity=level))
    assert [event["payload"]["severity"] for event in fake.events] == [
        "error",
        "critical",
        "error",
        "warning",
        "info",
    ]


# What may be tried again


@pytest.mark.parametrize(
    ("reply", "permanent", "retry_after"),
    [
        (Reply(400, b'{"errors": ["x"]}'), True, None),
        (Reply(413), True, None),
        (Reply(429), False, None),
        (Reply(429, headers={"Retry-After": "30"}), False, 30.0),
        (Reply(429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), False, 0.0),
        (Reply(429, headers={"Retry-After": "soon"}), False, None),
        (Reply(500, b"oops"), False, None),
        (Reply(503, headers={"Retry-After": "7"}), False, 7.0),
        (Reply(404), False, None),
        (Reply(200, b"<html>log in first</html>"), False, None),
        (Reply(302, headers={"Location": "https://elsewhere.example/"}), False, None),
        (Reply(drop=True), False, None),
    ],
)
def test_an_answer_says_whether_to_try_again(reply: Reply, permanent: bool, retry_after: float | None):
    fake = FakePagerDuty(before=[reply])
    with paging(fake) as channel:
        with pytest.raises(DeliveryError) as caught:
            channel.deliver(page())
        assert caught.value.permanent is permanent
        assert caught.value.retry_after == retry_after
        assert fake.events == []
        channel.deliver(page())
    assert len(fake.alerts) == 1


def test_a_date_to_wait_for_is_honoured():
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    fake = FakePagerDuty(before=[Reply(503, headers={"Retry-After": later})])
    with paging(fake) as channel, pytest.raises(DeliveryError) as caught:
        channel.deliver(page())
    assert caught.value.retry_after == pytest.approx(300, abs=5)


def test_an_answer_lost_after_processing_is_repeated_under_the_same_key():
    fake = FakePagerDuty(after=[Reply(drop=True), Reply(502)])
    with paging(fake) as channel:
        for _ in range(2):
            with pytest.raises(DeliveryError) as caught:
                channel.deliver(page())
            assert not caught.value.permanent
        channel.deliver(page())
    assert len(fake.events) == 3
    assert len(fake.alerts) == 1


def test_silence_ends_at_the_timeout():
    fake = FakePagerDuty(before=[Reply(silent=True)])
    with paging(fake, timeout=0.1) as channel:
        with pytest.raises(DeliveryError, match="ReadTimeout") as caught:
            channel.deliver(page())
        assert not caught.value.permanent


def test_nobody_listening_is_tried_again():
    with listen(lambda _request: Reply(202)) as listener:
        url = listener.url
    channel = PagerDuty(PagerDutyConfig(routing_key=KEY, url=url))
    with pytest.raises(DeliveryError, match="could not be reached") as caught:
        channel.deliver(page())
    assert not caught.value.permanent
    channel.close()


def test_an_endless_answer_is_cut():
    fake = FakePagerDuty(before=[Reply(202, b"x" * 10_000_000)])
    with paging(fake) as channel:
        assert len(channel.deliver(page()).answer) == 2_000


# Its own checks: the published schema lets these through


@pytest.mark.parametrize(
    "message",
    [
        page(dedup_key=""),
        page(dedup_key="k" * 256),
        page("snooze"),
        msgspec.structs.replace(page(), body=b"{}"),
        msgspec.structs.replace(page(), body=b"\xff"),
    ],
)
def test_what_cannot_be_accepted_is_not_sent(message: Message):
    fake = FakePagerDuty()
    with paging(fake) as channel:
        with pytest.raises(DeliveryError) as caught:
            channel.deliver(message)
        assert caught.value.permanent
    assert fake.events == []


def test_a_body_too_large_loses_its_details_and_not_the_page():
    huge = page(facts={"x": "y" * 600_000})
    fake = FakePagerDuty()
    with paging(fake) as channel:
        channel.deliver(huge)
    assert "too long" in fake.events[0]["payload"]["custom_details"]["cut"]


@settings(deadline=None, max_examples=50)
@given(
    title=st.text(max_size=3_000),
    service=st.text(max_size=2_000),
    link=st.text(max_size=50),
    severity=st.integers(-1, 9),
    action=st.sampled_from(["trigger", "acknowledge", "resolve"]),
)
def test_every_page_makes_an_acceptable_event(
    title: str, service: str, link: str, severity: int, action: str
):
    message = page(action, title=title, service=service, link=link, severity=severity)
    event = msgspec.json.decode(event_body(message, KEY))
    assert FakePagerDuty().wrong(event) == ""
    assert (action == "trigger") == ("payload" in event)
    assert len(event_body(message, KEY)) <= 512_000


# The key


@pytest.mark.parametrize(
    ("key", "url", "timeout"),
    [
        ("short", "https://x", 1),
        (KEY[:-1] + "\n", "https://x", 1),
        (KEY, "ftp://x", 1),
        (KEY, "https://x", 0),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_without_repeating_the_key(key, url, timeout):
    with pytest.raises(ValueError) as caught:
        PagerDutyConfig(routing_key=key, url=url, timeout=timeout)
    assert key not in str(caught.value)


def test_the_key_is_in_no_repr_log_or_state(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    other = "f" * 32
    state = MemoryState()
    with state.transaction() as tx:
        tx.send(page())
    fake = FakePagerDuty()
    with paging(fake, key=other) as channel:
        assert other not in repr(channel)
        assert other not in repr(channel._config)
        (outcome,) = drain(small_world(state, {"pagerduty": channel}), 0)
    assert "<routing key> is not known" in outcome.text
    with state.transaction() as tx:
        assert other not in repr(tx.messages("INC-1"))
    assert other not in caplog.text
