"""The judge of a canary: rows in, looks out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.canary import family
from aright.core.mitigate.canary.deciding import decide
from aright.core.mitigate.canary.interval import (
    CANARY,
    Rows,
    all_groups,
    answered,
    joined,
    split_by_request,
    times_of,
    units_of,
)
from aright.core.mitigate.canary.late import Late
from aright.core.mitigate.canary.parts import SMALLEST_SHARE, Parts
from aright.core.mitigate.canary.sample_ratio import SampleRatio
from aright.core.mitigate.canary.saying import mismatch
from aright.core.mitigate.canary.standing import Standing
from aright.core.mitigate.canary.tracks import Served, Track
from aright.core.mitigate.canary.units import Sightings, UnitSet
from aright.core.mitigate.canary.values import known, of_outcomes, values
from aright.core.model.signal import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.mitigate.canary.interval import Answered, Groups
    from aright.core.mitigate.canary.standing import Needed
    from aright.core.model.release import Judged, Look, Policy
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

MOST_JUDGED: Final = 256
"""Metrics and parts that a look tells of."""

_ROLL_BACK: Final = "roll_back"


class Judge:
    """Counts answers of both versions, and says at each look what they come to.

    It knows nothing but the rows and the looks it was given, so a new one that is given the same comes to the
    same. Rows may come in any order and in any portions between two looks.

    Args:
        policy: how releases are let through.
        stable: the version that serves.
        candidate: the version on trial.
        service: what decides which answers decline; labels that customarily approve do, if left out.

    Raises:
        ValueError: if the policy names a metric that is not known, or margins that cannot be ruled out.

    >>> import pyarrow as pa
    >>> from aright.core.model.release import Policy
    >>> judge = Judge(Policy(), stable="8", candidate="9")
    >>> judge.add(pa.table({"id": [str(n) for n in range(2000)], "time": list(range(2000)),
    ...     "version": ["9" if n % 20 == 0 else "8" for n in range(2000)],
    ...     "status": [500 if n % 40 == 0 else 200 for n in range(2000)]}))
    >>> look = judge.look(at=60_000_000, share=0.05, step=1, since=0)
    >>> look.call, look.reason[:68]
    (<Call.ROLL_BACK: 'roll_back'>, 'Error share: 50 of 100 users failed on 9, 0 of 1,900 on 8: at least ')
    """

    def __init__(
        self, policy: Policy, *, stable: str, candidate: str, service: Service | None = None
    ) -> None:
        _check(policy)
        self._policy = policy
        self._versions = (stable, candidate)
        self._service = service
        self._parts = Parts(policy.segments)
        points = family.points(policy)
        self._tracks = [Track(metric, self._parts.width, points) for metric in policy.metrics]
        late = [track for track in self._tracks if of_outcomes(track.metric.name)]
        self._late = Late(late, self._parts.width)
        self._seen = Sightings()
        self._met = UnitSet()
        self._served = Served()
        self._pending: list[Rows] = []
        self._answers: list[tuple[npt.NDArray[np.int64], Answered]] = []
        self._ratio: tuple[Micros, SampleRatio] = (-1, SampleRatio(0.0))
        self._began: Micros | None = None
        self._by_request = False

    def add(self, rows: pa.Table, *, metrics: Sequence[str] | None = None) -> None:
        """Count rows that are new since the last call.

        Args:
            rows: answers of both versions, with ``outcome.KIND`` where outcomes are known.
            metrics: ``None`` for new answers, counted in every metric that needs no outcome; else the metrics
                whose outcomes came now, in which alone they count.
        """
        if rows.num_rows == 0:
            return
        names = self._names(late=metrics is not None)
        wanted = [name for name in names if metrics is None or name in metrics]
        told = answered(rows, stable=self._versions[0], candidate=self._versions[1])
        kept = Rows(
            unit=units_of(rows),
            time=times_of(rows),
            side=told.side,
            codes=tuple(attribute.codes(rows) for attribute in self._parts.attributes),
            values={name: values(rows, name, self._service) for name in wanted},
        ).where(told.on_trial & (told.side >= 0))
        if metrics is not None:
            self._late.add(kept)
            return
        self._answers.append((times_of(rows), told))
        if len(kept):
            self._pending.append(kept)

    def look(self, *, at: Micros, share: float, step: int, since: Micros) -> Look:
        """Close the interval that ends now, and say what all that was counted comes to.

        Args:
            at: now (µs, UTC).
            share: what share of the units the canary was to serve in the interval.
            step: which of the policy's steps it is, from 0.
            since: when it came to this step (µs, UTC).
        """
        rows = self._close(at, share, since)
        strange = self._strange_since(since + self._policy.look_every, share)
        return decide(self._standing(at, share, step, since, rows, strange))

    def _strange_since(self, settled: Micros, share: float) -> tuple[int, int]:
        """Return how many answers a version gave that should not have, and how many there were."""
        strange = answers = 0
        for times, told in self._answers:
            wrong = told.strange | (told.on_trial & (told.side == CANARY)) if share <= 0 else told.strange
            strange += int((wrong & (times >= settled)).sum())
            answers += int(told.on_trial.sum())
        self._answers = []
        return strange, answers

    def _names(self, *, late: bool) -> list[str]:
        names = [track.metric.name for track in self._tracks]
        return [name for name in names if of_outcomes(name) == late]

    def _close(self, at: Micros, share: float, since: Micros) -> tuple[int, int]:
        """Count the interval's rows, and return how many there were of each version."""
        if not self._pending:
            self._served.close(at, at, np.zeros((2, self._parts.width)))
            self._late.close(self._served, self._parts)
            return 0, 0
        rows = joined(self._pending)
        self._pending = []
        start = int(rows.time.min())
        self._began = start if self._began is None else min(self._began, start)
        everyone, parts = all_groups(rows, self._parts.attributes, first_only=self._by_request)
        for track in self._tracks:
            if not of_outcomes(track.metric.name):
                track.answers(rows, everyone, parts, self._parts.width)
        self._served.close(start, at, self._units(everyone, parts))
        self._late.close(self._served, self._parts)
        self._split(rows, everyone, share, since)
        self._by_request = split_by_request(rows, everyone)
        self._grow(rows, everyone)
        return int((rows.side == 0).sum()), int((rows.side == 1).sum())

    def _units(self, everyone: Groups, parts: Sequence[Groups]) -> npt.NDArray[np.float64]:
        """Count the units seen, and return those of this interval, shape (2, streams)."""
        width = self._parts.width
        units = np.zeros((2, width))
        for groups in (everyone, *parts):
            self._seen.count(groups.unit, groups.stream, groups.side, width)
            np.add.at(units, (groups.side, groups.stream), 1.0)
        return units

    def _split(self, rows: Rows, everyone: Groups, share: float, since: Micros) -> None:
        """Count on which side new units are, once the step's share has come into effect."""
        if self._ratio[0] != since or self._ratio[1].share != share:
            self._ratio = (since, SampleRatio(share))
        new = ~self._met.has(everyone.unit) & self._met.sampled(everyone.unit)
        self._met.add(everyone.unit[new])
        settled = rows.time[everyone.order][everyone.starts] >= since + self._policy.look_every
        there = new & settled
        self._ratio[1].add(float(there.sum()), float(everyone.side[there].sum()))

    def _grow(self, rows: Rows, everyone: Groups) -> None:
        """Take up parts that have become large enough, for the next interval."""
        first = everyone.order[everyone.starts]
        if self._parts.grow([codes[first] for codes in rows.codes]):
            for track in self._tracks:
                track.extend(self._parts.width)
            self._late.extend(self._parts.width)

    def _standing(
        self,
        at: Micros,
        share: float,
        step: int,
        since: Micros,
        rows: tuple[int, int],
        strange: tuple[int, int],
    ) -> Standing:
        policy = self._policy
        weights = self._parts.weights()
        rolling = [track for track in self._tracks if track.metric.on_harm == _ROLL_BACK]
        holding = [track for track in self._tracks if track.metric.on_harm != _ROLL_BACK]
        known, needed = self._known(step)
        return Standing(
            policy=policy,
            stable=self._versions[0],
            candidate=self._versions[1],
            at=at,
            since=since,
            began=since if self._began is None else self._began,
            share=share,
            step=step,
            judged=_worst_first([one for ones in known.values() for one in ones]),
            harm=float(family.together([family.harm(track) for track in rolling], weights)),
            shifted=float(family.together([family.harm(track) for track in holding], weights)),
            culprits=_heaviest(rolling, known, weights),
            movers=_heaviest(holding, known, weights),
            needed=tuple(sorted(needed, key=lambda one: one.log_e)),
            rows=rows,
            strange=strange[0],
            answers=strange[1],
            mismatch=self._mismatch(),
            by_request=self._by_request,
        )

    def _known(self, step: int) -> tuple[dict[str, list[Judged]], list[Needed]]:
        """Return what is known by metric, and what of it must be ruled out before this step is left."""
        policy, segments, seen = self._policy, self._parts.segments(), self._all_seen()
        known: dict[str, list[Judged]] = {}
        needed: list[Needed] = []
        for track in self._tracks:
            margin = family.margin_of(policy, track.metric, step)
            units = self._late.units(track.metric.name, seen) if of_outcomes(track.metric.name) else seen
            ones = family.judged(track, segments, units, policy, margin=margin)
            known[track.metric.name] = ones
            if margin > 0:
                last = step >= len(policy.steps) - 1
                needed += [family.needed(track, ones[at], at) for at in self._must(seen, last=last)]
        return known, needed

    def _must(self, seen: npt.NDArray[np.float64], *, last: bool) -> list[int]:
        """Return the streams that must be known: all, and at last each part that is large enough."""
        if not last:
            return [0]
        large = seen.sum(axis=0) >= SMALLEST_SHARE * seen[:, 0].sum()
        weights = self._parts.weights()
        return [at for at in range(self._parts.width) if at == 0 or (large[at] and weights[at] > 0)]

    def _all_seen(self) -> npt.NDArray[np.float64]:
        counts = self._seen.counts
        return np.pad(counts, ((0, 0), (0, self._parts.width - counts.shape[1])))

    def _mismatch(self) -> str:
        ratio = self._ratio[1]
        if ratio.refuted:
            return mismatch(ratio.share, ratio.canary, ratio.units)
        return self._late.mismatch(self._all_seen())


