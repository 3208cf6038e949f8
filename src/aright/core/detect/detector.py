"""The detector: closed windows in, alerts out."""

from __future__ import annotations

from copy import deepcopy
from math import log
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.alerts import Passage, make_alert, weighed
from aright.core.detect.budget import budget_weights
from aright.core.detect.dispersion import dispersions
from aright.core.detect.evidence import Evidence
from aright.core.detect.forgetting import PARTS, RESERVED, Presence, giving_way, too_old
from aright.core.detect.history import History
from aright.core.detect.metric_streams import MetricStreams, is_series, signal_of
from aright.core.detect.reference import UNITS_EACH, WINDOWS, make_references
from aright.core.detect.snapshot import UnreadableSnapshotError, freeze, thaw
from aright.core.detect.streams import VERSION, Counted, Stream, Streams
from aright.core.model.signal import ALL
from aright.core.model.times import DAY, Micros
from aright.core.stats.e_bh import e_bh
from aright.core.stats.e_detector import windows_between_alarms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.detect.metric_streams import Trial
    from aright.core.detect.series_settings import Verdict
    from aright.core.detect.settings import Settings
    from aright.core.model.alert import Alert
    from aright.core.model.signal import SignalPoint

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_MONTH: Final = 30 * DAY
_SETTINGS: Final = "_settings"


