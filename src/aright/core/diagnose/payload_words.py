"""What is said of payloads that moved, and the hypothesis that a dependency's answers did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.moves import distance_of, one_per_unit
from aright.core.diagnose.payload_paths import tied
from aright.core.diagnose.properties import ALONE
from aright.core.diagnose.sentences import TOLD, move_phrase, worth
from aright.core.diagnose.sources import Source, source_of
from aright.core.diagnose.wording import listed, shown
from aright.core.model.evidence import CauseKind, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.payload_paths import Tied
    from aright.core.diagnose.properties import Property
    from aright.core.diagnose.scene import Scene

PRIOR: Final = -0.5
"""Log prior of paths that moved without any contract having broken: some always do."""

MOST: Final = 2.0
"""Times the part's own gain that rows of an endpoint may be said to explain, scaled to all rows."""

CAUSE: Final = 0.5
"""Share of the loss from which on a property's value stands before the payloads that it moved."""


def payload_causes(scene: Scene, risen: Sequence[Property]) -> tuple[list[Hypothesis], list[Draft]]:
    """Return a hypothesis per endpoint whose answers moved, and a finding per endpoint whose payloads did.

    Payloads that moved with a property's value and not without it are what that value did to them. What the
    service itself sends is told and blamed for nothing: it follows from what it was given.
    """
    hypotheses, drafts = [], []
    for each in tied(scene):
        if not each.moves:
            if each.elsewhere and not each.is_sent:
                hypotheses.append(_elsewhere(scene, each))
            drafts.append(_quiet(each))
            continue
        owner = next((one for one in risen if one.share.value >= CAUSE and _owns(one, each)), None)
        source = source_of(each.scene, each.subject, each.moves)
        if not each.is_sent:
            hypotheses.append(_hypothesis(scene, each, source, owner))
        drafts.append(_draft(scene, each, source, owner))
    return hypotheses, drafts


def _owns(found: Property, each: Tied) -> bool:
    """Tell whether most of the paths that moved did not move without a property's value."""
    rows = each.scene.rows
    hit = found.hit[each.kept]
    rest = one_per_unit(rows) & ~(rows.now & hit)
    still = [distance_of(move.feature, rest, rows.now)[0] for move, _ in each.moves]
    alone = [one <= ALONE * move.distance for one, (move, _) in zip(still, each.moves, strict=True)]
    return bool((rows.now & hit).any()) and 2 * sum(alone) >= len(alone)


def _hypothesis(scene: Scene, each: Tied, source: Source, owner: Property | None) -> Hypothesis:
    paths = tuple(move.feature.name for move in source.moves)
    own = each.scene.finding.gain
    ratio = min(source.gain / own, MOST) if own > 0.0 else 0.0
    idle = owner is not None
    return Hypothesis(
        kind=CauseKind.CONTRACT,
        subject=each.subject,
        title=_title(each, paths),
        gain=0.0 if idle else ratio * scene.finding.gain,
        prior=PRIOR,
        seen=True,
        explained=0.0 if idle else source.share.value,
        low=0.0 if idle else source.share.low,
        contrasted=idle or source.share.contrasted,
        remedy="pin_dependency",
        mode="changed",
        onset=source.onset.at if source.onset else scene.since,
        service=scene.case.service.key,
        features=paths,
        by_rows=True,
    )


def _title(each: Tied, paths: Sequence[str]) -> str:
    dependency = each.subject.partition(" ")[0]
    return f"{shown(dependency)} changed {listed([f'`{path}`' for path in paths])} in its answers"


def _elsewhere(scene: Scene, each: Tied) -> Hypothesis:
    """Return the hypothesis on answers that moved, but not where the loss is."""
    return Hypothesis(
        kind=CauseKind.CONTRACT,
        subject=each.subject,
        title=_title(each, each.elsewhere),
        gain=0.0,
        prior=PRIOR,
        seen=True,
        contrasted=True,
        mode="changed",
        onset=scene.since,
        service=scene.case.service.key,
        features=each.elsewhere,
        by_rows=True,
    )


def _draft(scene: Scene, each: Tied, source: Source, owner: Property | None) -> Draft:
    token = f"{CauseKind.CONTRACT.value}:{each.subject}"
    rows = each.scene.rows
    told = "; ".join(move_phrase(each.scene, move) for move in source.moves[:TOLD])
    more = len(source.moves) - TOLD
    what = "sent to" if each.is_sent else "answered by"
    text = (
        f"Of {int((rows.now & each.scene.inside).sum()):,} answers {scene.where} with what was {what} "
        f"{shown(each.subject.removesuffix(' request'))}: {told}"
    )
    text += f"; {more} more paths moved. " if more > 0 else ". "
    if owner is not None:
        text += f"That came with {shown(owner.told)}, and not without it."
    else:
        text += f"{worth(source.share)}."
    goes_with = owner is None and source.share.value >= CAUSE and source.gain >= 0.5 * each.scene.finding.gain
    leading = source.moves[0]
    odd = np.isin(leading.feature.codes, leading.odd)
    before, now = (odd[side & each.scene.inside] for side in (~rows.now, rows.now))
    return Draft(
        step=Step.INPUTS,
        text=text,
        supports=(token,) if goes_with and not each.is_sent else (),
        opposes=() if goes_with or each.is_sent else (token,),
        weight=source.gain if goes_with else 0.0,
        start=scene.since,
        end=scene.case.current_span[1],
        query=scene.query,
        before=float(before.mean()) if before.size else None,
        now=float(now.mean()) if now.size else None,
    )


def _quiet(each: Tied) -> Draft:
    """Return that nothing of an endpoint's documents moved where the loss is."""
    scene = each.scene
    count = int((scene.rows.now & scene.inside).sum())
    token = f"{CauseKind.CONTRACT.value}:{each.subject}"
    but = f", though {listed(each.elsewhere)} did elsewhere" if each.elsewhere else ""
    return Draft(
        step=Step.INPUTS,
        text=f"Of {each.paths} paths of what goes to and comes from {shown(each.subject)} none moved "
        f"{scene.where}, in the documents of {count:,} answers{but}.",
        opposes=(token,) if each.elsewhere and not each.is_sent else (),
        start=scene.since,
        end=scene.case.current_span[1],
        query=scene.query,
    )
