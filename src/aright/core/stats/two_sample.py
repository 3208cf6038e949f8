"""Has this column changed? One valid p-value from all that may change in it.

Peers treat the reference as if it were the truth and compare distances with fixed thresholds; with a
hundred categories or a thousand rows chance alone exceeds those. Here both samples have their size, and
the parts share the error by Bonferroni with weights chosen in advance: most of it goes to a shift of the
level, which is what happens most. Which parts take part depends on the pooled sample alone (a column
without nulls spends nothing on them), so the level holds whatever the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.stats.chi_square import chi_square
from aright.core.stats.fisher import fisher_exact
from aright.core.stats.kolmogorov_smirnov import kolmogorov_smirnov_p, signed_distance
from aright.core.stats.largest_cell import largest_cell
from aright.core.stats.mann_whitney import mann_whitney
from aright.core.stats.mood import mood
from aright.core.stats.result import TestResult

if TYPE_CHECKING:
    from aright.core.stats.binned import Binned, Counts
    from aright.core.stats.result import Method

_LEVEL: Final = 0.85
_SCALE: Final = 0.075
_SHAPE: Final = 0.075
_MIX: Final = 0.7
_ONE_CATEGORY: Final = 0.3
_ABSENT: Final = 0.05  # each of nulls and invalid numbers, as soon as either sample has one


@dataclass(frozen=True, slots=True)
class _Part:
    """One test of several, with the share of the error that it may spend."""

    weight: float
    result: TestResult


def two_sample(reference: Binned, current: Binned) -> TestResult:
    """Test whether two samples of one column are of one distribution, nulls and invalid numbers included.

    Numbers: Mann–Whitney for the level, Mood for the spread, Kolmogorov–Smirnov for any other change.
    Categories: χ² with moments matched, and the one category that stands out. Rows are taken as
    independent within each sample; where one user sends many, pass counts of users.

    Args:
        reference: the sample to compare with, such as a ``Profile``.
        current: the sample in question, of the same column, binned in the same frame.

    Raises:
        FrameMismatchError: where two profiles of numbers were binned in different frames.

    >>> import numpy as np, pyarrow as pa
    >>> from aright.core.profile import profile_column
    >>> random = np.random.default_rng(7)
    >>> one, two = (profile_column(pa.array(random.normal(mean, 1, 2_000))) for mean in (0, 0.2))
    >>> result = two_sample(one, two)
    >>> result.method, result.p_value < 1e-6, result.direction
    ('mann_whitney', True, 1)
    """
    parts = [
        part
        for part in (
            _absence("nulls", (reference.nulls, current.nulls), reference, current),
            _absence("invalid", (reference.invalid, current.invalid), reference, current),
        )
        if part
    ]
    rest = 1 - sum(part.weight for part in parts)
    if reference.valid and current.valid:
        if reference.ordered != current.ordered:
            return TestResult(0.0, 1.0, "kind")
        one, two = reference.beside(current)
        values = _ordered(one, two) if reference.ordered else _unordered(one, two)
        parts += [_Part(part.weight * rest, part.result) for part in values]
    return _combine(parts)


def _combine(parts: list[_Part]) -> TestResult:
    """Return the weighted Bonferroni combination; weights that no part uses go back to the others."""
    if not parts:
        return TestResult(1.0, 0.0, "none")
    whole = sum(part.weight for part in parts)
    best = min(parts, key=lambda part: part.result.p_value / part.weight)
    p_value = min(1.0, best.result.p_value * whole / best.weight)
    return TestResult(p_value, best.result.effect, best.result.method, best.result.direction)


def _absence(method: Method, counts: tuple[int, int], reference: Binned, current: Binned) -> _Part | None:
    """Return the test of a share of rows without a usable value, or None where neither sample has any."""
    n, m = reference.rows, current.rows
    if not sum(counts) or not n or not m:
        return None
    change = counts[1] / m - counts[0] / n
    p_value = fisher_exact(counts[0], n, counts[1], m)
    return _Part(_ABSENT, TestResult(p_value, abs(change), method, _sign(change)))


def _ordered(reference: Counts, current: Counts) -> list[_Part]:
    if len(reference) < 2:
        return []
    n, m = int(reference.sum()), int(current.sum())
    gap = signed_distance(reference, current)
    effect = abs(gap)
    if len(reference) == 2:
        p_value = fisher_exact(int(reference[1]), n, int(current[1]), m)
        return [_Part(1.0, TestResult(p_value, effect, "mann_whitney", -_sign(gap)))]
    level, scale = mann_whitney(reference, current), mood(reference, current)
    shape = kolmogorov_smirnov_p(effect, n, m)
    return [
        _Part(_LEVEL, TestResult(level.p_value, effect, "mann_whitney", _sign(level.z))),
        _Part(_SCALE, TestResult(scale.p_value, effect, "mood", _sign(scale.z))),
        _Part(_SHAPE, TestResult(shape, effect, "kolmogorov_smirnov", -_sign(gap))),
    ]


def _unordered(reference: Counts, current: Counts) -> list[_Part]:
    cells = int(np.count_nonzero(reference + current))
    if cells < 2:
        return []
    one = largest_cell(reference, current)
    part = TestResult(one.p_value, abs(one.change), "category", _sign(one.change))
    if cells == 2:
        return [_Part(1.0, part)]
    mix = TestResult(chi_square(reference, current), _variation(reference, current), "chi_square")
    return [_Part(_MIX, mix), _Part(_ONE_CATEGORY, part)]


def _variation(reference: Counts, current: Counts) -> float:
    """Return the total variation distance less its mean when nothing has changed (normal approximation)."""
    n, m = float(reference.sum()), float(current.sum())
    distance = float(np.abs(current / m - reference / n).sum()) / 2
    shares = (reference + current) / (n + m)
    chance = float(np.sqrt(shares * (1 - shares)).sum()) * math.sqrt((1 / n + 1 / m) / (2 * math.pi))
    return max(0.0, distance - chance)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
