"""Stale features: the share that is older than nineteen of twenty were at first.

A service says how old a source's values are by a feature whose name ends with ``.age_seconds``, such as
``profiles.age_seconds``. A row's value is the share of its ages that are beyond their own limit, so the
signal has segments; each source has a series of its own besides, such as ``stale_share:profiles``.

Source: freshness as a dimension of data quality, L. L. Pipino, Y. W. Lee, R. Y. Wang, Data quality
assessment, Communications of the ACM 45 (2002); "feature staleness" in E. Breck et al., The ML test score,
IEEE Big Data 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.columns import FEATURE
from aright.core.observe.signals.naming import AGE
from aright.core.observe.signals.values import FloatArray, beyond, feature, twentieths

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "stale_share"
MOST: Final = 16
"""Sources whose age is watched."""


def learn(rows: pa.Table) -> dict[str, tuple[float, float]]:
    """Return what one of twenty ages was below and above (s), by source.

    >>> import pyarrow as pa
    >>> learn(pa.table({"feat.profiles.age_seconds": [float(at) for at in range(101)]}))
    {'stale_share:profiles': (5.0, 95.0)}
    """
    names = [name for name in rows.column_names if name.startswith(FEATURE) and name.endswith(AGE)]
    found = {}
    for name in names[:MOST]:
        ages = feature(rows, (name.removeprefix(FEATURE),))
        limits = twentieths(ages) if ages is not None else None
        if limits is not None:
            found[f"{NAME}:{name.removeprefix(FEATURE).removesuffix(AGE)}"] = limits
    return found


def values(rows: pa.Table, cuts: Cuts | None) -> dict[str, FloatArray]:
    """Return by source 1 for each age beyond its limit, and under ``stale_share`` each row's mean."""
    limits = cuts.norms.limits if cuts is not None else {}
    found = {}
    for name in [name for name in limits if name.startswith(f"{NAME}:")]:
        ages = feature(rows, (name.partition(":")[2] + AGE,))
        if ages is not None:
            found[name] = beyond(ages, limits[name][1], above=True)
    if not found:
        return {}
    stacked = np.stack(list(found.values()))
    known = np.isfinite(stacked).sum(axis=0)
    mean = np.where(known > 0, np.nansum(stacked, axis=0) / np.maximum(known, 1), np.nan)
    return {NAME: mean, **found}
