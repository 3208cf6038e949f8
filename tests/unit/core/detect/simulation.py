"""Streams of windows as a service would give them, healthy or broken, from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aright.core.detect import Detector, Settings
from aright.core.model.signal import ALL, Bad, Segment, SignalKind, SignalPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.alert import Alert

WIDTH = 30_000_000
WINDOWS_A_MONTH = 86_400
Floats = npt.NDArray[np.float64]

SEGMENTS = [Segment(f"a{attribute}", str(value)) for attribute in range(7) for value in range(10)]
SPECS = (("quality:click", 0.25), ("events:complaint", 0.003), ("error_share", 0.02))
"""70 segments and all traffic, 35 units in each of the former: a tenth of a complaint in a window."""


def kind_of(name: str) -> SignalKind:
    family = name.partition(":")[0]
    bad = {"quality": Bad.DOWN, "events": Bad.UP, "error_share": Bad.UP, "feature": Bad.BOTH}.get(family)
    if bad is None:
        raise LookupError(name)
    return SignalKind(name=name, title=name, bad=bad, harm=bad is not Bad.BOTH)


def detector(**settings: float) -> Detector:
    return Detector(Settings(kind_of=kind_of, **settings))  # type: ignore[arg-type]  # numbers of any kind


def point(name: str, window: int, n: float, total: float, segment: Segment = ALL) -> SignalPoint:
    return SignalPoint(
        service="s", name=name, start=window * WIDTH, width=WIDTH, n=n, total=total, segment=segment
    )


def update(judge: Detector, window: int, points: list[SignalPoint], *, quiet: bool = False) -> list[Alert]:
    return judge.update(points, now=(window + 1) * WIDTH, quiet=quiet)


def healthy(seed: int, windows: int, mode: str) -> Iterator[list[SignalPoint]]:
    """Yield windows without any fault.

    ``independent``: coins. ``bursts``: each segment's rate swings by itself (over-dispersion 3). ``some``:
    only a tenth of the segments do. ``swing``: all rates swing slowly together.
    """
    rng, size, swing = np.random.default_rng(seed), len(SEGMENTS), 0.0
    restless = np.arange(size) % 10 == 0 if mode == "some" else np.ones(size, dtype=np.bool_)
    for window in range(windows):
        swing = 0.98 * swing + 0.02 * rng.normal() if mode == "swing" else 0.0
        points = []
        for name, usual in SPECS:
            share = usual / (usual + (1 - usual) * np.exp(-swing))
            counts, everyone = rng.poisson(35, size) + 1, int(rng.poisson(350)) + 1
            shares = np.full(size, share)
            if mode in {"bursts", "some"}:
                shares = np.where(restless, rng.beta(share * 16, (1 - share) * 16, size), share)
            hits = rng.binomial(counts, shares)
            points.append(point(name, window, everyone, rng.binomial(everyone, share)))
            points += [
                point(name, window, float(n), float(x), segment)
                for n, x, segment in zip(counts, hits, SEGMENTS, strict=True)
            ]
        yield points


ATTRIBUTES = {
    "shard": (0.3, 0.25, 0.25, 0.2),
    "near": (0.5, 0.5),
    "region": (0.3, 0.3, 0.4),
    "client": (0.2,) * 5,
    "plan": (0.5, 0.5),
    "cohort": (0.1,) * 10,
    "device": (0.7, 0.3),
    "quarter": (0.25,) * 4,
    "channel": (0.6, 0.2, 0.1, 0.1),
    "theme": (0.4, 0.4, 0.2),
}


class Shop:
    """1,400 users, 12 requests a second; a fault hits the 30 % of one segment."""

    def __init__(self, seed: int, *, onset: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._onset = onset
        self._users = {
            name: self._rng.choice(len(shares), 1_400, p=shares) for name, shares in ATTRIBUTES.items()
        }
        self._hit = self._users["shard"] == 0
        follows = self._rng.random(1_400) < 0.7
        self._users["near"] = np.where(follows, self._hit, self._users["near"])
        self._taste = self._rng.beta(5, 15, 1_400)

    def window(self, number: int) -> list[SignalPoint]:
        rng, broken = self._rng, number >= self._onset
        asked = rng.integers(0, 1_400, rng.poisson(360))
        hit = self._hit & broken
        clicked = rng.random(len(asked)) < self._taste[asked] * np.where(hit[asked], 0.12 / 0.25, 1.0)
        users, which = np.unique(asked, return_inverse=True)
        quality = np.bincount(which, clicked) / np.bincount(which)
        complained = rng.random(len(users)) < np.where(hit[users], 0.03, 0.003)
        values = {
            "quality:click": quality,
            "events:complaint": complained.astype(np.float64),
            "error_share": np.zeros(len(users)),
        }
        points = []
        for name, of in values.items():
            points.append(point(name, number, float(len(users)), float(of.sum())))
            for attribute, codes in self._users.items():
                n, total = np.bincount(codes[users]), np.bincount(codes[users], of)
                points += [
                    point(name, number, float(n[code]), float(total[code]), Segment(attribute, str(code)))
                    for code in np.flatnonzero(n)
                ]
        return points


def windows_until_alarm(seed: int, *, healthy_windows: int, most: int) -> int | None:
    """Return how many windows after its onset the shop's fault alarms; ``None``: never, ≤ 0: too early."""
    shop, judge = Shop(seed, onset=healthy_windows), detector()
    for number in range(healthy_windows + most):
        if update(judge, number, shop.window(number)):
            return number - healthy_windows + 1
    return None
