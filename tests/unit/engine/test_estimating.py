"""Quality estimated before labels come: points and a notice, labels that replace them, harm they confirm."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from aright.core.model.estimates import Estimates
from aright.core.model.frame import Kind
from aright.core.model.times import MINUTE, SECOND
from aright.engine.estimating import LABELLED
from aright.engine.settings import Settings
from tests.unit.engine.failing_shop import START, Plant, frame

HOUR = 10 * MINUTE
"""An hour of the story: what is estimated together."""

ROWS = 250
HISTORY = 12
BEGIN = START // HOUR * HOUR

SETTINGS = msgspec.structs.replace(
    Settings(), estimate_every=HOUR, width=60 * SECOND, diagnose_every=HOUR, profile_bytes=0
)


def logistic(value):
    return 1 / (1 + np.exp(-value))


def answers(number: int, *, shift: float = 0.0) -> list[dict[str, object]]:
    """Return an hour's answers with their truth; ``shift`` moves rows to the group that is misjudged."""
    random = np.random.default_rng([5, number])
    group = random.random(ROWS) < 0.25 + shift
    known = random.normal(0, 2.0, ROWS)
    truth = random.random(ROWS) < logistic(known + 3.0 * group)
    return [
        {
            "id": f"{number}-{row}",
            "time": BEGIN + number * HOUR + int((row + 0.5) * HOUR / ROWS),
            "service": "fraud",
            "features": {"x.known": float(known[row]), "x.group": "b" if group[row] else "a"},
            "output": {"score": float(logistic(known[row]))},
            "truth": bool(truth[row]),
        }
        for row in range(ROWS)
    ]


def right(number: int) -> list[bool]:
    """Return which answers of a shifted hour are right."""
    rows = answers(number, shift=0.6)
    return [(row["output"]["score"] >= 0.5) == row["truth"] for row in rows]  # type: ignore[index]  # a dict


class Story:
    """Plays hours; the labels of some of them come late."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.plant = Plant(settings=settings)
        self._late: list[dict[str, object]] = []

    def hour(self, number: int, *, shift: float = 0.0, labelled: bool = True) -> None:
        rows = answers(number, shift=shift)
        labels = [
            {
                "time": int(row["time"]) + 20 * SECOND,  # type: ignore[call-overload]  # an int
                "service": "fraud",
                "prediction_id": row["id"],
                "kind": "label",
                "value": float(bool(row.pop("truth"))),
            }
            for row in rows
        ]
        at = BEGIN + number * HOUR
        self._send(Kind.PREDICTIONS, rows, at)
        if labelled:
            self._send(Kind.OUTCOMES, labels, at)
        else:
            self._late += labels
        self.plant.desk.advance(at + HOUR + 70 * SECOND)

    def labels_come(self, number: int) -> None:
        at = BEGIN + number * HOUR + 80 * SECOND
        late = [{**label, "time": at} for label in self._late]
        self._send(Kind.OUTCOMES, late, at)

    def _send(self, kind: Kind, rows: list[dict[str, object]], at: int) -> None:
        self.plant.intake.accept(frame(kind, rows, at=at)).durable.result()

    def estimated(self, name: str = "estimate:accuracy") -> dict[int, float]:
        found = self.plant.desk.points("fraud", start=BEGIN, end=2**60, names=[name])
        return {(point.start - BEGIN) // HOUR: point.value for point in found}


@pytest.fixture(scope="module")
def story() -> Story:
    told = Story()
    for number in range(HISTORY):
        told.hour(number)
    for number in range(HISTORY, HISTORY + 3):
        told.hour(number, shift=0.6, labelled=False)
    return told


def test_an_hour_without_labels_has_an_estimate_with_an_interval(story):
    values, low, high = (
        story.estimated(f"{name}:accuracy") for name in ("estimate", "estimate_low", "estimate_high")
    )
    usual = values[HISTORY - 1]
    for number in range(HISTORY, HISTORY + 3):
        truth = np.mean(right(number))
        assert low[number] < truth < high[number]
        assert values[number] < usual - 0.07
        assert story.estimated(LABELLED)[number] == 0.0


def test_leaving_the_range_gives_notice_in_words_once(story):
    told = [
        notice.alert
        for notice in story.plant.desk.notices(service="fraud")
        if notice.alert.signal == "estimate:accuracy"
    ]
    assert len(told) == 1
    assert told[0].text.startswith("accuracy is estimated at 6")
    assert "usual is 7" in told[0].text
    assert not story.plant.desk.incidents()


def test_a_restart_keeps_what_was_learned(story):
    with story.plant.state.transaction() as tx:
        before = tx.get(Estimates, "fraud")
    story.plant.start()
    story.hour(HISTORY + 3, shift=0.6, labelled=False)
    with story.plant.state.transaction() as tx:
        after = tx.get(Estimates, "fraud")
    assert before is not None
    assert after is not None
    assert (after.start, after.end, after.standing) == (before.start, before.end, before.standing)
    assert story.estimated()[HISTORY + 3] == pytest.approx(story.estimated()[HISTORY + 2], abs=0.1)


def test_late_labels_replace_the_estimate_and_confirm_the_harm(story):
    story.labels_come(HISTORY + 4)
    for number in range(HISTORY + 4, HISTORY + 7):
        story.hour(number, shift=0.6)
    incidents = story.plant.desk.incidents()
    harm = [alert for incident in incidents for alert in incident.alerts if alert.harm]
    assert "estimate:accuracy" in {alert.signal for alert in harm}
    (text,) = {alert.text for alert in harm if alert.signal == "estimate:accuracy"}
    assert "by the labels of 9" in text
    assert story.estimated(LABELLED)[HISTORY] == 1.0
    truth = np.mean(right(HISTORY))
    assert story.estimated()[HISTORY] == pytest.approx(truth)


def test_too_few_labels_teach_nothing_and_say_so():
    told = Story()
    for number in range(3):
        told.hour(number)
    with told.plant.state.transaction() as tx:
        state = tx.get(Estimates, "fraud")
    assert state is not None
    assert "are too few" in state.why_not
    assert not told.estimated()


def test_without_any_label_nothing_is_read_or_remembered():
    told = Story()
    told.hour(0, labelled=False)
    with told.plant.state.transaction() as tx:
        assert tx.get(Estimates, "fraud") is None


def test_no_estimates_where_none_are_wanted():
    told = Story(msgspec.structs.replace(SETTINGS, estimate_every=0))
    told.hour(0)
    with told.plant.state.transaction() as tx:
        assert tx.get(Estimates, "fraud") is None