def _heaviest(
    tracks: Sequence[Track], known: dict[str, list[Judged]], weights: npt.NDArray[np.float64]
) -> tuple[Judged, ...]:
    """Return the metrics and parts that speak for harm, by what their bets have won."""
    won = [
        (one.harm + float(np.log(weight)), one)
        for track in tracks
        for one, weight in zip(known[track.metric.name], weights, strict=True)
        if weight > 0
    ]
    ranked = sorted(won, key=lambda entry: -entry[0])
    return tuple(one for _, one in ranked[:1] + [entry for entry in ranked[1:] if entry[1].low >= 1])


def _worst_first(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return what is known, without parts that nobody was in."""
    there = [one for one in judged if one.segment == ALL or any(one.units)]
    return tuple(sorted(there, key=_badness)[:MOST_JUDGED])


def _badness(one: Judged) -> tuple[float, float, str, str]:
    return -one.harm, one.fit, one.metric, str(one.segment)


def _check(policy: Policy) -> None:
    strange = [metric.name for metric in policy.metrics if not known(metric.name)]
    if strange:
        raise ValueError(
            f"metric {strange[0]!r} is none that a canary can be judged by: use error_share, fallback_share, "
            "slower:MS, quality:KIND, events:KIND, declined or score"
        )
    own = [metric.margin for metric in policy.metrics if metric.margin]
    margins = [*policy.step_margins, policy.segment_margin, *own]
    if len(policy.steps) != len(policy.step_margins) or not policy.steps:
        raise ValueError("a policy needs one margin for each step, and at least one step")
    if min(margins) <= 1:
        raise ValueError(f"a margin of {min(margins):g} can never be ruled out for an equal: use one above 1")
