"""Segments that get signals of their own: large enough once, then followed, within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.observe.unit_sums import FloatArray

Part: TypeAlias = tuple[str, int]
"""An attribute and the code of one of its values."""

MOST_SEGMENTS: Final = 96
MOST_VALUES: Final = 64
"""Values of one attribute."""

MOST_HOSTS: Final = 24
"""Hosts come and go, and shall not crowd out what tells people apart."""

_FEWEST_UNITS: Final = 5
_SMALLEST_SHARE: Final = 1 / 128
_FORGOTTEN: Final = 240


class Segments:
    """Says which segments a window has points of.

    A value is taken up when it has five units and a hundred-and-twenty-eighth of all in a window, the larger
    ones first, and from then on has points whenever it has a unit. The budget goes to new ones when others
    have not been seen for 240 windows. A value that all units have is all traffic, and gets none.

    >>> import numpy as np
    >>> segments = Segments()
    >>> segments.choose({"region": np.array([60.0, 40.0, 2.0]), "colour": np.array([100.0])}, 100.0)
    [('region', 0), ('region', 1)]
    >>> segments.choose({"region": np.array([98.0, 2.0])}, 100.0)
    [('region', 0), ('region', 1)]
    """

    def __init__(self) -> None:
        self._seen: dict[Part, int] = {}
        self._window = 0
        self.left_out = 0

    def choose(self, units: Mapping[str, FloatArray], everyone: float) -> list[Part]:
        """Return the segments that get points, from the units of each value by attribute and of everyone."""
        self._window += 1
        there = [
            (float(count), (attribute, int(code)))
            for attribute, counts in units.items()
            for code, count in enumerate(counts)
            if 0 < count < everyone
        ]
        there.sort(key=lambda entry: (-entry[0], entry[1]))
        least = max(everyone * _SMALLEST_SHARE, _FEWEST_UNITS)
        chosen = [part for count, part in there if self._is_known(part) or self._admit(part, count >= least)]
        for part in chosen:
            self._seen[part] = self._window
        return chosen

    def _is_known(self, part: Part) -> bool:
        return part in self._seen

    def _admit(self, part: Part, large: bool) -> bool:  # noqa: FBT001 - private, and named where it is called
        most = MOST_HOSTS if part[0] == "host" else MOST_VALUES
        if not large:
            return False
        if sum(attribute == part[0] for attribute, _ in self._seen) >= most:
            self.left_out += 1
            return False
        if len(self._seen) >= MOST_SEGMENTS:
            oldest = min(self._seen, key=lambda known: (self._seen[known], known))
            if self._window - self._seen[oldest] < _FORGOTTEN:
                self.left_out += 1
                return False
            del self._seen[oldest]
        self._seen[part] = self._window
        return True
