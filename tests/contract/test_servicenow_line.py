"""One ServiceNow ticket, whatever the line does, and whoever else is at it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.contract.fake_servicenow import FakeServiceNow, limited
from tests.contract.fake_servicenow_plan import Plan
from tests.contract.listening import Reply
from tests.contract.telling_servicenow import failing, keeping, only, told

if TYPE_CHECKING:
    from aright.adapters.servicenow.tickets import ServiceNow
    from aright.core.model.message import Message
    from aright.core.model.outlet import Receipt


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


def test_what_was_done_after_our_own_timeout_is_found_or_cancelled():
    for processed_at_once in (True, False):
        fake = FakeServiceNow(plan=Plan(first=["", "hang"]))
        with keeping(fake, timeout=0.15) as channel:
            assert failing(channel, told()).retry_after == 10.0
            fake.advance(60 if processed_at_once else 0)
            channel.deliver(told())
            fake.advance(60)
            channel.deliver(told("acknowledge", by="ann"))
        assert [each["state"] for each in fake.incidents.values() if each["state"] != "8"] == ["2"]
        assert len(fake.incidents) == (1 if processed_at_once else 2)


class Overtaken(FakeServiceNow):
    """Another writer's ticket comes between our look and our own, once."""

    overtaken = False

    def _insert(self, key: str, fields: dict[str, str], user: str, query: dict[str, str]) -> Reply:
        if not self.overtaken:
            self.overtaken = True
            super()._insert(key, fields, user, query)
        return super()._insert(key, fields, user, query)


def test_another_writer_in_between_is_seen_after_the_ticket_is_made():
    fake = Overtaken()
    with keeping(fake) as channel:
        receipt = channel.deliver(told())
    first, ours = fake.incidents.values()
    assert (first["state"], ours["state"]) == ("1", "8")
    assert receipt.ref is not None
    assert receipt.ref.number == first["number"]


def test_two_replicas_at_the_same_message_make_one_ticket():
    fake = FakeServiceNow()
    with keeping(fake) as one, keeping(fake) as two, ThreadPoolExecutor(2) as pool:
        for number in range(8):
            key = f"aright-INC-{number}-5/snow"
            message = msgspec.structs.replace(told(), id=f"{key}-trigger", dedup_key=key)
            at_once = Barrier(2)

            def deliver(
                channel: ServiceNow, message: Message = message, at_once: Barrier = at_once
            ) -> Receipt:
                at_once.wait(10)
                return channel.deliver(message)

            receipts = list(pool.map(deliver, [one, two]))
            standing = [each for each in fake.of(key) if each["state"] != "8"]
            assert len(standing) == 1
            assert {receipt.ref.id for receipt in receipts if receipt.ref} >= {standing[0]["sys_id"]}


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
