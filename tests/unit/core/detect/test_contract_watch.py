"""Judging an endpoint's windows: evidence, words, when a window is over and what is kept of history."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest

from aright.core.contract import Break, Contract, Sample, Summary, from_json_schema, learn, merge_summaries
from aright.core.detect.contract_alerts import alert_of, holds_again, text_of
from aright.core.detect.contract_evidence import (
    is_certain,
    is_telling,
    jumped,
    needed,
    share_of,
    weigh,
)
from aright.core.detect.contract_judged import Budget, Window
from aright.core.detect.contract_watch import breaking_share, judge
from aright.core.model.contracts import (
    ContractBreak,
    ContractState,
    Endpoint,
    KeptWindow,
    Suspicion,
    contract_key,
    window_key,
)
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from aright.core.model.alert import Alert

AT = 50_520_000_000  # 14:02
RATES = Endpoint("rates", "GET /v1")
STATE = ContractState(key=contract_key("shop", RATES), service="shop", endpoint=RATES)
BUDGET = Budget(false_pages=1.0, false_notices=1.0, endpoints=4)


def found(
    path: str = "price",
    *,
    kind: str = "numbers",
    grade: Literal["breaking", "suspicious", "harmless"] = "breaking",
    before: float = 1.0,
    now: float = 3.0,
    p_value: float = 1e-9,
    words: str = "moved",
) -> Break:
    return Break(
        path=path,
        kind=kind,
        grade=grade,
        before=before,
        now=now,
        effect=now - before,
        p_value=p_value,
        sentence=f"`{path}` {words}",
    )


def summary(number: int, *more: str, factor: float = 1.0, documents: int = 60) -> Summary:
    chance = random.Random(number)
    sample = Sample(start=number * MINUTE)
    for _ in range(documents):
        price = round(chance.gauss(20, 2), 2) * factor
        sample.add({"price": price, "lang": chance.choice(["en", "de"])} | dict.fromkeys(more, "x"))
    return sample.summary()


@pytest.fixture(scope="module")
def contract() -> Contract:
    return learn([summary(number) for number in range(12)])


def window(*pieces: Summary, n: int = 0, misfits: int = 0, before: Summary | None = None) -> Window:
    return Window(
        pieces=pieces,
        end=pieces[-1].start + MINUTE,
        n=n,
        misfits=misfits,
        example="`/a` is odd",
        before=before,
    )


def test_before_there_is_a_contract_windows_are_learnt_from() -> None:
    assert judge(STATE, None, window(summary(1)), BUDGET, now=AT, quiet=False).use == "learn"
    assert judge(STATE, None, window(summary(1)), BUDGET, now=AT, quiet=True).use == "drop"


def test_a_window_that_keeps_the_contract_clears_suspicions(contract: Contract) -> None:
    state = msgspec.structs.replace(STATE, suspicions={"price": Suspicion(7.0, AT, 1)}, checked=5)
    judged = judge(state, contract, window(summary(50), n=60), BUDGET, now=AT, quiet=False)
    assert (judged.use, judged.aside, judged.alerts) == ("learn", "learn", ())
    assert (judged.state.suspicions, judged.state.checked) == ({}, 65)
    held = judge(state, contract, window(summary(50), n=60), BUDGET, now=AT, quiet=True)
    assert (held.use, held.aside) == ("drop", "drop")


def test_since_is_the_piece_in_which_it_began(contract: Contract) -> None:
    pieces = [summary(20 + n, factor=100.0 if n >= 3 else 1.0) for n in range(6)]
    judged = judge(STATE, contract, window(*pieces, n=360, before=summary(19)), BUDGET, now=AT, quiet=False)
    if not judged.alerts:  # what follows the hours of the day takes a second window
        assert judged.use == "aside"
        judged = judge(
            judged.state, contract, window(summary(26, factor=100.0), n=60), BUDGET, now=AT, quiet=False
        )
    (alert,) = judged.alerts
    assert alert.since == pieces[3].start
    assert alert.harm
    assert "2 decimals to 0, its median ×9" in alert.text
    assert judged.use == "aside"


def test_a_field_that_goes_between_two_pieces_is_missing() -> None:
    contract = learn([summary(number, "note") for number in range(12)])
    pieces = [summary(20, "note", documents=60), summary(21, documents=30)]
    judged = judge(STATE, contract, window(*pieces, n=90, misfits=30), BUDGET, now=AT, quiet=False)
    (alert,) = judged.alerts
    assert "`note` is gone" in alert.text
    assert alert.since == pieces[1].start
    both = merge_summaries(pieces)
    assert (both.paths["note"].bases["parent"], both.paths["note"].bases["present"]) == (90, 60)
    assert merge_summaries([both]) is both
    half = learn([summary(number, *["note"] * (number % 2)) for number in range(12)])
    assert half.paths["note"].present == half.paths["note"].bases["parent"] / 2


def test_what_comes_little_by_little_may_be_the_morning(contract: Contract) -> None:
    state, before = STATE, summary(19)
    told: list[Alert] = []
    uses: set[str] = set()
    chance = random.Random(5)
    for number in range(20, 40):
        sample = Sample(start=number * MINUTE)
        for _ in range(60):
            price = round(chance.gauss(20, 2) * (1.0 + 0.3 * (number - 19)), 2)
            sample.add({"price": price, "lang": chance.choice(["en", "de"])})
        now = sample.summary()
        judged = judge(state, contract, window(now, before=before), BUDGET, now=AT, quiet=False)
        told += judged.alerts
        uses.add(judged.use)
        state = msgspec.structs.replace(
            judged.state,
            aside=(KeptWindow(number, 1),) * ((number - 19) % 3),  # as the engine keeps them
        )
        before = now
    assert told == []
    assert uses == {"learn", "aside"}


def test_a_value_that_is_there_at_once_is_no_morning() -> None:
    def of(number: int, *langs: str) -> Summary:
        sample = Sample(start=number * MINUTE)
        for place in range(60):
            sample.add({"lang": langs[place % len(langs)], "lat": (-1.0 if "xx" in langs else 1.0) * place})
        return sample.summary()

    one = of(1, "en", "en", "en", "de")
    assert not jumped("lang", one, of(2, "en", "en", "de", "de"))
    assert jumped("lang", one, of(2, "en", "fr", "fr", "fr"))
    assert jumped("lat", one, of(2, "xx"))
    assert jumped("price", one, summary(2))
    assert not jumped("price", summary(1), summary(2))
    assert jumped("price", summary(1), summary(2, factor=3.0))
    assert not jumped("lang", Summary(start=0, paths=one.paths), Summary(start=0, paths=one.paths))
    assert not jumped("no such path", one, summary(2))
    many = [of(number, *(f"{number}-{place}" for place in range(60))) for number in (1, 2)]
    assert not jumped("lang", many[0], many[1])


def test_one_window_that_is_odd_is_not_told(contract: Contract) -> None:
    odd = [summary(20, factor=4.0)]
    judged = judge(STATE, contract, window(*odd), BUDGET, now=AT, quiet=False)
    assert (judged.use, judged.alerts) == ("aside", ())
    assert 0 < judged.state.suspicions["price"].log_e < BUDGET.needed("breaking", MINUTE)
    after = judge(judged.state, contract, window(summary(21)), BUDGET, now=AT, quiet=False)
    assert (after.use, after.aside, after.state.suspicions) == ("learn", "learn", {})


def test_a_break_that_goes_on_is_told_once_and_is_over_after_two_windows(contract: Contract) -> None:
    state = STATE
    told: list[Alert] = []
    for number in range(20, 26):
        judged = judge(
            state, contract, window(summary(number, factor=100.0)), BUDGET, now=AT, quiet=number > 21
        )
        state = judged.state
        told += judged.alerts
    assert len(told) == 1
    assert breaking_share(state) > 0.8
    first = judge(state, contract, window(summary(30)), BUDGET, now=AT, quiet=True)
    assert (first.use, first.aside, first.closed) == ("drop", "keep", None)
    assert breaking_share(first.state) == 0.0, "its documents keep the contract, though it is not over yet"
    again = judge(first.state, contract, window(summary(31, factor=100.0)), BUDGET, now=AT, quiet=True)
    assert again.state.broken is not None
    assert again.state.broken.held == 0
    assert breaking_share(again.state) > 0.8
    over = judge(first.state, contract, window(summary(31)), BUDGET, now=AT, quiet=True)
    assert (over.use, over.aside, over.state.broken) == ("learn", "drop", None)
    assert over.closed is not None


def test_a_schema_that_is_broken_is_told_at_once() -> None:
    declared = from_json_schema({"type": "object", "properties": {"price": {"type": "string"}}})
    judged = judge(STATE, declared, window(summary(1)), BUDGET, now=AT, quiet=False)
    assert judged.alerts[0].harm
    assert "from a schema" in judged.alerts[0].rule
    assert "`price` is no string in 100" in judged.alerts[0].text


def test_what_was_suspicious_may_break() -> None:
    contract = learn([summary(number, "note") for number in range(12)])
    judged = [judge(STATE, contract, window(summary(20, "note", "extra")), BUDGET, now=AT, quiet=False)]
    suspicious = ContractBreak(
        since=AT - HOUR, at=AT, grade="suspicious", text="x", paths=("lang",), share=0.5
    )
    state = msgspec.structs.replace(STATE, broken=suspicious)
    for number in range(20, 23):
        judged.append(judge(state, contract, window(summary(number)), BUDGET, now=AT, quiet=False))
        state = judged[-1].state
    (alert,) = [alert for each in judged[1:] for alert in each.alerts]
    assert alert.harm
    assert "`note` is gone" in alert.text
    assert state.broken is not None
    assert (state.broken.grade, state.broken.since) == ("breaking", min(AT - HOUR, alert.since))


def test_too_many_documents_without_the_structure_are_told(contract: Contract) -> None:
    few = judge(STATE, contract, window(summary(20), n=100_000, misfits=20), BUDGET, now=AT, quiet=False)
    assert few.alerts == ()
    many = judge(STATE, contract, window(summary(20), n=1_000, misfits=30), BUDGET, now=AT, quiet=False)
    assert "30 of 1,000 documents do not fit: `/a` is odd" in many.alerts[0].text
    usual = msgspec.structs.replace(STATE, checked=1_000, misfits=30)
    judged = judge(usual, contract, window(summary(20), n=1_000, misfits=30), BUDGET, now=AT, quiet=False)
    assert (judged.alerts, judged.use) == ((), "learn")


def test_news_is_told_once_a_day_at_most(contract: Contract) -> None:
    first = judge(STATE, contract, window(summary(20, "hint")), BUDGET, now=AT, quiet=False)
    assert [alert.harm for alert in first.alerts] == [False]
    again = judge(first.state, contract, window(summary(21, "hint")), BUDGET, now=AT, quiet=False)
    other = judge(first.state, contract, window(summary(22, "tip")), BUDGET, now=AT + HOUR, quiet=False)
    later = judge(first.state, contract, window(summary(22, "tip")), BUDGET, now=AT + DAY, quiet=False)
    assert (again.alerts, other.alerts) == ((), ())
    assert len(later.alerts) == 1


def test_what_is_certain_and_what_is_telling(contract: Contract) -> None:
    assert is_certain(found(kind="null", before=0.0, now=0.1))
    assert not is_certain(found(kind="null", before=0.3, now=0.5))
    assert not is_certain(found(kind="numbers", before=0.0, now=0.5))
    assert [is_certain(found(kind="relation", before=before, now=0.5)) for before in (1.0, 0.9, 0.6)] == [
        True,
        False,
        False,
    ]
    few = msgspec.structs.replace(contract, windows=7)
    day = msgspec.structs.replace(contract, clock=msgspec.structs.replace(contract.clock, harmonics=1))
    shares = found(kind="shares", before=0.4, now=0.7)
    slight = found(kind="shares", before=0.4, now=0.5)
    tripled = found(kind="numbers", before=1.0, now=1.0 + math.log(3))
    doubled = found(kind="numbers", before=1.0, now=1.0 + math.log(1.9))
    assert [is_telling(each, few) for each in (shares, slight, tripled, doubled)] == [False] * 4
    assert [is_telling(each, contract) for each in (shares, slight, tripled, doubled)] == [
        True,
        False,
        True,
        False,
    ]
    assert all(is_telling(each, day) for each in (shares, slight, tripled, doubled))
    subset = found(kind="subset", before=0.0, now=9.0)
    assert [is_telling(subset, each) for each in (contract, day)] == [False, True]
    assert is_telling(shares, Contract())
    assert not is_telling(found(grade="harmless"), day)


def test_what_is_needed_grows_with_what_is_looked_at() -> None:
    one = needed(span=MINUTE, endpoints=1, allowed=1.0, harm=True)
    assert needed(span=MINUTE, endpoints=10, allowed=1.0, harm=True) == pytest.approx(one + math.log(10))
    assert needed(span=MINUTE, endpoints=1, allowed=0.1, harm=True) == pytest.approx(one + math.log(10))
    assert needed(span=MINUTE, endpoints=1, allowed=1.0, harm=False) == pytest.approx(math.log(1440))
    assert needed(span=DAY, endpoints=1, allowed=9.0, harm=False) == pytest.approx(math.log(1000))


def test_no_window_brings_more_than_its_part_unless_it_is_certain() -> None:
    doubtful, certain = found("a", p_value=0.0), found("b", kind="type", before=0.0, now=1.0, p_value=0.0)
    after = weigh({}, [doubtful, certain], start=AT, most=10.0, declared=False)
    assert after["a"].log_e == pytest.approx(6.0)
    assert after["b"].log_e > 60
    again = weigh(after, [doubtful], start=AT + MINUTE, most=10.0, declared=False)
    assert again == {"a": Suspicion(12.0, AT, 2)}
    assert weigh({}, [doubtful], start=AT, most=10.0, declared=True)["a"].log_e > 60


def test_the_share_that_breaks_is_that_of_the_largest_move() -> None:
    assert share_of([found(before=0.0, now=0.1), found(before=2.0, now=7.0)]) == 1.0
    assert share_of([found(before=0.3, now=0.1)]) == pytest.approx(0.2)
    assert share_of([]) == 0.0


def test_a_text_is_bounded_and_says_how_much_it_leaves_out() -> None:
    breaks = [found(f"field{number:02}", words="x" * 60, p_value=number / 100) for number in range(9)]
    text = text_of(breaks, AT)
    assert text.startswith("`field00` x")
    assert text.endswith(" more since 14:02")
    assert len(text) <= 240
    long = text_of([found("a", words="y" * 290)], AT)
    assert long.endswith("… since 14:02")
    assert len(long) <= 240
    mixed = [found("b", grade="suspicious", p_value=0.0), found("a", p_value=0.5)]
    assert text_of(mixed, AT) == "`a` moved; `b` moved since 14:02"


def test_where_not_all_fits_what_shows_a_value_is_told() -> None:
    long = found("price", words="went from 2 decimals to 0 " + "x" * 100, p_value=0.0)
    lang = found(
        "lang",
        words="has texts all in small letters: from 100 to 0, has values never seen before, such as `en-US`, "
        "`de-DE`, in 100 % and the share of `en-US` rose",
    )
    text = text_of([long, lang], AT)
    assert text.endswith(
        "; `lang` has values never seen before, such as `en-US`, `de-DE`, in 100 % since 14:02"
    )
    assert text_of([long, found("tax", words="rose, its spread fell " + "y" * 100)], AT).endswith(
        "; `tax` rose since 14:02"
    )


def test_that_it_holds_again_says_since_when() -> None:
    over = ContractBreak(since=AT, at=AT, grade="breaking", text="x", paths=("a",), share=1.0)
    told = holds_again(STATE, over, now=AT + HOUR, since=AT + HOUR)
    assert told.text == "rates GET /v1: as before again since 15:02; it broke at 14:02"
    assert (told.harm, told.threshold, told.before, told.now) == (False, 0.0, 1.0, 0.0)


def test_an_alert_says_what_it_says(contract: Contract) -> None:
    broken = ContractBreak(since=AT, at=AT + 1, grade="suspicious", text="x", paths=("a", "b"), share=1.7)
    alert = alert_of(STATE, broken, contract, documents=60, log_e=9.0, threshold=8.0)
    assert (alert.harm, alert.now) == (False, 1.0)
    assert alert.text == "rates GET /v1: x"
    assert window_key(STATE.key, 30) == "shop/rates GET /v1@30"
    assert "learnt from 12 windows (720 documents): suspicious, 2 paths" in alert.rule


def test_what_breaks_besides_does_not_hide_behind_what_broke_first(contract: Contract) -> None:
    first = ContractBreak(since=AT - HOUR, at=AT, grade="suspicious", text="x", paths=("lang",), share=0.5)
    state = msgspec.structs.replace(STATE, broken=first)
    alerts: list[Alert] = []
    for number in range(20, 24):
        judged = judge(state, contract, window(summary(number, factor=1.5)), BUDGET, now=AT, quiet=True)
        alerts += judged.alerts
        state = judged.state
    (alert,) = alerts
    assert "`price`" in alert.text
    assert alert.since >= 20 * MINUTE
    assert state.broken is not None
    assert state.broken.paths == ("lang", "price")
    assert state.broken.since == AT - HOUR


def test_a_window_in_which_a_field_begins_is_not_learnt_from(contract: Contract) -> None:
    begun = judge(STATE, contract, window(summary(20, "hint")), BUDGET, now=AT, quiet=False)
    assert begun.use == "drop"
    assert begun.state.fresh == ("hint",)
    again = judge(begun.state, contract, window(summary(21, "hint")), BUDGET, now=AT, quiet=False)
    assert again.use == "learn"
