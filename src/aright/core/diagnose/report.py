"""The scope as people read it: shares with intervals, rates inside and outside, one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec.structs import replace

from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.scan import mask_of
from aright.core.diagnose.scene import filter_of, named
from aright.core.diagnose.wording import listed, number
from aright.core.model.evidence import Further, Reach, Scope, Step
from aright.core.model.probability import percent, points
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.losses import Loss
    from aright.core.diagnose.rows import Rows
    from aright.core.diagnose.scan import Part
    from aright.core.diagnose.scene import Scene

Z: Final = 1.96


def scope_of(scene: Scene) -> Scope:
    """Return who is hit."""
    rows, inside, finding = scene.rows, scene.inside, scene.finding
    share, low, high = loss_share(rows, scene.sharp, inside)
    outside = ~inside
    for each in finding.others:
        outside &= ~mask_of(rows, each)
    hit = len(np.unique(rows.unit[rows.now & inside]))
    served = len(np.unique(rows.unit[rows.now]))
    rates = {
        "inside_before": _rate(scene.told, ~rows.now & inside),
        "inside_now": _rate(scene.told, rows.now & inside),
        "outside_before": _rate(scene.told, ~rows.now & outside),
        "outside_now": _rate(scene.told, rows.now & outside),
    }
    traffic = hit / max(served, 1)
    return Scope(
        reach=finding.reach,
        sentence=_sentence(scene, rates, traffic, (share, low, high)),
        segment=segment_of(rows, finding.part),
        filter=scene.filter,
        share_of_traffic=traffic,
        share_of_loss=share,
        loss_low=low,
        loss_high=high,
        units_hit=hit * rows.every,
        loss=scene.told.name,
        units=rows.counted,
        others=tuple(_further(scene, each, served) for each in finding.others),
        **rates,
    )


def _further(scene: Scene, part: Part, served: int) -> Further:
    rows, mask = scene.rows, mask_of(scene.rows, part)
    share, low, high = loss_share(rows, scene.sharp, mask)
    hit = len(np.unique(rows.unit[rows.now & mask]))
    return Further(
        segment=segment_of(rows, part),
        filter=filter_of(rows, part),
        share_of_traffic=hit / max(served, 1),
        share_of_loss=share,
        loss_low=low,
        loss_high=high,
        before=_rate(scene.told, ~rows.now & mask),
        now=_rate(scene.told, rows.now & mask),
        units_hit=hit * rows.every,
    )


def segment_of(rows: Rows, part: Part) -> Segment:
    """Return a part as a segment; a pair is joined by `` & ``, and its filter alone selects its rows."""
    if not part:
        return ALL
    return Segment(
        " & ".join(rows.attributes[at].name for at, _ in part),
        " & ".join(rows.attributes[at].values[code] for at, code in part),
    )


def loss_share(rows: Rows, loss: Loss, inside: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the share of the excess loss inside a part, with its 95 % interval after Fieller (1954).

    The interval holds every share s for which excess inside × (1 − s) = excess outside × s is not refuted;
    variances are those of the units' sums, the reference's own included.
    """
    if bool(inside.all()):
        return 1.0, 1.0, 1.0
    inner, inner_variance = _excess(rows, loss, inside)
    outer, outer_variance = _excess(rows, loss, ~inside)
    grid = np.linspace(0.0, 1.0, 1001)
    gap = inner * (1.0 - grid) - outer * grid
    variance = inner_variance * (1.0 - grid) ** 2 + outer_variance * grid**2
    held = grid[gap * gap <= Z * Z * variance]
    total = max(inner, 0.0) + max(outer, 0.0)
    share = max(inner, 0.0) / total if total > 0.0 else 0.0
    if held.size == 0:
        return share, share, share
    return share, min(float(held[0]), share), max(float(held[-1]), share)


def _excess(rows: Rows, loss: Loss, part: NDArray[np.bool_]) -> tuple[float, float]:
    """Return a part's excess loss (sum over weighted rows) and its variance."""
    now, before = (part & side & (loss.weight > 0.0) for side in (rows.now, ~rows.now))
    weight = float(loss.weight[now].sum())
    weight_before = float(loss.weight[before].sum())
    if weight <= 0.0:
        return 0.0, 0.02
    if weight_before <= 0.0:  # new, such as a version: what is expected of it is what all others taught
        before = ~rows.now & (loss.weight > 0.0)
        weight_before = float(loss.weight[before].sum())
    usual = float(loss.weight[before] @ loss.residual[before]) / weight_before
    rest = loss.residual[now] - usual
    mean = float(loss.weight[now] @ rest) / weight
    variance = _of_sums(rows.unit[now], loss.weight[now] * (rest - mean))
    before_variance = _of_sums(rows.unit[before], loss.weight[before] * (loss.residual[before] - usual))
    return weight * mean, variance + before_variance * (weight / weight_before) ** 2


def _of_sums(unit: NDArray[np.int64], value: NDArray[np.float64]) -> float:
    _, group = np.unique(unit, return_inverse=True)
    sums = np.bincount(group, weights=value)
    return max(float(sums @ sums), 0.02)


def _rate(loss: Loss, mask: NDArray[np.bool_]) -> float:
    value = loss.value[mask]
    value = value[np.isfinite(value)]
    return float(value.mean()) if value.size else 0.0


