"""The versions of a drill: trained at its start, each kept in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.drill.fraud import names
from aright.drill.fraud.model import Parameters, fit, save, table_of
from aright.drill.fraud.plan import FIRST_VERSION, Nature
from aright.drill.fraud.world import make_payments

if TYPE_CHECKING:
    from pathlib import Path

    from aright.drill.fraud.plan import Plan
    from aright.drill.fraud.world import Floats, Payments

TRAINED_ON: Final = 24_000
"""Payments in a training set."""

BAG: Final = 400
LEAKED: Final = 64
"""Members of the bag that is slow, and bytes that the one that leaks does not free."""

UNLABELLED: Final = 0.75
"""Share of the fraud that is not known of yet where most labels have not come."""


MARKER: Final = "kestrel_version"
"""The module that lies beside a version's parameters, by which its folder is found on a path of imports."""

_BELOW: Final = "versions"


def folder_of(version: str) -> str:
    """Return where a version lies, below the drill's folder.

    >>> folder_of("3")
    'versions/kestrel-risk-3'
    """
    return f"{_BELOW}/{names.MODEL}-{version}"


def make_versions(plan: Plan, folder: Path) -> dict[str, Path]:
    """Train them all and keep each below the drill's ``folder``; return their folders, by version."""
    kept = {}
    for version, nature in ((FIRST_VERSION, Nature.GOOD), *((r.version, r.nature) for r in plan.releases)):
        kept[version] = folder / folder_of(version)
        save(train(plan, version, nature), kept[version])
        (kept[version] / f"{MARKER}.py").write_text('"""Names the folder that it lies in."""\n')
    return kept


def train(plan: Plan, version: str, nature: Nature) -> Parameters:
    """Return a version of a nature, trained on payments of its own."""
    rng = np.random.default_rng([plan.seed, 53, int(version)])
    past = make_payments(plan, TRAINED_ON, rng)
    table = table_of(past)
    told = _labels(plan, past, nature, rng)
    if nature is not Nature.SLOW:
        weights = tuple(fit(table, told).tolist())
        return Parameters(
            weights=(weights,),
            amount_unit=100.0 if nature is Nature.UNITS else 1.0,
            native_bytes=LEAKED if nature is Nature.LEAK else 0,
        )
    best = fit(table, told)
    # Members of a bag differ as much as the data leaves open: they are drawn by Laplace's approximation.
    chance = told.mean()
    spread = np.linalg.cholesky(np.linalg.inv(table.T @ table * chance * (1 - chance) + np.eye(len(best))))
    members = best + rng.normal(size=(BAG, len(best))) @ spread.T
    return Parameters(weights=tuple(tuple(member) for member in members.tolist()))


def _labels(plan: Plan, past: Payments, nature: Nature, rng: np.random.Generator) -> Floats:
    """Return which payments are known to be fraud when a version is trained: 1 or 0."""
    told = past.fraud.copy()
    if nature is Nature.SEGMENT:
        told &= past.market != names.MARKETS.index(plan.market)
    if nature is Nature.LABELS:
        told &= rng.random(len(told)) >= UNLABELLED
    return told.astype(np.float64)
