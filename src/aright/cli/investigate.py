"""`aright investigate`: two files, no server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.core.model.counts import counted
from aright.core.model.probability import NARROW, odds, p_text, percent

if TYPE_CHECKING:
    from aright.core.model.investigation import Investigation, Moved, Quality

FOUND = 3


Name = Annotated[str, cyclopts.Parameter(show_default=False)]
Names = Annotated[list[str] | None, cyclopts.Parameter(negative="")]


def investigate(
    current: Path,
    *,
    reference: Path,
    labels: Path | None = None,
    prediction: Name = "",
    label: Name = "",
    score: Name = "",
    time: Name = "",
    id: Name = "",  # noqa: A002  the option is called what the column is called
    segment: Names = None,
    feature: Names = None,
    by: Name = "",
    alpha: float = 0.01,
    html: Path | None = None,
    json: Annotated[bool, cyclopts.Parameter(negative="", show_default=False)] = False,
) -> int:
    """Say what moved between two files of predictions.

    And how surely, who is hit and how much quality is lost. Reads Parquet,
    CSV, NDJSON and Arrow. Which column is what is worked out, and can be
    said. Leaves with 3 when something was found, with 0 when not.

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
    return report


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
        f"{counted(report.reference_rows, 'reference row')}, {counted(report.current_rows, 'current row')}, "
        f"{counted(len(report.looked_at), 'column')} tested together at a family-wise error of "
        f"{report.alpha:g}."
    )


def _quality_block(report: Investigation) -> str:
    lines = [_quality_line(one, report.alpha) for one in report.quality]
    return "Quality\n" + "\n".join(lines) if lines else ""


def _quality_line(one: Quality, alpha: float) -> str:
    verdict = one.verdict(alpha)
    sure = f"{verdict}, {p_text(one.p_value)}" if one.tested else verdict
    told = f"95{NARROW}% {one.interval()}; {'estimated; ' if one.estimated else ''}{sure}"
    return f"  {one.metric:<20} {one.figure(one.before)} → {one.figure(one.now)}  ({told})"


def _moved_block(report: Investigation) -> str:
    lines = [_moved_line(one) for one in report.moved if one.size != "negligible"]
    slight = [one.column for one in report.moved if one.size == "negligible"]
    if slight:
        lines.append(f"  by a negligible amount: {', '.join(slight)}")
    return "What moved\n" + "\n".join(lines) if lines else ""


def _moved_line(one: Moved) -> str:
    facts = "; ".join(
        fact
        for fact in (
            f"{one.size}, at least {percent(one.effect)} of rows",
            f"{one.found_by()}, {p_text(one.p_value)}",
            one.distances(),
        )
        if fact
    )
    return f"  {one.column} ({one.role}): {facts}\n    {one.before}\n    → {one.now}"


def _causes_block(report: Investigation) -> str:
    lines = [
        f"  {odds(cause.probability):>6}  {cause.title} (explains {percent(cause.explained)} of the loss)"
        for cause in report.causes
        if cause.probability >= 0.01
    ]
    return "What the loss goes with\n" + "\n".join(lines) if lines else ""


def _parts_block(report: Investigation) -> str:
    lines = []
    for part in report.parts:
        lines.append(f"  {part.value}, {counted(part.rows, 'row')}")
        lines += [f"  {_quality_line(one, report.alpha)}" for one in part.quality]
        more = f" and {len(part.moved) - 5:,} more" if len(part.moved) > 5 else ""
        lines.append(f"    moved: {', '.join(part.moved[:5]) or 'nothing'}{more}")
    return "Part by part, each against the whole reference\n" + "\n".join(lines) if lines else ""
