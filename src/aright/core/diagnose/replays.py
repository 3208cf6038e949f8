"""Data or model: what a replay of stored inputs says of the other steps' hypotheses.

The same inputs were answered by the model of before and by that of now: what differs is the model. The same
model answered inputs of before and of now: what differs are the inputs. That is a contrast of its own. It
proves what rows of one time cannot, where all of them have the same version or the same fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.ranking import scores
from aright.core.model.evidence import CauseKind, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.hypothesis import Hypothesis
    from aright.core.model.evidence import Replayed

SAYS: Final = 4.0
"""Nats that a verdict speaks for or against: it is wrong about once in a hundred (``bench.verdict``), and as
often the inputs that were stored are not those that were hit."""

OF_DATA: Final = frozenset(
    {
        CauseKind.FEATURE_SOURCE,
        CauseKind.INPUTS,
        CauseKind.PIPELINE,
        CauseKind.CONTRACT,
        CauseKind.TRAFFIC_MIX,
    }
)
OF_MODEL: Final = frozenset({CauseKind.MODEL_VERSION})

_MODEL: Final = {"model": 1.0, "both": 1.0, "data": -1.0, "neither": -1.0}
_DATA: Final = {"data": 1.0, "both": 1.0, "model": -1.0, "neither": -1.0}


def heard(hypotheses: Sequence[Hypothesis], replayed: Replayed | None) -> list[Hypothesis]:
    """Return the hypotheses with what the replay says for or against each.

    A data or model hypothesis that it speaks for has rows to be compared with, even where all rows since the
    onset share its state; it is ``contrasted`` thereby. Where both count, one hides a part of the other in
    the rows: the likeliest of either sort then explains its share of the two effects at least.

    Args:
        hypotheses: of all steps.
        replayed: what was found; ``None`` or ``unclear`` changes nothing.
    """
    if replayed is None:
        return list(hypotheses)
    shares = _shares(hypotheses, replayed) if replayed.verdict == "both" else {}
    return [
        replace(each, explained=max(each.explained, shares.get(each.token, 0.0)))
        for each in (_heard(one, replayed) for one in hypotheses)
    ]


def _shares(hypotheses: Sequence[Hypothesis], replayed: Replayed) -> dict[str, float]:
    """Return what the likeliest model and data hypotheses explain by the effects of model and inputs."""
    effects = {each.name: max(each.effect, 0.0) for each in replayed.effects}
    total = sum(effects.values())
    found = {}
    for name, kinds in (("model", OF_MODEL), ("inputs", OF_DATA)):
        mine = [each for each in hypotheses if each.seen and each.kind in kinds and _says(each, replayed) > 0]
        if mine and total > 0.0:
            odds = scores(mine)
            found[mine[odds.index(max(odds))].token] = effects.get(name, 0.0) / total
    return found


def _heard(hypothesis: Hypothesis, replayed: Replayed) -> Hypothesis:
    says = _says(hypothesis, replayed)
    if says == 0.0:
        return hypothesis
    spoken_for = says > 0.0 and hypothesis.seen
    return replace(
        hypothesis,
        prior=hypothesis.prior + SAYS * says,
        contrasted=hypothesis.contrasted or spoken_for,
        explained=hypothesis.explained if says > 0.0 else 0.5 * hypothesis.explained,
    )


def _says(hypothesis: Hypothesis, replayed: Replayed) -> float:
    if hypothesis.kind in OF_MODEL:
        mine = hypothesis.subject == replayed.version
        return _MODEL.get(replayed.verdict, 0.0) if mine else 0.0
    return _DATA.get(replayed.verdict, 0.0) if hypothesis.kind in OF_DATA else 0.0


def replay_draft(replayed: Replayed, hypotheses: Sequence[Hypothesis], *, start: int, end: int) -> Draft:
    """Return the finding of a replay, with what it speaks for and against.

    Args:
        replayed: what was found.
        hypotheses: of all steps.
        start: of the inputs replayed (µs, UTC).
        end: of them.
    """
    says = {each.token: _says(each, replayed) for each in hypotheses}
    return Draft(
        step=Step.SHADOW,
        text=replayed.text,
        supports=tuple(token for token, value in says.items() if value > 0.0),
        opposes=tuple(token for token, value in says.items() if value < 0.0),
        weight=SAYS if any(value > 0.0 for value in says.values()) else 0.0,
        start=start,
        end=end,
    )
