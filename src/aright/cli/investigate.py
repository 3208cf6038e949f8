"""`aright investigate`: two files, no server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.core.model.probability import p_text

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.investigation import Investigation, Quality

FOUND = 3


def investigate(
    current: Path,
    *,
    reference: Path,
    labels: Path | None = None,
    prediction: str = "",
    label: str = "",
    score: str = "",
    time: str = "",
    id: str = "",  # noqa: A002  the option is called what the column is called
    segment: list[str] | None = None,
    feature: list[str] | None = None,
    by: str = "",
    alpha: float = 0.01,
    html: Path | None = None,
    json: Annotated[bool, cyclopts.Parameter(negative="")] = False,
) -> int:
    """Say what moved between two files of predictions, how surely, who is hit and how much quality is lost.

    Parquet, CSV, NDJSON or Arrow. Which column is what is worked out, and can be said. Leaves with 3 when
    something was found, with 0 when not.

    Args:
        current: the file in question.
        reference: a file of a time that was well.
        labels: late labels for the current rows, joined by the id column.
        prediction: the column with the answer given.
        label: the column with the truth.
        score: the column with the probability behind the answer.
        time: the column that says when; it is not compared.
        id: the column that names a row.
        segment: a column to cut the traffic by; may be repeated.
        feature: a column the model was given; may be repeated; all others are then left out.
        by: look at the current rows of each value of this column apart, such as a year.
        alpha: probability of saying anything at all where nothing has changed.
        html: write one self-contained page with pictures here.
        json: print a versioned JSON document instead of text.
    """
    if not 0 < alpha < 1:
        raise FailedError(f"--alpha is a probability between 0 and 1, not {alpha}", code=2)
    told = {
        "prediction": (prediction,),
        "label": (label,),
        "score": (score,),
        "time": (time,),
        "id": (id,),
        "segment": tuple(segment or ()),
        "feature": tuple(feature or ()),
    }
    report = _asked(current, reference, labels, told, by, alpha)
    if html:
        _write(html, report, current, reference)
    print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() if json else as_text(report))
    return FOUND if report.found else 0


def _asked(
    current: Path,
    reference: Path,
    labels: Path | None,
    told: dict[str, tuple[str, ...]],
    by: str,
    alpha: float,
) -> Investigation:
    from aright.bootstrap import file_tables  # noqa: PLC0415  pulls in pyarrow
    from aright.core.observe.roles import Role, UnknownColumnError  # noqa: PLC0415
    from aright.engine.investigation import NothingToCompareError, Question  # noqa: PLC0415
    from aright.engine.investigation import investigate as ask  # noqa: PLC0415
    from aright.ports.tables import UnreadableTableError  # noqa: PLC0415

    roles = {Role(role): names for role, names in told.items() if any(names)}
    tables = file_tables()
    try:
        before, now = tables.read(reference), tables.read(current)
        late = tables.read(labels) if labels else None
        report = ask(before, now, Question(told=roles, by=by, alpha=alpha), labels=late)
    except (UnreadableTableError, UnknownColumnError, NothingToCompareError) as wrong:
        raise FailedError(str(wrong), code=2) from wrong
    _warn_skipped(before, reference)
    _warn_skipped(now, current)
    return report


def _warn_skipped(table: pa.Table, path: Path) -> None:
    skipped = (table.schema.metadata or {}).get(b"aright.skipped")
    if skipped:
        print(f"{path}: left out {skipped.decode()}: they have another number of columns", file=sys.stderr)


def _write(html: Path, report: Investigation, current: Path, reference: Path) -> None:
    from aright.web.report import report_page  # noqa: PLC0415

    page = report_page(report, current=current.name, reference=reference.name)
    try:
        html.write_text(page, encoding="utf-8")
    except OSError as refused:
        raise FailedError(f"the report cannot be written to {html}: {refused.strerror}") from refused
    print(f"report: {html}", file=sys.stderr)


def as_text(report: Investigation) -> str:
    """Return the report for a terminal."""
    blocks = [
        report.summary,
        _quality_block(report),
        _moved_block(report),
        _causes_block(report),
        _parts_block(report),
        "Next\n" + "\n".join(f"  - {step}" for step in report.next_steps),
        "Notes\n" + "\n".join(f"  - {note}" for note in report.notes) if report.notes else "",
        _how(report),
    ]
    return "\n\n".join(block for block in blocks if block)


def _how(report: Investigation) -> str:
    return (
        f"{report.reference_rows:,} reference rows, {report.current_rows:,} current rows, "
        f"{len(report.looked_at)} columns tested together at a family-wise error of {report.alpha:g}."
    )


def _quality_line(one: Quality) -> str:
    tested = p_text(one.p_value) if one.tested else "not tested"
    how = "estimated" if one.estimated else tested
    interval = f"95 % {one.now_low:.4f} to {one.now_high:.4f}"
    return f"  {one.metric:<20} {one.before:.4f} → {one.now:.4f}  ({interval}; {how})"


def _quality_block(report: Investigation) -> str:
    return "Quality\n" + "\n".join(map(_quality_line, report.quality)) if report.quality else ""


def _moved_block(report: Investigation) -> str:
    lines = [
        f"  {one.column:<24} {one.size:<10} {one.effect:6.1%}  JS {one.jensen_shannon:.3f}"
        f"  {p_text(one.p_value)}\n    {one.before}\n    → {one.now}"
        for one in report.moved
        if one.size != "negligible"
    ]
    slight = [one.column for one in report.moved if one.size == "negligible"]
    if slight:
        lines.append(f"  by a negligible amount: {', '.join(slight)}")
    return "What moved\n" + "\n".join(lines) if lines else ""


def _causes_block(report: Investigation) -> str:
    lines = [
        f"  {cause.probability:4.0%}  {cause.title} (explains {cause.explained:.0%} of the loss)"
        for cause in report.causes
        if cause.probability >= 0.01
    ]
    return "What the loss goes with\n" + "\n".join(lines) if lines else ""


def _parts_block(report: Investigation) -> str:
    lines = []
    for part in report.parts:
        quality = "; ".join(map(_in_part, part.quality))
        names = ", ".join(part.moved[:5]) or "nothing"
        lines.append(f"  {part.value:<12} {part.rows:>10,} rows  {quality}\n    moved: {names}")
    return "Part by part\n" + "\n".join(lines) if lines else ""


def _in_part(one: Quality) -> str:
    return f"{one.metric} {one.now:.4f}{' (est.)' if one.estimated else ''}"
