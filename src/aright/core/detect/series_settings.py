"""Settings of the detector of numeric series, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BATCH: Final = 16
"""Rows between two looks at level and spread; evidence is looked at after every row."""


class Way(StrEnum):
    """Which changes are told."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Kind(StrEnum):
    """What a verdict is about."""

    LEVEL = "level"
    SPIKE = "spike"
    LEAK = "leak"
    SATURATION = "saturation"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSettings:
    """What may be chosen.

    Attributes:
        run_length: rows between two false alarms that are accepted, on average.
        learning: rows before the first judgement, at least 128.
        history: rows that are kept to learn from; older ones are forgotten.
        growth: harmless growth or decline, as a share of the mean per 1,000 rows; steeper is a leak.
        leak_after: rows of steady steep growth from the start on before it is called a leak rather than the
            part of a season that is not seen whole yet.
        periods: seasons to reckon with, in the unit of the times given (or rows): until two and a half of
            each have been seen, only changes that are quick beside them are told.
        way: which changes are told.
        repeats_within: counted rows within which a unit counts once.
    """

    run_length: float = 50_000.0
    learning: int = 1_000
    history: int = 20_000
    growth: float = 0.01
    leak_after: int = 4_000
    periods: tuple[float, ...] = ()
    way: Way = Way.BOTH
    repeats_within: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One change that was told.

    Attributes:
        kind: what sort of change.
        at: time (or row number) at which it was told.
        since: time (or row number) since when it is likeliest to have held.
        before: the usual value, in the series' own unit.
        now: the value since then, in the same unit.
        effect: size in standard deviations of what is left when season and autocorrelation are taken off.
        log_e: logarithm of the evidence, or 0 where none is weighed.
        threshold: what it had to reach.
        rule: which rule let it through, in words.
    """

    kind: Kind
    at: float
    since: float
    before: float
    now: float
    effect: float
    log_e: float
    threshold: float
    rule: str