def _sentence(
    scene: Scene, rates: dict[str, float], traffic: float, share: tuple[float, float, float]
) -> str:
    title, change = scene.told.title, scene.told.change
    inside = change(rates["inside_before"], rates["inside_now"])
    outside = change(rates["outside_before"], rates["outside_now"])
    if scene.finding.reach is Reach.SEGMENT:
        part = named(scene.rows, scene.finding.part)
        return (
            f"{part} ({percent(traffic)} of {scene.rows.counted}) carries {percent(share[0])} of the loss "
            f"({percent(0.95)} interval {percent(share[1])} to {percent(share[2])}): there the {title} "
            f"{inside}, elsewhere it {outside}{_besides(scene)}."
        )
    if scene.finding.reach is Reach.GLOBAL:
        return f"All traffic is hit: the {title} {inside}, and no part of it stands out."
    if scene.finding.reach is Reach.MIX:
        moved = "No part does worse than before, but those that always do are more of the traffic"
        return f"{moved}: the {title} {inside}."
    return (
        f"Not enough data to say who is hit: the {title} {inside} over {int(scene.rows.now.sum()):,} answers."
    )


def _besides(scene: Scene) -> str:
    """Return the other parts that rose by themselves, to end a sentence with."""
    names = [named(scene.rows, each) for each in scene.finding.others]
    return (
        f"; {listed(names, len(names))} rose by {'itself' if len(names) == 1 else 'themselves'}"
        if names
        else ""
    )


def scope_drafts(scene: Scene) -> list[Draft]:
    """Return the findings on harm and scope."""
    scope = scope_of(scene)
    plain = Draft(
        step=Step.SCOPE, text="", start=scene.since, end=scene.case.current_span[1], query=scene.query
    )
    drafts = [
        replace(
            plain,
            step=Step.HARM,
            text=_harm(scene),
            before=scope.inside_before,
            now=scope.inside_now,
        ),
        replace(plain, text=scope.sentence, weight=scene.finding.gain),
    ]
    if scene.finding.reach is Reach.SEGMENT:
        drafts.append(replace(plain, text=_nothing_left(scene)))
        drafts += [
            replace(plain, text=_also(scene, *each), query=scene.query_of(each[0]))
            for each in zip(scene.finding.others, scope.others, strict=True)
        ]
    elif scene.finding.best is not None:
        best = named(scene.rows, scene.finding.best.part)
        text = (
            f"Of {scene.finding.looked_at:,} parts, {best} stands out most: its weight of evidence is "
            f"{number(scene.finding.best.inside)} with {number(scene.finding.best.price)} off for having "
            f"been picked, that of all traffic alike {number(scene.finding.alike)}."
        )
        drafts.append(replace(plain, text=text))
    return drafts


def _also(scene: Scene, part: Part, told: Further) -> str:
    change = scene.told.change(told.before, told.now)
    return (
        f"{named(scene.rows, part)} ({percent(told.share_of_traffic)} of {scene.rows.counted}) is hit by "
        f"itself: there the {scene.told.title} {change}, {percent(told.share_of_loss)} of the loss."
    )


def _harm(scene: Scene) -> str:
    loss, rows, inside = scene.told, scene.rows, scene.inside
    known = int((np.isfinite(loss.value) & rows.now & inside).sum())
    now, before = (loss.told(_rate(loss, side & inside)) for side in (rows.now, ~rows.now))
    text = f"The {loss.title} {scene.where} is {now} over {known:,} answers, {before} before"
    if scene.onset is None:
        return f"{text}; the moment it moved cannot be told."
    low, high = clock_text(scene.onset.low), clock_text(scene.onset.high)
    between = f" (between {low} and {high})" if low != high else ""
    return f"{text}; it moved at {clock_text(scene.onset.at)} UTC{between}."


def _nothing_left(scene: Scene) -> str:
    """Return what remains outside the segment, and which other parts it explains away."""
    finding, rows = scene.finding, scene.rows
    text = (
        f"Of {finding.looked_at:,} parts of the traffic it fits best: its weight of evidence is "
        f"{number(finding.gain)}, that of all traffic alike {number(finding.alike)}. Without its rows "
    )
    if finding.remaining > 3.0:
        text += f"the best other part still has a weight of evidence of {number(finding.remaining)}"
    else:
        text += "no other part stands out beyond chance"
    if finding.best is not None and finding.best.price < 0.0:
        text += "; an input is out of the ordinary in just these rows, which names it as well"
    if finding.rivals:
        named_rivals = "; ".join(f"{named(rows, each)}" for each in finding.rivals[:3])
        alone = ", ".join(points(_left(scene, each)) for each in finding.rivals[:3])
        text += f" ({named_rivals} moved by themselves; outside the segment their excess is {alone})"
    if finding.twins:
        text += f"; {named(rows, finding.twins[0])} selects the very same rows"
    return text + "."


def _left(scene: Scene, part: Part) -> float:
    """Return the mean excess loss of a part's rows outside the segment."""
    mask = mask_of(scene.rows, part) & scene.rows.now & ~scene.inside
    weight = float(scene.sharp.weight[mask].sum())
    return float(scene.sharp.weight[mask] @ scene.sharp.residual[mask]) / weight if weight > 0.0 else 0.0