class Detector:
    """Says which signals of one service have left their reference, and promises how often it errs.

    State is a pure function of the calls of ``update``: after a restart it is rebuilt by giving it the stored
    points again, window by window, with the same ``quiet``, and dropping the alerts.

    Each stream learns from its first ``learning_windows`` windows; its reference is then frozen and made anew
    each time its history has grown by a quarter, from windows without an incident and without the latest
    ``gap_windows``, and never while evidence mounts. A model version that appears after that is judged at
    once against what held for all traffic before it.

    A stream that is long unseen is forgotten with all that was learned of it, and begins anew should it come
    back; where room is short, the longest unseen give way to new ones. What goes is chosen by absence alone,
    never by evidence. It sets an e-detector back to nothing before its next window is looked at, which makes
    its value no larger at any later window than it would be, and so no false alarm likelier; and a reference
    that is learned anew is as good as any first one (``docs/adr/0018-forgetting.md``).

    Attributes:
        left_out: points of the last window whose streams found no place.

    >>> from aright.core.detect.settings import Settings
    >>> from aright.core.model.signal import Bad, SignalKind, SignalPoint
    >>> kind = SignalKind(name="error_share", title="errors", bad=Bad.UP, harm=True)
    >>> detector = Detector(Settings(kind_of=lambda name: kind))
    >>> alarms = []
    >>> for number in range(50):
    ...     failed, start = (3 + number % 2 if number < 40 else 30), number * 30_000_000
    ...     point = SignalPoint(
    ...         service="shop", name="error_share", start=start, width=30_000_000, n=300, total=failed
    ...     )
    ...     alarms += [number for _ in detector.update([point], now=start + 40_000_000, quiet=False)]
    >>> alarms
    [42]
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._streams = Streams(settings.kind_of)
        self._history = History(settings.gap_windows)
        self._evidence = Evidence(settings.odds_ratios)
        self._presence = Presence()
        self.left_out = 0
        self._references: FloatArray = np.zeros((0, 6))
        self._open: BoolArray = np.zeros(0, dtype=np.bool_)
        self._harm: BoolArray = np.zeros(0, dtype=np.bool_)
        self._wide: BoolArray = np.zeros(0, dtype=np.bool_)
        self._quiet = False
        self._metrics = MetricStreams()
        self._metrics_before: MetricStreams | None = None

    def update(self, points: Sequence[SignalPoint], *, now: Micros, quiet: bool) -> list[Alert]:
        """Judge one closed window of the service; return the streams that newly alarm.

        Args:
            points: all points of the window, of one start and width; those of service metrics
                (``process:NAME``), and others that are no shares, are judged by
                :class:`aright.core.detect.metric_streams.MetricStreams`.
            now: the time that alerts are given (µs, UTC).
            quiet: an incident is open, so references stay as they are and nothing is learned; when it has
                ended, evidence starts afresh, so that a harm that is still there alarms again.
        """
        if self._quiet and not quiet:
            self._start_afresh()
        if quiet and not self._quiet:
            self._history.drop_waiting(np.arange(len(self._streams)))
        self._set_quiet(quiet=quiet)
        self.left_out = 0
        if not points:
            return []
        first = points[0]
        self._metrics.take(points)
        counted = self._count([point for point in points if not is_series(point.name)])
        self._presence.see(counted.rows, width=first.width, quiet=quiet)
        judged = self._references[counted.rows, WINDOWS] > 0
        self._weigh(counted, judged, start=first.start, width=first.width)
        passages, told = self._let_through(first.width)
        self._mark(np.array(list(passages), dtype=np.int64))
        alerts = [self._alert(first.service, row, passages[row], now) for row in passages]
        alerts += self._told_of_metrics(told, first, now)
        if not quiet:
            self._learn(counted, judged, first.width)
        return alerts

    def freeze(self) -> bytes:
        """Return all that it knows but its settings, to go on from after a restart."""
        known = {name: value for name, value in vars(self).items() if name != _SETTINGS}
        return freeze(known, {"kind_of": self._settings.kind_of})

    @classmethod
    def thaw(cls, settings: Settings, body: bytes) -> Detector:
        """Return a detector that goes on exactly as the one that was frozen would have.

        The settings may be others: which signals are harm and how many false alarms are accepted hold from
        then on, what was learned stays.

        Raises:
            UnreadableSnapshotError: for bytes of another version, or with a signal that is none any more.
        """
        made = cls(settings)
        known = thaw(body, {"kind_of": settings.kind_of})
        if not isinstance(known, dict) or known.keys() | {_SETTINGS} != vars(made).keys():
            raise UnreadableSnapshotError("the snapshot is not of a detector")
        vars(made).update(known)
        try:
            made._harm = np.array(made._streams.look_up_again(), dtype=np.bool_)
        except LookupError as gone:
            raise UnreadableSnapshotError(
                f"the snapshot has a signal of an older catalogue: {gone}"
            ) from gone
        return made

    @property
    def quiet(self) -> bool:
        """Whether the last window was judged while an incident was open."""
        return self._quiet

    @property
    def streams(self) -> int:
        """How many streams it remembers."""
        return len(self._streams)

    @property
    def signals(self) -> frozenset[str]:
        """Names of the signals that it remembers."""
        return frozenset(stream.name for stream in self._streams.known)

    def _set_quiet(self, *, quiet: bool) -> None:
        """Keep what is known of metrics before an incident, and go on from there after it."""
        if quiet and not self._quiet:
            self._metrics_before = deepcopy(self._metrics)
            self._metrics_before.drop_latest()
        if self._quiet and not quiet and self._metrics_before is not None:
            self._metrics, self._metrics_before = self._metrics_before, None
        self._quiet = quiet

    def _count(self, points: Sequence[SignalPoint]) -> Counted:
        points = self._admit(points)
        before = len(self._streams)
        counted = self._streams.count(points)
        if len(self._streams) > before:
            self._grow(before)
        return counted

    def _admit(self, points: Sequence[SignalPoint]) -> Sequence[SignalPoint]:
        """Forget old streams now and then; return the points whose streams have or find a place."""
        settings = self._settings
        if self._presence.due(settings.forget_after // PARTS):
            old = too_old(self._presence.absent, self._lasting(), settings)
            self._forget(np.flatnonzero(old))
        most = settings.most_streams
        for_narrow = most - most // RESERVED
        if len(self._streams) + len(points) <= for_narrow:
            return points
        new = self._streams.unseen(points)
        wide = [stream for stream in new if stream.is_wide]
        narrow = [stream for stream in new if not stream.is_wide]
        lacking = len(self._streams) + len(new) - (for_narrow if narrow else most)
        if lacking > 0:
            held = self._lasting()
            held[self._streams.seen(points)] = True
            self._forget(giving_way(self._presence.absent, held, lacking, settings))
        wide_room = max(most - len(self._streams), 0)
        narrow_room = max(for_narrow - len(self._streams) - len(wide[:wide_room]), 0)
        refused = {*wide[wide_room:], *narrow[narrow_room:]}
        admitted = [each for each in points if Stream(each.name, each.segment, each.version) not in refused]
        self.left_out = len(points) - len(admitted)
        return admitted

    def _lasting(self) -> BoolArray:
        whole = np.array([stream.is_whole for stream in self._streams.known], dtype=np.bool_)
        return whole | self._open

    def _forget(self, rows: IntArray) -> None:
        if not rows.size:
            return
        rest = np.delete(np.arange(len(self._streams)), rows)
        for part in (self._streams, self._history, self._evidence, self._presence):
            part.keep(rest)
        self._references, self._open = self._references[rest], self._open[rest]
        self._harm, self._wide = self._harm[rest], self._wide[rest]

    def _grow(self, before: int) -> None:
        kinds = self._streams.kinds[before:]
        size, more = len(self._streams), len(kinds)
        self._history.grow(size)
        self._evidence.grow(size, [kind.bad for kind in kinds])
        self._presence.grow(size)
        self._references = np.concatenate((self._references, np.zeros((more, 6))))
        self._open = np.concatenate((self._open, np.zeros(more, dtype=np.bool_)))
        self._harm = np.concatenate((self._harm, [kind.harm for kind in kinds])).astype(np.bool_)
        wide = [stream.is_wide for stream in self._streams.known[before:]]
        self._wide = np.concatenate((self._wide, wide)).astype(np.bool_)
        for row in range(before, size):
            self._borrow(row)

    def _borrow(self, row: int) -> None:
        """Judge a new model version by what held for all traffic, so that a bad release shows at once."""
        stream = self._streams.known[row]
        whole = self._streams.row_of(stream.name, ALL) if stream.segment.attribute == VERSION else None
        if whole is not None and self._references[whole, WINDOWS] > 0:
            self._set_references(np.array([row]), self._references[[whole]])

    def _weigh(self, counted: Counted, judged: BoolArray, *, start: Micros, width: Micros) -> None:
        rows = counted.rows[judged]
        grid = log(len(self._settings.odds_ratios))
        cap = (self._needed(width) + grid) / self._settings.fewest_windows
        self._evidence.add(rows, counted.n[judged], counted.total[judged], start=start, cap=cap)

    def _threshold(self, width: Micros, *, harm: bool) -> float:
        allowed = self._settings.false_pages if harm else self._settings.false_notices
        return windows_between_alarms(width, allowed=allowed, span=_MONTH if harm else DAY)

    def _needed(self, width: Micros) -> float:
        """Return the log evidence that one stream by itself needs, about."""
        return log(max(len(self._streams), 1) * self._threshold(width, harm=True))

    def _let_through(self, width: Micros) -> tuple[dict[int, Passage], list[tuple[Trial, Passage]]]:
        """Return the streams that newly alarm, and the rules of metrics that do."""
        passages: dict[int, Passage] = {}
        told: list[tuple[Trial, Passage]] = []
        groups = self._streams.groups()
        trials = [(trial, self._is_harm(trial.metric)) for trial in self._metrics.trials()]
        for harm in (True, False):
            armed = (self._references[:, WINDOWS] > 0) & (self._harm == harm) & ~self._open
            rows = np.flatnonzero(armed)
            others = [trial for trial, of_harm in trials if of_harm == harm]
            weights = budget_weights(
                groups[rows], self._references[rows, UNITS_EACH], self._wide[rows], len(others)
            )
            values = (
                np.concatenate((self._evidence.values(rows), [trial.value for trial in others])) * weights
            )
            threshold = self._threshold(width, harm=harm)
            let = np.flatnonzero(e_bh(values, threshold=threshold))
            for at in let:
                passage = Passage(
                    harm=harm,
                    value=float(values[at]),
                    threshold=len(values) * threshold / len(let),
                    family=len(values),
                    moved=len(let),
                    promise=self._promise(harm=harm),
                )
                if at < len(rows):
                    passages[int(rows[at])] = passage
                else:
                    told.append((others[at - len(rows)], passage))
        return passages, told

    def _is_harm(self, metric: str) -> bool:
        try:
            return self._settings.kind_of(signal_of(metric)).harm
        except LookupError:
            return False

    def _told_of_metrics(
        self, let: Sequence[tuple[Trial, Passage]], point: SignalPoint, now: Micros
    ) -> list[Alert]:
        told: list[tuple[str, Verdict]] = self._metrics.facts()
        for trial, passage in let:
            verdict = self._metrics.claim(trial)
            if verdict is not None:
                told.append((trial.metric, weighed(verdict, passage)))
        return [
            self._metrics.alert(
                name,
                verdict,
                service=point.service,
                width=point.width,
                now=now,
                harm=self._is_harm(name),
            )
            for name, verdict in told
        ]

    def _promise(self, *, harm: bool) -> str:
        if harm:
            return f"{self._settings.false_pages:g} false a month accepted"
        return f"{self._settings.false_notices:g} false a day accepted"

    def _alert(self, service: str, row: int, passage: Passage, now: Micros) -> Alert:
        return make_alert(
            service,
            self._streams.known[row],
            at=now,
            since=self._evidence.since(row),
            reference=self._references[row],
            passage=passage,
        )

    def _learn(self, counted: Counted, judged: BoolArray, width: Micros) -> None:
        fresh = counted.rows[~judged]
        self._history.add(fresh, counted.n[~judged], counted.total[~judged])
        self._refresh(fresh[self._history.windows(fresh) >= self._settings.learning_windows])
        closed = judged & ~self._open[counted.rows]
        rows = counted.rows[closed]
        self._history.add_later(rows, counted.n[closed], counted.total[closed])
        doubled = self._history.windows(rows) >= self._settings.growth * self._references[rows, WINDOWS]
        calm = self._evidence.mounting(rows) < self._needed(width) / 2
        self._refresh(rows[doubled & calm])
        self._learn_open(counted, judged & self._open[counted.rows])

    def _learn_open(self, counted: Counted, which: BoolArray) -> None:
        """Arm streams again that are back, and take a lasting shift without harm as healthy."""
        rows = counted.rows[which]
        back = self._evidence.values(rows) < 1
        self._open[rows[back]] = False
        self._history.clear(rows[back & ~self._harm[rows]])
        lasting = which.copy()
        lasting[which] = ~back & ~self._harm[rows]
        rows = counted.rows[lasting]
        self._history.add(rows, counted.n[lasting], counted.total[lasting])
        learned = rows[self._history.windows(rows) >= self._settings.learning_windows]
        self._refresh(learned)
        self._evidence.restart(learned)
        self._open[learned] = False

    def _refresh(self, rows: IntArray) -> None:
        if rows.size:
            sums = self._history.sums
            dispersion = dispersions(sums, rows, self._streams.pools(), self._settings)
            self._set_references(rows, make_references(sums[rows], dispersion, self._settings))

    def _set_references(self, rows: IntArray, references: FloatArray) -> None:
        self._references[rows] = references
        self._evidence.set_references(rows, references)

    def _mark(self, rows: IntArray) -> None:
        """Open the alerts of these streams; what they did lately is no part of what is healthy."""
        self._open[rows] = True
        self._history.drop_waiting(rows)
        self._history.clear(rows[~self._harm[rows]])

    def _start_afresh(self) -> None:
        everything = np.arange(len(self._streams))
        self._evidence.restart(everything)
        self._open[:] = False
