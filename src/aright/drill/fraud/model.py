"""The classifier: logistic regression on a few features, and how a version of it is kept in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.drill.fraud import names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aright.drill.fraud.world import Floats, Payments

PARAMETERS: Final = "parameters.json"
MARKET_ONSET: Final = 7
TILL_ONSET: Final = MARKET_ONSET + len(names.MARKETS)
WIDTH: Final = TILL_ONSET + len(names.TILLS)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """All that a version is.

    Attributes:
        weights: one row per member of the bag, the first weight is the constant; shape (members, ``WIDTH``).
        amount_unit: what an amount is multiplied by before the model sees it.
        native_bytes: what the native scorer allocates for a call and does not free.
    """

    weights: tuple[tuple[float, ...], ...]
    amount_unit: float = 1.0
    native_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one payment when it is scored.

    Attributes:
        features: by name, as in ``names.FEATURES``.
        market: its name.
        till: its name.
    """

    features: Mapping[str, float]
    market: str
    till: str


def table_of(payments: Payments, *, amount_unit: float = 1.0) -> Floats:
    """Return what the model sees of payments: shape (n, ``WIDTH``), the first column all ones."""
    table = np.zeros((len(payments), WIDTH))
    table[:, 0] = 1
    table[:, 1] = np.log(np.maximum(payments.amount * amount_unit, 0.01))
    table[:, 2] = np.log1p(payments.attempts)
    table[:, 3] = np.log1p(payments.distance)
    table[:, 4] = np.log1p(payments.age)
    table[:, 5] = payments.fresh
    table[:, 6] = payments.abroad
    rows = np.arange(len(payments))
    table[rows, MARKET_ONSET + payments.market] = 1
    table[rows, TILL_ONSET + payments.till] = 1
    return table


def row_of(known: Known, *, amount_unit: float = 1.0) -> list[float]:
    """Return the same of one payment, as the service has it; ``WIDTH`` numbers.

    >>> told = dict.fromkeys(names.FEATURES, 0.0) | {names.AMOUNT: 1.0}
    >>> row = row_of(Known(told, names.MARKETS[1], names.TILLS[0]))
    >>> len(row) == WIDTH, row[:3], sum(row)
    (True, [1.0, 0.0, 0.0], 3.0)
    """
    features = known.features
    row = [
        1.0,
        float(np.log(max(features[names.AMOUNT] * amount_unit, 0.01))),
        *(float(np.log1p(features[name])) for name in (names.ATTEMPTS, names.DISTANCE, names.AGE)),
        float(features[names.FRESH]),
        float(features[names.ABROAD]),
        *([0.0] * (WIDTH - MARKET_ONSET)),
    ]
    row[MARKET_ONSET + names.MARKETS.index(known.market)] = 1.0
    row[TILL_ONSET + names.TILLS.index(known.till)] = 1.0
    return row


def fit(table: Floats, fraud: Floats, *, ridge: float = 1.0, rounds: int = 8) -> Floats:
    """Return the weights of a logistic regression, by Newton's method with an L2 penalty.

    Args:
        table: shape (n, k).
        fraud: 0 or 1; shape (n,).
        ridge: the penalty, on all weights.
        rounds: steps of Newton's method.

    T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning", 2009, section 4.4.1.

    >>> x = np.linspace(-2, 2, 200)
    >>> weights = fit(np.column_stack([np.ones(200), x]), (x > 0.5).astype(float))
    >>> bool(-weights[0] / weights[1] > 0.3)
    True
    """
    weights = np.zeros(table.shape[1])
    for _ in range(rounds):
        chance = chance_of(table, weights)
        slope = table.T @ (fraud - chance) - ridge * weights
        bend = (table * (chance * (1 - chance))[:, None]).T @ table + ridge * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def chance_of(table: Floats, weights: Floats) -> Floats:
    """Return how likely each row is fraud."""
    chance: Floats = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
    return chance


def save(parameters: Parameters, folder: Path) -> None:
    """Keep a version in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PARAMETERS).write_bytes(msgspec.json.encode(parameters))


def load(folder: Path) -> Parameters:
    """Return the version that is kept in a folder; raises ``OSError`` and ``msgspec.DecodeError``."""
    return read((folder / PARAMETERS).read_bytes())


def read(content: bytes) -> Parameters:
    """Return the version that a file's content is; raises ``msgspec.DecodeError``."""
    return msgspec.json.decode(content, type=Parameters)
