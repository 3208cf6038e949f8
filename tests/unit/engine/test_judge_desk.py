"""Judging for others: two versions that somebody else splits traffic between."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from aright.core.model.frame import Frame, Kind
from aright.core.model.release import Call, Metric, Policy
from aright.core.model.service import Service
from aright.core.model.times import DAY, MINUTE, SECOND
from aright.engine import judge_desk
from aright.engine.judge_operations import Question
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.release_operations import Start
from tests.unit.engine.failing_shop import START, frame
from tests.unit.engine.releasing_cards import ROUTER, Cards

ASKED = Question(service="cards", stable="8", candidate="9", since=START, share=0.25)


def split(errors: float, **more: Any) -> Cards:
    made = Cards(errors={"8": 0.02, "9": errors}, **more)
    made.traffic.send(ROUTER, 0.25, key="k")
    return made


def test_a_worse_version_is_to_be_rolled_back() -> None:
    made = split(0.1)
    made.serve(3)

    look = made.desk.judges.judge(ASKED)

    assert look.call is Call.ROLL_BACK
    assert look.stage == "canary"


def test_a_good_one_may_go_on_and_every_interval_is_read_once() -> None:
    made = split(0.02)
    early = made.desk.judges.judge(ASKED)
    calls = []
    for _ in range(12):
        made.serve()
        calls.append(made.desk.judges.judge(ASKED))
    made.desk.judges = judge_desk.JudgeDesk(made.runtime)

    assert (early.call, early.hold) == (Call.HOLD, "no_data")
    assert calls[-1].call is Call.GO
    assert Call.ROLL_BACK not in {look.call for look in calls}
    assert made.desk.judges.judge(ASKED) == calls[-1]
    assert made.desk.judges.judge(ASKED) == calls[-1]


def test_metrics_and_step_may_be_named() -> None:
    policy = Policy(metrics=(Metric(name="error_share", on_harm="hold"),))
    made = split(0.1, policy=policy)
    made.serve(3)
    named = msgspec.structs.replace(ASKED, metrics=("slower:100", "quality:right"), step=0)

    assert made.desk.judges.judge(ASKED).call is Call.HOLD
    assert made.desk.judges.judge(named).hold == "no_data"
    with pytest.raises(RefusedError, match="beauty"):
        made.desk.judges.judge(msgspec.structs.replace(ASKED, metrics=("beauty",)))


def test_a_release_that_is_under_way_answers_for_itself() -> None:
    made = Cards()
    made.serve(2)
    with pytest.raises(RefusedError, match="no release of cards is under way"):
        made.desk.judges.judge(Question(service="cards"))
    made.desk.releases.start(Start(service="cards", version="9", by="ada"))
    made.serve(2)

    assert made.desk.judges.judge(Question(service="cards")) == made.latest.looks[-1]
    assert made.desk.judges.judge(ASKED) == made.latest.looks[-1]


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"since": START - 30 * DAY}, RefusedError, "14 days"),
        ({"since": START + DAY}, RefusedError, "14 days"),
        ({"candidate": "8"}, RefusedError, "same version"),
        ({"service": "nobody"}, UnknownError, "nobody"),
    ],
)
def test_what_makes_no_sense_is_refused(changed: dict[str, Any], error: type[Exception], said: str) -> None:
    made = Cards()
    made.serve(1)

    with pytest.raises(error, match=said):
        made.desk.judges.judge(msgspec.structs.replace(ASKED, **changed))


def test_trials_of_others_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_desk, "MOST_TRIALS", 2)
    made = split(0.1)
    made.serve(3)
    for version in ("7", "6", "5"):
        made.desk.judges.judge(msgspec.structs.replace(ASKED, stable=version))

    assert made.desk.judges.judge(ASKED).call is Call.ROLL_BACK


def test_outcomes_are_judged_as_they_come() -> None:
    made = split(0.02)
    with made.state.transaction() as tx:
        tx.put(Service(key="cards"))
    made.serve(2)
    outcomes = [
        {
            "time": START + MINUTE + at,
            "service": "cards",
            "prediction_id": row["id"].as_py(),
            "kind": "right",
            "value": 0.0 if row["version"].as_py() == "9" else 1.0,
        }
        for at, row in enumerate(_rows(made))
    ]
    made.intake.accept(_frame(outcomes)).durable.result()
    made.serve(1)

    look = made.desk.judges.judge(msgspec.structs.replace(ASKED, metrics=("quality:right",)))

    assert look.call is Call.ROLL_BACK


def _rows(made: Cards) -> list[dict[str, Any]]:
    table = made.world.rows.scan(Kind.PREDICTIONS, "cards", START, START + MINUTE)
    return [{name: table[name][at] for name in ("id", "version")} for at in range(0, table.num_rows, 2)]


def _frame(outcomes: list[dict[str, Any]]) -> Frame:
    return frame(Kind.OUTCOMES, outcomes)


def test_what_was_let_through_and_bad_is_judged_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = split(0.02)
    row = made._row
    said = {"output": {"label": "approve", "score": 0.1}}
    monkeypatch.setattr(made, "_row", lambda at, version: row(at, version) | said)
    made.serve(2)
    bad = [
        {
            "time": START + MINUTE + at,
            "service": "cards",
            "prediction_id": each["id"].as_py(),
            "kind": "fraud",
            "value": 1.0 if each["version"].as_py() == "9" else 0.0,
        }
        for at, each in enumerate(_rows(made))
    ]
    made.intake.accept(_frame(bad)).durable.result()
    made.serve(1)

    look = made.desk.judges.judge(msgspec.structs.replace(ASKED, metrics=("missed:fraud",)))

    assert look.call is Call.ROLL_BACK


def test_an_interval_is_closed_once_its_late_rows_are_there() -> None:
    made = split(0.02)
    made.serve()
    made.runtime.advance(START + MINUTE + 5 * SECOND)
    assert made.desk.judges.judge(ASKED).reason == "It was not looked at yet."
    made.runtime.advance(START + MINUTE + 10 * SECOND)
    assert made.desk.judges.judge(ASKED).judged
