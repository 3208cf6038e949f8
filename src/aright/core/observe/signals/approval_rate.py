"""Approval rate: the share of answers that approve, as the catalog says which do.

Labels decide where the catalog names approving ones, or where a fraud service uses a customary one; else the
score, or the number, against the catalog's ``threshold``.

Source: approval rate as a monitored rate of credit and fraud decisions, N. Siddiqi, Credit Risk Scorecards
(2006), ch. 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    from aright.core.model.service import Service

NAME: Final = "approval_rate"

CUSTOMARY: Final = ("approve", "approved", "accept", "accepted", "allow", "allowed", "legit", "legitimate")
"""Labels that approve, of a fraud service whose catalog names none."""


def values(rows: pa.Table, service: Service) -> FloatArray | None:
    """Return 1 for each answer that approves, 0 for any other, NaN without one; ``None`` for no answers.

    >>> from aright.core.model.service import Service
    >>> scores = pa.table({"score": [0.2, 0.9, None]})
    >>> values(scores, Service(key="card", threshold=0.8))
    array([ 1.,  0., nan])
    >>> values(pa.table({"label": ["Approved", "declined"]}), Service(key="card", type="fraud"))
    array([1., 0.])
    """
    decided = _by_label(rows, service)
    return decided if decided is not None else _by_score(rows, service)


def scores_of(rows: pa.Table) -> FloatArray | None:
    """Return the scores, or else the numbers, that rows answer with; ``None`` without any."""
    scores = numbers(rows, "score")
    return numbers(rows, "number") if scores is None else scores


def _by_label(rows: pa.Table, service: Service) -> FloatArray | None:
    if "label" not in rows.column_names or rows["label"].null_count == rows.num_rows:
        return None
    labels = pc.utf8_lower(rows["label"].cast(pa.string()))
    wanted = [label.lower() for label in service.approving]
    approve = pc.is_in(labels, value_set=pa.array(wanted or CUSTOMARY, pa.string()))
    if not wanted and (service.type != "fraud" or not pc.any(approve).as_py()):
        return None
    return np.where(np.asarray(labels.is_valid()), np.asarray(approve), np.nan)


def _by_score(rows: pa.Table, service: Service) -> FloatArray | None:
    scores = scores_of(rows) if service.threshold is not None else None
    if scores is None or service.threshold is None:
        return None
    # A threshold is compared in the precision that scores have, so that 0.7 is not below 0.7.
    at_least = scores.astype(np.float32) >= np.float32(service.threshold)
    return np.where(np.isfinite(scores), at_least == (service.approves == "above"), np.nan)
