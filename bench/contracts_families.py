"""The families of documents that contracts are tried on, with their days; nothing here needs aright."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bench import contracts_orders, contracts_places, contracts_stations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.contracts_change import Change, Document

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FIRST = 20_410 * DAY  # a day of late 2025
DAYS = 3  # that are learnt from


@dataclass(frozen=True)
class Family:
    """Documents of one make.

    Attributes:
        name: of the family.
        make: one document, from randomness, its time (µs, UTC) and its number.
        changes: that must be told as breaking or suspicious.
        harmless: that must be told as harmless at most.
    """

    name: str
    make: Callable[[Random, int, int], Document]
    changes: Sequence[Change]
    harmless: Sequence[Change]


FAMILIES = (
    Family("orders", contracts_orders.order, contracts_orders.CHANGES, contracts_orders.HARMLESS),
    Family("stations", contracts_stations.report, contracts_stations.CHANGES, contracts_stations.HARMLESS),
    Family("places", contracts_places.answer, contracts_places.CHANGES, contracts_places.HARMLESS),
)


def documents(family: Family, start: int, count: int, seed: int) -> list[tuple[Document, int]]:
    """Return the documents of one hour with their times, in order."""
    rng = Random(f"{family.name} {seed} {start}")
    times = sorted(start + rng.randrange(HOUR) for _ in range(count))
    first = (start - FIRST) // MINUTE * 10
    return [(family.make(rng, at, first + place), at) for place, at in enumerate(times)]


def volume(start: int, seed: int) -> int:
    """Return how many documents are sampled in an hour: more by day."""
    day = math.sin(2 * math.pi * (start % DAY) / DAY)
    return int(450 + 200 * day + Random(f"{seed} {start}").randrange(-40, 40))


def history(family: Family, seed: int) -> list[tuple[int, list[tuple[Document, int]]]]:
    """Return the windows of the first days, each with its start (µs, UTC)."""
    starts = [FIRST + hour * HOUR for hour in range(24 * DAYS)]
    return [(start, documents(family, start, volume(start, seed), seed)) for start in starts]


def later(turn: int, stride: int) -> int:
    """Return the start of one of the windows of the days after."""
    return FIRST + (24 * DAYS + turn * stride % 72) * HOUR


def changed(change: Change, clean: Sequence[tuple[Document, int]], turn: int) -> list[tuple[Document, int]]:
    """Return a window's documents after a change; those given stay as they are."""
    made = change.apply([copy.deepcopy(document) for document, _ in clean], Random(f"{change.name} {turn}"))
    return [(document, at) for document, (_, at) in zip(made, clean, strict=True)]
