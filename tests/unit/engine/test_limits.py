from __future__ import annotations

from aright.core.model.message import Message
from aright.core.model.outlet import Receipt
from aright.core.model.times import SECOND
from aright.engine.attempts import LONGEST_ASKED, TRIAL, Outcome, attempt
from aright.engine.limits import Limits
from aright.ports.channel import Channel, DeliveryError, Rate
from tests.unit.engine.test_outbox import Recorder, failing


def message(key: str = "m", urgency: int = 2) -> Message:
    return Message(
        id=key,
        channel="pagerduty",
        dedup_key=key,
        incident="",
        urgency=urgency,
        body=b"",
        due_at=0,
        attempts=1,
    )


def sent(one: Message, at: int, receipt: Receipt | None = None) -> Outcome:
    return Outcome(message=one, at=at, sent=True, text="", receipt=receipt or Receipt())


def refused(one: Message, at: int, error: DeliveryError) -> Outcome:
    channels: dict[str, Channel] = {"pagerduty": Recorder(deliver_as=failing(error))}
    return attempt(channels, one, lambda: at)


def limits(rate: Rate | None = None) -> Limits:
    return Limits({"pagerduty": Recorder(rate=rate)})


def test_without_a_rate_any_number_goes():
    made = limits()
    for number in range(500):
        made.began(message(str(number)), 0)
    assert made.allows("pagerduty", 0, urgent=False)


def test_the_last_tokens_are_for_sev1():
    made = limits(Rate(limit=3, seconds=60, reserved=1))
    made.began(message("a"), 0)
    made.began(message("b"), 0)
    assert not made.allows("pagerduty", 1, urgent=False)
    assert made.allows("pagerduty", 1, urgent=True)
    made.began(message("c", 1), 1)
    assert not made.allows("pagerduty", 2, urgent=True)
    assert made.allows("elsewhere", 2, urgent=False)
    assert made.allows("pagerduty", 60 * SECOND, urgent=False)


def test_the_receivers_count_is_kept_to():
    made = limits(Rate(limit=100, seconds=60, reserved=2))
    made.began(message(), 0)
    made.ended(sent(message(), 1, Receipt(remaining=2, resets_in=30.0)))
    assert not made.allows("pagerduty", 2, urgent=False)
    assert made.allows("pagerduty", 2, urgent=True)
    assert made.allows("pagerduty", 31 * SECOND, urgent=False)


def test_a_receiver_that_wants_to_be_left_alone_is_but_for_a_try_of_sev1_now_and_then():
    made = limits()
    made.ended(refused(message(), 0, DeliveryError("429", permanent=False, whole=True, retry_after=60.0)))
    assert not made.allows("pagerduty", TRIAL - 1, urgent=True)
    assert made.allows("pagerduty", TRIAL, urgent=True)
    assert not made.allows("pagerduty", TRIAL, urgent=False)
    made.began(message("sev1", 1), TRIAL)
    assert not made.allows("pagerduty", 2 * TRIAL - 1, urgent=True)
    made.ended(refused(message("sev1", 1), TRIAL + 1, DeliveryError("500", permanent=False)))
    assert made.allows("pagerduty", 2 * TRIAL, urgent=True)
    assert not made.allows("pagerduty", 60 * SECOND - 1, urgent=False)
    assert made.allows("pagerduty", 60 * SECOND, urgent=False)


def test_a_try_that_is_accepted_ends_the_pause_and_one_that_had_begun_before_does_not():
    made = limits()
    made.began(message("early"), 0)
    made.ended(refused(message(), 1, DeliveryError("slow down", permanent=False, whole=True, retry_after=90)))
    made.ended(sent(message("early"), 2))
    assert not made.allows("pagerduty", 3, urgent=False)
    made.began(message("sev1", 1), TRIAL + 1)
    made.ended(sent(message("sev1", 1), TRIAL + 2))
    assert made.allows("pagerduty", TRIAL + 3, urgent=False)


def test_a_pause_is_bounded_and_never_made_shorter_by_another_word():
    made = limits()
    made.ended(refused(message(), 0, DeliveryError("429", permanent=False, whole=True, retry_after=1e9)))
    made.ended(refused(message(), 1, DeliveryError("429", permanent=False, whole=True, retry_after=1.0)))
    assert not made.allows("pagerduty", LONGEST_ASKED - 1, urgent=False)
    assert made.allows("pagerduty", LONGEST_ASKED, urgent=False)


def test_a_plain_failure_pauses_nobody_else():
    made = limits()
    made.ended(refused(message(), 0, DeliveryError("500", permanent=False)))
    made.ended(refused(message(), 0, DeliveryError("400", permanent=True)))
    made.ended(refused(message(), 0, DeliveryError("503", permanent=False, retry_after=60.0)))
    assert made.allows("pagerduty", 1, urgent=False)


def test_sev1_itself_comes_back_after_seconds_whatever_the_receiver_asks_for():
    error = DeliveryError("429", permanent=False, whole=True, retry_after=600.0)
    outcome = refused(message("sev1", 1), 0, error)
    assert outcome.retry_at == TRIAL
    assert outcome.halted_to == 600 * SECOND
    assert refused(message(), 0, error).retry_at == 600 * SECOND


def test_a_wait_that_is_no_number_is_none():
    outcome = refused(
        message(), 0, DeliveryError("429", permanent=False, whole=True, retry_after=float("nan"))
    )
    assert outcome.retry_at == outcome.halted_to
    assert outcome.retry_at is not None
    assert outcome.retry_at < 3 * SECOND
