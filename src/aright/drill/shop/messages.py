"""What the drill and the shop say to each other."""

from __future__ import annotations

from typing import Final

import msgspec

RECOMMEND: Final = "/recommend"
BEACONS: Final = "/beacons"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a list, with what the gateway adds to it.

    Attributes:
        id: of the request.
        user: index.
        slot: index into ``names.PLACEMENTS``.
        pages: pages seen in this visit.
        dwell: seconds in this visit so far.
        discount: mean discount among today's offers.
        median: median price.
        degrees: temperature where the user is (°C).
    """

    id: str
    user: int
    slot: int
    pages: int
    dwell: float
    discount: float
    median: float
    degrees: float


class Shown(msgspec.Struct, frozen=True):
    """The list that a user sees.

    Attributes:
        items: ten item indices.
    """

    items: tuple[int, ...]


class Beacon(msgspec.Struct, frozen=True, array_like=True):
    """What a user did with a list, as their browser reports it.

    Attributes:
        time: when (µs, UTC).
        kind: kind of outcome.
        value: 0 or 1.
        request: id of the request.
        user: index.
    """

    time: int
    kind: str
    value: float
    request: str
    user: int
