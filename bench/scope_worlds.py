"""Made-up tables for the scope: noise alone, a common change, or a change of the mix, in three shapes.

Every instance draws its own shape, number of attributes and values, volumes, kind and size of noise, so that
no setting of a localiser can be fitted to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = 1_800_000_000
MINUTE = 60


@dataclass(frozen=True)
class Instance:
    """A table and how ``localize`` is asked about it."""

    table: pa.Table
    asked: dict[str, Any]
    shape: str


def instance(seed: int, *, common: float = 1.0) -> Instance:
    """Return a table without any segment at fault.

    Args:
        seed: which.
        common: what all values or losses are multiplied by; 1 for noise alone.
    """
    rng = np.random.default_rng(seed)
    return (_values, _counts, _rows)[seed % 3](rng, common)


def mixed(seed: int) -> Instance:
    """Return counts or rows whose rates all stay, of which those that lose most come far more often.

    The traffic of one value is multiplied, such that all losses together rise by 40 to 150 %.
    """
    rng = np.random.default_rng(seed)
    return (_counts, _rows)[seed % 2](rng, 1.0, float(rng.uniform(1.4, 2.5)))


def _more(
    codes: list[NDArray[np.intp]], rate: NDArray[np.float64], traffic: NDArray[np.float64], rise: float
) -> NDArray[np.float64]:
    """Return the factor on each row's or leaf's traffic with which the mean rate is ``rise`` times its own.

    It is that of the value whose mean rate is highest; if it alone cannot lift the mean so far, by as much
    as twenty times its traffic does.
    """
    best, chosen = 0.0, np.zeros(len(rate), dtype=np.bool_)
    for each in codes:
        for code in range(int(each.max()) + 1):
            inside = each == code
            mean = float(np.average(rate[inside], weights=traffic[inside])) if inside.any() else 0.0
            if mean > best:
                best, chosen = mean, inside
    usual = float(np.average(rate, weights=traffic))
    share = float(traffic[chosen].sum() / traffic.sum())
    other = (usual - share * best) / (1.0 - share)
    wanted = (rise * usual - other) / max(best - other, 1e-9)
    factor = wanted / max(1.0 - wanted, 1e-9) * (1.0 - share) / share if wanted < 1.0 else 20.0
    return np.where(chosen, np.clip(factor, 1.0, 20.0), 1.0)


def _attributes(rng: np.random.Generator, leaves: int) -> dict[str, NDArray[np.str_]]:
    """Return the full product of 3 to 5 attributes, as near to ``leaves`` as it gets."""
    count = int(rng.integers(3, 6))
    sizes = rng.integers(2, 12, count)
    while np.prod(sizes) > leaves:
        sizes[int(np.argmax(sizes))] -= 1
    grid = np.indices(tuple(sizes)).reshape(count, -1)
    return {f"at{axis}": np.array([f"v{code}" for code in codes]) for axis, codes in enumerate(grid)}


def _values(rng: np.random.Generator, common: float) -> Instance:
    """Return real and predicted values per leaf."""
    attributes = _attributes(rng, int(rng.integers(200, 20_000)))
    leaves = len(attributes["at0"])
    expected = rng.lognormal(4.0, rng.uniform(0.3, 2.0), leaves)
    size = rng.uniform(0.01, 0.25)
    kind = int(rng.integers(4))
    if kind == 0:
        noise = rng.normal(1.0, size, leaves)
    elif kind == 1:
        noise = np.exp(rng.normal(0.0, size, leaves))
    elif kind == 2:
        noise = 1.0 + size * rng.standard_t(4.0, leaves)
    else:
        noise = rng.poisson(expected) / expected
    real = np.maximum(expected * noise, 0.0) * common
    if kind == 0:
        real, expected = expected * common, np.maximum(expected * noise, 0.0)
    dead = rng.random(leaves) < rng.uniform(0.0, 0.3)
    real[dead] = expected[dead] = 0.0
    table = pa.table({**attributes, "real": real, "expected": expected})
    return Instance(table, {"value": "real", "expected": "expected"}, "values")


def _rates(rng: np.random.Generator, attributes: dict[str, NDArray[np.str_]]) -> NDArray[np.float64]:
    """Return each leaf's natural rate: main effects and some of its own."""
    odds = np.full(len(attributes["at0"]), np.log(rng.uniform(0.01, 0.15)))
    for values in attributes.values():
        names, codes = np.unique(values, return_inverse=True)
        odds += rng.normal(0.0, 0.4, len(names))[codes]
    odds += rng.normal(0.0, rng.uniform(0.0, 0.4), len(odds))
    return np.asarray(np.clip(np.exp(odds), 1e-4, 0.6), dtype=np.float64)


def _counts(rng: np.random.Generator, common: float, rise: float = 1.0) -> Instance:
    """Return losses of events per leaf and minute; rates also wander from minute to minute."""
    attributes = _attributes(rng, int(rng.integers(30, 600)))
    rate = _rates(rng, attributes)
    leaves = len(rate)
    mean = rng.lognormal(3.0, 1.5, leaves)
    codes = [np.unique(each, return_inverse=True)[1] for each in attributes.values()]
    more = _more(codes, rate, mean, rise) if rise > 1.0 else np.ones(leaves)
    past, spread, parts = int(rng.integers(5, 30)), rng.uniform(0.0, 0.3), []
    for minute in range(past + 1):
        events = rng.poisson(mean * more if minute == past else mean)
        wander = rng.gamma(1.0 / max(spread, 1e-3) ** 2, max(spread, 1e-3) ** 2, leaves)
        raised = np.clip(rate * wander * (common if minute == past else 1.0), 0.0, 0.95)
        seen = events > 0
        parts.append(
            pa.table(
                {
                    **{name: each[seen] for name, each in attributes.items()},
                    "minute": np.full(int(seen.sum()), START + MINUTE * minute),
                    "lost": rng.binomial(events[seen], raised[seen]),
                    "events": events[seen],
                }
            )
        )
    asked = {"value": "lost", "weight": "events", "time": "minute", "since": START + MINUTE * past}
    return Instance(pa.concat_tables(parts), asked, "counts")


def _rows(rng: np.random.Generator, common: float, rise: float = 1.0) -> Instance:
    """Return raw rows with a loss of 0 or 1, of five attributes and a number."""
    before, now = int(rng.integers(5_000, 30_000)), int(rng.integers(2_000, 10_000))
    total = before + now
    sizes = rng.integers(2, 9, 5)
    codes = [rng.choice(size, total, p=rng.dirichlet(np.full(size, 2.0))) for size in sizes]
    odds = np.full(total, np.log(rng.uniform(0.02, 0.2)))
    for size, each in zip(sizes, codes, strict=True):
        odds += rng.normal(0.0, 0.4, size)[each]
    age = rng.gamma(3.0, 10.0, total)
    rate = np.clip(np.exp(odds + 0.005 * (age - 30.0)), 0.0, 0.7)
    if rise > 1.0:
        more = _more(codes, rate, np.ones(total), rise)[before:]
        again = before + rng.choice(now, now, p=more / more.sum())
        order = np.concatenate([np.arange(before), again])
        codes, age, rate = [each[order] for each in codes], age[order], rate[order]
    rate[before:] = np.clip(rate[before:] * common, 0.0, 0.95)
    table = pa.table(
        {
            **{f"at{axis}": np.array([f"v{code}" for code in each]) for axis, each in enumerate(codes)},
            "age": age,
            "second": START + np.arange(total),
            "lost": (rng.random(total) < rate).astype(np.float64),
        }
    )
    return Instance(table, {"value": "lost", "time": "second", "since": START + before}, "rows")
