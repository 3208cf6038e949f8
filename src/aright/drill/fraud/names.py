"""Every word that this service sends: the rest of aright must know none of them, and a test checks that."""

from __future__ import annotations

from typing import Final

SERVICE: Final = "kestrel-payments"
MODEL: Final = "kestrel-risk"
TEAM: Final = "Payment risk"

SCORE: Final = "/score"

MARKET: Final = "card_market"
TILL: Final = "till_kind"
WALLET: Final = "wallet_kind"
TERMINAL: Final = "terminal_batch"
ATTRIBUTES: Final = (MARKET, TILL, WALLET, TERMINAL)
"""The first two the model knows of; the last two mean nothing."""

MARKETS: Final = ("norlund", "veskia", "tarmont", "ostmark", "calvaria", "brenholm")
TILLS: Final = ("grocer", "fuel", "travel", "games", "jewels", "apparel")
WALLETS: Final = ("plastic", "handset", "browser")
TERMINALS: Final = ("tb-11", "tb-12", "tb-17", "tb-20")

AMOUNT: Final = "payment.amount"
ATTEMPTS: Final = "payment.attempts"
DISTANCE: Final = "payment.distance_km"
AGE: Final = "card_file.age_days"
FRESH: Final = "card_file.fresh_device"
ABROAD: Final = "payment.abroad"
FEATURES: Final = (AMOUNT, ATTEMPTS, DISTANCE, AGE, FRESH, ABROAD)

CORRECT: Final = "correct"
COMPLAINT: Final = "complaint"
"""Kinds of outcomes; the field's words, not the drill's."""

CHAMPION: Final = "champion"
CANDIDATE: Final = "candidate"
"""Aliases in the registry; the field's words too."""

BACKEND: Final = "kestrel_scorers"
STABLE: Final = "stable"
CANARY: Final = "canary"
"""The router's backend and its two servers; the latter are the field's words."""

CARD: Final = "x-kestrel-card"
"""The header by which the router keeps a card on one side."""

COPY: Final = "x-kestrel-copy-of"
"""The header of a copy, which nobody waits for the answer of: the id of the request that was answered."""


def distinctive() -> tuple[str, ...]:
    """Return the words by which aright could recognise this drill.

    >>> "card_market" in distinctive(), "correct" in distinctive()
    (True, False)
    """
    told = (SERVICE, MODEL, TEAM, BACKEND, CARD, COPY, *ATTRIBUTES, *FEATURES)
    return (*told, *MARKETS, *TERMINALS)
