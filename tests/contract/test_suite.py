"""Teams' suites: the same checks of the same rows come to the same, whoever computes them."""

from __future__ import annotations

import json
import os
import time
import warnings
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from msgspec.structs import replace

from aright.adapters.great_expectations_suite import ExpectationChecks
from aright.adapters.great_expectations_suite.checks import read_suite
from aright.adapters.memory_suite import MemoryChecks
from aright.adapters.pandera_suite import PanderaChecks
from aright.adapters.suite_code import load
from aright.adapters.suite_process import Bounds, ProcessChecks
from aright.bootstrap import suite_checks
from aright.core.model.suite import MOST_CHECKS, MOST_EXAMPLES, Checked, Suite, bounded
from aright.ports.suite import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aright.ports.suite import Checks

STATES = ["open", "paid", "lost", "open", "lost", "open", "paid", "`odd`\n<b>"]
ROWS = pa.table(
    {
        "net": [1.0, -2.0, 3.5, -4.0, 5.0, 6.0, 7.0, 8.0],
        "state": pa.array(STATES).dictionary_encode(),
        "day": [1, 2, 3, 4, 5, 6, 7, 8],
    }
)
FINE = ROWS.slice(0, 1)
CODE = """
import pandera.pandas as pa

print("whatever a team prints")

orders = pa.DataFrameSchema(
    {
        "net": pa.Column(checks=pa.Check.ge(0)),
        "state": pa.Column(checks=pa.Check.isin(["open", "paid"], raise_warning=True)),
        "day": pa.Column(nullable=False),
    }
)

class Orders(pa.DataFrameModel):
    net: float = pa.Field(ge=0)

def made():
    return orders

"""
BAD = """
def slow():
    import time
    time.sleep(60)

def crash():
    import os
    os.kill(os.getpid(), 9)

def broken():
    raise RuntimeError("no \\x1b[31mdatabase here")

def hungry():
    return bytearray(1 << 40)

nothing = 3
"""


def memory(_folder: Path) -> Checks:
    return MemoryChecks(
        [
            ("net", "at least 0", lambda value: isinstance(value, float) and value >= 0, "error"),
            ("state", "open or paid", lambda value: value in {"open", "paid"}, "warning"),
            ("day", "there", lambda value: value is not None, "error"),
        ]
    )


def pandera(folder: Path) -> Checks:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return PanderaChecks(load("team/checks.py:orders", folder))


def expectations(_folder: Path) -> Checks:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx  # noqa: PLC0415  seconds that other tests need not wait

        asked: Any = gx.expectations  # whose stubs leave most of it out
        return ExpectationChecks(gx.ExpectationSuite(name="orders", expectations=[
            asked.ExpectColumnValuesToBeBetween(column="net", min_value=0),
            asked.ExpectColumnValuesToBeInSet(
                column="state", value_set=["open", "paid"], severity="warning"
            ),
            asked.ExpectColumnValuesToNotBeNull(column="day"),
        ]))  # fmt: skip


def process(folder: Path) -> Checks:
    return ProcessChecks(spec(folder, "checks.py:orders"), Bounds(seconds=90))


