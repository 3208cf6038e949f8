"""Vitals: did status and latency move? Where they did not, the service was up and its answers were wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.rows import numbers
from aright.core.diagnose.wording import number
from aright.core.model.evidence import Step
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.scene import Scene


def vitals(scene: Scene) -> list[Draft]:
    """Return a finding per vital sign that is reported: errors, latency, and fallbacks.

    A fallback is taken when something that the answer needs is not to be had: it is filed under dependencies.
    """
    status = numbers(scene.rows.table, "status")
    errors = np.where(np.isnan(status), np.nan, (status >= 500).astype(np.float64))
    fallback = numbers(scene.rows.table, "fallback")
    latency = numbers(scene.rows.table, "latency_ms")
    found = [
        _share(scene, "Answers with an error status", errors),
        _median(scene, latency),
        _share(scene, "Answers marked as a fallback", fallback, Step.DEPENDENCIES),
    ]
    return [each for each in found if each is not None]


def _sides(
    scene: Scene, value: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    known = np.isfinite(value) & scene.inside
    before, now = value[known & ~scene.rows.now], value[known & scene.rows.now]
    return (before, now) if min(before.size, now.size) >= 20 else None


def _share(scene: Scene, what: str, value: NDArray[np.float64], step: Step = Step.HARM) -> Draft | None:
    sides = _sides(scene, value)
    if sides is None:
        return None
    before, now = float(sides[0].mean()), float(sides[1].mean())
    text = f"{what} {scene.where}: {percent(now)} ({percent(before)} before)."
    return _draft(scene, text, before, now, step)


def _median(scene: Scene, value: NDArray[np.float64]) -> Draft | None:
    sides = _sides(scene, value)
    if sides is None:
        return None
    before, now = float(np.median(sides[0])), float(np.median(sides[1]))
    text = f"Median latency {scene.where}: {number(now)} ms ({number(before)} ms before)."
    return _draft(scene, text, before, now, Step.HARM)


def _draft(scene: Scene, text: str, before: float, now: float, step: Step) -> Draft:
    return Draft(
        step=step,
        text=text,
        start=scene.since,
        end=scene.case.current_span[1],
        query=scene.query,
        before=before,
        now=now,
    )
