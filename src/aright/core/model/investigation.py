"""An investigation of two tables: what moved, how surely, who is hit, what is lost, where to look next."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.evidence import Cause, Evidence, Scope

SCHEMA: Final = "aright.investigation/1"


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is not as it was.

    Attributes:
        column: its name.
        role: feature | prediction | score | label.
        p_value: of the two-sample test, corrected for all columns looked at (Holm).
        test: what found it, such as ``mann_whitney``.
        effect: the share of rows that must at least have changed, in [0, 1].
        size: negligible | small | medium | large, by ``effect``.
        psi: population stability index.
        jensen_shannon: distance in [0, 1], base 2.
        kolmogorov_smirnov: largest distance of the distribution functions; ``None`` for categories.
        before: the reference in words.
        now: the current rows in words.
        shares: value or interval → (share before, share now), at most 12, for drawing.
    """

    column: str
    role: str
    p_value: float
    test: str
    effect: float
    size: str
    psi: float
    jensen_shannon: float
    kolmogorov_smirnov: float | None
    before: str
    now: str
    shares: dict[str, tuple[float, float]] = msgspec.field(default_factory=dict)


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of how right the answers were.

    Attributes:
        metric: accuracy | AUC | F1 | mean absolute error.
        better: ``up`` or ``down``.
        before: in the reference.
        before_low: lower end of its 95 % interval.
        before_high: upper end.
        now: in the current rows.
        now_low: lower end of its 95 % interval.
        now_high: upper end.
        p_value: two-sided, corrected with the columns' (Holm).
        tested: whether there is a p-value at all; F1 has an interval only.
        estimated: the current rows have no labels; read from the scores as they were calibrated before.
    """

    metric: str
    better: str
    before: float
    before_low: float
    before_high: float
    now: float
    now_low: float
    now_high: float
    p_value: float
    estimated: bool = False
    tested: bool = True


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The current rows of one value of the column asked for with ``--by``.

    Attributes:
        value: which.
        rows: how many.
        moved: columns that moved, the largest first, negligible ones left out.
        quality: measures for these rows.
    """

    value: str
    rows: int
    moved: tuple[str, ...]
    quality: tuple[Quality, ...]


class Investigation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report.

    Attributes:
        summary: the finding in a few sentences.
        found: whether anything moved that is not negligible, or quality fell.
        reference_rows: how many.
        current_rows: how many.
        looked_at: columns that were tested.
        moved: those that moved, the largest first.
        quality: measures, empty without predictions and labels.
        scope: who is hit; ``None`` where no quality is known or none was lost.
        causes: what the loss goes with, ranked; empty without a loss.
        evidence: what speaks for and against them.
        parts: by the value of a column, where that was asked for.
        next_steps: what to look at next.
        notes: what was assumed and left out.
        alpha: family-wise error that is held.
        schema: of this document.
    """

    summary: str
    found: bool
    reference_rows: int
    current_rows: int
    looked_at: tuple[str, ...]
    moved: tuple[Moved, ...]
    quality: tuple[Quality, ...]
    scope: Scope | None
    causes: tuple[Cause, ...]
    evidence: tuple[Evidence, ...]
    parts: tuple[Part, ...]
    next_steps: tuple[str, ...]
    notes: tuple[str, ...]
    alpha: float
    schema: str = SCHEMA
