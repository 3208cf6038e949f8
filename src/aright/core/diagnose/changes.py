"""Changes that were told of: weighed by when they came and by what they touch, hardly by being recent."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.mechanism.fault import is_report
from aright.core.diagnose.mechanism.hypotheses import hypothesis_of, is_suspect, shared, title_of, told
from aright.core.diagnose.scene import named
from aright.core.diagnose.wording import shown
from aright.core.model.columns import source_of
from aright.core.model.evidence import CauseKind, Reach, Step
from aright.core.model.times import MINUTE, SECOND, clock_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.diagnose.case import Case
    from aright.core.diagnose.mechanism.verdicts import WeighedChange
    from aright.core.diagnose.scene import Scene
    from aright.core.model.change import Change
    from aright.core.model.times import Micros

MOST: Final = 20
"""Changes looked at, those nearest to the onset."""

TOLERANCE: Final = 15 * SECOND
"""How far an announced time and the rows may disagree."""

MATCHED: Final = 1.0
"""Nats that an announced change adds to the state change seen in the rows."""


def changes(
    scene: Scene, known: Sequence[Hypothesis], weighed: Sequence[WeighedChange] = ()
) -> tuple[list[Hypothesis], list[Draft]]:
    """Return all hypotheses (``known``, with what the changes add, and new ones) and a finding per change.

    Args:
        scene: the rows.
        known: what the steps saw.
        weighed: what the telemetry of the services says of changes: it knows of other services' changes, too.
    """
    said = {each.key: each for each in weighed}
    hypotheses = list(known)
    suspects: dict[str, Change] = {}
    drafts: list[Draft] = []
    for change in known_changes(scene.case, said, around=scene.since):
        what = said.get(change.key)
        matched = [at for at, each in enumerate(hypotheses) if _is(change, each, scene)]
        late = _late(scene, change)
        for at in matched:
            if not late:
                hypotheses[at] = _announced(hypotheses[at], change)
        tokens = tuple(hypotheses[at].token for at in matched)
        ours = change.service in {"", scene.case.service.key} or is_suspect(what)
        if not matched and not late and ours and not is_report(change):
            other = _other(scene, change, what)
            if other.token not in {each.token for each in hypotheses}:
                hypotheses.append(other)
                tokens = (other.token,)
                suspects |= {other.token: change} if is_suspect(what) else {}
        drafts.append(_draft(scene, change, tokens, what, late=late))
    return shared(hypotheses, suspects), drafts


def known_changes(case: Case, weighed: Mapping[str, WeighedChange], *, around: Micros) -> list[Change]:
    """Return the changes to look at, by when they came: those suspected first of all, then the nearest.

    Of other services' changes that the case itself does not name, only those are looked at that telemetry
    speaks for.
    """
    keys = {each.key for each in case.changes}
    beside = case.telemetry.changes if case.telemetry is not None else ()
    suspected = [each for each in beside if each.key not in keys and is_suspect(weighed.get(each.key))]
    near = sorted(
        (*case.changes, *suspected),
        key=lambda each: (not is_suspect(weighed.get(each.key)), abs(each.at - around)),
    )[:MOST]
    return sorted(near, key=lambda each: (each.at, each.key))


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


def _other(scene: Scene, change: Change, weighed: WeighedChange | None) -> Hypothesis:
    """Return the hypothesis that a change did it in a way that the rows do not show."""
    best = scene.finding.best
    price = max(best.price, 0.0) if scene.finding.reach is Reach.SEGMENT and best else 0.0
    gain = max(scene.finding.gain - (0.0 if _names_segment(scene, change) else price), 0.0)
    if weighed is not None and (weighed.known or weighed.late):
        return hypothesis_of(change, weighed, gain=gain, own=scene.case.service.key)
    return Hypothesis(
        kind=CauseKind.OTHER_CHANGE,
        subject=change.key,
        title=title_of(change),
        gain=gain,
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


def _draft(
    scene: Scene, change: Change, tokens: tuple[str, ...], weighed: WeighedChange | None, *, late: bool
) -> Draft:
    text = _told(change)
    if late:
        text += " came after the loss had begun, so it did not cause it"
    elif not tokens:
        text += " is no change of this service"
    elif not tokens[0].startswith(CauseKind.OTHER_CHANGE.value):
        text += " announces a change that the answers show"
    elif weighed is None:
        text += _unseen(scene)
    return _finding(
        change,
        text if late else text + told(weighed),
        supports=() if late else tokens,
        opposes=tokens if late else (),
        weight=MATCHED if tokens and not late else 0.0,
    )


def draft_of(change: Change, tokens: tuple[str, ...], weighed: WeighedChange) -> Draft:
    """Return the finding of a change where no loss of answers is known.

    Args:
        change: the change.
        tokens: the hypotheses that it did it; none where telemetry does not speak for that.
        weighed: what telemetry says of it.
    """
    return _finding(change, _told(change) + told(weighed), supports=tokens, weight=MATCHED if tokens else 0.0)


def _told(change: Change) -> str:
    what = shown(change.title or " ".join(each for each in (change.kind, change.what, change.after) if each))
    text = f"{clock_text(change.at)} UTC: {what}"
    if change.before or change.after:
        text += f" ({shown(change.before) or 'unknown'} → {shown(change.after) or 'unknown'})"
    return text


def _finding(
    change: Change, text: str, *, supports: tuple[str, ...], weight: float, opposes: tuple[str, ...] = ()
) -> Draft:
    return Draft(
        step=Step.CHANGES,
        text=f"{text}.",
        supports=supports,
        opposes=opposes,
        weight=weight,
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
