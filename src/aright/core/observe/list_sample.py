"""A sample of the lists that a window's units were shown: one per unit, those with the smallest hashes.

Source: E. Cohen, H. Kaplan, Summarizing data using bottom-k sketches, PODC 2007.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.profile.hashing import Hashes, stir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Codes: TypeAlias = npt.NDArray[np.int64]

MOST_LISTS: Final = 512
LONGEST: Final = 100
"""Items of a list that are looked at."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ListSample:
    """Lists in the order of their hashes.

    Attributes:
        hashes: of unit and window together, ascending, shape (lists,).
        codes: by attribute, each list's code or −1, shape (lists,).
        lists: the items, none empty.
    """

    hashes: Hashes
    codes: Mapping[str, Codes]
    lists: pa.ListArray

    @property
    def state_bytes(self) -> int:
        """What the sample takes (bytes)."""
        return self.hashes.nbytes + sum(part.nbytes for part in self.codes.values()) + int(self.lists.nbytes)

    def take(self, places: Codes) -> pa.ListArray:
        """Return some of the lists."""
        return self.lists.take(pa.array(places))


def sample_lists(
    units: Hashes, codes: Mapping[str, Codes], items: pa.ListArray, *, window: int
) -> ListSample:
    """Return a sample of rows' lists, of each unit the first one that is not empty.

    Args:
        units: hashes of the rows' units, shape (rows,).
        codes: by attribute, the rows' codes, shape (rows,).
        items: the rows' lists, null or empty where there are none.
        window: the window's start, so that each window samples other units.
    """
    there = np.flatnonzero(np.asarray(pc.fill_null(pc.list_value_length(items), 0)) > 0)
    hashes = stir(units[there] ^ np.uint64(window))
    _, first = np.unique(hashes, return_index=True)
    rows = there[first[:MOST_LISTS]]
    lists = pc.list_slice(items.take(pa.array(rows)), 0, LONGEST)
    return ListSample(
        hashes=hashes[first[:MOST_LISTS]],
        codes={name: part[rows] for name, part in codes.items()},
        lists=lists,
    )


def merge_lists(parts: Sequence[ListSample], *, most: int = MOST_LISTS) -> ListSample:
    """Return the sample of all parts together; of a unit that is in several, the first one's list."""
    hashes = np.concatenate([part.hashes for part in parts])
    kept, first = np.unique(hashes, return_index=True)
    first = first[:most]
    names = dict.fromkeys(name for part in parts for name in part.codes)
    codes = {
        name: np.concatenate([part.codes.get(name, np.full(len(part.hashes), -1)) for part in parts])[first]
        for name in names
    }
    lists = pa.chunked_array([part.lists for part in parts], pa.list_(pa.string())).take(pa.array(first))
    return ListSample(hashes=kept[:most], codes=codes, lists=lists.combine_chunks())
