"""Share of images too dark to see: a mean luma below a tenth.

Source: brightness as a quality of input images, D. Hendrycks, T. Dietterich, Benchmarking neural network
robustness to common corruptions and perturbations, ICLR 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.naming import BRIGHTNESS
from aright.core.observe.signals.values import FloatArray, feature

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "dark_image_share"
LEAST: Final = 0.1


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each dark image, 0 for any other, NaN where it is not told.

    >>> import pyarrow as pa
    >>> values(pa.table({"feat.image.brightness": [0.02, 0.5, None]}), None)
    array([ 1.,  0., nan])
    """
    brightness = feature(rows, (BRIGHTNESS,))
    return None if brightness is None else np.where(np.isfinite(brightness), brightness < LEAST, np.nan)
