"""What the drill and the scoring processes say to each other."""

from __future__ import annotations

from typing import Final

import msgspec

LABELS: Final = "/labels"
VERSION: Final = "/version"

FRAUD: Final = "fraud"
HONEST: Final = "honest"
"""What a payment is found to be; the field's words, not the drill's."""


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment to be let through or refused.

    Attributes:
        id: of the request.
        card: who pays.
        market: where the card is from.
        till: what kind of shop it is.
        wallet: how it is paid.
        terminal: with which terminal.
        features: by name, as in ``names.FEATURES``.
    """

    id: str
    card: str
    market: str
    till: str
    wallet: str
    terminal: str
    features: dict[str, float]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a payment.

    Attributes:
        approved: whether it is let through.
        score: how likely it is fraud, in [0, 1].
        version: of the model that says so.
        id: of the answer, as it was reported.
    """

    approved: bool
    score: float
    version: str
    id: str


class Label(msgspec.Struct, frozen=True, array_like=True):
    """What came to be known of a payment.

    Attributes:
        time: when (µs, UTC).
        kind: kind of outcome.
        value: of it.
        answer: id of the answer that it is about.
        card: who paid.
        found: ``fraud`` or ``honest``; empty where nobody says.
    """

    time: int
    kind: str
    value: float
    answer: str
    card: str
    found: str


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """What a process serves now.

    Attributes:
        version: the version; empty while it has none.
    """

    version: str