def spec(folder: Path, path: str) -> Suite:
    return Suite(name="suite", service="shop", kind="pandera", path=f"team/{path}", folder=str(folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("suites")
    (place / "team").mkdir()
    (place / "team" / "checks.py").write_text(CODE)
    (place / "team" / "bad.py").write_text(BAD)
    return place


@pytest.fixture(scope="module", params=[memory, pandera, expectations, process])
def checks(request: pytest.FixtureRequest, folder: Path) -> Checks:
    make: Callable[[Path], Checks] = request.param
    return make(folder)


@pytest.fixture(scope="module")
def found(checks: Checks) -> tuple[Checked, ...]:
    return checks.run(ROWS)


def of(found: tuple[Checked, ...], column: str) -> Checked:
    """Return the check of a column that failed, or its last one."""
    mine = [check for check in found if check.column == column]
    return next((check for check in mine if not check.passed), mine[-1])


def test_what_fails_is_counted_with_examples(found: tuple[Checked, ...]) -> None:
    net, state, day = (of(found, column) for column in ("net", "state", "day"))
    assert (net.rows, net.failing, net.passed, net.whole, net.severity) == (8, 2, False, False, "error")
    assert net.examples == ("-2.0", "-4.0")
    assert (state.failing, state.severity) == (3, "warning")
    assert (day.failing, day.passed) == (0, True)
    assert len({check.name for check in found}) == len(found)


def test_examples_are_few_short_and_harmless(found: tuple[Checked, ...]) -> None:
    told = [example for check in found for example in check.examples]
    assert any("odd" in example for example in told)
    assert all(len(example) <= 40 and example.isprintable() and "`" not in example for example in told)
    assert all(len(check.examples) <= MOST_EXAMPLES for check in found)


def test_nothing_fails_where_all_is_well(checks: Checks) -> None:
    assert all(check.passed and not check.failing for check in checks.run(FINE))


def test_a_column_that_is_missing_fails_for_all_rows(checks: Checks) -> None:
    net = of(checks.run(ROWS.drop_columns(["net"])), "net")

    assert (net.failing, net.rows, net.passed, net.whole) == (8, 8, False, True)


def test_models_and_functions_that_return_a_schema_are_taken(folder: Path) -> None:
    of_model = suite_checks("team/checks.py:Orders", "", folder).run(ROWS)
    made = suite_checks("team/checks.py:made", "", folder).run(ROWS)

    assert of(of_model, "net").failing == of(made, "net").failing == 2


def test_a_file_of_expectations_is_read(folder: Path) -> None:
    told = {
        "name": "kept",
        "expectations": [
            {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "net", "mostly": 0.5}},
            {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 10}},
            {"type": "expect_column_values_to_be_between", "kwargs": {"column": "nope", "min_value": 1}},
        ],
    }
    (folder / "kept.json").write_text(json.dumps(told))
    rows = ROWS.set_column(0, "net", pa.array([1.0, None, 1, 1, 1, 1, 1, 1]))

    mostly, count, nope = suite_checks("kept.json", "", folder).run(rows)

    assert (mostly.failing, mostly.passed) == (1, True)
    assert count.told().endswith("`expect_table_row_count_to_be_between(min_value=10)`: found `8`")
    assert (nope.failing, nope.whole) == (8, True)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("team/checks.py:nope", "has no nope"),
        ("team/missing.py:x", "no file"),
        ("no_such_module_here:x", "cannot be loaded"),
        ("team/bad.py:broken", "RuntimeError"),
        ("team/bad.py:nothing", "is a int"),
        ("team/checks.py", "names no object"),
    ],
)
def test_what_cannot_be_loaded_says_why(folder: Path, path: str, what: str) -> None:
    with pytest.raises(SuiteError, match=what):
        suite_checks(path, "", folder)


def test_a_schema_of_another_kind_is_refused(folder: Path) -> None:
    with pytest.raises(SuiteError, match="no pandera schema"):
        suite_checks("team/bad.py:nothing", "pandera", folder)
    with pytest.raises(SuiteError, match="no ExpectationSuite"):
        suite_checks("team/bad.py:nothing", "great_expectations", folder)
    (folder / "bad.json").write_text("[1, 2")
    with pytest.raises(SuiteError, match="no suite of Great Expectations"):
        read_suite(folder / "bad.json")
    with pytest.raises(SuiteError, match="cannot be read"):
        read_suite(folder / "none.json")


def test_a_suite_that_takes_too_long_is_ended(folder: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(SuiteError, match="longer than 1 s"):
        ProcessChecks(spec(folder, "bad.py:slow"), Bounds(seconds=1)).run(ROWS)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(("name", "what"), [("crash", "signal"), ("hungry", "MemoryError")])
def test_a_suite_that_crashes_ends_alone_and_says_so(folder: Path, name: str, what: str) -> None:
    with pytest.raises(SuiteError, match=what):
        ProcessChecks(spec(folder, f"bad.py:{name}"), Bounds(seconds=90)).run(ROWS)


def test_secrets_of_the_server_are_not_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY", "secret")

    assert "PAGERDUTY_ROUTING_KEY" not in Bounds().environment
    assert "PATH" in Bounds().environment


def test_there_is_an_end_to_checks() -> None:
    many = [Checked(check=f"c{number}", rows=1, failing=0, passed=True) for number in range(MOST_CHECKS + 9)]
    many[-1] = replace(many[-1], passed=False, failing=1)

    kept = bounded(many)

    assert len(kept) == MOST_CHECKS
    assert kept[-1].check == f"c{MOST_CHECKS + 8}"
