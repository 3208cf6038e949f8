"""A team's own suite of checks, and what came of it over some rows."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from aright.core.model.probability import percent
from aright.core.model.times import MINUTE, Micros

SUITE_KINDS: Final = ("pandera", "great_expectations")
"""Libraries whose suites are run."""

SUITE_ROWS: Final = ("predictions", "outcomes")
"""Rows that a suite may be run on."""

MOST_CHECKS: Final = 500
MOST_EXAMPLES: Final = 5
LONGEST_EXAMPLE: Final = 40
LONGEST_CHECK: Final = 120

Severity: TypeAlias = Literal["error", "warning"]


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """A suite that the server's catalog file names, to be run as a monitor.

    Never kept in a store and never taken from the API: it is code, and only whoever writes the file that the
    server is started with may have code run.

    Attributes:
        name: short name, unique within the service.
        service: whose rows it is for.
        kind: whose suite it is: ``pandera`` | ``great_expectations``.
        path: where it is: ``FILE.py:NAME``, ``MODULE:NAME``, or a file of Great Expectations' JSON.
        folder: that paths and imports are relative to: the catalog file's.
        on: the rows: ``predictions`` | ``outcomes``.
        every: how often it is run, over the rows of as long (µs).
        page: whether a failed check of it pages.
    """

    name: str
    service: str
    kind: str
    path: str
    folder: str = ""
    on: str = "predictions"
    every: Micros = 5 * MINUTE
    page: bool = False


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one check.

    Attributes:
        check: what is asked, in the suite's own words.
        column: of which column; empty where it is of the whole table.
        rows: rows that were looked at.
        failing: of them, those that fail; all of them where the check is of the table and fails.
        whole: whether it is of the table or column as a whole, not of each row.
        passed: whether the suite takes that for good, such as Great Expectations does up to ``mostly``.
        severity: ``error``, or ``warning`` where the suite says that it is one.
        examples: of values that fail, at most 5, short and harmless.
    """

    check: str
    rows: int
    failing: int
    passed: bool
    column: str = ""
    whole: bool = False
    severity: Severity = "error"
    examples: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the column and the check on one line.

        >>> Checked(check="ge(0)", column="net", rows=3, failing=0, passed=True).name
        'net ge(0)'
        """
        return plain(f"{self.column} {self.check}".strip(), LONGEST_CHECK)

    @property
    def share(self) -> float:
        """Return the share of rows that fail."""
        return self.failing / self.rows if self.rows else float(not self.passed)

    def told(self) -> str:
        r"""Return it in words.

        >>> found = Checked(check="ge(0)", column="net", rows=200, failing=3, passed=False, examples=("-1",))
        >>> found.told().replace("\u202f", " ")
        '`net` fails `ge(0)` in 3 of 200 rows (1.5 %), such as `-1`'
        """
        subject = f"`{plain(self.column, LONGEST_CHECK)}` fails" if self.column else "the table fails"
        what = f"{subject} `{plain(self.check, LONGEST_CHECK)}`"
        such = ", ".join(f"`{each}`" for each in self.examples[:2])
        if self.whole:
            return f"{what}: found {such}" if such else what
        what += f" in {self.failing:,} of {self.rows:,} rows ({percent(self.share)})"
        return f"{what}, such as {such}" if such else what


class SuiteStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What has been told of a suite, so that nothing is told twice, not even after a restart.

    Attributes:
        key: service and suite, joined by ``/``.
        service: whose.
        failing: signal → the share of rows that failed when it was told last.
        problem: why it could not be run the last time; empty where it could.
        ran_at: the end of the rows that it was last run on (µs, UTC).
    """

    key: str
    service: str
    failing: dict[str, float] = msgspec.field(default_factory=dict)
    problem: str = ""
    ran_at: Micros = 0


def signal_of(suite: str, check: Checked) -> str:
    """Return the signal that a check of a suite is followed as.

    >>> signal_of("orders", Checked(check="ge(0)", column="net", rows=1, failing=0, passed=True))
    'suite:orders:net ge(0)'
    """
    return f"suite:{suite}:{check.name}"


def plain(text: object, longest: int = LONGEST_EXAMPLE) -> str:
    r"""Return foreign text as one short harmless line.

    >>> plain("a\nb`c"), len(plain("x" * 99))
    ("a\\nb'c", 40)
    """
    line = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "backslashreplace").decode()
        for sign in str(text)[: longest + 1]
    ).replace("`", "'")
    return line if len(line) <= longest else line[: longest - 1] + "…"


def bounded(checks: list[Checked]) -> tuple[Checked, ...]:
    """Return at most 500 checks, those that failed first to be kept, names told apart where two are alike.

    >>> twice = [Checked(check="ge(0)", rows=1, failing=0, passed=True)] * 2
    >>> [each.check for each in bounded(twice)]
    ['ge(0)', 'ge(0) (2)']
    """
    kept = sorted(range(len(checks)), key=lambda place: (checks[place].passed, place))[:MOST_CHECKS]
    seen: dict[str, int] = {}
    found = []
    for place in sorted(kept):
        check = checks[place]
        name = check.name
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            shorter = plain(check.check, LONGEST_CHECK - 8 - len(check.column))
            check = msgspec.structs.replace(check, check=f"{shorter} ({seen[name]})")
        found.append(check)
    return tuple(found)
