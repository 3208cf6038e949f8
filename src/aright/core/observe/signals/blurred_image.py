"""Share of images more blurred than nineteen of twenty were at first, by the variance of their Laplacian.

Source: J. L. Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy: a comparative study, ICPR
2000 ("LAPV").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.observe.signals.naming import BLUR
from aright.core.observe.signals.values import FloatArray, beyond, feature, twentieths

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "blurred_image_share"


def learn(rows: pa.Table) -> dict[str, tuple[float, float]]:
    """Return what one of twenty images was below and above, under the signal's name."""
    blur = feature(rows, (BLUR,))
    limits = twentieths(blur) if blur is not None else None
    return {NAME: limits} if limits is not None else {}


def values(rows: pa.Table, cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each blurred image, 0 for any other, NaN where it is not told.

    >>> import pyarrow as pa
    >>> from aright.core.model.cuts import Cuts, Norms
    >>> cuts = Cuts(key="cam", columns={}, norms=Norms(limits={"blurred_image_share": (0.01, 0.2)}))
    >>> values(pa.table({"feat.image.blur": [0.002, 0.08]}), cuts)
    array([1., 0.])
    """
    limits = cuts.norms.limits.get(NAME) if cuts is not None else None
    blur = feature(rows, (BLUR,)) if limits is not None else None
    return beyond(blur, limits[0], above=False) if blur is not None and limits is not None else None
