"""Changes that were told of: weighed by when they came and by what they touch, hardly by being recent."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.mechanism.fault import is_report
from aright.core.diagnose.mechanism.hypotheses import hypothesis_of, is_suspect, shared, title_of, told
from aright.core.diagnose.mechanism.untied import Loss, names_of, weigh_untied
from aright.core.diagnose.ranking import PRIORS
from aright.core.diagnose.scene import named, search_span
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
    loss = _loss(scene, known)
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
            what = what if what is not None and (what.known or what.late) else weigh_untied(change, loss)
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
    beside = case.telemetry.changes if case.telemetry is not None else case.beside
    suspected = [each for each in beside if each.key not in keys and is_suspect(weighed.get(each.key))]
    near = sorted(
        (*case.changes, *suspected),
        key=lambda each: (not is_suspect(weighed.get(each.key)), abs(each.at - around)),
    )[:MOST]
    return sorted(near, key=lambda each: (each.at, each.key))


def _is(change: Change, hypothesis: Hypothesis, scene: Scene) -> bool:
    """Tell whether a change is the announcement of what a hypothesis saw in the rows.

    Inputs are made by others: that of a firmware, say, is a change of no service, or of whose it is.
    """
    if hypothesis.kind is CauseKind.INPUTS:
        attribute, _, value = hypothesis.subject.partition(" = ")
        return bool(value) and (change.after == value or (change.what == attribute and not change.after))
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


def _other(scene: Scene, change: Change, weighed: WeighedChange) -> Hypothesis:
    """Return the hypothesis that a change did it in a way that the rows do not show."""
    best = scene.finding.best
    price = max(best.price, 0.0) if scene.finding.reach is Reach.SEGMENT and best else 0.0
    gain = max(scene.finding.gain - (0.0 if _names_segment(scene, change) else price), 0.0)
    if weighed.known or weighed.late:
        return hypothesis_of(change, weighed, gain=gain, own=scene.case.service.key)
    return Hypothesis(
        kind=CauseKind.OTHER_CHANGE,
        subject=change.key,
        title=title_of(change),
        gain=gain,
        prior=weighed.odds + PRIORS[CauseKind.OUTSIDE] - PRIORS[CauseKind.OTHER_CHANGE],
        onset=change.at,
        previous=change.before,
    )


def _loss(scene: Scene, known: Sequence[Hypothesis]) -> Loss:
    """Return what changes are held against where telemetry does not know them."""
    case = scene.case
    low, high = (scene.onset.low, scene.onset.high) if scene.onset else (search_span(case)[0], scene.since)
    start = case.reference_span[0]
    explaining = [each for each in known if each.explained > 0.0]
    texts = [
        scene.told.name.rpartition(":")[2],
        named(scene.rows, scene.finding.part),
        *(name for each in explaining for name in (each.subject, *each.features)),
    ]
    return Loss(
        low=low,
        high=high,
        names=names_of(texts),
        told=sum(start <= each.at < high and not is_report(each) for each in case.changes),
        over=max(high - start, 0),
    )


def timing(delay: int) -> float:
    """Return the log prior of a state change that came ``delay`` µs before the loss began.

    A minute counts in full, an hour's delay costs no more than a factor of about four.

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
    side = 1
    if late:
        text += " came after the loss had begun, as far as the answers tell: it did not cause it"
        side = -1
    elif not tokens:
        text += " is no change of this service"
    elif not tokens[0].startswith(CauseKind.OTHER_CHANGE.value):
        text += " announces a change that the answers show"
    elif weighed is not None:
        text += "" if weighed.known or weighed.late else _unseen(scene)
        side = weighed.side
    return _finding(change, text if late else text + told(weighed), tokens, side)


def draft_of(change: Change, tokens: tuple[str, ...], weighed: WeighedChange) -> Draft:
    """Return the finding of a change where no loss of answers is known.

    Args:
        change: the change.
        tokens: the hypotheses that it did it; none where telemetry does not speak for that.
        weighed: what telemetry says of it.
    """
    return _finding(change, _told(change) + told(weighed), tokens, weighed.side)


def _told(change: Change) -> str:
    what = shown(change.title or " ".join(each for each in (change.kind, change.what, change.after) if each))
    text = f"{clock_text(change.at)} UTC: {what}"
    if change.before or change.after:
        text += f" ({shown(change.before) or 'unknown'} → {shown(change.after) or 'unknown'})"
    return text


def _finding(change: Change, text: str, tokens: tuple[str, ...], side: int) -> Draft:
    """Return a finding for hypotheses (``side`` 1), against them (−1), or for neither (0)."""
    return Draft(
        step=Step.CHANGES,
        text=f"{text}.",
        supports=tokens if side > 0 else (),
        opposes=tokens if side < 0 else (),
        weight=MATCHED if tokens and side > 0 else 0.0,
        start=change.at,
        end=change.at,
        rows="changes",
        service=change.service,
    )


def _unseen(scene: Scene) -> str:
    text = " came before the loss, and no answers show whether it did it"
    if scene.finding.reach is Reach.SEGMENT:
        text += f" where {named(scene.rows, scene.finding.part)}"
    return text
