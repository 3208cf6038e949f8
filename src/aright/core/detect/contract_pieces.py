"""Pieces of a window laid together, fields that a piece does not have at all counted as missing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.contract import merge_summaries
from aright.core.contract.paths import ELEMENT, ENTRY, ROOT, parent_of
from aright.core.contract.summary import PathSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract import Summary


def together(pieces: Sequence[Summary]) -> Summary:
    """Return all pieces (at least one) as one window.

    A field that no document of a piece has leaves no trace in it: how many objects could have had it is added
    here, or else a field that went away between two pieces would look as if it were always there.

    >>> from aright.core.contract import Sample
    >>> one, two = Sample(0), Sample(1)
    >>> one.add({"a": 1, "b": 1})
    >>> two.add({"b": 1})
    >>> together([one.summary(), two.summary()]).paths["a"].bases["parent"]
    2
    """
    if len(pieces) == 1:
        return pieces[0]
    return merge_summaries(filled(pieces))


def filled(windows: Sequence[Summary]) -> list[Summary]:
    """Return windows in which fields that others have are counted as missing."""
    paths = {path for window in windows for path in window.paths}
    return [_filled(window, paths) for window in windows]


def _filled(piece: Summary, paths: set[str]) -> Summary:
    missing = {}
    for path in paths - piece.paths.keys():
        holder = piece.paths.get(parent_of(path))
        objects = holder.counts.get("value:object", 0) if holder else 0
        if objects and path != ROOT and not path.endswith((ELEMENT, ENTRY)):
            missing[path] = PathSummary(bases={"parent": objects, "present": 0})
    return msgspec.structs.replace(piece, paths={**piece.paths, **missing}) if missing else piece
