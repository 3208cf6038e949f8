"""A leak: steady growth, steeper than what is allowed, over all that was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.series_settings import Kind, SeriesSettings, Verdict
from aright.core.stats.straightness import bend
from aright.core.stats.theil_sen import theil_sen

if TYPE_CHECKING:
    from aright.core.detect.series_model import SeriesModel

FloatArray: TypeAlias = npt.NDArray[np.float64]

_BLOCKS: Final = 60
_DEVIATE: Final = 3.3
_STRAIGHT: Final = 3.0
_SLACK: Final = 1.1


def leak_of(
    values: FloatArray, clock: FloatArray, times: FloatArray, model: SeriesModel, settings: SeriesSettings
) -> Verdict | None:
    """Return a leak, or None.

    Three things must hold: Theil and Sen's slope of sixty block means is beyond the allowed one with a
    deviate of 3.3; the means stand on one straight line, without a bend that two more polynomials would see,
    since part of a long season or a random walk bends; and the level was not found to wander.

    Args:
        values: shape (n,).
        clock: in rows, shape (n,).
        times: shape (n,).
        model: learned from the same rows.
        settings: the allowed growth, and after how many rows a leak may be told.
    """
    n = len(values)
    if n < settings.leak_after or model.wander.level > 0:
        return None
    rest = model.frame(values) - model.season(clock)
    blocks = rest[n % _BLOCKS :].reshape(_BLOCKS, -1).mean(axis=1)
    span = float(clock[-1] - clock[0]) / _BLOCKS
    slope = theil_sen(np.arange(_BLOCKS, dtype=np.float64) * span, blocks, deviate=_DEVIATE)
    allowed = _SLACK * settings.growth / 1_000 * abs(float(values.mean())) / model.frame.scale
    steep = slope.low > allowed or slope.high < -allowed
    if not steep or bend(blocks).deviates > _STRAIGHT:
        return None
    before, now = (model.frame.back(float(part.mean())) for part in (blocks[:6], blocks[-6:]))
    return Verdict(
        kind=Kind.LEAK,
        at=float(times[-1]),
        since=float(times[0]),
        before=before,
        now=now,
        effect=slope.value * span * _BLOCKS,
        log_e=0.0,
        threshold=0.0,
        rule=f"Theil–Sen slope over {n} rows beyond {settings.growth:.3g} of the mean per 1,000 rows",
    )
