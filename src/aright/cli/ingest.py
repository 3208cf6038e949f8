"""`aright ingest`: files of rows, into a server that runs, through its public doors."""

from __future__ import annotations

import sys
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated, Final, Literal

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote, problem_of
from aright.core.model.counts import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    import pyarrow as pa

    from aright.core.observe.backfill import Backfill
    from aright.core.observe.roles import Role

FOUND: Final = 3
SCHEMA: Final = 1
SHOWN: Final = 20
"""Bad rows that are shown; all are counted."""

_ROWS: Final = 20_000
_BYTES: Final = 16 << 20
_SPAN: Final = 240_000_000
"""µs from the first to the last row of a batch where the clock is driven: no row may be from the future."""
_SETTLED: Final = 60_000_000
"""µs behind the last row until its window is closed."""
_TRIES: Final = 60
_LONGEST_WAIT: Final = 30.0
_ARROW: Final = "application/vnd.apache.arrow.stream"

Name = Annotated[str, cyclopts.Parameter(show_default=False)]
Names = Annotated[list[str] | None, cyclopts.Parameter(negative="")]


class Problem(msgspec.Struct, frozen=True):
    """A row that was set aside.

    Attributes:
        file: where it stands.
        row: its number there, from 1; the head is not counted.
        field: what is wrong with it.
        problem: how.
        fix: what to do.
    """

    file: str
    row: int
    field: str
    problem: str
    fix: str


class Report(msgspec.Struct):
    """What came of it.

    Attributes:
        schema: of this document.
        accepted: rows that are on the server's disk.
        set_aside: rows that were bad.
        position: rows done with, over all files; `--start` goes on from there.
        problems: the first bad rows.
    """

    schema: int = SCHEMA
    accepted: int = 0
    set_aside: int = 0
    position: int = 0
    problems: list[Problem] = []


class _Bad(msgspec.Struct):
    row: int
    field: str
    problem: str
    fix: str


class _Taken(msgspec.Struct):
    accepted: int
    quarantined: int
    problems: list[_Bad]


class _Status(msgspec.Struct):
    now: int
    clock: str


def ingest(
    *files: Path,
    service: Name = "",
    kind: Literal["predictions", "outcomes"] = "predictions",
    prediction: Name = "",
    label: Name = "",
    score: Name = "",
    time: Name = "",
    id: Name = "",  # noqa: A002  the option is called what the column is called
    segment: Names = None,
    feature: Names = None,
    start: int = 0,
    drive: Annotated[bool, cyclopts.Parameter(negative="", show_default=False)] = False,
    json: Annotated[bool, cyclopts.Parameter(negative="", show_default=False)] = False,
) -> int:
    """Send files of predictions or outcomes to a server that runs.

    Reads CSV, Parquet, NDJSON and Arrow. Columns that the doors know by name
    are sent as they are; which of the others is what is worked out, and can
    be said. Rows go in the order of their time, file by file. Leaves with 3
    when rows were set aside.

    Args:
        files: in the order of their time.
        service: whose rows they are, where no column says it.
        kind: what the rows are: predictions, or their outcomes.
        prediction: the column with the answer given.
        label: the column with the truth; it is an outcome.
        score: the column with the probability behind the answer.
        time: the column that says when.
        id: the column that names a row; rows are called by file and number where there is none.
        segment: a column to cut the traffic by; may be repeated.
        feature: a column the model was given; may be repeated; all others are then left out.
        start: go on behind so many rows, as an attempt that was cut short said.
        drive: move the server's driven clock along with the rows, as if they came just now.
        json: print a versioned JSON document instead of text.
    """
    if not files or start < 0:
        raise FailedError("name one file at least, and a --start that is not negative", code=2)
    from aright.core.observe.roles import Role  # noqa: PLC0415  pulls in pyarrow

    told = {
        Role.PREDICTION: (prediction,),
        Role.LABEL: (label,),
        Role.SCORE: (score,),
        Role.TIME: (time,),
        Role.ID: (id,),
        Role.SEGMENT: tuple(segment or ()),
        Role.FEATURE: tuple(feature or ()),
    }
    sending = _Sending(kind, start, drive=drive)
    try:
        for file in files:
            ready = _read(file, kind, service, {role: names for role, names in told.items() if any(names)})
            sending.send(file, ready)
        sending.settle()
    except FailedError as failure:
        raise FailedError(f"{failure} {sending.so_far()}", code=failure.code) from failure
    except KeyboardInterrupt:
        raise FailedError(f"stopped. {sending.so_far()}", code=130) from None
    finally:
        sending.progress.end()
    return _tell(sending.report, as_json=json)


def _read(file: Path, kind: str, service: str, told: dict[Role, tuple[str, ...]]) -> Backfill:
    from aright.bootstrap import file_tables  # noqa: PLC0415
    from aright.core.model.frame import Kind  # noqa: PLC0415
    from aright.core.observe.backfill import backfill  # noqa: PLC0415
    from aright.core.observe.roles import UnknownColumnError  # noqa: PLC0415
    from aright.ports.tables import NOTES, UnreadableTableError  # noqa: PLC0415

    try:
        table = file_tables().read(file)
        ready = backfill(
            table, Kind[kind.upper()], service=service, told=told, name=file.name.partition(".")[0]
        )
    except UnreadableTableError as wrong:
        raise FailedError(f"{wrong}.", code=2) from wrong
    except UnknownColumnError as wrong:
        raise FailedError(f"{file}: {wrong}.", code=2) from wrong
    read = (table.schema.metadata or {}).get(NOTES, b"").decode().splitlines()
    for note in (*read, *ready.notes):
        print(f"{file}: {note}", file=sys.stderr)
    return ready


