"""What refusals hide: the two losses of a service that declines, counted over all its answers.

Labels come only for what was let through. To compare the approved alone is wrong: a version that declines
more has fewer bad ones among them, whatever it declined. With a hold-out, each answer has two losses that are
known without it: *missed* (approved, and it was bad) and *wrongly declined* (the model said no, it was let
through by the hold-out, and it was good). An answer that was declined and not held out has none of them.
So only the share of the hold-out of what was wrongly declined is seen; but both versions have the same share,
so the ratio of what is seen is the ratio of all, and needs no weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.mitigate.canary.declining import declined, numbers
from aright.core.model.columns import ATTRIBUTE

if TYPE_CHECKING:
    from aright.core.model.service import Service

HELD_OUT: Final = ATTRIBUTE + "held_out"
_YES: Final = pa.array(["yes", "true", "1"], pa.string())
_OUTCOME: Final = "outcome."

MISSED: Final = "missed:"
WRONGLY_DECLINED: Final = "wrongly_declined:"
"""Metrics of what refusals hide, before the kind of the outcome that says how bad it turned out."""


class Losses(NamedTuple):
    """Losses by row, NaN where they are not known yet.

    Attributes:
        missed: approved, and bad.
        wrongly_declined: declined, held out, and good.
    """

    missed: npt.NDArray[np.float64]
    wrongly_declined: npt.NDArray[np.float64]


def hold_out_losses(rows: pa.Table, kind: str, service: Service | None = None) -> Losses:
    """Return both losses of each answer.

    Args:
        rows: what the model said (not what was done), ``attr.held_out``, and ``outcome.KIND``: how bad it
            turned out in [0, 1], such as 1 for a charge-back; null while it is not known.
        kind: of that outcome.
        service: what decides which answers decline; labels that customarily approve do, if left out.

    >>> rows = pa.table({"label": ["approve", "declined", "declined"], "attr.held_out": [None, "yes", None],
    ...     "outcome.fraud": [1.0, 0.0, None]})
    >>> losses = hold_out_losses(rows, "fraud")
    >>> losses.missed.tolist(), losses.wrongly_declined.tolist()
    ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    """
    refused = declined(rows, service)
    bad = numbers(rows, _OUTCOME + kind)
    held = _held(rows)
    unknown = np.isnan(refused)
    missed = np.where(refused == 0, np.clip(bad, 0.0, 1.0), 0.0)
    wrongly = np.where((refused == 1) & held, 1.0 - np.clip(bad, 0.0, 1.0), 0.0)
    return Losses(np.where(unknown, np.nan, missed), np.where(unknown, np.nan, wrongly))


def refusal_losses(rows: pa.Table, metric: str, service: Service | None = None) -> npt.NDArray[np.float64]:
    """Return the loss of each answer that ``missed:KIND`` or ``wrongly_declined:KIND`` names."""
    missed = metric.startswith(MISSED)
    found = hold_out_losses(rows, metric.removeprefix(MISSED if missed else WRONGLY_DECLINED), service)
    return found.missed if missed else found.wrongly_declined


def _held(rows: pa.Table) -> npt.NDArray[np.bool_]:
    if HELD_OUT not in rows.column_names:
        return np.zeros(rows.num_rows, dtype=bool)
    said = pc.utf8_lower(rows[HELD_OUT].cast(pa.string()))
    return np.asarray(pc.is_in(said, value_set=_YES), dtype=bool)
