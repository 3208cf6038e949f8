"""`aright suite run`: what it prints and how it leaves."""

from __future__ import annotations

import json

import pytest

from aright.adapters.memory_suite import MemoryChecks
from aright.cli.main import main
from aright.ports.suite import SuiteError

CHECKS = MemoryChecks(
    [
        ("net", "at least 0", lambda value: float(str(value)) >= 0, "error"),
        ("day", "is odd", lambda value: value in {1, 3}, "warning"),
    ]
)


@pytest.fixture(autouse=True)
def suite(monkeypatch):
    def found(path, kind, folder):
        if path != "checks.py:orders":
            raise SuiteError(f"{path} has no suite: name one")
        return CHECKS

    monkeypatch.setattr("aright.bootstrap.suite_checks", found)


@pytest.fixture
def rows(tmp_path):
    def write(text):
        (tmp_path / "rows.csv").write_text("net,day\n" + text)
        return str(tmp_path / "rows.csv")

    return write


def left(*arguments):
    with pytest.raises(SystemExit) as leaving:
        main(["suite", "run", *arguments])
    return leaving.value.code


def test_all_is_well(rows, capsys):
    assert left("checks.py:orders", "--data", rows("1.5,1\n")) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "2 checks of 1 rows: all passed\n"


def test_what_fails_is_said(rows, capsys):
    assert left("checks.py:orders", "--data", rows("1.5,1\n-2,1\n")) == 3
    assert "error: `net` fails `at least 0` in 1 of 2 rows" in capsys.readouterr().out


def test_warnings_alone_are_fine(rows, capsys):
    assert left("checks.py:orders", "--data", rows("1.5,2\n")) == 0
    assert capsys.readouterr().out.startswith("warning: `day` fails")


def test_json_is_versioned(rows, capfd):
    assert left("checks.py:orders", "--data", rows("-1,1\n"), "--json") == 3
    told = json.loads(capfd.readouterr().out)
    assert (told["schema"], told["rows"], told["checks"][0]["examples"]) == (1, 1, ["-1"])


def test_a_suite_or_file_that_is_not_there_is_said(rows, tmp_path, capsys):
    assert left("checks.py:nope", "--data", rows("1,1\n")) == 1
    assert left("checks.py:orders", "--data", str(tmp_path / "none.csv")) == 2
    assert "cannot be opened" in capsys.readouterr().err
