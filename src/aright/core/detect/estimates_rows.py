"""Rows of a service as estimates need them: what was answered, how sure, by what features, and the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.detect.estimates import Columns, NoEstimate
from aright.core.model.columns import ATTRIBUTE, FEATURE

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS: Final = "label"
"""The kind of outcomes that tell the truth about an answer."""

MOST_FEATURES: Final = 24

_SAID, _TRUTH, _SCORE = "said", "truth", "sure"
_EVEN: Final = 0.5
_DECIDED: Final = 2


def known_truths(outcomes: pa.Table) -> pa.Table:
    """Return the truths among outcomes: ``prediction_id`` and ``label`` (text) or ``value`` (number).

    The last that came counts where several are about one answer.
    """
    kinds = outcomes["kind"].cast(pa.string())
    told = outcomes.filter(pc.and_(pc.equal(kinds, LABELS), pc.is_valid(outcomes["prediction_id"])))
    told = told.sort_by([("time", "descending")])
    ids = told["prediction_id"].combine_chunks()
    first = np.asarray(pc.index_in(ids, value_set=ids), dtype=np.int64) == np.arange(len(ids))
    known = told.column_names
    label = told["label"].cast(pa.string()) if "label" in known else pa.nulls(len(ids), pa.string())
    value = told["value"] if "value" in known else pa.nulls(len(ids), pa.float32())
    return pa.table({"prediction_id": told["prediction_id"], "label": label, "value": value}).filter(first)


def estimable(
    predictions: pa.Table, truths: pa.Table, *, classes: Sequence[str] = (), threshold: float | None = None
) -> tuple[pa.Table, Columns, tuple[str, ...]] | NoEstimate:
    """Return rows with answers and truths beside one another, their columns' names, and the classes.

    An answer is a label, a score (held against ``threshold``, one half where there is none) or a number. Of a
    score the positive class is the later of two in order.

    Args:
        predictions: of one service.
        truths: as ``known_truths`` returns them; of other predictions, too.
        classes: of the truths, as found in the reference; found among ``truths`` where there are none.
        threshold: the score from which an answer is the positive class.
    """
    named = predictions.column_names
    at = pc.index_in(truths["prediction_id"], value_set=predictions["id"].combine_chunks())
    about = truths.filter(pc.is_valid(at))
    place = pc.index_in(predictions["id"], value_set=about["prediction_id"].combine_chunks())
    label, value = (about[name].combine_chunks().take(place.combine_chunks()) for name in ("label", "value"))
    features = _features(predictions)
    columns = {f"feature {name}": predictions[name] for name in features}
    if _filled(predictions, "label"):
        columns[_SAID] = predictions["label"].cast(pa.string())
        columns[_TRUTH] = label
        score = next((name for name in ("confidence", "score") if _filled(predictions, name)), "")
    elif _filled(predictions, "score"):
        truth = label if label.null_count < len(label) else _as_classes(value)
        found = pc.unique(truth.drop_null()).to_pylist()
        classes = tuple(classes) or tuple(sorted(str(each) for each in found))
        if len(classes) != _DECIDED:
            return NoEstimate(f"a score decides between two classes, and the truths are of {len(classes)}")
        above = pc.greater_equal(predictions["score"], _EVEN if threshold is None else threshold)
        columns[_SAID] = pc.if_else(above, classes[1], classes[0])
        columns[_TRUTH], score = truth, "score"
    elif _filled(predictions, "number"):
        columns[_SAID], columns[_TRUTH], score = predictions["number"], value, ""
    else:
        return NoEstimate("the answers are no labels, scores or numbers that a truth could be held against")
    if score:
        columns[_SCORE] = predictions[score]
    if "time" in named:
        columns["time"] = predictions["time"]
    names = Columns(
        prediction=_SAID,
        label=_TRUTH,
        score=_SCORE if score else "",
        features=tuple(f"feature {name}" for name in features),
    )
    return pa.table(columns), names, tuple(classes)


def _features(predictions: pa.Table) -> list[str]:
    wanted = [name for name in predictions.column_names if name.startswith((FEATURE, ATTRIBUTE))]
    return sorted(wanted)[:MOST_FEATURES]


def _filled(rows: pa.Table, name: str) -> bool:
    return name in rows.column_names and rows[name].null_count < len(rows[name]) / 2


def _as_classes(value: pa.Array) -> pa.Array:
    return value.cast(pa.int64(), safe=False).cast(pa.string())