class _Progress:
    """A line on a terminal; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = False

    def show(self, file: Path, done: int, rows: int) -> None:
        if sys.stderr.isatty():
            self._shown = True
            print(f"\r{file.name}: {done:,} of {rows:,} rows\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            print(file=sys.stderr)
            self._shown = False


class _Sending:
    """What was sent so far."""

    def __init__(self, kind: str, start: int, *, drive: bool) -> None:
        self.report = Report(position=start)
        self.progress = _Progress()
        self._kind = kind
        self._path = f"/v1/{kind}"
        self._start = start
        self._before = 0
        self._drive = drive
        self._last = 0
        self._noted: set[str] = set()
        self._remote = Remote()
        if drive and self._status().clock != "driven":
            raise FailedError(
                f"{self._remote.url} lives by the wall clock: leave --drive out, or start another with "
                "`aright serve --clock driven`",
                code=2,
            )

    def send(self, file: Path, ready: Backfill) -> None:
        """Send a file's rows behind the start; raises ``FailedError``."""
        rows = len(ready.rows)
        first = min(max(self._start - self._before, 0), rows)
        if not first:
            bad = [_Bad(row.row, row.field, row.problem, row.fix) for row in ready.bad]
            self._set_aside(file, len(bad), bad, ())
        for begin, end, body in _batches(ready, first, self._span):
            if self._drive:
                self._move(int(ready.times[begin]))
            self._deliver(file, body, ready.rows[begin:end].tolist())
            self._last = int(ready.times[end - 1])
            self.report.position = self._before + end
            self.progress.show(file, end, rows)
        self.progress.end()
        self._before += rows

    @property
    def _span(self) -> int:
        return _SPAN if self._drive else 0

    def settle(self) -> None:
        """Let a driven clock pass the last window."""
        if self._drive and self._last:
            self._move(self._last + _SETTLED)

    def so_far(self) -> str:
        """Return where to go on."""
        at = self.report.position
        return f"{counted(at, 'row')} are done with: go on with --start {at}." if at else "Nothing was sent."

    def _status(self) -> _Status:
        return self._remote.get("/v1/status", _Status)

    def _move(self, to: int) -> None:
        if to > self._status().now:
            self._remote.post("/v1/clock", {"to": to}, _Status)

    def _deliver(self, file: Path, body: bytes, rows: list[int]) -> None:
        answer = self._patiently(body)
        if answer.status_code not in {200, 422}:
            raise FailedError(f"{file} was not taken from row {rows[0] + 1:,} on: {problem_of(answer)}")
        try:
            taken = msgspec.json.decode(answer.content, type=_Taken)
        except msgspec.DecodeError as bad:
            raise FailedError(f"{self._remote.url} does not answer like aright: {bad}.") from bad
        self.report.accepted += taken.accepted
        self._set_aside(file, taken.quarantined, taken.problems[: taken.quarantined], rows)
        for note in taken.problems[taken.quarantined :]:
            if note.field not in self._noted:
                self._noted.add(note.field)
                self.progress.end()
                print(f"{file}: {note.field}: {note.problem}; {note.fix}", file=sys.stderr)

    def _patiently(self, body: bytes) -> httpx.Response:
        """Send a body until it is taken or refused: where the server sheds load, nothing of it was kept."""
        answer = self._remote.deliver(self._path, body, _ARROW)
        for _ in range(_TRIES):
            if answer.status_code != 503:
                return answer
            sleep(_wait(answer.headers.get("retry-after", "")))
            answer = self._remote.deliver(self._path, body, _ARROW)
        raise FailedError(f"{self._remote.url} has been busy for too long: {problem_of(answer)}")

    def _set_aside(self, file: Path, count: int, bad: list[_Bad], rows: list[int] | tuple[()]) -> None:
        self.report.set_aside += count
        for each in bad[: SHOWN - len(self.report.problems)]:
            row = rows[each.row] if rows else each.row
            self.report.problems.append(Problem(str(file), row + 1, each.field, each.problem, each.fix))


def _wait(retry_after: str) -> float:
    return min(float(retry_after), _LONGEST_WAIT) if retry_after.isdigit() else 1.0


def _batches(ready: Backfill, first: int, span: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield where batches begin and end, and their bodies: at most so many rows, bytes and, if told, µs."""
    begin, rows = first, _ROWS
    total = len(ready.rows)
    while begin < total:
        end = min(begin + rows, total)
        if span:
            in_span = int(ready.times[begin:end].searchsorted(ready.times[begin] + span, side="right"))
            end = begin + max(in_span, 1)
        body = _stream(ready.table.slice(begin, end - begin))
        if len(body) > _BYTES and end - begin > 1:
            rows = max((end - begin) // 2, 1)
            continue
        yield begin, end, body
        begin = end


def _stream(table: pa.Table) -> bytes:
    import pyarrow as pa  # noqa: PLC0415

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def _tell(report: Report, *, as_json: bool) -> int:
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        print(f"{counted(report.accepted, 'row')} taken, {report.set_aside:,} set aside")
        for each in report.problems:
            print(f"{each.file} row {each.row:,}: {each.field}: {each.problem}; {each.fix}", file=sys.stderr)
        if report.set_aside > len(report.problems):
            print(f"and {report.set_aside - len(report.problems):,} more", file=sys.stderr)
    return FOUND if report.set_aside else 0
