"""Judges a shadow: the candidate is given copies of requests, and nobody sees what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.mitigate.canary.parts import Parts
from aright.core.mitigate.canary.refusals import MISSED, WRONGLY_DECLINED
from aright.core.mitigate.canary.units import UnitSet
from aright.core.mitigate.canary.values import SCORE, known, of_outcomes
from aright.core.mitigate.shadow.deciding import Seen, When, decide
from aright.core.mitigate.shadow.differing import Differing
from aright.core.mitigate.shadow.matching import Matching
from aright.core.mitigate.shadow.slim import sides_of, slim
from aright.core.mitigate.shadow.track import Streams, Track
from aright.core.model.times import SECOND
from aright.core.profile.hashing import hash_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from aright.core.mitigate.shadow.matching import Matched
    from aright.core.model.release import Look, Metric, Policy
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

SETTLED: Final = 10 * SECOND
"""How long a copy's answer may come after the one that was shown (µs)."""

MOST_COPIED: Final = 1_000_000
"""Ids of copied answers that are remembered for outcomes that come late."""


_SERVED: Final = ("events:", MISSED, WRONGLY_DECLINED)
"""Metrics that only those who are served can tell of."""


class ShadowJudge:
    """Compares what two versions answered to the same requests.

    Rows are those of predictions. What was shown is the stable version's; a copy's answer has ``arm`` =
    ``shadow``, the candidate's ``version``, and ``pair``: the ``id`` of the answer that was shown (or the
    same ``trace_id``). Where the stable version is run a second time, that answer has ``arm`` =
    ``shadow`` and the stable ``version``: it tells how far it is from itself.

    Args:
        policy: what is watched, and how sure to be.
        stable: the version that serves.
        candidate: the version that is given copies.
        service: whose, where scores have a threshold or labels approve.
        disagreement: share of the answers that may differ beyond the stable version's own noise.
        settled: how long a copy's answer may come after the one that was shown (µs).

    >>> import pyarrow as pa
    >>> from aright.core.model.release import Policy
    >>> rows = pa.table({"id": ["a", "b"], "time": pa.array([1, 2], pa.timestamp("us", tz="UTC")),
    ...     "service": ["s", "s"], "version": ["8", "9"], "arm": ["stable", "shadow"], "pair": [None, "a"],
    ...     "status": [200, 200]})
    >>> judge = ShadowJudge(Policy(shadow_pairs=1), stable="8", candidate="9")
    >>> judge.add(rows)
    >>> judge.look(at=60_000_000, since=0).call.value
    'go'
    """

    def __init__(
        self,
        policy: Policy,
        *,
        stable: str,
        candidate: str,
        service: Service | None = None,
        disagreement: float = 0.02,
        settled: Micros = SETTLED,
    ) -> None:
        self._policy = policy
        self._versions = (stable, candidate)
        self._service = service
        self._settled = settled
        self._parts = Parts(policy.segments)
        self._tracks = {
            metric.name: Track(metric, self._parts.width, _margin(metric, policy))
            for metric in policy.metrics
            if known(metric.name) and metric.name != SCORE and not metric.name.startswith(_SERVED)
        }
        threshold = service.threshold if service is not None else None
        self._differing = Differing(self._parts.width, disagreement, threshold)
        self._fresh = Matching()
        self._late = {name: Matching(patient=True) for name in self._tracks if of_outcomes(name)}
        self._counted = {name: UnitSet() for name in self._late}
        self._copied: dict[str, None] = {}
        self._seen = Seen()

    def add(self, rows: pa.Table, *, metrics: Sequence[str] | None = None) -> None:
        """Take rows that are new; ``metrics`` names those alone whose outcomes came for known rows."""
        sides, strange = sides_of(rows, *self._versions)
        if metrics is None:
            now = [name for name in self._tracks if not of_outcomes(name)]
            self._fresh.add(self._slim(rows, sides, now, answers=True))
            self._seen.strange += strange
            self._seen.copies += int((sides > 0).sum()) + strange
            self._seen.shown += int((sides == 0).sum())
        for name in self._late if metrics is None else self._late.keys() & set(metrics):
            told = self._slim(rows, sides, [name], answers=False)
            fresh = ~self._counted[name].has(hash_texts(told["id"]))
            self._late[name].add(told.filter(fresh & np.isfinite(np.asarray(told[name]))))

    def look(
        self,
        *,
        at: Micros,
        share: float = 0.0,
        step: int = 0,  # noqa: ARG002 - canaries have steps, and both are asked alike
        since: Micros = 0,
    ) -> Look:
        """Compare what has come, and say what it comes to.

        Args:
            at: now; rows of the last ``settled`` before it go on waiting (µs, UTC).
            share: what the candidate serves; nothing while it is a shadow.
            step: of the policy; there is but one for shadows.
            since: when the shadow began (µs, UTC).
        """
        before = at - self._settled
        found = self._fresh.take(before)
        if found is not None:
            self._count(found)
        for name, matching in self._late.items():
            told = matching.take(before, set(self._copied))
            if told is not None:
                self._tracks[name].count(told, self._streams(told))
                self._counted[name].add(np.unique(hash_texts(told.stable["id"])))
        look = decide(
            self._policy,
            self._seen,
            self._parts,
            list(self._tracks.values()),
            self._differing,
            when=When(at, since, share),
        )
        self._seen.end()
        return look

    def _count(self, found: Matched) -> None:
        self._copied |= dict.fromkeys(found.stable["id"].to_pylist())
        while len(self._copied) > MOST_COPIED:
            self._copied.pop(next(iter(self._copied)))
        streams = self._streams(found)
        for name, track in self._tracks.items():
            if name not in self._late:
                track.count(found, streams)
        self._differing.count(found, streams)
        self._seen.pairs += found.stable.num_rows
        self._seen.new_pairs += found.stable.num_rows
        codes = [attribute.codes(found.stable) for attribute in self._parts.attributes]
        if self._parts.grow(codes):
            for track in self._tracks.values():
                track.extend(self._parts.width)
            self._differing.extend(self._parts.width)

    def _streams(self, found: Matched) -> Streams:
        sides = [
            [each.streams_of(each.codes(rows)) for each in self._parts.attributes]
            for rows in (found.stable, found.others)
        ]
        return Streams(*sides)

    def _slim(
        self, rows: pa.Table, sides: npt.NDArray[np.int64], metrics: Sequence[str], *, answers: bool
    ) -> pa.Table:
        return slim(
            rows,
            sides,
            metrics,
            attributes=self._policy.segments,
            service=self._service,
            answers=answers,
        )


def _margin(metric: Metric, policy: Policy) -> float:
    if metric.margin is not None:
        return metric.margin
    return policy.step_margins[-1] if policy.step_margins else 0.0
