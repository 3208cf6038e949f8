"""Silences: what they match, when they hold, and what is refused."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.model.silence import Matcher, Muted, Silence, Weekly
from aright.core.model.times import DAY, HOUR, MINUTE, from_datetime, iso
from aright.core.page.silencing import (
    SilenceError,
    active_until,
    check,
    facts_of,
    first_match,
    in_words,
    parse_matcher,
)
from tests.unit.core.incident.making import NORTH, alert

NOW = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z, a Thursday


def silence(*matchers: str, **changes: object) -> Silence:
    made = Silence(
        key="SIL-1",
        matchers=tuple(parse_matcher(text) for text in matchers or ("service=shop",)),
        starts_at=NOW,
        ends_at=NOW + HOUR,
        author="ada",
        comment="planned move",
        created_at=NOW,
    )
    return msgspec.structs.replace(made, **changes)


def weekly(*days: str, start: str = "22:00", end: str = "02:00", zone: str = "Europe/Zurich") -> Silence:
    return silence(ends_at=0, weekly=Weekly(days=days, start=start, end=end, zone=zone))


def matches(facts: dict[str, str], *matchers: str) -> bool:
    return first_match([silence(*matchers)], [facts], NOW)[0] is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("service=shop", ("service", "=", "shop")),
        ('service = "a \\"b\\""', ("service", "=", 'a "b"')),
        ("region!=north", ("region", "!=", "north")),
        ('pod=~"web-.*"', ("pod", "=~", "web-.*")),
        ("pod!~web-.*", ("pod", "!~", "web-.*")),
        ("empty=", ("empty", "=", "")),
    ],
)
def test_matchers_are_written_as_in_prometheus(text: str, expected: tuple[str, str, str]):
    found = parse_matcher(text)
    assert (found.name, found.op, found.value) == expected
    assert parse_matcher(str(found)).name == found.name


@pytest.mark.parametrize("text", ["", "service", "=x", "a b=c", "{a=b}", "a>b"])
def test_what_is_no_matcher_is_refused(text: str):
    with pytest.raises(SilenceError, match="is no matcher"):
        parse_matcher(text)


def test_each_operator_holds_as_named_and_expressions_match_the_whole():
    facts = {"service": "shop", "region": "north"}
    assert matches(facts, "service=shop", "region!=south")
    assert not matches(facts, "service=shop", "region=south")
    assert matches(facts, "service=~sh.p|cart")
    assert not matches(facts, "service=~sho")
    assert matches(facts, "service=shop", "pod!~web.*")
    assert not matches(facts, "service!~shop", "region=north")
    assert matches({"service": "a\nb"}, "service=~a.b"), "a dot is any letter"


def test_what_is_not_there_is_empty():
    assert matches({"service": "shop"}, "service=shop", "pod=")
    assert not matches({"service": "shop"}, "service=shop", "pod=~.+")


def test_hostile_expressions_take_no_time_and_bad_ones_are_told():
    assert not matches({"service": "a" * 1_000 + "!"}, "service=~(a+)+")
    with pytest.raises(SilenceError, match="no regular expression of RE2"):
        check(silence("service=~("))


def test_an_alert_is_seen_by_service_signal_segment_and_labels():
    facts = facts_of(alert("fallback_share", segment=NORTH), {"pod": "p", "service": "else"})
    assert facts == {
        "pod": "p",
        "service": "shop",
        "signal": "fallback_share",
        "region": "north",
        "segment": "region = north",
    }


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (silence(matchers=()), "there is no matcher"),
        (silence(*["a=b"] * 21), "over 20 matchers"),
        (silence("service=~.*"), "alerts of anything"),
        (silence("service!=x"), "alerts of anything"),
        (silence(matchers=(Matcher(name="", value="x"),)), "empty or too long"),
        (silence(matchers=(Matcher(name="a", value="x" * 501),)), "empty or too long"),
        (silence(ends_at=0), "it has no end"),
        (silence(ends_at=NOW), "ends before it starts"),
        (silence(author=" "), "author and comment"),
        (silence(comment=""), "author and comment"),
        (weekly(), "days are missing"),
        (weekly("someday"), "days are someday"),
        (weekly("mon", start="7"), "start is '7'"),
        (weekly("mon", end="24:00"), "end is '24:00'"),
        (weekly("mon", zone="Mars/Base"), "is no time zone"),
        (weekly("mon", zone="../etc/passwd"), "is no time zone"),
    ],
)
def test_what_cannot_be_kept_says_why(made: Silence, said: str):
    with pytest.raises(SilenceError, match=said):
        check(made)


def test_good_ones_are_kept_as_they_are():
    for made in (silence(), weekly("mon", "sun"), weekly("sat", zone="UTC")):
        assert check(made) == made


def test_a_silence_holds_from_its_start_to_its_end_unless_ended():
    made = silence()
    assert [active_until(made, at) for at in (NOW - 1, NOW, NOW + HOUR - 1, NOW + HOUR)] == [
        None,
        NOW + HOUR,
        NOW + HOUR,
        None,
    ]
    assert active_until(silence(ended_by="bob"), NOW) is None
    assert (made.tag, silence(ended_by="bob").tag) == ("open", "")


def test_weekly_hours_go_by_the_zones_clock_over_midnight():
    nights = weekly("thu")  # 21:00 UTC on Thursday to 01:00 UTC on Friday
    told = {hours: active_until(nights, NOW + hours * HOUR) for hours in (0, 20, 21, 24, 25)}
    end = NOW + 25 * HOUR
    assert told == {0: None, 20: None, 21: end, 24: end, 25: None}
    day = weekly("thu", start="08:00", end="17:00", zone="UTC")
    assert active_until(day, NOW + 9 * HOUR) == NOW + 17 * HOUR
    assert active_until(day, NOW + 9 * HOUR + DAY) is None
    assert active_until(day, NOW + 9 * HOUR + 7 * DAY) == NOW + 17 * HOUR + 7 * DAY
    bounded = msgspec.structs.replace(day, ends_at=NOW + 10 * HOUR)
    assert active_until(bounded, NOW + 9 * HOUR) == NOW + 10 * HOUR


def test_weekly_hours_follow_the_change_to_summer_time():
    from datetime import UTC, datetime  # noqa: PLC0415 - only this test writes dates

    nights = weekly("sat", start="22:00", end="06:00")
    sunday = from_datetime(datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    end = active_until(nights, sunday)
    assert end is not None
    assert iso(end) == "2026-03-29T04:00:00.000Z", "one hour earlier by UTC than a week before"


def test_of_several_the_one_that_holds_longest_is_named():
    longer = silence(key="SIL-2", ends_at=NOW + 2 * HOUR)
    rows = [{"service": "shop"}, {"service": "cart"}]
    found = first_match([silence(), longer, silence(key="SIL-3", starts_at=NOW + 1)], rows, NOW)
    assert found == [(longer, NOW + 2 * HOUR), None]
    assert (
        in_words(longer, NOW + MINUTE) == "silenced by SIL-2 of ada (planned move) until 2026-01-01 00:01 UTC"
    )
    assert in_words(weekly("mon"), NOW).startswith("maintenance by SIL-1")


def test_muted_harm_is_open_until_it_is_let_go():
    muted = Muted(key="k", service="s", alert=alert(), at=1, silence="SIL-1", until=2, text="x")
    assert (muted.tag, msgspec.structs.replace(muted, lifted_at=3).tag) == ("open", "")
