"""A service's metrics, each judged by the rules that suit it, ready to share one budget of false alarms."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.detect.metric_floors import FloorDetector
from aright.core.detect.metric_leak import LeakDetector
from aright.core.detect.metric_names import Nature, is_limit, limited, natural_limit, nature
from aright.core.detect.metric_rise import RiseDetector
from aright.core.detect.metric_saturation import PinnedDetector
from aright.core.detect.metric_spike import SpikeDetector
from aright.core.detect.metric_words import in_words
from aright.core.detect.series_settings import Kind
from aright.core.detect.service_metrics import LEVEL_SETTINGS, LevelDetector
from aright.core.model.alert import Alert
from aright.core.model.signal import ALL
from aright.core.model.times import DAY, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aright.core.detect.series_settings import Verdict
    from aright.core.detect.service_metrics import MetricRule
    from aright.core.model.signal import SignalPoint
    from aright.core.model.times import Micros

MEAN: Final = "process:"
TOP: Final = "process_top:"
UNITS: Final = ("latency:",)
"""Signals of windows that are no shares either; those of all traffic are judged as metrics are."""

MOST_METRICS: Final = 96
"""Metrics of a service that are judged; what each remembers is bounded, at about half a megabyte."""

_KEPT: Final = 7_000
_STAGGER: Final = 32
_DECIDED_AFTER: Final = 60
_OVER: Final = 1.05
_LEVEL: Final = replace(LEVEL_SETTINGS, history=_KEPT, leak_after=10**9)


def is_series(name: str) -> bool:
    """Return whether a signal is judged here, being no share.

    >>> is_series("process:cpu_percent"), is_series("latency:p99"), is_series("fallback_share")
    (True, True, False)
    """
    return name.startswith((MEAN, TOP, *UNITS))


def signal_of(metric: str) -> str:
    """Return the name of a metric's signal."""
    return metric if metric.startswith(UNITS) else MEAN + metric


class Trial(NamedTuple):
    """One rule of one metric, as it stands in its family.

    Attributes:
        metric: the metric's name.
        rule: number of the rule.
        value: of its e-detector, in windows.
    """

    metric: str
    rule: int
    value: float


class Metric:
    """One metric of one service, over all its hosts.

    Level, spike and both sorts of leak are judged by the mean over hosts and samples. What a counter has
    counted means nothing: its increase per second is judged, and not for leaks. A metric with a limit is
    held against it, too.

    Args:
        name: the metric's.
        number: how many there were before; what is learned anew now and then is so at different windows.
    """

    def __init__(self, name: str, number: int) -> None:
        self._name = name
        self.nature = nature(name)
        self._last: tuple[float, float] | None = None
        self._seen, self._rises, self._falls = 0, 0, 0
        settings = replace(_LEVEL, learning=_LEVEL.learning + number % _STAGGER)
        usual: tuple[MetricRule, ...] = (LevelDetector(settings), SpikeDetector())
        leaks: tuple[MetricRule, ...] = (LeakDetector(), RiseDetector())
        unfit = self.nature is Nature.CUMULATIVE or name.startswith(UNITS)
        self.rules = usual if unfit else (*usual, *leaks)
        self._pinned: PinnedDetector | None = None
        self._natural = natural_limit(name)
        self.limit: float | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        self.seen_at: Micros = 0

    def take(self, start: Micros, mean: float, top: float, limit: float | None) -> None:
        """Take one window; ``verdicts`` is then what needs no evidence."""
        self.verdicts, self.seen_at = (), start
        value = self._value(float(start), mean)
        if value is None:
            return
        for rule in self.rules:
            rule.weigh(start, value)
        self._hold_against(start, value, top, limit)

    @property
    def leaks(self) -> bool:
        """Whether a leak has been told that goes on."""
        return any(rule.told for rule in self.rules if isinstance(rule, FloorDetector))

    @property
    def rate(self) -> bool:
        """Whether values are increases per second."""
        return self.nature is Nature.CUMULATIVE

    def _value(self, time: float, mean: float) -> float | None:
        """Return what is judged of a window's mean; ``None`` for nothing yet."""
        if self.nature is Nature.LEFT_ALONE:
            return None
        before, self._last = self._last, (time, mean)
        if self.nature is Nature.PERHAPS:
            self._decide(before, mean)
            return None
        if self.nature is Nature.GAUGE:
            return mean
        if before is None or mean < before[1] or time <= before[0]:  # it began anew
            return None
        return (mean - before[1]) / (time - before[0]) * SECOND

    def _decide(self, before: tuple[float, float] | None, mean: float) -> None:
        """A count that only ever rose is cumulative; one that stood still throughout may be either."""
        if before is not None:
            self._rises += mean > before[1]
            self._falls += mean < before[1]
            self._seen += 1
        if self._falls:
            self.nature = Nature.GAUGE
        elif self._rises >= _DECIDED_AFTER:
            self.nature = Nature.CUMULATIVE
            self.rules = self.rules[:2]

    def _hold_against(self, start: Micros, mean: float, top: float, limit: float | None) -> None:
        if self._natural is not None and top > _OVER * self._natural:
            self._natural = None  # such as the processor time of many cores
        known = limit if limit is not None and limit > 0 and math.isfinite(limit) else self._natural
        self.limit = None if self.rate else known
        if self.limit is None:
            self._pinned = None
            return
        if self._pinned is None:
            self._pinned = PinnedDetector(self.limit)
        self._pinned.limit = self.limit
        told = self._pinned.update(start, mean)
        self.verdicts = (told,) if told else ()


