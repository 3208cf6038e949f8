"""An investigation of two tables: what moved, how surely, who is hit, what is lost, where to look next."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from aright.core.model.evidence import Cause, Evidence, Scope

SCHEMA: Final = "aright.investigation/1"

_FOUND_BY: Final = {
    "mann_whitney": "level changed (Mann–Whitney test)",
    "mood": "spread changed (Mood’s test)",
    "kolmogorov_smirnov": "shape changed (Kolmogorov–Smirnov test)",
    "chi_square": "mix of values changed (χ² test)",
    "category": "share of one value changed (exact test)",
    "nulls": "share of missing values changed (Fisher’s exact test)",
    "invalid": "share of NaN and infinite values changed (Fisher’s exact test)",
    "kind": "type of the values changed",
}


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is not as it was.

    Attributes:
        column: its name.
        role: feature | prediction | score | label.
        p_value: of the two-sample test, corrected for all columns looked at (Holm).
        test: what found it, such as ``mann_whitney``.
        effect: the share of rows that must at least have changed, in [0, 1].
        size: negligible | small | medium | large, by ``effect``.
        psi: population stability index; NaN, null in JSON, where one side has no values.
        jensen_shannon: distance in [0, 1], base 2; NaN, null in JSON, where one side has no values.
        kolmogorov_smirnov: largest distance of the distribution functions; ``None`` for categories.
        before: the reference in words.
        now: the current rows in words.
        shares: value or interval → (share before, share now) of all rows, those without a value last, at
            most 14, for drawing.
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

    def found_by(self) -> str:
        """Return what changed, and which test said so."""
        return _FOUND_BY.get(self.test, self.test)

    def distances(self) -> str:
        """Return the distances that can be told, such as ``PSI 0.021, JS 0.003``."""
        told = {"PSI": self.psi, "JS": self.jensen_shannon, "KS": self.kolmogorov_smirnov}
        return ", ".join(
            f"{name} {value:.3f}"
            for name, value in told.items()
            if value is not None and math.isfinite(value)
        )


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
        tested: whether there is a p-value at all; F1 and what few answers say have an interval only.
        estimated: the current rows have no labels; read from scores and features as the reference's were.
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

    def figure(self, value: float) -> str:
        """Return one of its values, all of them with as many decimals: four for shares.

        >>> error = Quality(metric="mean absolute error", better="down", before=1250.5, before_low=1200,
        ...     before_high=1300, now=1251.0, now_low=1200, now_high=1300, p_value=1.0)
        >>> error.figure(1250.5), error.figure(980.0)
        ('1,250', '980')
        """
        if not math.isfinite(value):
            return "unknown"
        size = max(abs(self.before), abs(self.now))
        if self.better == "up" or not size:
            return f"{value:.4f}"
        return f"{value:,.{min(max(3 - math.floor(math.log10(size)), 0), 12)}f}"

    def interval(self) -> str:
        """Return the interval of the current value, such as ``0.8248 to 0.8304``."""
        return f"{self.figure(self.now_low)} to {self.figure(self.now_high)}"

    def worse(self) -> bool:
        """Return whether it is on its bad side of where it was."""
        return self.now < self.before if self.better == "up" else self.now > self.before

    def verdict(self, alpha: float) -> str:
        """Return what can be said surely: worse, better, no sure change, or not tested."""
        if not self.tested:
            return "not tested"
        if self.p_value > alpha:
            return "no sure change"
        return "worse" if self.worse() else "better"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The current rows of one value of the column asked for with ``--by``.

    Attributes:
        value: which.
        rows: how many.
        moved: columns that moved, the largest first, negligible ones left out.
        quality: measures for these rows; p-values are corrected for all parts as well.
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
        quality: measures, empty where quality is not known.
        scope: who is hit; ``None`` where no quality is known or none was lost.
        causes: what the loss goes with, ranked; empty without a loss.
        evidence: what speaks for and against them.
        parts: by the value of a column, where that was asked for.
        next_steps: what to look at next.
        notes: what was assumed and left out.
        alpha: family-wise error that is held.
        unknown: why quality is not known; empty where it is.
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
    unknown: str = ""
    schema: str = SCHEMA
