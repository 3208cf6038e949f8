"""Burning budgets: one page, none for few failures, a ticket for a slow leak, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.model.slo import RULES, Burning, BurnRule, Indicator, Slo
from aright.core.model.times import MINUTE, SECOND
from aright.engine import slo as stage
from tests.unit.engine.failing_shop import START, Plant, frame, quick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.slo import Standing

WIDTH = 30 * SECOND
SHARP = BurnRule(long=5 * MINUTE, short=MINUTE, rate=5, page=True)
SLOW = BurnRule(long=20 * MINUTE, short=2 * MINUTE, rate=2, page=False)


def promise(
    name: str = "answers",
    *,
    signal: str = "error_share",
    objective: float = 0.9,
    rules: Sequence[BurnRule] = (SHARP, SLOW),
    min_events: int = 10,
) -> Slo:
    return Slo(
        key=name,
        service="shop",
        indicator=Indicator(signal=signal),
        objective=objective,
        rules=tuple(rules),
        min_events=min_events,
    )


def plant(*slos: Slo) -> Plant:
    made = Plant(settings=quick())
    with made.state.transaction() as tx:
        stage.put(tx, slos)
    made.desk.register(Service(key="shop", tier=1))
    return made


def serve(made: Plant, windows: range, *, units: int = 20, failing: int = 0) -> None:
    """Serve windows and close each; so many units fail in each."""
    for window in windows:
        start = START + window * WIDTH
        rows: list[dict[str, object]] = [
            {
                "id": f"p-{window}-{unit}",
                "time": start + unit,
                "service": "shop",
                "unit": f"u-{window}-{unit}",
                "status": 500 if unit < failing else 200,
            }
            for unit in range(units)
        ]
        made.intake.accept(frame(Kind.PREDICTIONS, rows)).durable.result()
        made.desk.advance(start + WIDTH + 10 * SECOND)


def pages(made: Plant) -> list[str]:
    """Return the SLO alerts of incidents, each with its incident."""
    return [
        f"{incident.key} {alert.key}"
        for incident in made.desk.incidents()
        for alert in incident.alerts
        if "/slo/" in alert.key
    ]


def tickets(made: Plant) -> list[str]:
    return [notice.alert.key for notice in made.desk.notices() if "/slo/" in notice.alert.key]


def standing(made: Plant) -> Standing:
    (found,) = made.runtime.watches["shop"].objectives.standings(made.runtime.closed_to)
    return found


def test_a_burning_budget_pages_once() -> None:
    made = plant(promise(objective=0.99, rules=RULES))
    serve(made, range(15))
    assert made.desk.incidents() == []
    serve(made, range(15, 40), failing=12)
    (incident,) = made.desk.incidents()
    (alert,) = [alert for alert in incident.alerts if alert.key == "shop/slo/answers/page"]
    assert (alert.signal, alert.harm, alert.since) == ("error_share", True, START + 15 * WIDTH)
    assert (alert.before, alert.units) == (0, 100)
    assert alert.now == pytest.approx(0.6)
    assert "SLO answers (99 % over 30 d) burns 15 and" in alert.rule
    assert "60 of 100 users' windows are bad since 00:07:30; the budget is spent" in alert.rule
    assert made.pager.seen == [(f"aright-INC-1-{incident.opened_at}", "trigger")]
    assert standing(made).page
    assert tickets(made) == []


def test_a_budget_that_burned_from_the_first_day_opens_an_incident_by_itself() -> None:
    made = plant(promise())
    serve(made, range(15), failing=14)
    (incident,) = made.desk.incidents()
    assert [alert.key for alert in incident.alerts] == ["shop/slo/answers/page"], "nothing moved: it is bad"
    assert incident.title == "shop: error share rose from 10\u202f% to 70\u202f%"
    assert incident.severity is not None


def test_few_failures_of_little_traffic_stay_silent() -> None:
    made = plant(promise(objective=0.999, min_events=10))
    serve(made, range(4), units=1)
    serve(made, range(4, 5), units=3, failing=1)
    serve(made, range(5, 30), units=1)
    assert standing(made).burns[-1].rate > 30, "it burns on paper: 1 of 33 is 30 times a thousandth"
    assert (pages(made), tickets(made)) == ([], [])


def test_a_slow_leak_is_a_ticket_and_told_once() -> None:
    made = plant(promise())
    serve(made, range(60), failing=5)
    assert made.desk.incidents() == []
    assert tickets(made) == ["shop/slo/answers/ticket"]
    notice = next(notice for notice in made.desk.notices() if "/slo/" in notice.alert.key)
    assert "a ticket from 2" in notice.alert.rule
    assert standing(made).ticket


def test_after_a_restart_nothing_is_told_twice() -> None:
    made = plant(promise())
    serve(made, range(15))
    serve(made, range(15, 30), failing=18)
    assert pages(made) == ["INC-1 shop/slo/answers/page"]
    before = standing(made)
    made.start()
    after = standing(made)
    assert (after.n, after.bad, after.burns, after.page) == (before.n, before.bad, before.burns, True)
    assert (before.counted, after.counted) == (600, 0), "a counter starts anew, as counters do"
    serve(made, range(30, 34), failing=18)
    (incident,) = made.desk.incidents()
    told = [event for event in made.desk.timeline("INC-1") if "shop/slo/answers/page" in event.refs]
    assert len(told) == 1
    assert incident.key == "INC-1"


def test_a_budget_that_goes_on_burning_after_the_end_pages_again() -> None:
    made = plant(promise())
    serve(made, range(15))
    serve(made, range(15, 25), failing=18)
    made.desk.resolve("INC-1", by="ada", confirm="shop")
    serve(made, range(25, 26), failing=18)
    assert pages(made) == ["INC-1 shop/slo/answers/page"], "the short window reaches back before the end"
    serve(made, range(26, 28), failing=18)
    assert pages(made) == ["INC-1 shop/slo/answers/page"]
    assert made.desk.incident("INC-1").state.value == "reopened"
    assert [action for _, action in made.pager.seen] == ["trigger", "resolve", "trigger"]


def test_what_an_incident_burned_gives_no_ticket_afterwards() -> None:
    made = plant(promise())
    serve(made, range(35))
    serve(made, range(35, 46), failing=18)
    serve(made, range(46, 48))
    made.desk.resolve("INC-1", by="ada", confirm="shop")
    serve(made, range(48, 60))
    assert standing(made).burns[3].rate > SLOW.rate, "over the long window it burned too fast"
    assert tickets(made) == []
    assert len(made.desk.incidents()) == 1
    assert not standing(made).page


def test_the_catalog_says_which_slos_there_are() -> None:
    made = plant(promise("a"), promise("b"))
    serve(made, range(15))
    serve(made, range(15, 25), failing=18)
    with made.state.transaction() as tx:
        assert {each.key for each in tx.list(Burning)} == {"a", "b"}
        stage.put(tx, [promise("b", objective=0.5)])
        assert [each.key for each in tx.list(Slo)] == ["b"]
        assert {each.key for each in tx.list(Burning)} == {"b"}


def test_a_mean_is_held_against_its_limit_in_slices_of_time() -> None:
    slo = Slo(
        key="errors",
        service="shop",
        indicator=Indicator(signal="error_share", at_most=0.2, slice=MINUTE),
        objective=0.9,
        rules=(BurnRule(long=10 * MINUTE, short=2 * MINUTE, rate=4, page=True),),
    )
    made = plant(slo)
    serve(made, range(21), failing=3)
    assert standing(made).n == 10, "of 21 windows, the last slice is not over"
    assert standing(made).bad == 0
    made.start()
    serve(made, range(21, 22), failing=3)
    assert standing(made).n == 11
    serve(made, range(22, 42), failing=10)
    assert pages(made) == ["INC-1 shop/slo/errors/page"]
    assert "slices of time are bad" in next(
        alert.rule for alert in made.desk.incident("INC-1").alerts if "/slo/" in alert.key
    )


def test_a_signal_pages_where_the_catalog_says_so() -> None:
    def shifted(service: Service) -> tuple[int, int]:
        made = Plant(settings=quick())
        made.desk.register(service)
        for window in range(45):
            start = START + window * WIDTH
            rows: list[dict[str, object]] = [
                {
                    "id": f"p-{window}-{unit}",
                    "time": start + unit,
                    "service": "shop",
                    "unit": f"u-{window}-{unit}",
                    "confidence": 0.9 if window < 30 else 0.2,
                }
                for unit in range(40)
            ]
            made.intake.accept(frame(Kind.PREDICTIONS, rows)).durable.result()
            made.desk.advance(start + WIDTH + 10 * SECOND)
        return len(made.desk.incidents()), len(made.desk.notices())

    assert shifted(Service(key="shop"))[0] == 0
    assert shifted(Service(key="shop", page_signals=("confidence",)))[0] == 1