class MetricStreams:
    """All metrics of a service; points of other series are passed over.

    Attributes:
        left_out: names that came when there were enough already, at the last window.
    """

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}
        self._made = 0
        self._now: Micros = 0
        self.left_out = 0

    def take(self, points: Iterable[SignalPoint]) -> None:
        """Take one window's points, named ``process:NAME`` and ``process_top:NAME``."""
        means: dict[str, float] = {}
        tops: dict[str, float] = {}
        start: Micros = 0
        for point in points:
            if not math.isfinite(point.value):
                continue
            if point.name.startswith(MEAN):
                means[point.name.removeprefix(MEAN)] = point.value
                start = point.start
            elif point.name.startswith(UNITS) and point.segment == ALL and not point.version:
                means[point.name] = point.value
                start = point.start
            elif point.name.startswith(TOP):
                tops[point.name.removeprefix(TOP)] = point.value
        limits = {limited(name): value for name, value in sorted(means.items()) if is_limit(name)}
        self.left_out, self._now = 0, start or self._now
        for metric in self._metrics.values():
            metric.verdicts = ()
        for name, mean in sorted(means.items()):
            found = self._metric(name)
            if found is not None:
                found.take(start, mean, tops.get(name, mean), limits.get(limited(name)))

    def _metric(self, name: str) -> Metric | None:
        if name not in self._metrics:
            if len(self._metrics) >= MOST_METRICS and not self._forget():
                self.left_out += 1
                return None
            self._metrics[name] = Metric(name, self._made)
            self._made += 1
        return self._metrics[name]

    def _forget(self) -> bool:
        """Make room by dropping the metric that has been gone longest, if that is a day."""
        oldest = min(self._metrics, key=lambda name: self._metrics[name].seen_at)
        if self._now - self._metrics[oldest].seen_at < DAY:
            return False
        del self._metrics[oldest]
        return True

    def trials(self) -> list[Trial]:
        """Return all rules that have learned enough to judge."""
        return [
            Trial(name, number, rule.value)
            for name, metric in self._metrics.items()
            for number, rule in enumerate(metric.rules)
            if rule.ready
        ]

    def drop_latest(self) -> None:
        """Forget the last few values where they have not been learned from yet."""
        for metric in self._metrics.values():
            for rule in metric.rules:
                if isinstance(rule, SpikeDetector):
                    rule.drop_latest()

    def facts(self) -> list[tuple[str, Verdict]]:
        """Return what the last window told without evidence to be weighed: metrics at their limit."""
        return [(name, told) for name, metric in self._metrics.items() for told in metric.verdicts]

    def claim(self, trial: Trial) -> Verdict | None:
        """Tell a change whose evidence was let through; ``None`` where it is one that is not told.

        The level of a metric whose leak has been told moves on and on: that is no news.
        """
        metric = self._metrics[trial.metric]
        rule = metric.rules[trial.rule]
        known = metric.leaks and not isinstance(rule, SpikeDetector)
        verdict = rule.claim()
        return None if known else verdict

    def alert(
        self, name: str, verdict: Verdict, *, service: str, width: Micros, now: Micros, harm: bool
    ) -> Alert:
        """Return a verdict as an alert."""
        metric = self._metrics[name]
        since = round(verdict.since) if math.isfinite(verdict.since) else round(verdict.at)
        return Alert(
            key=f"{service}/all/{signal_of(name)}/{verdict.kind.value}",
            service=service,
            signal=signal_of(name),
            harm=harm,
            at=now,
            since=since,
            before=verdict.before,
            now=verdict.now,
            low=verdict.now,
            high=verdict.now,
            units=max((round(verdict.at) - since) // width + 1, 1),
            log_e=verdict.log_e,
            threshold=verdict.threshold,
            rule=f"{_RULES[verdict.kind]}: {verdict.rule}",
            text=in_words(name, verdict, limit=metric.limit, rate=metric.rate),
        )


_RULES: Final[Mapping[Kind, str]] = {
    Kind.LEVEL: "level of a service metric",
    Kind.SPIKE: "spike of a service metric",
    Kind.LEAK: "leak of a service metric",
    Kind.SATURATION: "saturation of a service metric",
}
