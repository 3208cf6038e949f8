"""A symptom: one thing about one service or machine that is not as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aright.core.model.times import Micros

Node = tuple[str, str]
"""A service and one machine, pod or process of it; the latter is empty where all of it is meant."""


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """One thing that is not as it was, measured where it was seen.

    Attributes:
        node: whose it is.
        source: ``metrics`` | ``spans`` | ``logs``.
        signal: what moved: a metric's name, ``self time of OPERATION``, ``log TEMPLATE`` …
        internal: whether it is of the node itself (resources, self time, exceptions raised there), rather
            than what others see of it (latency, errors passed on).
        score: how far it moved, in robust standard deviations of the reference (≥ 0).
        before: the number before.
        now: the number now.
        onset: when it moved (µs, UTC); 0 when that cannot be told.
        share: of the target's harm, the share that this would account for if nothing else explained it, in
            [0, 1]; 0 when that cannot be told.
        text: one sentence with numbers.
    """

    node: Node
    source: str
    signal: str
    internal: bool
    score: float
    before: float
    now: float
    onset: Micros = 0
    share: float = 0.0
    text: str = ""
