"""Succession: a value that came up among units that were served before, and whose rows these were then.

A camera is given a new firmware, a phone a new app. No reference row has the new value, but that is not to
say that nothing is known of it: the very units that have it now were served before. They are their own
baseline, the change within units that a paired comparison is made of, and so what parts are cut by carries
the new value back over their earlier rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.rows import Attribute

NEW: Final = 1e-3
"""A value of fewer reference rows than this share has come up."""

FEWEST: Final = 15
"""Current rows that a value needs to be carried back."""

KNOWN: Final = 0.5
"""Share of a value's rows whose units were there before, below which it came with new units."""


def carried_back(
    attribute: Attribute, now: NDArray[np.bool_], time: NDArray[np.int64], unit: NDArray[np.int64]
) -> Attribute:
    """Return the attribute with what parts are cut by: new values over all earlier rows of their units.

    A unit that changed over has the new value in all of its rows from the first one on; one that has now this
    value and now that, such as a user of two devices, did not change over and stays as it is.

    Args:
        attribute: with a code per row.
        now: true for current rows.
        time: of the rows (µs, UTC).
        unit: code of each row's unit.
    """
    size = len(attribute.values) + 1
    before, after = (np.bincount(attribute.codes[side], minlength=size)[:-1] for side in (~now, now))
    fresh = np.flatnonzero((before < NEW * max(int((~now).sum()), 1)) & (after >= FEWEST))
    cut = attribute.codes
    for code in fresh.tolist():
        cut = _carried(cut, attribute.codes == code, code, now, time, unit)
    return attribute if cut is attribute.codes else replace(attribute, carried=cut)


def _carried(
    cut: NDArray[np.int32],
    has: NDArray[np.bool_],
    code: int,
    now: NDArray[np.bool_],
    time: NDArray[np.int64],
    unit: NDArray[np.int64],
) -> NDArray[np.int32]:
    first = np.full(int(unit.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, unit[has], time[has])
    since = time >= first[unit]
    came_back = np.unique(unit[since & ~has])
    changed = np.flatnonzero(first < np.iinfo(np.int64).max)
    changed = changed[~np.isin(changed, came_back)]
    theirs = np.isin(unit, changed)
    seen_before = np.unique(unit[theirs & ~now])
    if int((has & np.isin(unit, seen_before)).sum()) < KNOWN * int(has.sum()):
        return cut
    return np.where(theirs & ~since, np.int32(code), cut)
