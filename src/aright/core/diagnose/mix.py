"""Traffic mix: did the loss rise because more of those came who always lose more?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.likelihood import gain, shift, sigmoid
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.probability import percent, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.losses import Loss
    from aright.core.diagnose.rows import Rows
    from aright.core.diagnose.scene import Scene

MOSTLY: Final = 0.5
"""Share of a rise from which on it is the mix's doing."""


def traffic_mix(scene: Scene) -> tuple[Hypothesis, Draft]:
    """Return the hypothesis that the mix did it, and what speaks for or against it."""
    rise, expected = _rise(scene.rows, scene.told)
    share = min(max(expected / rise, 0.0), 1.0) if rise > 0.0 else 0.0
    flat = sum(_flat_gain(scene.rows, loss) for loss in scene.losses if not loss.free)
    explained = max(flat - scene.finding.alike, 0.0) if share > 0.0 else 0.0
    hypothesis = Hypothesis(
        kind=CauseKind.TRAFFIC_MIX,
        subject="traffic mix",
        title="More of the traffic comes from where the loss was always higher",
        gain=min(explained, share * flat),
        prior=0.0,
        seen=share >= MOSTLY,
        explained=share,
        low=share,
        contrasted=True,
        onset=scene.since,
    )
    text = (
        f"The loss of all traffic ({scene.told.title}) rose by {points(rise)}; by the mix of attributes "
        f"alone it would have risen by {points(expected)} ({percent(share)} of it)."
    )
    against = share < MOSTLY
    draft = Draft(
        step=Step.SCOPE,
        text=text,
        supports=() if against else (hypothesis.token,),
        opposes=(hypothesis.token,) if against else (),
        weight=0.0 if against else hypothesis.gain,
        start=scene.since,
        end=scene.case.current_span[1],
        before=0.0,
        now=expected,
    )
    return hypothesis, draft


def shifted(rows: Rows, losses: Sequence[Loss], price: float) -> bool:
    """Return whether the loss of all traffic rose beyond doubt, and mostly because its mix moved.

    Args:
        rows: the reference and the rows since the onset.
        losses: of these rows.
        price: nats that a finding needs.
    """
    for loss in losses:
        rise, expected = _rise(rows, loss)
        if not loss.free and rise > 0.0 and expected >= MOSTLY * rise and _flat_gain(rows, loss) > price:
            return True
    return False


def _rise(rows: Rows, loss: Loss) -> tuple[float, float]:
    """Return by how much the mean loss moved, and by how much it should have for the mix alone."""
    sides = [(side & (loss.weight > 0.0)) for side in (rows.now, ~rows.now)]
    expected = sigmoid(loss.odds)
    (now, now_expected), (before, before_expected) = (
        (
            float(np.average(loss.value[side], weights=loss.weight[side])),
            float(np.average(expected[side], weights=loss.weight[side])),
        )
        if bool(side.any())
        else (0.0, 0.0)
        for side in sides
    )
    return now - before, now_expected - before_expected


def _flat_gain(rows: Rows, loss: Loss) -> float:
    """Return the gain (nats) of a rise of the mean loss, whatever the mix."""
    now, before = rows.now & (loss.weight > 0.0), ~rows.now & (loss.weight > 0.0)
    weights = [float(loss.weight[side].sum()) for side in (now, before)]
    if min(weights) <= 0.0:
        return 0.0
    rate = float(loss.weight[before] @ loss.value[before] + 0.5) / (weights[1] + 1.0)
    odds = np.array([np.log(rate / (1.0 - rate))])
    count, total = np.array([[weights[0]]]), np.array([float(loss.weight[now] @ loss.value[now])])
    return float(gain(count, total, odds, shift(count, total, odds))[0]) / (
        loss.spread * (1.0 + weights[0] / weights[1])
    )
