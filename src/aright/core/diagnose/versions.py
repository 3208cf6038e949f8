"""Model versions: does the loss go with a version that serves more than it did?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.acquittal import well_before
from aright.core.diagnose.contrast import Share, meanwhile, share_of
from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.onset import share_onset
from aright.core.diagnose.scan import gain_of, mask_of
from aright.core.diagnose.scene import search_span
from aright.core.diagnose.sql import all_of, equals
from aright.core.diagnose.wording import shown
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.probability import percent
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.onset import Onset
    from aright.core.diagnose.rows import Attribute
    from aright.core.diagnose.scene import Scene

RISEN: Final = 0.05
"""Share of the answers inside that a version must have gained to be looked at."""


@dataclass(frozen=True, eq=False)
class Version:
    """One version that serves more than it did.

    Attributes:
        name: the version.
        previous: the version that served most before; empty when there was none other.
        before: its share inside, reference.
        now: its share inside, since the onset.
        hit: its rows.
        gain: what they explain (nats).
        share: share of the loss that goes with them.
        onset: since when it serves more.
        acquitted: mean excess loss of its rows before the onset, where they were well; ``None`` otherwise.
    """

    name: str
    previous: str
    before: float
    now: float
    hit: NDArray[np.bool_]
    gain: float
    share: Share
    onset: Onset | None
    acquitted: float | None


def versions(scene: Scene) -> tuple[list[Hypothesis], list[Draft]]:
    """Return a hypothesis and a finding per version that serves more inside the part hit."""
    attribute = next((each for each in scene.rows.attributes if each.column == "version"), None)
    if attribute is None:
        return [], _unchanged(scene)
    inside = scene.inside
    size = len(attribute.values) + 1
    now = np.bincount(attribute.codes[scene.rows.now & inside], minlength=size)
    before = np.bincount(attribute.codes[~scene.rows.now & inside], minlength=size)
    share_now, share_before = now / max(now.sum(), 1), before / max(before.sum(), 1)
    risen = [code for code in range(size - 1) if share_now[code] - share_before[code] >= RISEN]
    if not risen:
        return [], _unchanged(scene)
    found = [
        _version(scene, attribute, code, float(share_before[code]), float(share_now[code])) for code in risen
    ]
    return [_hypothesis(scene, each) for each in found], [_draft(scene, each) for each in found]


def _version(scene: Scene, attribute: Attribute, code: int, before: float, now: float) -> Version:
    others = np.bincount(attribute.codes[~scene.rows.now & scene.inside], minlength=len(attribute.values) + 1)
    others[code] = 0
    most = int(np.argmax(others[:-1]))
    hit = attribute.codes == code
    whole = next(each for each in scene.whole.attributes if each.column == "version")
    inside = mask_of(scene.whole, scene.finding.part)
    onset = share_onset(
        scene.whole.time[inside], (whole.codes == code)[inside], before, *search_span(scene.case)
    )
    acquitted = well_before(scene, whole.codes == code)
    served = Share(0.0, 0.0, contrasted=True)
    return Version(
        attribute.values[code],
        attribute.values[most] if others[most] else "",
        before,
        now,
        hit,
        0.0 if acquitted is not None else gain_of(scene.losses, scene.rows.now, hit),
        served if acquitted is not None else share_of(scene.rows, scene.sharp, scene.inside, hit),
        onset,
        acquitted,
    )


def _hypothesis(scene: Scene, version: Version) -> Hypothesis:
    named = f" after {shown(version.previous)}" if version.previous else ""
    return Hypothesis(
        kind=CauseKind.MODEL_VERSION,
        subject=version.name,
        title=f"Model version {shown(version.name)} answers worse{named}",
        gain=version.gain,
        prior=0.0,
        seen=True,
        explained=version.share.value,
        low=version.share.low,
        contrasted=version.share.contrasted,
        remedy="roll_back_model",
        mode="worse",
        onset=version.onset.at if version.onset else scene.since,
        previous=version.previous,
    )


def _draft(scene: Scene, version: Version) -> Draft:
    token = f"{CauseKind.MODEL_VERSION.value}:{version.name}"
    goes_with = version.share.value >= 0.5 and version.gain >= 0.5 * scene.finding.gain
    since = f" since {clock_text(version.onset.at)} UTC" if version.onset else ""
    text = (
        f"Version {shown(version.name)} serves {percent(version.now)} of the answers {scene.where}{since} "
        f"({percent(version.before)} before). {_compared(scene, version)}"
    )
    return Draft(
        step=Step.SHADOW,
        text=text,
        supports=(token,) if goes_with else (),
        opposes=() if goes_with else (token,),
        weight=version.gain if goes_with else 0.0,
        start=scene.since,
        end=scene.case.current_span[1],
        query=all_of([scene.query, equals("version", version.name)]),
        before=_rate(scene, ~scene.rows.now & scene.inside & ~version.hit),
        now=_rate(scene, scene.rows.now & scene.inside & version.hit),
    )


def _compared(scene: Scene, version: Version) -> str:
    """Return the version's loss beside that of the others, at the same time where there are any."""
    loss, mine = scene.told, scene.rows.now & scene.inside & version.hit
    own = _rate(scene, mine)
    same_time = _rate(scene, scene.rows.now & scene.inside & ~version.hit & meanwhile(scene.rows, mine))
    earlier = _rate(scene, ~scene.rows.now & scene.inside & ~version.hit)
    if version.acquitted is not None:
        return "It answered well before the loss began, so the loss does not go with it."
    if own is None:
        return f"No {scene.told.title} of its rows is known yet."
    text = f"Its {scene.told.title} is {loss.told(own)}"
    if same_time is not None:
        text += f", that of the others at the same time {loss.told(same_time)}"
    elif earlier is not None:
        text += f", that of the others before {loss.told(earlier)}; none of them serves at the same time"
    worth = f"{percent(version.share.value)} of the loss goes with it"
    return f"{text}. {worth} (at least {percent(version.share.low)})."


def _rate(scene: Scene, mask: NDArray[np.bool_]) -> float | None:
    value = scene.told.value[mask]
    value = value[np.isfinite(value)]
    return float(value.mean()) if value.size >= 20 else None


def _unchanged(scene: Scene) -> list[Draft]:
    """Return the finding that no version gained traffic, where versions are told at all."""
    if "version" not in scene.rows.table.schema.names or scene.rows.table["version"].null_count == len(
        scene.rows
    ):
        return []
    text = f"No model version serves a larger share of the answers {scene.where} than before."
    return [
        Draft(
            step=Step.SHADOW,
            text=text,
            start=scene.case.reference_span[0],
            end=scene.case.current_span[1],
            query=scene.query,
        )
    ]
