"""Simulated services whose labels are known: the score knows part of what decides them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from aright.core.detect.estimates import Columns, NoEstimate, estimate
from aright.core.detect.estimates_classes import Classifier, learn_classes
from aright.core.detect.estimates_late import blend
from aright.core.detect.estimates_numbers import Loss, learn_loss
from aright.core.detect.estimates_rule import Usuals, usuals

COLUMNS = Columns(prediction="said", label="label", score="score", features=("x", "group"))
NUMBERS = Columns(prediction="said", label="label", features=("x", "group"))


def logistic(value):
    return 1 / (1 + np.exp(-value))


def classes_table(rng, rows, *, shift=0.0, drift=0.0):
    """Return rows of a two-class service: the score leaves out what the group adds.

    ``shift`` moves rows to the group that the score gets wrong; ``drift`` adds to every true logit.
    """
    group = (rng.random(rows) < 0.3 + shift).astype(int)
    x = rng.normal(size=rows) + 0.5 * shift
    known = 1.5 * x - 0.3
    label = rng.random(rows) < logistic(known + 1.2 * (group - 0.3) + drift)
    score = logistic(known)
    return pa.table(
        {
            "x": x,
            "group": np.array(["a", "b"])[group],
            "score": score,
            "said": (score > 0.5).astype(int),
            "label": label.astype(int),
        }
    )


def numbers_table(rng, rows, *, shift=0.0, drift=1.0):
    """Return rows of a regressor whose error grows with ``x`` and in one group."""
    group = (rng.random(rows) < 0.3 + shift).astype(int)
    x = rng.random(rows)
    error = rng.normal(size=rows) * (0.5 + 2 * x) * (1 + group) * drift
    said = 10 * x
    return pa.table({"x": x, "group": np.array(["a", "b"])[group], "said": said, "label": said + error})


def many_table(rng, rows, *, shift=0.0):
    """Return rows of three classes with a score each, one of them too sure of itself."""
    x = rng.normal(size=(rows, 3)) + np.array([shift, 0.0, 0.0])
    true = np.exp(x)
    true /= true.sum(axis=1, keepdims=True)
    label = (rng.random(rows)[:, None] > true.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    told = np.exp(1.5 * x)
    told /= told.sum(axis=1, keepdims=True)
    names = np.array(["cat", "dog", "owl"])
    scores = {f"p_{name}": told[:, k] for k, name in enumerate(names)}
    best = told.argmax(axis=1)
    return pa.table({**scores, "sure": told.max(axis=1), "said": names[best], "label": names[label]})


def realised(estimator, window):
    """Return the metrics of a window by its labels."""
    truth = estimator.truth(window)
    return {measure.name: measure.of(truth).value for measure in estimator.expect(window).measures}


def without_labels(window):
    return window.drop_columns(["label"])


def learned(reference, columns=COLUMNS):
    """Return a classifier's estimator, which there must be."""
    found = learn_classes(reference, columns)
    assert isinstance(found, Classifier), found
    return found


def learned_loss(reference, metric, columns=NUMBERS):
    """Return a regressor's estimator, which there must be."""
    found = learn_loss(reference, columns, metric)
    assert isinstance(found, Loss), found
    return found


def usual_of(estimator, reference, size):
    """Return what is usual, which there must be."""
    found = usuals(estimator, reference, size)
    assert isinstance(found, Usuals), found
    return found


def estimates(estimator, window):
    """Return estimates by metric, made without looking at labels."""
    found = estimate(estimator, without_labels(window) if "label" in window.column_names else window)
    assert not isinstance(found, NoEstimate), found
    return {one.metric: one for one in found}


def blends(estimator, window, doubt=None, missing_by=("x", "group")):
    """Return blends by metric."""
    found = blend(estimator, window, missing_by=missing_by, doubt=doubt)
    assert not isinstance(found, NoEstimate), found
    return {one.metric: one for one in found}


def reason_of(found):
    """Return why there is none."""
    assert isinstance(found, NoEstimate), found
    return found.reason
