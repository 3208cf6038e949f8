"""Data or model: the paired 2×2 of {old, new model} × {reference, current inputs}, weighed as pairs come.

Two questions are asked: does the *model* (the new version instead of the old one, on the same inputs) cost
quality, and do the *inputs* (those of now instead of the reference)? The loss rose by the sum of both effects
(see ``effects``).

**How sure.** Of each question, an effect is made up with probability .005 at most, looks included: before the
last look an effect is taken only at a quantile of p = .00025 (Haybittle 1971, Peto 1976), which over four
looks spends .001, and at the last look at .004. That an effect is *not* there, when it is small but matters,
is said wrongly with .02 at most, in the same proportions: to accuse is worse than to miss a small part.
Replays stop as soon as both questions are answered.

**What matters.** A version is never exactly as good as the one before, and inputs never are as they were. An
effect matters from half of a *small* effect on (Cohen's d = .2), so from .1 standard deviations of the loss;
from half of the usual loss on, where that is less, for rare losses are no less bad; but never below one
point of a hundred, nor below a tenth of what the loss rose by, since fixing that would change nothing. An
effect is *there* when its lower end is above 0 and its estimate reaches that margin, and *not there* when
its estimate is below and its upper end is below twice the margin: a small effect is ruled out. In between it
is not known.

**Interaction.** A new version may fail only on the new inputs: the old one takes them well, and the new one
takes the old ones well. Both effects then are in one of the four cells, and every split is a convention. Here
it is *data*: the version does what it did when it was accepted, and what changed is what it is given; had the
inputs not changed, nothing would have failed. So when the model's effects on the two sides differ by more
than chance (p = .005) and by the margin, the model is judged on the reference inputs, and the inputs under
the new version. The text says that the old version takes these inputs: rolling back helps all the same. In
all other cases both sides tell of one model effect, and are pooled by how exact they are; unless the loss
rose and neither part is then clear, or the model's effect hardly shows on the reference: that is how an
interaction looks that is cut in half, and what explains both sides best is said (``explaining``).

**Faithful replays.** The version that served an input is replayed on it as well. Where it then loses more or
less than it did when it served, by the margin and beyond chance, what is replayed is not what was served
(inputs stored in part, another preparation), and nothing is concluded. Versions that are not deterministic
pass: their mean loss is the same.

**No new version.** Where the same version served before and now, it cannot be what changed: all of the rise
is the inputs', as long as the version does on them what it did when it served. An older version is replayed
all the same, to tell whether going back to it would help.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.shadow.effects import Effect, loss_of, pooled, worse_by
from aright.core.diagnose.shadow.explaining import CORNER, best_explanation
from aright.core.diagnose.shadow.looks import MOST, look_by_look
from aright.core.diagnose.shadow.pool import Pairs, Pool
from aright.core.model.probability import percent

if TYPE_CHECKING:
    import numpy as np

    from aright.core.diagnose.shadow.looks import Run

EARLY: Final = 0.00025
LAST: Final = 0.004
"""What each look, and the last one, may be wrong by when it says that an effect is there."""

CAUTION: Final = 4.0
"""How much oftener an effect twice the margin may be missed than one is made up."""

DIFFER: Final = 0.005
"""How rarely, if the model's effects on both sides are equal, they are taken to differ (two-sided)."""

FEWEST: Final = 30
"""Stored rows of a side, with a loss, without which nothing is replayed."""

LEAST: Final = 0.01
SMALL: Final = 0.1
HALF: Final = 0.5
TENTH: Final = 0.1
"""What an effect must reach: see above."""

_TOO_FEW: Final = "the inputs replayed are too few for so small an effect"
_UNANSWERED: Final = "too few of the inputs were answered by both versions"


@dataclass(frozen=True, eq=False)
class Weighed:
    """What the pairs say.

    Attributes:
        verdict: ``data`` | ``model`` | ``both`` | ``neither`` | ``unclear``.
        pairs: inputs of reference and now that both versions answered.
        margin: the effect from which on it matters; 0 where nothing could be weighed.
        rise: by how much the loss rose.
        model: effect of the new version; ``None`` where nothing could be weighed.
        inputs: effect of the inputs of now.
        sides: the model's effect on the reference and on current inputs.
        differ: whether these differ by more than chance.
        lacking: what is missing for a verdict; empty where nothing is.
        changed: whether another version serves now than before.
    """

    verdict: str
    pairs: tuple[int, int] = (0, 0)
    margin: float = 0.0
    rise: Effect | None = None
    model: Effect | None = None
    inputs: Effect | None = None
    sides: tuple[Effect, Effect] | None = None
    differ: bool = False
    lacking: str = ""
    changed: bool = True


def weigh(
    reference: Pool,
    current: Pool,
    run: Run,
    *,
    rng: np.random.Generator,
    most: int = MOST,
    changed: bool = True,
) -> Weighed:
    """Return whether model or inputs cost quality.

    Args:
        reference: stored rows of before, with the losses of the version that served them.
        current: those of now.
        run: runs rows on both versions.
        rng: which rows are drawn.
        most: inputs that are replayed at most.
        changed: whether the old version served the reference, rather than the new one.
    """
    for pool, name in ((reference, "of before"), (current, "of now")):
        if len(pool) < FEWEST:
            return Weighed("unclear", lacking=f"only {len(pool)} inputs {name} are stored with their truth")

    def judged(before: Pairs, now: Pairs, last: bool) -> tuple[Weighed, bool]:  # noqa: FBT001 - see Judge
        found = judge(reference, current, before, now, last=last, changed=changed)
        return found, found.verdict != "unclear"

    return look_by_look((reference, current), run, judged, rng=rng, most=most)


