"""`aright suite …`: a team's own checks over a file of rows."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.core.model.suite import Checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

app = cyclopts.App(
    name="suite", help="Your own Pandera or Great Expectations suites.", result_action="return_value"
)

FOUND: Final = 3
SCHEMA: Final = 1
_LARGEST_FILE: Final = 256 * 1024 * 1024


class Report(msgspec.Struct, frozen=True):
    """What came of a suite.

    Attributes:
        rows: that it was run on.
        checks: in the suite's order.
        schema: of this document.
    """

    rows: int
    checks: tuple[Checked, ...]
    schema: int = SCHEMA


@app.command
def run(
    suite: str,
    *,
    data: Path,
    kind: Literal["", "pandera", "great_expectations"] = "",
    folder: Path = Path(),
    memory: Annotated[int, cyclopts.Parameter(show_default=False)] = 0,
    seconds: Annotated[int, cyclopts.Parameter(show_default=False)] = 0,
    as_json: Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Run a suite of Pandera or Great Expectations over a file of rows.

    The suite is code, and is run here. Leaves with 3 where a check fails
    that is no warning.

    Args:
        suite: FILE.py:NAME, MODULE:NAME, or a file of Great Expectations' JSON.
        data: the rows: CSV, Parquet, NDJSON or Arrow.
        kind: whose suite it is; seen by itself where left out.
        folder: that the suite's file and its imports are looked for in.
        memory: MiB of address space that it may take; no limit where left out.
        seconds: how long it may take before it is ended; no limit where left out.
        as_json: print JSON.
    """
    _bound(memory, seconds)
    rows = _read(data)
    with _own_output() if as_json else contextlib.nullcontext():
        checks = _run(suite, kind, folder, rows)
    failed = [check for check in checks if not check.passed]
    if as_json:
        told = Report(rows.num_rows, checks)
        print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        for check in failed:
            print(f"{check.severity}: {check.told()}")
        said = f"{len(checks)} checks of {rows.num_rows:,} rows"
        print(f"{said}: {len(failed)} failed" if failed else f"{said}: all passed", file=sys.stderr)
    return FOUND if any(check.severity == "error" for check in failed) else 0


def _bound(memory: int, seconds: int) -> None:
    """Set limits that hold even where whoever started this is gone."""
    if memory:
        with contextlib.suppress(ValueError, OSError):  # not every system has them
            resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
            resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    if seconds:
        signal.alarm(seconds)


def _run(suite: str, kind: str, folder: Path, rows: pa.Table) -> tuple[Checked, ...]:
    from aright.bootstrap import suite_checks  # noqa: PLC0415  pulls in pyarrow and the rest
    from aright.ports.suite import SuiteError  # noqa: PLC0415  the same

    try:
        return suite_checks(suite, kind, folder.resolve()).run(rows)
    except SuiteError as broken:
        raise FailedError(str(broken)) from broken


def _read(data: Path) -> pa.Table:
    from aright.bootstrap import file_tables  # noqa: PLC0415  pulls in pyarrow and the rest
    from aright.ports.tables import UnreadableTableError  # noqa: PLC0415  the same

    try:
        return file_tables().read(data)
    except UnreadableTableError as broken:
        raise FailedError(str(broken), code=2) from broken


@contextlib.contextmanager
def _own_output() -> Iterator[None]:
    """Send whatever the suite prints to standard error: standard output is for the report alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
