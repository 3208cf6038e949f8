"""`aright canary plan`: what it prints, asks and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.core.model.release import Metric, Policy
from aright.core.model.signal import Segment, SignalPoint

if TYPE_CHECKING:
    from collections.abc import Callable

END = 10**15


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def told(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(["canary", "plan", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    return told


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> list[SignalPoint]:
    shown: list[SignalPoint] = []

    def answer(method: str, url: str, **_: object) -> httpx.Response:
        policy = Policy(metrics=(Metric(name="error_share"), Metric(name="quality:correct")))
        answers = {
            "/v1/services/cards": {"key": "cards", "rollout": {"policy": policy, "registry": None}},
            "/v1/status": {"now": END},
            "/v1/signals": [point for point in shown if f"name={point.name}" in url],
        }
        path = url.removeprefix("http://aright.test").partition("?")[0]
        return httpx.Response(200, content=msgspec.json.encode(answers[path]))

    monkeypatch.setenv("ARIGHT_URL", "http://aright.test")
    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.setattr(httpx, "request", answer)
    return shown


def test_a_plan_without_a_server(run):
    code, said = run("--users-per-minute", "1000", "--base", "error_share=2%", "--parts", "12")
    assert code == 0
    assert "50 %       1.5×" in said
    assert "A doubling is rolled back after" in said
    assert "One part that is 5 times worse" in said


def test_steps_and_margin_of_ones_own(run):
    code, said = run("--users-per-minute", "1000", "--steps", "10,50", "--margin", "2", "--json")
    assert code == 0
    steps = json.loads(said)["plan"]["steps"]
    assert [(step["share"], step["margin"]) for step in steps] == [(0.1, 4.0), (0.5, 2.0)]


def test_traffic_too_small_is_told(run):
    code, said = run("--users-per-minute", "1", "--steps", "1", "--base", "error_share=0.001")
    assert code == 0
    assert "hours / over" in said


def test_a_plan_of_a_service(run, points: list[SignalPoint]):
    point = SignalPoint(
        service="cards", name="error_share", start=END - 30_000_000, width=30_000_000, n=500.0, total=10.0
    )
    points += [point, msgspec.structs.replace(point, segment=Segment("country", "x"), total=400.0)]
    code, said = run("cards", "--json")
    assert code == 0
    assert json.loads(said)["plan"]["steps"][0]["expected"] == pytest.approx(2.37, abs=0.01)


def test_a_service_of_which_nothing_is_known(run, points: list[SignalPoint]):
    code, said = run("cards")
    assert code == 1
    assert "nothing was counted of cards" in said


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "how much traffic"),
        (("--users-per-minute", "9", "--base", "2%"), "is no base rate"),
        (("--users-per-minute", "9", "--base", "a=b"), "is no number"),
        (("--users-per-minute", "9", "--base", "error_share=200%"), "between 0 and 1"),
        (("--users-per-minute", "9", "--steps", "5,1"), "steps must rise"),
        (("--users-per-minute", "9", "--steps", "five"), "is no step"),
        (("--users-per-minute", "9", "--margin", "0.5"), "above 1"),
    ],
)
def test_what_cannot_be_planned_is_refused(run, arguments, problem):
    code, said = run(*arguments)
    assert code == 2
    assert problem in said
