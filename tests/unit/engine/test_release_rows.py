"""Rows that a release is judged by: labels that come long after."""

from __future__ import annotations

from aright.core.model.frame import Kind
from aright.core.model.times import HOUR, MINUTE
from aright.engine.release_rows import answered_between
from tests.unit.engine.failing_shop import START, frame
from tests.unit.engine.releasing_cards import Cards

LATE = START + 5 * HOUR


def labelled(made: Cards, *names: str) -> None:
    """Have labels of these answers come five hours later."""
    rows: list[dict[str, object]] = [
        {"time": LATE, "service": "cards", "prediction_id": name, "kind": "correct", "value": 0.0}
        for name in names
    ]
    made.intake.accept(frame(Kind.OUTCOMES, rows, at=LATE)).durable.result()
    made.desk.advance(LATE + MINUTE)


def found(made: Cards, *, since: int) -> list[object]:
    rows = answered_between(made.world, "cards", LATE - MINUTE, LATE + MINUTE, since=since)
    return sorted(rows["id"].to_pylist())


def test_labels_that_come_hours_later_find_their_answers():
    made = Cards(per_minute=20)
    made.serve(2)
    labelled(made, "0-3", "1-7", "unknown")
    assert found(made, since=START) == ["0-3", "1-7"]
    assert found(made, since=START + MINUTE) == ["1-7"]
    assert found(made, since=LATE) == []


def test_without_labels_there_is_nothing_to_count():
    made = Cards(per_minute=20)
    made.serve(2)
    assert answered_between(made.world, "cards", START, START + HOUR, since=START).num_rows == 0
