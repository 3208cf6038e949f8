"""The scene: the rows since the onset beside the reference, and who is hit. All later steps look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.alignment import aligned
from aright.core.diagnose.losses import losses_of
from aright.core.diagnose.onset import onset_of
from aright.core.diagnose.rows import load
from aright.core.diagnose.scan import gain_of, mask_of
from aright.core.diagnose.scope import Finding, find
from aright.core.diagnose.sql import all_of, equals, literal
from aright.core.diagnose.wording import shown
from aright.core.model.evidence import Reach
from aright.core.model.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.case import Case
    from aright.core.diagnose.losses import Loss
    from aright.core.diagnose.onset import Onset
    from aright.core.diagnose.rows import Rows
    from aright.core.diagnose.scan import Part
    from aright.core.model.times import Micros


SEARCHED: Final = 2.0
"""Nats that choosing the best of all onsets gains by chance alone."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What the steps after the scope look at.

    Attributes:
        case: the case.
        whole: all rows, those between the reference and the onset too.
        kept: which of them are ``rows``.
        rows: the reference and the rows since the onset.
        losses: the losses of ``rows``.
        before: the same losses over ``whole``, for a look at rows before the onset.
        finding: who is hit.
        onset: since when; ``None`` when that cannot be told.
        told: the loss that people are told of.
        sharp: the loss that tells best.
    """

    case: Case
    whole: Rows
    kept: NDArray[np.bool_]
    rows: Rows
    losses: tuple[Loss, ...]
    before: tuple[Loss, ...]
    finding: Finding
    onset: Onset | None
    told: Loss
    sharp: Loss

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which of ``rows`` are hit."""
        return self.finding.mask

    @property
    def since(self) -> Micros:
        """Since when rows are judged (µs, UTC)."""
        return self.onset.at if self.onset else self.case.current_span[0]

    @property
    def where(self) -> str:
        """Return the part hit, to end a sentence with."""
        if self.finding.reach is Reach.SEGMENT:
            return f"where {named(self.rows, self.finding.part)}"
        return "in all traffic"

    @property
    def filter(self) -> str:
        """Return the SQL condition that selects the part hit."""
        return filter_of(self.rows, self.finding.part)

    @property
    def query(self) -> str:
        """Return the SQL condition that selects the part hit since the onset."""
        return self.query_of(self.finding.part)

    def query_of(self, part: Part) -> str:
        """Return the SQL condition that selects a part since the onset."""
        start = f'"time" >= TIMESTAMPTZ {literal(iso(self.since))}'
        return all_of([equals("service", self.case.service.key), start, filter_of(self.rows, part)])


def named(rows: Rows, part: Part) -> str:
    """Return a part in words, such as ``region = north and device = phone``."""
    chosen = ((rows.attributes[at], code) for at, code in part)
    return " and ".join(f"{shown(each.name)} = {shown(each.values[code])}" for each, code in chosen)


def filter_of(rows: Rows, part: Part) -> str:
    """Return the SQL condition that selects a part."""
    chosen = ((rows.attributes[at], code) for at, code in part)
    return all_of(equals(each.column, each.values[code]) for each, code in chosen)


def open_scene(case: Case) -> Scene | None:
    """Return the scene of a case, or ``None`` where its rows carry no loss that could be judged.

    The scope is searched twice: over all current rows first, whose part hit tells the onset, and then over
    the rows since the onset alone.
    """
    whole = load(case.reference, case.current)
    losses = losses_of(case, whole)
    if not losses:
        return None
    named_by_input = aligned(whole)
    first, judged = find(whole, losses, named=named_by_input)
    onset = _onset(
        case, whole, judged, first.best.part if first.reach is Reach.UNCLEAR and first.best else first.part
    )
    kept = ~whole.now | (whole.time >= (onset.at if onset else case.current_span[0]))
    rows = whole.keep(kept)
    finding, judged = find(
        rows, [each.keep(kept) for each in losses], named=named_by_input, searched=SEARCHED if onset else 0.0
    )
    gains = [gain_of([each], rows.now, finding.mask) for each in judged]
    told, sharp = _told(judged, gains), judged[int(np.argmax(gains))]
    return Scene(case, whole, kept, rows, judged, losses, finding, onset, told, sharp)


def search_span(case: Case) -> tuple[Micros, Micros]:
    """Return where an onset is searched: the current rows, and half of the reference before them."""
    start, end = case.current_span
    back = (case.reference_span[1] - case.reference_span[0]) // 2
    return start - min(back, end - start), end


def _onset(case: Case, rows: Rows, losses: Sequence[Loss], part: Part) -> Onset | None:
    mask = mask_of(rows, part)
    found = onset_of(rows.time[mask], [each.keep(mask) for each in losses], *search_span(case))
    return found if found is not None and found.gain >= 3.0 else None


def _told(losses: Sequence[Loss], gains: Sequence[float]) -> Loss:
    """Return the loss for people: the first that is not label-free and clear by itself, else the clearest."""
    for loss, gain in zip(losses, gains, strict=True):
        if not loss.free and gain >= 3.0:
            return loss
    return losses[int(np.argmax(gains))]
