"""Who pays with which card, for how much, and which payments are fraud: generated, known to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.drill.fraud import names

if TYPE_CHECKING:
    from aright.drill.fraud.plan import Plan

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]

CARDS: Final = 60_000

FRAUD: Final = 0.2
"""Share of payments that are fraud: these are the ones that a first rule has sent to the model."""


@dataclass(frozen=True, slots=True)
class Payments:
    """Payments; each attribute has one entry per payment.

    Attributes:
        card: index.
        market: where the card is from: index into ``names.MARKETS``.
        till: index into ``names.TILLS``.
        amount: units of currency.
        attempts: payments with the card in the last hour.
        distance: from the card's last payment (km).
        age: of the card (days).
        fresh: whether the device is new to the card.
        abroad: whether the shop is in another market than the card.
        fraud: whether somebody else than its owner pays.
    """

    card: Codes
    market: Codes
    till: Codes
    amount: Floats
    attempts: Codes
    distance: Floats
    age: Floats
    fresh: npt.NDArray[np.bool_]
    abroad: npt.NDArray[np.bool_]
    fraud: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.card)


def market_of_cards(plan: Plan) -> Codes:
    """Return each card's market; shape (``CARDS``,)."""
    return np.random.default_rng([plan.seed, 52]).choice(len(names.MARKETS), CARDS, p=plan.shares)


def make_payments(plan: Plan, count: int, rng: np.random.Generator) -> Payments:
    """Return payments of a seed's cards: given whether one is fraud, what is known of it is drawn.

    >>> from aright.drill.fraud.plan import Fault, make_plan
    >>> some = make_payments(make_plan(1, Fault.GOOD), 4_000, np.random.default_rng(1))
    >>> len(some), bool(0.18 < some.fraud.mean() < 0.22)
    (4000, True)
    """
    card = rng.integers(CARDS, size=count)
    till = rng.choice(len(names.TILLS), count, p=(0.34, 0.16, 0.1, 0.14, 0.06, 0.2))
    fraud = rng.random(count) < FRAUD
    apart = fraud.astype(np.float64)
    dear = np.array((-0.3, 0.0, 0.9, -0.4, 1.1, 0.1))[till]
    return Payments(
        card=card,
        market=market_of_cards(plan)[card],
        till=till,
        amount=np.round(np.exp(rng.normal(3.4 + 0.8 * apart + dear, 0.75)), 2),
        attempts=rng.poisson(np.where(fraud, 2.1, 0.5)),
        distance=np.exp(rng.normal(1.6 + 1.3 * apart, 1.1)).round(1),
        age=np.exp(rng.normal(6.6 - 1.05 * apart, 0.9)).round(),
        fresh=rng.random(count) < np.where(fraud, 0.45, 0.1),
        abroad=rng.random(count) < np.where(fraud, 0.4, 0.12),
        fraud=fraud,
    )


def features_of(payments: Payments, k: int) -> dict[str, float]:
    """Return what a service is told of the payment at place ``k``, as in ``names.FEATURES``."""
    return {
        names.AMOUNT: float(payments.amount[k]),
        names.ATTEMPTS: float(payments.attempts[k]),
        names.DISTANCE: float(payments.distance[k]),
        names.AGE: float(payments.age[k]),
        names.FRESH: float(payments.fresh[k]),
        names.ABROAD: float(payments.abroad[k]),
    }
