"""Labelled sets made here: other shapes, noises, severities and seeds than the files have.

Leaves over three to six attributes get real values of any skew and predictions that err in one of four ways.
One to five elements of one to three conditions fall or rise, each by a factor of its own with some noise.
None is a part of another, and each has some leaves that are not nought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from bench.scope_files import Labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Conditions = frozenset[tuple[int, int]]

NOISES: Final = ("normal", "lognormal", "student", "by volume")


def made(instances: int, noisy: float, seed: int) -> Iterator[Labelled]:
    """Yield instances.

    Args:
        instances: how many.
        noisy: most that predictions err, as a share; the least is a tenth of it.
        seed: of all of them.
    """
    for number in range(instances):
        yield _one(np.random.default_rng([seed, number]), noisy, f"{seed}-{number}")


def _one(rng: np.random.Generator, noisy: float, name: str) -> Labelled:
    axes = int(rng.integers(3, 7))
    sizes = rng.integers(3, 25, axes)
    while np.prod(sizes.astype(float)) > 50_000:
        sizes[int(np.argmax(sizes))] -= 1
    codes = np.indices(tuple(sizes)).reshape(axes, -1)
    leaves = codes.shape[1]
    expected = rng.weibull(rng.uniform(0.5, 1.5), leaves) * 200.0
    expected[rng.random(leaves) < rng.uniform(0.0, 0.3)] = 0.0
    real = expected * _errors(rng, expected, float(rng.uniform(0.1 * noisy, noisy)))
    roots = _roots(rng, codes, sizes, expected)
    rises = rng.random() < 0.5
    for each in roots:
        inside = _inside(codes, each) & (expected > 0.0)
        change = rng.normal(rng.uniform(0.25, 1.0), 0.05, int(inside.sum())).clip(0.0, 1.0)
        real[inside] *= 1.0 + change * 1.5 if rises else 1.0 - change
    columns = {f"at{axis}": np.array([f"v{code}" for code in each]) for axis, each in enumerate(codes)}
    truth = frozenset(frozenset((f"at{axis}", f"v{code}") for axis, code in each) for each in roots)
    table = pa.table({**columns, "real": np.maximum(real, 0.0), "expected": expected})
    return Labelled(name, table, {"value": "real", "expected": "expected"}, truth)


def _errors(rng: np.random.Generator, expected: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    kind, leaves = NOISES[int(rng.integers(len(NOISES)))], len(expected)
    if kind == "normal":
        return rng.normal(1.0, size, leaves)
    if kind == "lognormal":
        return np.exp(rng.normal(0.0, size, leaves))
    if kind == "student":
        return np.asarray(1.0 + 0.7 * size * rng.standard_t(4.0, leaves), dtype=np.float64)
    wider = np.sqrt(np.mean(expected) / np.maximum(expected, 1.0)).clip(0.3, 3.0)
    return np.asarray(1.0 + size * wider * rng.normal(0.0, 1.0, leaves), dtype=np.float64)


def _roots(
    rng: np.random.Generator, codes: NDArray[np.intp], sizes: NDArray[np.int64], expected: NDArray[np.float64]
) -> list[Conditions]:
    found: list[Conditions] = []
    wanted = int(rng.integers(1, 6))
    while len(found) < wanted:
        depth = int(rng.integers(1, 4))
        axes = rng.choice(len(sizes), depth, replace=False)
        new = frozenset((int(axis), int(rng.integers(sizes[axis]))) for axis in axes)
        leaves = int((_inside(codes, new) & (expected > 0.0)).sum())
        if leaves >= 3 and not any(new <= each or each <= new for each in found):
            found.append(new)
    return found


def _inside(codes: NDArray[np.intp], conditions: Conditions) -> NDArray[np.bool_]:
    mask = np.ones(codes.shape[1], dtype=np.bool_)
    for axis, code in conditions:
        mask &= codes[axis] == code
    return mask