def judge(
    reference: Pool, current: Pool, before: Pairs, now: Pairs, *, last: bool = True, changed: bool = True
) -> Weighed:
    """Return what pairs say at one look.

    Args:
        reference: stored rows of before.
        current: stored rows of now.
        before: pairs of the reference.
        now: pairs of now.
        last: whether no further look will be taken.
        changed: whether the old version served the reference, rather than the new one.
    """
    units = int(max(reference.unit.max(), current.unit.max())) + 1
    sides = worse_by(reference, before, units), worse_by(current, now, units)
    if sides[0] is None or sides[1] is None:
        return Weighed("unclear", pairs=(len(before), len(now)), lacking=_UNANSWERED)
    then, rise = sides[0], loss_of(current, units) - loss_of(reference, units)
    margin = margin_of(reference, rise.value)
    differ = _differ(sides[1] - then, margin)
    model = then if differ else pooled(then, sides[1])
    weighed = Weighed(
        "unclear",
        pairs=(len(before), len(now)),
        margin=margin,
        rise=rise,
        model=model,
        inputs=rise - model if changed else rise,
        sides=(then, sides[1]),
        differ=differ,
        changed=changed,
    )
    again = before.old if changed else before.new
    lacking = _unfaithful(reference, Pairs(before.row, reference.loss[before.row], again), units, margin)
    lacking = lacking or _unfaithful(current, Pairs(now.row, current.loss[now.row], now.new), units, margin)
    if lacking:
        return replace(weighed, lacking=lacking)
    p = LAST if last else EARLY
    if changed:
        return _named(weighed, _verdict(weighed, p, last=last), last=last)
    there = is_there(rise, margin, p)
    verdict = "unclear" if there is None else "data" if there else "neither"
    return replace(weighed, verdict=verdict, lacking=_TOO_FEW if there is None else "")


def _named(weighed: Weighed, verdict: str, *, last: bool) -> Weighed:
    """Return what is said in the end, by the best explanation where the loss rose and no part is clear."""
    if weighed.rise is None or weighed.sides is None:  # pragma: no cover - judge gives both
        return weighed
    then, now = weighed.sides
    rose = is_there(weighed.rise, weighed.margin, LAST if last else EARLY)
    if last and rose and verdict in {"neither", "unclear"}:
        verdict = best_explanation(weighed.rise.value, then, now, weighed.margin) or "unclear"
    elif rose and verdict == "neither":
        verdict = "unclear"
    elif verdict in {"model", "both"} and not weighed.differ and then.value < HALF * weighed.margin:
        # seen on the inputs of now alone: is it nearer to being the same on both, or to an interaction?
        gap = now - then
        verdict = CORNER if abs(then.value) / then.error < abs(gap.value) / gap.error else verdict
    if verdict == CORNER:
        weighed = replace(weighed, model=then, inputs=weighed.rise - then, differ=True)
        verdict = "data"
    return replace(weighed, verdict=verdict, lacking=_TOO_FEW if verdict == "unclear" else "")


def _unfaithful(pool: Pool, again: Pairs, units: int, margin: float) -> str:
    """Return why replays do not tell what was served; ``again`` has the loss as served and as replayed."""
    gap = worse_by(pool, again, units)
    if gap is None or abs(gap.value) < margin or gap.low(EARLY) <= 0.0 <= gap.high(EARLY):
        return ""
    lost = pool.loss.mean()
    return (
        f"the version that served them loses {percent(lost + gap.value)} when it is replayed, and lost "
        f"{percent(lost)} when it served: what is replayed is not what it was given then"
    )


def margin_of(reference: Pool, rise: float) -> float:
    """Return the effect from which on it matters.

    >>> import numpy as np
    >>> round(margin_of(Pool(np.arange(100), np.repeat([0.0, 1.0], [90, 10])), 0.05), 3)
    0.03
    """
    usual, spread = float(reference.loss.mean()), float(reference.loss.std())
    return max(min(SMALL * spread, HALF * usual), LEAST, TENTH * rise)


def _differ(gap: Effect, margin: float) -> bool:
    if abs(gap.value) < margin:
        return False
    return gap.low(DIFFER / 2) > 0.0 or gap.high(DIFFER / 2) < 0.0


def is_there(effect: Effect, margin: float, p: float) -> bool | None:
    """Return whether an effect is there; ``None`` where that is not known."""
    if effect.value >= margin and effect.low(p) > 0.0:
        return True
    if effect.value < margin and effect.high(CAUTION * p) < 2.0 * margin:
        return False
    return None


def _verdict(weighed: Weighed, p: float, *, last: bool) -> str:
    """Return the verdict; at the last look one effect is named without waiting for the other."""
    if weighed.model is None or weighed.inputs is None:  # pragma: no cover - judge gives both
        return "unclear"
    model, inputs = (is_there(each, weighed.margin, p) for each in (weighed.model, weighed.inputs))
    if not last and weighed.sides and weighed.sides[0].value < HALF * weighed.margin:
        model = model and None  # if it is seen on the inputs of now alone, that may be an interaction: wait
    if model and inputs:
        return "both"
    if (model is None or inputs is None) and not last:
        return "unclear"
    if model:
        return "model"
    if inputs:
        return "data"
    return "unclear" if model is None or inputs is None else "neither"
