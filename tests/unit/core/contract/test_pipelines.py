from __future__ import annotations

import numpy as np
import pytest

from aright.core.contract.pipelines import (
    FEWEST,
    due_by,
    judge_end,
    judge_late,
    judge_standing,
    period,
)
from aright.core.model.run import DatasetUse, Run
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND

START = 20_460 * DAY + 3 * HOUR  # a Wednesday, 03:00


def run(number: int, rows: int | None = 1_000, *, state="complete", minutes=10.0, at=None, **more) -> Run:
    began = START + number * DAY if at is None else at
    ended = None if state == "running" else began + int(minutes * MINUTE)
    table = DatasetUse(name="db/orders", rows=rows, **more)
    return Run(
        key=f"w/daily/{number}",
        job="w/daily",
        run_id=str(number),
        state=state,
        seen=ended or began,
        started=began,
        ended=ended,
        outputs=(table,),
    )


def texts(*args):
    return [finding.text for finding in judge_end(*args)]


def test_a_failure_needs_no_history() -> None:
    (finding,) = judge_end(run(0, state="failed"), [])
    assert (finding.signal, finding.text) == ("pipeline:failed", "w/daily failed")
    assert texts(run(0, state="aborted"), [run(1, state="failed")]) == ["w/daily was aborted"]
    assert judge_end(run(0, state="running"), []) == []


def test_amounts_far_from_usual_are_told() -> None:
    usual = [run(number, 1_000 + 10 * number) for number in range(-20, 0)]
    said = "w/daily wrote 120 rows of db/orders, usually 895 (800 to 990)"
    assert texts(run(0, 120), usual) == [said]
    assert texts(run(0, 0), usual) == [said.replace("120", "0", 1)]
    assert texts(run(0, 2_000), usual)
    assert texts(run(0, 1_100), usual) == []
    assert texts(run(0, None), usual) == []
    assert texts(run(0, 120), usual[: FEWEST - 1]) == []
    assert texts(run(0, 120), [*usual[:-1], run(-1, 5)]) != [], (
        "one odd run in the past does not hide the next"
    )


def test_bytes_stand_in_for_rows() -> None:
    usual = [run(number, None, bytes=5_000) for number in range(-9, 0)]
    assert texts(run(0, None, bytes=90_000), usual) == [
        "w/daily wrote 90,000 bytes of db/orders, usually 5,000 (5,000 to 5,000)"
    ]


def test_nulls_beyond_the_usual_are_told() -> None:
    usual = [run(number, nulls={"city": 10, "zip": 0}) for number in range(-9, 0)]
    said = texts(run(0, nulls={"city": 400, "zip": 12}), usual)
    assert said == ["city of db/orders is null in 40.0% of rows, usually 1.0%"]
    assert texts(run(0, nulls={"new": 400}), usual) == []


def test_a_run_that_takes_far_longer_is_slow() -> None:
    usual = [run(number, minutes=10 + number % 3) for number in range(-12, 0)]
    assert texts(run(0, minutes=95), usual) == ["w/daily took 95 min, usually 11 min"]
    assert texts(run(0, minutes=15), usual) == []
    assert texts(run(0, minutes=0.5), [run(n, minutes=0.1) for n in range(-9, 0)]) == []


def test_what_is_usual_is_seldom_told() -> None:
    """Log-normal counts of 15 % spread, 400 jobs: at most 2 % of their usual runs are told."""
    rng = np.random.default_rng(7)
    told = 0
    for _ in range(400):
        counts = np.exp(rng.normal(10, 0.15, 31)).astype(int).tolist()
        told += bool(judge_end(run(0, counts[0]), [run(-n, count) for n, count in enumerate(counts[1:], 1)]))
    assert told <= 8


def test_a_job_that_does_not_come_is_late() -> None:
    usual = [run(number) for number in range(-10, 1)]
    due = due_by(usual)
    assert due == START + DAY + int(0.1 * DAY)
    assert judge_late("w/daily", usual, due - 1) is None
    late = judge_late("w/daily", usual, due)
    assert late is not None
    assert late.text == "w/daily has not begun again since Wednesday 03:00; it usually has by 05:24 UTC"


def test_a_job_that_rests_at_weekends_is_not_late_on_them() -> None:
    days = [number for number in range(-40, 1) if (number + 2) % 7 < 5]  # day 0 is a Wednesday
    friday = [run(number) for number in days if number <= -5]
    due = due_by(friday)
    assert due is not None
    assert due > START - 2 * DAY, "the next is on Monday"
    wednesday = due_by([run(number) for number in days])
    assert wednesday is not None
    assert wednesday < START + 2 * DAY


@pytest.mark.parametrize("gaps", [[1, 2], [1, 50, 3, 700, 2, 9, 400]], ids=["few", "wild"])
def test_jobs_that_keep_no_time_are_never_late(gaps: list[int]) -> None:
    at, runs = START, []
    for number, gap in enumerate(gaps):
        at += gap * HOUR
        runs.append(run(number, at=at))
    assert due_by(runs) is None
    assert judge_late("w/daily", runs, at + 1_000 * DAY) is None


def test_jobs_of_every_minute_have_ten_of_grace() -> None:
    runs = [run(number, at=START + number * MINUTE) for number in range(30)]
    due = due_by(runs)
    assert due == START + 30 * MINUTE + 10 * MINUTE
    assert (due - START) % SECOND == 0


def test_a_job_as_it_stood_is_judged_by_the_last_run_that_had_ended() -> None:
    runs = [run(number, fields={"id": "int"}, source="s3://a") for number in range(6)]
    end = runs[-1].seen
    assert judge_standing("w/daily", runs, end, now=end) == []
    moved = run(6, fields={"id": "text"}, source="s3://b")
    ((finding, at),) = judge_standing("w/daily", [*runs, moved], moved.seen, now=moved.seen)
    assert (finding.signal, at) == ("pipeline:schema", moved.seen)
    assert finding.text == "db/orders: id was int and is text; it is in s3://b, was in s3://a"
    assert judge_standing("w/daily", [*runs, moved], end, now=moved.seen) == []
    failed = run(6, state="failed", at=START + 5 * DAY + HOUR)
    assert (
        judge_standing("w/daily", [*runs, failed], failed.seen, now=failed.seen)[0][0].signal
        == "pipeline:failed"
    )
    mended = run(7, at=START + 5 * DAY + 2 * HOUR)
    assert judge_standing("w/daily", [*runs, failed, mended], mended.seen, now=mended.seen) == []


def test_a_job_that_had_to_begin_is_late_from_then_on_and_not_from_when_it_was_told() -> None:
    runs = [run(number) for number in range(8)]
    due = START + 8 * DAY
    assert judge_standing("w/daily", runs, due + MINUTE, now=due + MINUTE) == []  # within its grace
    ((finding, at),) = judge_standing("w/daily", runs, due + MINUTE, now=due + 4 * HOUR)
    assert (finding.signal, at) == ("pipeline:late", due)
    assert judge_standing("w/daily", runs, due - HOUR, now=due + 4 * HOUR) == []
    assert period(runs) == DAY
    assert period(runs[:1]) is None
