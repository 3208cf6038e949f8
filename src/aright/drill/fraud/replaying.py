"""What the gate runs: a version on stored features, and its scorer again and again."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from aright.drill.fraud import names
from aright.drill.fraud.model import Known, load
from aright.drill.fraud.scorer import THRESHOLD, Scorer
from aright.drill.fraud.scoring import found_of
from aright.drill.fraud.versions import MARKER, folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def answer(version: str, inputs: Sequence[Mapping[str, Mapping[str, object]]]) -> list[dict[str, object]]:
    """Return what a version makes of stored features; the drill's folder is the present one."""
    scorer = _opened(version)
    return [_answered(scorer, each["features"], each["attributes"]) for each in inputs]


@cache
def _opened(version: str) -> Scorer:
    # What is stored are features as the serving code had made them, so that what a version's own code makes
    # of a payment is not asked here: the gate sees the model, and not how it is fed.
    return Scorer(msgspec.structs.replace(load(Path(folder_of(version))), amount_unit=1.0))


def _answered(
    scorer: Scorer, features: Mapping[str, object], attributes: Mapping[str, object]
) -> dict[str, object]:
    told = {name: float(str(value)) for name, value in features.items()}
    score = scorer.score(Known(told, str(attributes[names.MARKET]), str(attributes[names.TILL])))
    return {"output": {"label": found_of(fraud=score >= THRESHOLD)}, "confidence": max(score, 1 - score)}


class Workload:
    """Scores one payment when called, with the version whose folder is where imports are looked for first."""

    def __init__(self) -> None:
        self._scorer = Scorer(load(Path(str(importlib.import_module(MARKER).__file__)).parent))
        self._known = Known(dict.fromkeys(names.FEATURES, 1.0), names.MARKETS[0], names.TILLS[0])

    def __call__(self) -> None:
        """Score it."""
        self._scorer.score(self._known)
