from __future__ import annotations

import json

import pytest

from aright.cli import drill
from aright.cli.failure import FailedError
from aright.drill import run as runner
from aright.drill.failure import StageError
from aright.drill.result import Facts, Result, same


def result(*, right: bool) -> Result:
    checks = (same("incidents", 1, 1), same("mode", "empty", "empty" if right else "stale"))
    facts = Facts(incidents=1, requests=12_345, wall_s=9.5)
    return Result(drill="a-drill", seed=3, fault="empty", hit="somebody", facts=facts, checks=checks)


@pytest.fixture
def played(monkeypatch):
    told: list[runner.Options] = []

    def stand_in(outcome):
        def run(name, options, *, finished):
            told.append(options)
            if isinstance(outcome, Exception):
                raise outcome
            finished(outcome)
            return outcome

        monkeypatch.setattr(runner, "run", run)
        return told

    return stand_in


def test_right_drill_leaves_with_0_and_lists_what_was_looked_at(played, capsys):
    told = played(result(right=True))
    assert drill.run(seed=3, leave=True) == 0
    assert told[0].seed == 3
    assert not told[0].stay
    shown = capsys.readouterr().out
    assert "all came out right" in shown
    assert "✓ mode: empty" in shown
    assert "12,345 requests" in shown


def test_wrong_drill_leaves_with_1_and_says_what_was_wanted(played, capsys):
    told = played(result(right=False))
    assert drill.run() == 1
    assert told[0].stay
    shown = capsys.readouterr().out
    assert "1 of 2 came out wrong" in shown
    assert "✗ mode: stale  (wanted empty)" in shown


def test_json_has_standard_output_for_itself(played, capsys):
    played(result(right=False))
    drill.run(json=True)
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert document["schema"] == "aright.drill/1"
    assert document["right"] is False
    assert document["facts"]["requests"] == 12_345
    assert "✗ mode" in shown.err


@pytest.mark.parametrize(("raised", "code"), [(ValueError("no such seed"), 2), (StageError("it fell"), 1)])
def test_failures_are_sentences(played, raised, code):
    played(raised)
    with pytest.raises(FailedError, match=str(raised)) as failed:
        drill.run()
    assert failed.value.code == code
