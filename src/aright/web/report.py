"""An investigation as one self-contained page: styles inside, pictures drawn in Python, no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from aright.core.model.evidence import Reach
from aright.web.assets import assets
from aright.web.pictures.shares import legend, share_rows
from aright.web.render import render

if TYPE_CHECKING:
    from aright.core.model.investigation import Investigation

SHOWN = 24
"""Columns that are drawn; further ones are listed."""


def report_page(report: Investigation, *, current: str, reference: str) -> str:
    """Return the page.

    Args:
        report: what was found.
        current: the current file's name.
        reference: the reference's name.
    """
    noticeable = [one for one in report.moved if one.size != "negligible"]
    return render(
        "report.html",
        report=report,
        current=current,
        reference=reference,
        drawn=noticeable[:SHOWN],
        listed=noticeable[SHOWN:],
        slight=[one.column for one in report.moved if one.size == "negligible"],
        metrics=list(dict.fromkeys(one.metric for part in report.parts for one in part.quality)),
        segment=report.scope is not None and report.scope.reach is Reach.SEGMENT,
        style=Markup(assets()["app.css"].body.decode()),  # noqa: S704  our own style sheet
        share_rows=share_rows,
        legend=legend,
    )
