"""Payloads in, words out: what is learnt, told, told once, and told to be over; and what is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.core.model.contracts import ContractKept, ContractState, ContractWindow
from aright.core.model.times import DAY, HOUR, MINUTE, clock_text
from aright.engine import contracts
from aright.engine.settings import Settings
from tests.unit.engine.paying import WIDTH, Course, cents, locale

if TYPE_CHECKING:
    from tests.unit.engine.paying import Document

LEARNING = 80
"""Windows of 30 documents: 20 windows of 120 each."""


@pytest.fixture(scope="module")
def told() -> Course:
    """A third party goes from euros to cents and back; the process ends in the middle of it."""
    course = Course()
    course.run(LEARNING)
    course.run(12, change=cents, restart_at=5)
    course.run(16, restart_at=7)
    return course


def test_a_break_is_told_once_in_words_and_since_when(told: Course) -> None:
    broke, over = told.alerts
    assert broke.harm
    assert broke.signal == "contract:rates GET /v1/rates"
    assert broke.key == "shop/contract/rates GET /v1/rates"
    since = clock_text(broke.since)[:5]
    assert broke.text.startswith("rates GET /v1/rates: `price` ")
    assert "went from 2 decimals to 0" in broke.text
    assert broke.text.endswith(f" since {since}")
    began = told.at - 28 * WIDTH
    assert broke.since == began
    assert began < broke.at <= began + 3 * MINUTE
    assert (broke.before, broke.now) == (0.0, 1.0)
    assert broke.low < 1.0 == broke.high
    assert broke.log_e >= broke.threshold > 6
    assert not over.harm
    assert over.text.startswith("rates GET /v1/rates: as before again since ")


def test_what_broke_is_not_learnt_from(told: Course) -> None:
    assert told.only.state.broken is None
    assert told.only.state.aside == ()
    assert told.only.contract is not None
    assert told.only.contract.paths["price"].decimals.get("0", 0) < 100


def test_the_series_counts_documents_that_break(told: Course) -> None:
    shares = [point.value for point in told.points]
    assert len(told.points) == LEARNING - 16 + 28  # from the first contract on
    assert set(shares[: LEARNING - 16]) == {0.0}
    assert max(shares) == 1.0
    assert shares[-1] == 0.0
    assert {point.n for point in told.points} == {30.0}


def test_a_restart_changes_nothing(told: Course) -> None:
    through = Course()
    through.run(LEARNING)
    through.run(12, change=cents)
    through.run(16)
    assert through.alerts == told.alerts
    assert through.points == told.points
    assert through.only.state == told.only.state


def test_what_is_kept_is_what_the_state_says(told: Course) -> None:
    state = told.only.state
    with told.state.transaction() as tx:
        assert tx.list(ContractState) == [state]
        found = tx.list(ContractWindow, tag=state.key)
        assert len(tx.list(ContractKept)) == 1
    kept = (*state.windows, *state.aside, *state.pieces)
    assert {(window.start, len(window.body)) for window in found} == {(w.start, w.size) for w in kept}
    assert told.part.size == sum(len(w.body) for w in found) + len(told.only.kept.body)  # type: ignore[union-attr]  # it has one


def test_a_suspicious_break_gives_notice() -> None:
    course = Course()
    course.run(LEARNING)
    course.run(8, change=locale)
    (alert,) = course.alerts
    assert not alert.harm
    assert "`lang`" in alert.text
    assert "en-US" in alert.text
    assert course.only.state.broken is not None
    course.run(6, change=lambda document: cents(locale(document)))
    worse = course.alerts[1]
    assert worse.harm
    assert worse.key == alert.key
    assert len(course.alerts) == 2


def test_a_new_field_is_told_once_and_never_alarms() -> None:
    course = Course()
    course.run(LEARNING)
    course.run(40, change=lambda document: document | {"hint": "x"})
    (news,) = course.alerts
    assert not news.harm
    assert "`hint` is a new field" in news.text
    assert news.key.endswith("/news")
    assert course.only.state.broken is None
    assert course.only.contract is not None
    assert "hint" in course.only.contract.paths


def test_nothing_is_learnt_while_an_incident_is_open() -> None:
    course = Course()
    course.run(LEARNING, quiet=True)
    assert course.only.contract is None
    assert course.only.state.windows == ()
    assert not course.points


def test_documents_beyond_the_sample_are_checked_for_their_structure() -> None:
    course = Course()
    course.run(LEARNING)

    def large(document: Document) -> Document:
        return document | {"price": "1", "text": "x" * (130 << 10)} if course.at else document

    for _ in range(3):
        usual = [course.party.document(course.at) for _ in range(30)]
        course.give([*usual, *(large(document) for document in usual[:3])])
        course.close()
    (alert,) = course.alerts
    assert alert.harm
    assert "documents do not fit: `/price` " in alert.text


def test_an_endpoint_is_told_apart_by_its_direction() -> None:
    course = Course()
    course.run(2)
    course.run(2, direction="request")
    assert sorted(course.part.watched) == [
        "shop/rates GET /v1/rates",
        "shop/rates GET /v1/rates request",
    ]


def test_late_documents_are_counted_and_left_out() -> None:
    course = Course()
    course.run(1)
    course.at -= WIDTH
    course.give([{}])
    course.at += WIDTH
    course.close()
    assert course.late == 1
    assert course.only.state.gathered == 30


def test_endpoints_are_bounded_and_the_busy_ones_are_watched() -> None:
    course = Course()
    for number in range(contracts.MOST_ENDPOINTS + 20):
        course.give([{"n": number}], endpoint=f"GET /{number:03}")
    course.close()
    assert len(course.part.watched) == contracts.MOST_ENDPOINTS
    for _ in range(3):
        course.give([{"n": 1}] * 30, endpoint="GET /busy")
        course.close()
    assert "shop/rates GET /busy" in course.part.watched
    assert len(course.part.watched) == contracts.MOST_ENDPOINTS
    with course.state.transaction() as tx:
        assert len(tx.list(ContractState)) == contracts.MOST_ENDPOINTS
        assert len(tx.list(ContractWindow, limit=1000)) <= contracts.MOST_ENDPOINTS + 3


def test_names_of_endpoints_that_are_not_watched_are_bounded() -> None:
    course = Course()
    for number in range(1_000):
        course.give([{}], endpoint=f"GET /{number:04}")
    assert len(course.part._others) <= 512


def test_samples_that_take_too_much_room_are_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "_WAITING_BYTES", 1_000)
    course = Course()
    course.run(4)
    course.give(course.party.document(course.at) for _ in range(30))
    (window,) = course.part._open.values()
    assert [gathered.size for gathered in window.values()] == [0]
    course.run(1)
    assert course.only.state.windows[0].start == course.at - 5 * WIDTH


def test_rare_documents_make_longer_windows() -> None:
    course = Course()
    for _ in range(60):
        course.give([course.party.document(course.at)])
        course.close()
    assert [window.start for window in course.only.state.windows] == [course.at - 60 * WIDTH]
    assert len(course.only.pieces) <= 16


def test_what_is_too_rare_to_judge_is_let_go() -> None:
    course = Course()
    for _ in range(7):
        course.give([course.party.document(course.at)])
        course.close()
        course.at += HOUR - WIDTH
    assert course.only.state.gathered == 7
    course.at += 2 * HOUR
    course.run(1, each=1)
    assert course.only.state.gathered == 1  # a silence lies between
    with course.state.transaction() as tx:
        assert len(tx.list(ContractWindow)) == 1


def test_a_window_that_never_fills_ends_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "_SILENCE", 3 * DAY)
    course = Course()
    for _ in range(4):
        course.run(1, each=1)
        course.at += DAY // 3
    assert course.only.state.gathered < 4
    assert course.only.state.windows == ()


def test_windows_are_fewer_where_they_take_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "MOST_BYTES", 20_000)
    course = Course()
    course.run(LEARNING)
    assert 8 <= len(course.only.state.windows) < 20
    assert course.part.size < 40_000


def test_what_one_contract_does_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    course = Course()
    with monkeypatch.context() as patched:
        patched.setattr(contracts, "judge", fail)
        course.run(4)
    with monkeypatch.context() as patched:
        patched.setattr(contracts, "learn", fail)
        course.run(20)
    assert course.only.contract is None
    course.run(8)
    assert course.only.contract is not None


def test_false_alarms_that_are_accepted_set_what_is_needed() -> None:
    needed = []
    for pages in (1.0, 0.01):
        course = Course(settings=Settings(false_pages=pages))
        course.run(48)
        course.run(6, change=cents)
        needed.append(course.alerts[0].threshold)
    assert needed[1] == pytest.approx(needed[0] + 4.605, abs=0.01)


def test_documents_of_any_shape_are_borne() -> None:
    course = Course()
    odd: list[object] = [
        None,
        [],
        {},
        1e308,
        "x" * 1000,
        [[[[]]]],
        {"": {"": None}},
        {"a": [1, "b", None]},
        b"[" * 200 + b"]" * 200,
    ]
    for _ in range(40):
        course.give([*odd, *odd, *odd])
        course.close()
    assert course.only.contract is not None
    assert not [alert for alert in course.alerts if alert.harm]
    msgspec.json.encode(course.only.state)


def test_while_users_are_hurt_a_window_is_judged_as_soon_as_it_tells_enough() -> None:
    soon = []
    for quiet in (False, True):
        course = Course()
        course.run(LEARNING)
        course.run(8, each=60, change=cents, quiet=quiet)
        soon.append(course.alerts[0].at - (course.at - 8 * WIDTH))
    assert soon[1] <= soon[0] - WIDTH
