"""Detector of changes in a numeric series, row by row."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.series_evidence import SeriesBatch, SeriesEvidence
from aright.core.detect.series_leak import leak_of
from aright.core.detect.series_model import NOISE, SeriesModel, learn, sliding
from aright.core.detect.series_settings import BATCH, Kind, SeriesSettings, Verdict
from aright.core.detect.series_store import SeriesStore
from aright.core.stats.local_trend import advanced, predicted_variance
from aright.core.stats.shift_mixture import onset
from aright.core.stats.step_or_ramp import step_or_ramp

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]

_REFIT: Final = 1.3
_MOUNTING: Final = 4.0
_WAIT: Final = 512
_CUT: Final = 4.0
_LATELY: Final = 0.2
_PER_ALARM: Final = 4.0
_SHORT: Final = 4
_SLIDE: Final = 128
_RAMP: Final = 0.5
_LOOK_BACK: Final = 2_000


class SeriesDetector:
    """Tells when the level of a series has left its usual course, or grows without end.

    The first rows are learned from: a robust frame, the season (if one foretells held-out rows),
    autocorrelation, how the level wanders by itself, and the distribution of what is left, whose normal
    scores are bet upon: every row, both ways, on shifts of four sizes. The mean of these e-detectors is the
    evidence. All is learned anew whenever the history has grown by 30 %, not while evidence mounts.

    **Guaranteed**: a mean of e-detectors reaches A no sooner than after A rows on average, for scores that
    are independent with the moments of the reference. So it holds for independent rows and a known
    reference; a level that is learned from few rows is reckoned with as Kalman's variance.
    **Calibrated by simulation only** (``python -m bench.streams``): that season, autocorrelation and
    wandering as estimated leave such scores; the bets are lowered until the history itself would not have
    won them.
    **Not promised**: a season of which less than two and a half cycles were seen. Name it in
    ``settings.periods`` and only changes that are quick beside it are told until then. Without it, a step
    that is the first weekend of a series looks like a step; it is told.

    A change that is smaller than those that the series has made by itself (a wandering level, or a season of
    which fewer than two and a half times seven cycles are known) is not told.

    Each alarm makes the next one need four times the evidence, for a fifth of the run length, so that a
    series of a kind not reckoned with does not cry wolf for ever.

    Args:
        settings: the false alarms accepted, and what counts as harmless.

    >>> random = np.random.default_rng(11)
    >>> values = random.normal(100, 10, 4_000)
    >>> values[3_000:] += 10
    >>> detector = SeriesDetector()
    >>> [(verdict.kind.value, verdict.since, verdict.at) for verdict in detector.update_many(values)]
    [('level', 2994.0, 3016.0)]

    Source: J. Shin, A. Ramdas, A. Rinaldo, E-detectors, New England Journal of Statistics in Data Science 2
    (2024); for each part see ``aright.core.stats``.
    """

    def __init__(self, settings: SeriesSettings | None = None) -> None:
        self._settings = settings or SeriesSettings()
        self._alarms: list[int] = []
        self._store = SeriesStore(self._settings)
        self._model: SeriesModel | None = None
        self._evidence = SeriesEvidence(0)
        self._batch = SeriesBatch()
        self._before: FloatArray = np.zeros(0)
        self._next_fit = self._settings.learning
        self._waited = self._leak_from = 0
        self._held = False

    @property
    def ready(self) -> bool:
        """Whether enough has been learned to judge."""
        return self._model is not None

    @property
    def value(self) -> float:
        """The e-detector's value, in rows, less what earlier alarms cost."""
        return self._evidence.value / self._dearer(self._store.stop - 1)

    def weigh(self, value: float, time: float) -> None:
        """Take one row and tell nothing: whoever holds ``value`` against that of others then ``claim``s."""
        self._held = True
        self.update_many(np.array([value]), np.array([time]))
        self._held = False

    def claim(self) -> Verdict | None:
        """Take the evidence so far for an alarm; None where the change is one that is not told."""
        if self._model is None or self._store.stop == self._store.judged_from:
            return None
        return self._alarm(self._model, self._store.stop, self._evidence.values)

    def update(self, value: float, time: float | None = None, unit: Hashable = None) -> Verdict | None:
        """Take one row; return what it told."""
        told = self.update_many(
            np.array([value]), None if time is None else np.array([time]), None if unit is None else [unit]
        )
        return told[0] if told else None

    def update_many(
        self,
        values: FloatArray,
        times: FloatArray | None = None,
        units: Sequence[Hashable] | None = None,
    ) -> list[Verdict]:
        """Take rows in order; the same as ``update`` one by one, but faster.

        Args:
            values: shape (n,); NaN and infinite ones are missing rows.
            times: shape (n,), in any unit, never falling; row numbers where there are none.
            units: the randomisation unit of each row: within ``repeats_within`` rows it counts once.
        """
        start, stop = self._store.take(values, times, units)
        told: list[Verdict] = []
        while start < stop:
            if self._model is None:
                start = min(stop, self._store.first + self._next_fit)
                verdict = self._learn(start) if start - self._store.first >= self._next_fit else None
            else:
                start, verdict = self._judge(
                    self._model, start, min(stop, start + BATCH - self._batch.filled)
                )
            told += [verdict] if verdict else []
        self._store.trim()
        return told

    def _learn(self, upto: int) -> Verdict | None:
        old = self._model
        values, clock = self._store.window(upto)
        long = upto - self._store.first >= _SHORT * self._settings.learning
        firm = long and old is not None and old.steady
        model = learn(values, clock, self._settings, spacing=self._store.spacing, firm=firm)
        self._model = model
        self._next_fit, self._waited = math.ceil(self._next_fit * _REFIT), 0
        rest = model.frame(values[-BATCH:]) - model.season(clock[-BATCH:])
        self._before = rest[len(rest) - len(model.lags) :]
        self._batch.clear()
        if old is None:
            self._evidence = SeriesEvidence(len(model.bets.stakes))
        return self._leak(model, upto)

    def _leak(self, model: SeriesModel, upto: int) -> Verdict | None:
        """Return a leak over all that was seen, or over its latter half."""
        start = max(self._store.first, self._leak_from, upto - self._settings.history)
        for since in (start, (start + upto) // 2):
            values, clock = self._store.rows(since, upto)
            leak = leak_of(values, clock, self._store.times(since, upto), model, self._settings)
            if leak:
                self._leak_from = upto
                return leak
        return None

    def _judge(self, model: SeriesModel, start: int, stop: int) -> tuple[int, Verdict | None]:
        scores = self._scores(model, start, stop)
        doubt = predicted_variance(model.level) * model.keen**2 / NOISE
        weighed = scores / np.sqrt(self._batch.variance(scores) + doubt)
        reached = self._evidence.add(model.bets, weighed, self._needed(start))
        if reached is not None:
            stop = start + len(reached)
            self._store.score(start, weighed[: len(reached)])
            return stop, self._alarm(model, stop, reached[-1])
        self._store.score(start, weighed)
        self._batch.add(scores)
        if self._batch.filled < BATCH:
            return stop, None
        self._close(model)
        due = stop - self._store.first >= self._next_fit
        return stop, self._relearn(stop) if due else None

    def _scores(self, model: SeriesModel, start: int, stop: int) -> FloatArray:
        values, clock = self._store.rows(start, stop)
        left = self._left(model, model.frame(values) - model.season(clock))
        share = (self._batch.filled + np.arange(len(left)) + 0.5) / BATCH
        return model.scores(left - model.level.at - model.level.slope * share)

    def _left(self, model: SeriesModel, rest: FloatArray) -> FloatArray:
        """Take off what earlier rows foretell; a row that is far off is cut before it foretells others."""
        order = len(model.lags)
        if not order:
            return np.asarray(rest / model.spread, dtype=np.float64)
        series = np.concatenate((self._before, rest))
        left = np.zeros(len(rest))
        reach = _CUT * math.sqrt(self._batch.swell)
        backwards = model.lags[::-1]
        for row in range(len(rest)):
            foretold = float(backwards @ series[row : row + order])
            left[row] = (series[row + order] - foretold) / model.spread
            off = left[row] - model.level.at
            if abs(off) > reach:
                series[row + order] -= (off - math.copysign(reach, off)) * model.spread
        self._before = series[len(rest) :]
        return left

    def _needed(self, row: int) -> float:
        """Return the evidence that an alarm needs."""
        return math.inf if self._held else self._settings.run_length * self._dearer(row)

    def _dearer(self, row: int) -> float:
        """Return how many times as much evidence is needed: fourfold for each alarm that was told lately."""
        self._alarms = [at for at in self._alarms if row - at < _LATELY * self._settings.run_length]
        return _PER_ALARM ** len(self._alarms)

    def _close(self, model: SeriesModel) -> None:
        off = self._batch.total / BATCH / model.keen
        noise = NOISE * self._batch.swell / model.keen**2
        level = advanced(model.level, model.wander, innovation=off, noise=noise)
        self._model = replace(model, level=level)
        self._batch.close(lively=model.lively)

    def _relearn(self, upto: int) -> Verdict | None:
        self._waited += BATCH
        if self._evidence.mounting > _MOUNTING and self._waited < _WAIT:
            return None
        return self._learn(upto)

    def _alarm(self, model: SeriesModel, upto: int, values: FloatArray) -> Verdict | None:
        scores = self._store.scores_of(self._store.judged_from, upto)
        best = model.bets.log_e(scores[-_LOOK_BACK:])[int(np.argmax(values))]
        since = upto - len(best) + onset(best)
        verdict = self._verdict(model, since, upto, math.log(float(values.mean())))
        size = abs(verdict.effect) * model.spread
        told = size > model.swing
        if told and self._slides(scores, since, upto):
            told, model = False, replace(model, wander=sliding(model.wander), swing=size)
        self._restart(model, since, upto, forget=told)
        return verdict if told else None

    def _slides(self, scores: FloatArray, since: int, upto: int) -> bool:
        """Return whether, early on, a change looks more like part of a long season than like a step."""
        early = upto - self._store.first < _SHORT * self._settings.learning
        if not early or upto - since < _SLIDE:
            return False
        likely = step_or_ramp(scores[-_LOOK_BACK:])
        return likely.ramp > likely.step + _RAMP

    def _verdict(self, model: SeriesModel, since: int, upto: int, log_e: float) -> Verdict:
        values, clock = self._store.rows(since, upto)
        gap = float(np.median(model.frame(values) - model.season(clock)))
        usual = model.level.at * model.spread / model.remains
        season = float(np.median(model.season(clock)))
        return Verdict(
            kind=Kind.LEVEL,
            at=self._store.time(upto - 1),
            since=self._store.time(since),
            before=model.frame.back(usual + season),
            now=float(np.median(values)),
            effect=(gap - usual) / model.spread,
            log_e=log_e,
            threshold=math.log(self._needed(upto - 1)),
            rule=f"mixture e-detector, one false alarm in {self._settings.run_length:g} rows accepted",
        )

    def _restart(self, model: SeriesModel, since: int, upto: int, *, forget: bool) -> None:
        """Go on from the new level; after a change that was told, the history before it is forgotten."""
        scores = self._store.scores_of(since, upto)
        level = replace(
            model.level,
            at=model.level.at + float(scores.mean()) / model.keen,
            slope=0.0,
            var=1 / len(scores) + NOISE / 4,
            covar=0.0,
        )
        self._model = replace(model, level=level)
        self._store.judged_from = upto
        if forget:
            self._alarms.append(upto)
            self._store.first = since
            self._next_fit = self._settings.learning
        self._evidence = SeriesEvidence(len(model.bets.stakes))
        self._batch.clear()
