"""Changes that were told of: weighed by when they came and by what they touch, hardly by being recent."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.scene import named
from aright.core.diagnose.wording import shown
from aright.core.model.columns import source_of
from aright.core.model.evidence import CauseKind, Reach, Step
from aright.core.model.times import MINUTE, SECOND, clock_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.scene import Scene
    from aright.core.model.change import Change

MOST: Final = 20
"""Changes looked at, those nearest to the onset."""

TOLERANCE: Final = 15 * SECOND
"""How far an announced time and the rows may disagree."""

MATCHED: Final = 1.0
"""Nats that an announced change adds to the state change seen in the rows."""


def changes(scene: Scene, known: Sequence[Hypothesis]) -> tuple[list[Hypothesis], list[Draft]]:
    """Return all hypotheses (``known``, with what the changes add, and new ones) and a finding per change."""
    hypotheses = list(known)
    drafts: list[Draft] = []
    near = sorted(scene.case.changes, key=lambda each: abs(each.at - scene.since))[:MOST]
    for change in sorted(near, key=lambda each: (each.at, each.key)):
        matched = [at for at, each in enumerate(hypotheses) if _is(change, each, scene)]
        late = _late(scene, change)
        for at in matched:
            if not late:
                hypotheses[at] = _announced(hypotheses[at], change)
        tokens = tuple(hypotheses[at].token for at in matched)
        if not matched and not late and change.service in {"", scene.case.service.key}:
            other = _other(scene, change)
            if other.token not in {each.token for each in hypotheses}:
                hypotheses.append(other)
                tokens = (other.token,)
        drafts.append(_draft(scene, change, tokens, late=late))
    return hypotheses, drafts


def _is(change: Change, hypothesis: Hypothesis, scene: Scene) -> bool:
    """Tell whether a change is the announcement of what a hypothesis saw in the rows."""
    if change.service not in {"", scene.case.service.key}:
        return False
    if hypothesis.kind is CauseKind.MODEL_VERSION:
        return change.after == hypothesis.subject
    if hypothesis.kind is CauseKind.PIPELINE:
        return change.what == hypothesis.subject
    if hypothesis.kind is CauseKind.FEATURE_SOURCE:
        return change.what in {hypothesis.subject, *hypothesis.features, *map(source_of, hypothesis.features)}
    return False


def _late(scene: Scene, change: Change) -> bool:
    """Tell whether a change came after the loss had begun."""
    latest = scene.onset.high if scene.onset else scene.case.current_span[1]
    return change.at > latest + TOLERANCE


def _announced(hypothesis: Hypothesis, change: Change) -> Hypothesis:
    previous = hypothesis.previous
    if hypothesis.kind is CauseKind.MODEL_VERSION and not previous:
        previous = change.before
    return replace(hypothesis, prior=hypothesis.prior + MATCHED, previous=previous)


def _other(scene: Scene, change: Change) -> Hypothesis:
    """Return the hypothesis that a change did it in a way that the rows do not show."""
    what = shown(change.title or f"{change.kind} of {change.what}")
    best = scene.finding.best
    price = max(best.price, 0.0) if scene.finding.reach is Reach.SEGMENT and best else 0.0
    return Hypothesis(
        kind=CauseKind.OTHER_CHANGE,
        subject=change.key,
        title=f"The {shown(change.kind)} change did it: {what}",
        gain=max(scene.finding.gain - (0.0 if _names_segment(scene, change) else price), 0.0),
        prior=timing(max((scene.onset.low if scene.onset else scene.since) - change.at, 0)),
        onset=change.at,
        previous=change.before,
    )


def timing(delay: int) -> float:
    """Return the log prior of a change that came ``delay`` µs before the loss began.

    A minute counts in full, an hour's delay costs no more than a factor of about four: the most recent change
    is innocent nearly as often as any other.

    >>> [round(timing(minutes * MINUTE), 1) for minutes in (0, 1, 10, 60)]
    [0.5, 0.3, -0.3, -0.9]
    """
    return 0.5 - log(1.0 + delay / MINUTE) / 3.0


def _names_segment(scene: Scene, change: Change) -> bool:
    words = {change.what, change.before, change.after}
    return any(scene.rows.attributes[at].values[code] in words for at, code in scene.finding.part)


def _draft(scene: Scene, change: Change, tokens: tuple[str, ...], *, late: bool) -> Draft:
    what = shown(change.title or " ".join(each for each in (change.kind, change.what, change.after) if each))
    text = f"{clock_text(change.at)} UTC: {what}"
    if change.before or change.after:
        text += f" ({shown(change.before) or 'unknown'} → {shown(change.after) or 'unknown'})"
    if late:
        text += " came after the loss had begun, so it did not cause it"
    elif not tokens:
        text += " is no change of this service"
    elif tokens[0].startswith(CauseKind.OTHER_CHANGE.value):
        text += _unseen(scene)
    else:
        text += " announces a change that the answers show"
    return Draft(
        step=Step.CHANGES,
        text=text + ".",
        supports=() if late else tokens,
        opposes=tokens if late else (),
        weight=MATCHED if tokens and not late else 0.0,
        start=change.at,
        end=change.at,
        rows="changes",
        service=change.service,
    )


def _unseen(scene: Scene) -> str:
    text = " came before the loss, but nothing in the answers ties the loss to it"
    if scene.finding.reach is Reach.SEGMENT:
        text += f", and it does not name {named(scene.rows, scene.finding.part)}"
    return text
