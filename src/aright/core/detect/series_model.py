"""What is learned of a series before it is judged: scale, season, autocorrelation, wandering, tails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.series_frame import SeriesFrame, frame_of
from aright.core.detect.series_season import season_of
from aright.core.detect.series_settings import BATCH, Way
from aright.core.stats.autoregression import autocovariances, filtered, fit_autoregression
from aright.core.stats.block_variance import inflation
from aright.core.stats.local_trend import Level, Wander, likelihoods, tracked
from aright.core.stats.normal_scores import NormalScores, normal_scores
from aright.core.stats.shift_mixture import SHIFTS, Bets, backtested, bets_on

if TYPE_CHECKING:
    from aright.core.detect.series_settings import SeriesSettings
    from aright.core.stats.seasonal_lines import Seasonal

FloatArray: TypeAlias = npt.NDArray[np.float64]

NOISE: Final = 1.0 / BATCH
WALK: Final = 1e-3
"""Variance of a level's steps from batch to batch, in spreads, where it is known to slide."""

BOUND: Final = 2.5
"""The largest score."""

_MOST_LAGS: Final = 12
_WIDE: Final = 257
_BURN: Final = 4
_STEP: Final = 0.1
_LEAST_KEEN: Final = 0.3
_SURELY: Final = 3.0
_NEAR_WALK: Final = 0.05
_WEEK: Final = 7
_WEEKS: Final = 2.5
_SEEN: Final = 2.5
_SHORTLY: Final = 5
_FOR_WANDERING: Final = 4.0
_EVIDENCE: Final = 13.0
_LEAST_REMAINS: Final = 1e-3
_LEAST_SPREAD: Final = 1e-6
_ROWS_OF_GROWTH: Final = 50
_DIGITS: Final = 6
_LEVELS: Final = (1e-4, 1e-3, 1e-2, 1e-1)
_SLOPES: Final = (0.0, 1e-6, 1e-5, 1e-4, 1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesModel:
    """How a healthy series goes on.

    Attributes:
        frame: from values to the scale on which the rest is told.
        season: taken off first.
        lags: coefficients of the rows before, taken off next.
        spread: standard deviation of what is left within a batch.
        wander: how its level may move, per batch, in spreads.
        level: where it is, in spreads.
        scores: from what is left to bounded normal scores.
        keen: how much the mean score moves per spread that the level moves; more than 1 for skewed values.
        lively: whether the variance comes in clusters, so that every rise of it is to be believed.
        bets: on shifts of the scores.
        swing: how far season and level have moved by themselves, framed; a smaller change is not told.
    """

    frame: SeriesFrame
    season: Seasonal
    lags: FloatArray
    spread: float
    wander: Wander
    level: Level
    scores: NormalScores
    keen: float
    lively: bool
    bets: Bets
    swing: float

    @property
    def steady(self) -> bool:
        """Whether the level stands still but for the growth that is allowed."""
        return self.wander.level == 0 and bool(np.isfinite(self.wander.steepest))

    @property
    def remains(self) -> float:
        """The share of a lasting shift that is left when what earlier rows foretell is taken off."""
        return max(1 - float(self.lags.sum()), _LEAST_REMAINS)


class _Whitened(NamedTuple):
    lags: FloatArray
    left: FloatArray
    spread: float
    wander: Wander
    merit: float


def learn(
    values: FloatArray, clock: FloatArray, settings: SeriesSettings, *, spacing: float, firm: bool
) -> SeriesModel:
    """Learn from values in order.

    Args:
        values: shape (n,).
        clock: their instants in rows, shape (n,).
        settings: what is harmless.
        spacing: of rows, in the unit of ``settings.periods``.
        firm: the level is known to stand still but for the growth allowed, so that what moves it now is not
            taken for its nature.
    """
    periods = tuple(period / spacing for period in settings.periods)
    frame = frame_of(values)
    framed = frame(values)
    season = season_of(framed, clock, periods)
    rest = framed - season(clock)
    allowed = settings.growth / 1_000 * abs(float(values.mean())) / frame.scale
    smooth = moving_mean(rest, _WIDE)
    rows = np.arange(len(rest))
    line = np.polynomial.Polynomial.fit(rows, rest, 1)(rows) if np.ptp(rest) > 0 else rest
    white = max(
        (_whitened(rest, rest - base, allowed, firm=firm) for base in (line, smooth)),
        key=lambda each: each.merit,
    )
    model = _judged(frame, season, white, allowed, settings)
    if clock[-1] - clock[0] < _SEEN * max(periods, default=0.0):
        model = replace(
            model,
            wander=sliding(model.wander),
            swing=max(model.swing, float(np.ptp(moving_mean(framed, _SHORTLY)))),
        )
    if 1 - float(white.lags.sum()) < _NEAR_WALK:
        model = replace(model, wander=sliding(model.wander), swing=max(model.swing, float(np.ptp(smooth))))
    if clock[-1] - clock[0] < _WEEKS * _WEEK * season.longest:
        model = replace(model, swing=model.swing + float(np.ptp(season(clock))))
    return model


def sliding(wander: Wander) -> Wander:
    """Return a wander that follows the parts of a season that has not been seen whole."""
    return replace(wander, level=max(wander.level, WALK), steepest=np.inf)


def moving_mean(values: FloatArray, width: int) -> FloatArray:
    """Return the mean of the ``width`` values around each; fewer at the ends.

    >>> moving_mean(np.array([0.0, 3.0, 6.0]), 3)
    array([1.5, 3. , 4.5])
    """
    half, n = width // 2, len(values)
    sums = np.concatenate(([0.0], np.cumsum(values)))
    low, high = np.maximum(np.arange(n) - half, 0), np.minimum(np.arange(n) + half + 1, n)
    return np.asarray((sums[high] - sums[low]) / (high - low), dtype=np.float64)


def _whitened(rest: FloatArray, detrended: FloatArray, allowed: float, *, firm: bool) -> _Whitened:
    """Take off what earlier rows foretell, and find how the level of the remainder wanders."""
    middling = 1.4826 * float(np.median(np.abs(detrended - np.median(detrended))))
    reach = 4 * max(middling, float(detrended.std()) / 2, 1e-12)
    cut = np.clip(detrended, -reach, reach)
    lags = fit_autoregression(cut, most=_MOST_LAGS)
    raw = filtered(rest - detrended + cut, lags) + (detrended - cut)[len(lags) :]
    batches = len(raw) // BATCH
    blocks = raw[len(raw) - batches * BATCH :].reshape(batches, BATCH)
    within = blocks - blocks.mean(axis=1, keepdims=True)
    remains = max(1 - float(lags.sum()), _LEAST_REMAINS)
    seen = float(np.sqrt((within**2).sum() / (batches * (BATCH - 1))))
    # Noise that is small beside the growth allowed in fifty rows could not be told from it.
    spread = max(seen, _ROWS_OF_GROWTH * allowed * remains, _LEAST_SPREAD)
    left = blocks / spread
    wanders = _wanders(1.1 * allowed * remains / spread * BATCH)
    means = left.mean(axis=1)
    gains = likelihoods(means, wanders, noise=NOISE, burn=_BURN)
    gains[1:] -= np.inf if firm else _FOR_WANDERING
    best = int(np.argmax(gains))
    merit = float(gains[best]) - batches * BATCH * np.log(spread) - len(lags) / 2 * np.log(len(rest))
    return _Whitened(lags, left, spread, wanders[best], merit)


def _wanders(allowed: float) -> list[Wander]:
    """Return how a level might wander: first a slow growth that is allowed, then any."""
    still = Wander(level=0.0, slope=(allowed / 8) ** 2, steepest=allowed)
    free = [
        Wander(level=level, slope=slope, steepest=np.inf if slope else allowed)
        for level in (0.0, *_LEVELS)
        for slope in _SLOPES
        if level or slope
    ]
    return [still, Wander(level=0.0, slope=0.0, steepest=np.inf), *free]


def _judged(
    frame: SeriesFrame, season: Seasonal, white: _Whitened, allowed: float, settings: SeriesSettings
) -> SeriesModel:
    steady = white.wander.level == 0 and np.isfinite(white.wander.steepest)
    means = white.left.mean(axis=1)
    track = tracked(means, white.wander, noise=NOISE, burn=_BURN)
    course = _steady_course(means, white.wander.steepest) if steady else track.predictions
    # The last digits of a constant series are no spread.
    flat = np.round((white.left - course[:, None])[_BURN:], _DIGITS)
    scores = normal_scores(flat.ravel(), bound=BOUND, margin=2.0)
    scored = scores(flat)
    keen = max(float((scores(flat + _STEP) - scores(flat - _STEP)).mean()) / (2 * _STEP), _LEAST_KEEN)
    doubt = 1 + (track.variances[_BURN:] / NOISE - 1) * keen**2
    standard = scored.mean(axis=1) * np.sqrt(BATCH / (1.0 if steady else doubt))
    remains = max(1 - float(white.lags.sum()), _LEAST_REMAINS)
    return SeriesModel(
        frame=frame,
        season=season,
        lags=white.lags,
        spread=white.spread,
        wander=white.wander,
        level=replace(track.level, at=float(course[-1])) if steady else track.level,
        scores=scores,
        keen=keen,
        lively=_lively(scored),
        bets=_bets(
            scored.ravel(),
            standard,
            1.1 * allowed * remains / white.spread,
            _doubtful(white.lags, white.left.size),
            settings.way,
        ),
        swing=0.0 if steady else float(np.ptp(track.predictions[_BURN:])) * white.spread / remains,
    )


def _lively(scored: FloatArray) -> bool:
    """Return whether a batch's variance tells of the next one's."""
    squares = (np.diff(scored, axis=1) ** 2).mean(axis=1)
    covariances = autocovariances(squares, most=1)
    return bool(covariances[1] > _SURELY * covariances[0] / np.sqrt(len(squares)))


def _steady_course(means: FloatArray, steepest: float) -> FloatArray:
    """Return the mean of each batch as the straight line that is allowed has it."""
    rows = np.arange(len(means)) - (len(means) - 1) / 2
    slope = float(rows @ means) / max(float(rows @ rows), 1.0)
    return np.asarray(means.mean() + np.clip(slope, -steepest, steepest) * rows, dtype=np.float64)


def _doubtful(lags: FloatArray, n: int) -> float:
    """Return by how much the variance of long sums may be more than the estimated lags say: two deviates."""
    total = max(float(lags.sum()), 0.0)
    return 1 + 2 * np.sqrt((1 - total * total) / n) / (1 - total) if total else 1.0


def _bets(scored: FloatArray, standard: FloatArray, drift: float, doubt: float, way: Way) -> Bets:
    sizes = np.array(SHIFTS)
    spans = 2 * _EVIDENCE / sizes**2
    inflated = doubt * inflation(standard, spans / BATCH, confidence=0.99)
    signs = {Way.UP: (1,), Way.DOWN: (-1,), Way.BOTH: (1, -1)}[way]
    bets = bets_on(
        np.concatenate([sign * sizes for sign in signs]),
        scored,
        inflation=np.concatenate([inflated for _ in signs]),
        slack=np.concatenate([drift * spans / 4 for _ in signs]),
    )
    return backtested(bets, scored)
