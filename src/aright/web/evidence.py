"""The page behind a number: the finding, what its rows held before and now, the rows, and their query."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from aright.core.model.filter_text import read_filter
from aright.core.model.filters import FilterError, columns_of
from aright.engine.evidence_cells import cells
from aright.engine.evidence_operations import MOST_ROWS, RowsWanted
from aright.engine.evidence_rows import has_rows
from aright.engine.operations import RefusedError, UnknownError
from aright.web.words import number, short

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.evidence import Cause, Evidence
    from aright.core.model.incident import Incident
    from aright.engine.evidence_cells import Cell
    from aright.engine.evidence_operations import ColumnView, Opened, OpenedRows, Side
    from aright.engine.operations import Operations

PAGE: Final = 20
"""Rows of one side that a page shows."""

_FIRST: Final = 8
_COLUMNS: Final = 24
_CELL: Final = 60
_LONG: Final = 240
_TEXTS: Final = ("body", "message", "text", "title", "error")
_CLEAR: Final = 1e-3
_NOTICED: Final = 0.1
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)(?:\.(\d+))?Z")


@dataclass(frozen=True)
class RowsTable:
    """Rows of one side as a table.

    Attributes:
        opened: the rows.
        names: columns that are shown, those that matter first.
        left_out: how many further ones hold any value.
        body: cells as text, by row; empty for what is missing.
        first: number of the first row, from 1; 0 where there is none.
        last: number of the last one.
        earlier: where the page before is; empty for none.
        later: where the next page is; empty for none.
        files: where all can be had, by name of the format.
    """

    opened: OpenedRows
    names: tuple[str, ...]
    left_out: int
    body: tuple[tuple[str, ...], ...]
    first: int
    last: int
    earlier: str
    later: str
    files: dict[str, str]


@dataclass(frozen=True)
class RowsRead:
    """What the rows of a finding say.

    Attributes:
        opened: as they were looked up.
        columns: what gives its numbers and what moved most.
        further: the other columns.
        now: the rows it is of.
        before: those of the reference.
    """

    opened: Opened
    columns: tuple[ColumnView, ...]
    further: tuple[ColumnView, ...]
    now: RowsTable
    before: RowsTable


@dataclass(frozen=True)
class EvidencePage:
    """The page behind a number.

    Attributes:
        incident: whose finding it is.
        evidence: the finding.
        supports: causes it speaks for.
        opposes: causes it speaks against.
        address: of the page itself with its rows read.
        rests: whether it is of stored rows at all.
        read: its rows; ``None`` before they were read, or where they cannot be.
        problem: why they cannot be read.
        fix: what to do then.
    """

    incident: Incident
    evidence: Evidence
    supports: tuple[Cause, ...]
    opposes: tuple[Cause, ...]
    address: str
    rests: bool
    read: RowsRead | None = None
    problem: str = ""
    fix: str = ""


def evidence_page(
    operations: Operations, key: str, name: str, *, now: int = 0, before: int = 0, read: bool
) -> EvidencePage:
    """Return the page; raises ``UnknownError``.

    Args:
        operations: the engine's face.
        key: the incident's id.
        name: the finding's id.
        now: how many of its rows are passed over.
        before: how many of those of the reference are.
        read: whether the rows are to be read; a page without them says that they are on their way.
    """
    incident = operations.incident(key)
    diagnosis = incident.diagnosis
    evidence = next((each for each in diagnosis.evidence if each.id == name), None) if diagnosis else None
    if diagnosis is None or evidence is None:
        raise UnknownError(f"there is no evidence {name[:20]!r} of {key}; a new diagnosis numbers it anew")
    known = {each.id: each for each in diagnosis.causes}
    offsets: dict[Side, int] = {"now": max(now, 0), "before": max(before, 0)}
    page = EvidencePage(
        incident=incident,
        evidence=evidence,
        supports=tuple(known[each] for each in evidence.supports if each in known),
        opposes=tuple(known[each] for each in evidence.opposes if each in known),
        address=_address(key, name, offsets),
        rests=has_rows(evidence),
    )
    return _read(operations, page, offsets) if read and page.rests else page


def _read(operations: Operations, page: EvidencePage, offsets: dict[Side, int]) -> EvidencePage:
    key, name = page.incident.key, page.evidence.id
    try:
        opened = operations.evidence.opened(
            key,
            name,
            now=RowsWanted(side="now", offset=offsets["now"], limit=PAGE),
            before=RowsWanted(side="before", offset=offsets["before"], limit=PAGE),
        )
    except RefusedError as refused:
        return replace(page, problem=str(refused), fix=refused.fix)
    names = _names(page.evidence, opened)
    clear = [view for view in opened.columns if view.gives or _moved(view)][:_FIRST]
    told = RowsRead(
        opened=opened,
        columns=tuple(clear),
        further=tuple(view for view in opened.columns if view not in clear),
        now=_table(page, opened.now, names, offsets),
        before=_table(page, opened.before, names, offsets),
    )
    return replace(page, read=told)


def _moved(view: ColumnView) -> bool:
    shift = view.profile.shift
    return shift is not None and (shift.p_value or 1.0) < _CLEAR and (shift.effect or 0.0) >= _NOTICED


def _names(evidence: Evidence, opened: Opened) -> list[str]:
    """Return the columns with a value on either side, in the order in which they matter.

    What is filtered by stands last: it is the same in most rows.
    """
    try:
        filtered = columns_of(read_filter(evidence.query))
    except FilterError:
        filtered = ()
    given = [view.profile.name for view in opened.columns if view.gives]
    moved = [view.profile.name for view in opened.columns]
    sides = (opened.before.rows, opened.now.rows)
    rest = [name for rows in sides for name in rows.column_names if rows[name].null_count < rows.num_rows]
    held = {*moved, *rest} - {"service"}
    last = [name for name in filtered if name not in {"time", *given}]
    order = dict.fromkeys(["time", *given, *_TEXTS, *moved, *rest])
    return [name for name in (*(each for each in order if each not in last), *last) if name in held]


def _table(page: EvidencePage, opened: OpenedRows, names: list[str], offsets: dict[Side, int]) -> RowsTable:
    rows = opened.rows
    shown = tuple(names[:_COLUMNS])
    first = opened.offset + 1 if rows.num_rows else 0
    key, name = page.incident.key, page.evidence.id

    def at(offset: int) -> str:
        return f"{_address(key, name, {**offsets, opened.side: offset})}#{opened.side}"

    return RowsTable(
        opened=opened,
        names=shown,
        left_out=len(names) - len(shown),
        body=_body(rows, shown),
        first=first,
        last=opened.offset + rows.num_rows,
        earlier=at(max(opened.offset - PAGE, 0)) if opened.offset else "",
        later=at(opened.offset + PAGE) if opened.offset + rows.num_rows < opened.total else "",
        files={each: _file(key, name, opened.side, each) for each in ("csv", "arrow", "json")},
    )


def _body(rows: pa.Table, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    known = cells(rows.select([name for name in names if name in rows.column_names]))
    return tuple(tuple(cell_text(row.get(name)) for name in names) for row in known)


def cell_text(value: Cell) -> str:
    """Return a cell as a table shows it; nothing for what is missing.

    >>> cell_text(0.12345), cell_text(True), cell_text(["a", "b"]), cell_text("2026-01-01T10:02:30.500000Z")
    ('0.123', 'yes', 'a, b', '10:02:30.500')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return short(", ".join(str(each) for each in value[:_FIRST]), _CELL)
    if isinstance(value, str):
        moment = _MOMENT.fullmatch(value)
        return f"{moment[1]}.{(moment[2] or '000')[:3]}" if moment else short(value, _LONG)
    return number(value)


def _address(key: str, name: str, offsets: dict[Side, int]) -> str:
    asked: dict[str, int] = {"read": 1, **{side: offset for side, offset in offsets.items() if offset}}
    return f"/incidents/{quote(key, safe='')}/evidence/{quote(name, safe='')}?{urlencode(asked)}"


def _file(key: str, name: str, side: Side, kind: str) -> str:
    asked = urlencode({"side": side, "format": kind, "limit": MOST_ROWS})
    return f"/v1/incidents/{quote(key, safe='')}/evidence/{quote(name, safe='')}/rows?{asked}"
