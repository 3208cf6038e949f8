"""Share of images that are one plane colour, such as black: a camera or decoder that shows nothing.

Told by the contrast that the SDK's ``image_features`` sends, the standard deviation of the luma.

Source: blackout and frozen frames as failures of a camera, ITU-T Recommendation P.910 (spatial information).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.naming import CONTRAST
from aright.core.observe.signals.values import FloatArray, feature

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "blank_image_share"

LEAST: Final = 0.01
"""Contrast below which an image shows nothing: less than three of 255 steps."""


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each blank image, 0 for any other, NaN where it is not told.

    >>> import pyarrow as pa
    >>> values(pa.table({"feat.image.contrast": [0.0, 0.21, None]}), None)
    array([ 1.,  0., nan])
    """
    contrast = feature(rows, (CONTRAST,))
    return None if contrast is None else np.where(np.isfinite(contrast), contrast < LEAST, np.nan)
