"""The belts: what goes by which camera when, who looks at the grades afterwards, and what they find."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import numpy.typing as npt

from aright.drill.failure import AnswerError
from aright.drill.moment import TIME_HEADER
from aright.drill.times import MINUTE, SECOND
from aright.drill.vision import names
from aright.drill.vision.cameras import take
from aright.drill.vision.fleet import make_fleet
from aright.drill.vision.messages import Grade, Review, Shot
from aright.drill.vision.pictures import draw
from aright.drill.wire.client import Reply, render

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aright.drill.vision.fleet import Camera
    from aright.drill.vision.plan import Plan

A_MINUTE: Final = 150
"""Pictures taken in a minute."""

SPIKE: Final = 1.8
"""How many times as many are taken while there is more on the belts."""

REVIEWED: Final = 0.8
"""Share of grades that people look at."""

MISTAKEN: Final = 0.01
"""Share of these in which they err."""


@dataclass(frozen=True, slots=True)
class Passing:
    """What goes by the cameras, in order of time; each attribute has one entry per picture.

    Attributes:
        time: µs, UTC.
        camera: index into the fleet.
        kind: index into ``names.KINDS``.
        reviewed_at: when somebody looks at its grade (µs, UTC); 0 for never.
        mistaken: whether they err.
    """

    time: npt.NDArray[np.int64]
    camera: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    reviewed_at: npt.NDArray[np.int64]
    mistaken: npt.NDArray[np.bool_]


class Belts:
    """Plays the cameras and the reviewers of one drill, and keeps the truth.

    Args:
        plan: of the drill.
        minutes: how long the belts run.

    Attributes:
        asked: pictures taken so far.
    """

    def __init__(self, plan: Plan, minutes: int) -> None:
        self._plan = plan
        self._fleet = make_fleet(plan)
        self._passing = make_passing(plan, len(self._fleet), minutes)
        spoiling = [each.updated and each.make == plan.make for each in self._fleet]
        self._hit = np.array(spoiling)[self._passing.camera]
        self._right = np.full(len(self._passing.time), np.nan)
        self._coming: list[tuple[int, int, Review]] = []
        self._grades = msgspec.json.Decoder(Grade)
        self.asked = 0

    def shots(self, start: int, end: int, raw: Collection[str]) -> tuple[range, list[bytes]]:
        """Return the pictures taken from ``start`` up to ``end`` (µs): places and requests.

        Cameras whose firmware is among ``raw`` send what they see as it is.
        """
        low, high = np.searchsorted(self._passing.time, (start, end))
        rows = range(int(low), int(high))
        self.asked += len(rows)
        return rows, [self._render(row, raw) for row in rows]

    def read(self, rows: range, replies: Sequence[Reply]) -> None:
        """Read the grades and have people look at some; raises ``AnswerError`` for any but 200."""
        for row, reply in zip(rows, replies, strict=True):
            if reply.status != 200:
                raise AnswerError(f"the grading answered {reply.status}: {reply.body[:200]!r}; see its log")
            truth = names.KINDS[self._passing.kind[row]]
            right = self._grades.decode(reply.body).kind == truth
            self._right[row] = right
            self._review(row, truth, right=right)

    def reviews(self, until: int) -> list[Review]:
        """Return what reviewers found before ``until`` (µs), in order of time; each is returned once."""
        told = []
        while self._coming and self._coming[0][0] < until:
            told.append(heapq.heappop(self._coming)[2])
        return told

    def accuracy(self, start: int, end: int, *, hit: bool) -> float:
        """Return the share of right grades from ``start`` up to ``end`` (µs); NaN for none.

        With ``hit`` only of the cameras that are given the firmware that may spoil pictures, else of all.
        """
        low, high = np.searchsorted(self._passing.time, (start, end))
        known = self._right[low:high][self._hit[low:high] | (not hit)]
        known = known[~np.isnan(known)]
        return float(known.mean()) if known.size else float("nan")

    def _review(self, row: int, truth: str, *, right: bool) -> None:
        at = int(self._passing.reviewed_at[row])
        if at:
            correct = float(right != self._passing.mistaken[row])
            heapq.heappush(self._coming, (at, row, Review(at, self._id(row), correct, truth)))

    def _id(self, row: int) -> str:
        return f"v{self._plan.seed}-{row:06d}"

    def _render(self, row: int, raw: Collection[str]) -> bytes:
        at = int(self._passing.time[row])
        camera = self._fleet[self._passing.camera[row]]
        shot = Shot(
            id=self._id(row),
            camera=camera.name,
            house=camera.house,
            belt=camera.belt,
            lamp=camera.lamp,
            crew=names.CREWS[row % len(names.CREWS)],
            image=self._taken(row, camera, at, raw),
        )
        return render("POST", names.GRADE, msgspec.json.encode(shot), {TIME_HEADER: str(at)})

    def _taken(self, row: int, camera: Camera, at: int, raw: Collection[str]) -> bytes:
        plan = self._plan
        seen = draw(names.KINDS[self._passing.kind[row]], np.random.default_rng([plan.seed, 36, row]))
        firmware = camera.firmware(plan, at)
        spoilt = plan.spoils and self._hit[row] and at >= plan.onset and firmware not in raw
        return take(seen, camera, firmware, plan.way if spoilt else None)


def make_passing(plan: Plan, cameras: int, minutes: int) -> Passing:
    """Return what goes by in a seed's first ``minutes``; during the plan's spike it is more."""
    rng = np.random.default_rng([plan.seed, 35])
    at = np.sort(rng.uniform(0, minutes * MINUTE, rng.poisson(1.1 * SPIKE * A_MINUTE * minutes)))
    time = plan.start + at.astype(np.int64)
    sway = 1 + 0.1 * np.sin(2 * np.pi * at / (13 * MINUTE) + rng.uniform(0, 6.3))
    first, last = plan.spike
    rate = sway * np.where((time >= first) & (time < last), SPIKE, 1.0)
    time = time[rng.random(len(time)) < rate / (1.1 * SPIKE)]
    count = len(time)
    after = ((10 + 45 * rng.random(count) ** 2) * SECOND).astype(np.int64)
    return Passing(
        time=time,
        camera=rng.integers(cameras, size=count),
        kind=rng.integers(len(names.KINDS), size=count),
        reviewed_at=np.where(rng.random(count) < REVIEWED, time + after, 0),
        mistaken=rng.random(count) < MISTAKEN,
    )
