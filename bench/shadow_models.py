"""What coupling is real: a logistic regression and damaged versions of it, on generated data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bench.report import Figure

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_ROWS: Final = 60_000
_FEATURES: Final = 12
_STEPS: Final = 400


def kept_errors(rng: np.random.Generator) -> list[Figure]:
    """Return which share of the champion's errors each damaged version keeps, and both error shares."""
    x, y = _world(rng, _ROWS)
    train = slice(0, _ROWS // 3)
    champion = _fit(x[train], y[train])
    inside = x[_ROWS // 3 :]
    truth = y[_ROWS // 3 :]
    wrong = _wrong(champion, inside, truth)
    scaled = inside.copy()
    scaled[:, 3] *= 0.3
    missing = inside.copy()
    missing[rng.random(len(inside)) < 0.25, 0] = 0.0
    few = _fit(x[:250], y[:250])
    damaged = {
        "one feature in another unit": _wrong(champion, scaled, truth),
        "a feature missing in 25 % of the rows": _wrong(champion, missing, truth),
        "trained on 250 rows": _wrong(few, inside, truth),
        "trained again on other rows": _wrong(_fit(*_world(rng, _ROWS // 3)), inside, truth),
    }
    return [
        Figure(
            f"real pair, {name}: {100 * wrong.mean():.1f} % → {100 * other.mean():.1f} % errors, share kept",
            float((wrong & other).sum() / max(wrong.sum(), 1)),
        )
        for name, other in damaged.items()
    ]


_WEIGHTS: Final = np.linspace(3.0, 0.3, _FEATURES) * np.where(np.arange(_FEATURES) % 2, -1, 1)


def _world(rng: np.random.Generator, rows: int) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    x = rng.normal(size=(rows, _FEATURES))
    noise = rng.logistic(size=rows) * 0.15
    return x, x @ _WEIGHTS + noise > 0


def _fit(x: FloatArray, y: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the weights of a logistic regression, by gradient descent."""
    weights = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        shown = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30, 30)))
        weights -= 1.5 * (x.T @ (shown - y) / len(y) + 1e-4 * weights)
    return weights


def _wrong(weights: FloatArray, x: FloatArray, y: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.asarray((x @ weights > 0) != y)
