"""Fields that came, and fields that went elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.contract.breaks import Break
from aright.core.contract.paths import parent_of, split
from aright.core.contract.words import quoted, sentence
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract.contract import Contract, KnownPath
    from aright.core.contract.summary import PathSummary, Summary


def new_fields(contract: Contract, window: Summary) -> list[Break]:
    """Return the fields that were never there before, each with all below it as one; harmless."""
    new = {path for path in window.paths if path not in contract.paths}
    return [_told(path, window) for path in sorted(new) if parent_of(path) not in new]


def _told(path: str, window: Summary) -> Break:
    bases, counts = window.paths[path].bases, window.paths[path].counts
    share = min(counts.get("parent:present", 0) / max(bases.get("parent", 1), 1), 1.0)
    return Break(
        path=path,
        kind="new field",
        grade="harmless",
        before=0.0,
        now=share,
        effect=share,
        p_value=1.0,
        sentence=sentence([f"{quoted(path)} is a new field, in {percent(share)}"]),
    )


def tell_moves(breaks: Sequence[Break], contract: Contract, window: Summary) -> list[Break]:
    """Return the breaks, a field that went and one that came with the same kind of values told as a move."""
    new = [path for path in sorted(window.paths) if path not in contract.paths]
    told: list[Break] = []
    for found in breaks:
        known = contract.paths.get(found.path)
        if found.kind != "missing" or found.now >= found.before or known is None:
            told.append(found)
            continue
        likely = [path for path in new if _alike(known, window.paths[path])]
        likely.sort(key=lambda path: _distance(found.path, path))
        if likely:
            text = f"{quoted(likely[0])} is new with the same kind of values: renamed or moved"
            told.append(
                msgspec.structs.replace(found, others=(likely[0],), sentence=sentence([found.sentence, text]))
            )
        else:
            told.append(found)
    return told


def _alike(known: KnownPath, found: PathSummary) -> bool:
    """Whether two fields mostly hold values of one type and form."""
    types = {name.partition(":")[2]: k for name, k in found.counts.items() if name.startswith("value:")}
    if not types or not known.types:
        return False
    if max(types, key=lambda name: types[name]) != max(known.types, key=lambda name: known.types[name]):
        return False
    texts = found.bases.get("text", 0)
    return all(found.counts.get(f"text:{form}", 0) >= 0.9 * texts for form in known.forms)


def _distance(one: str, two: str) -> tuple[bool, bool, str]:
    """Order candidates: of the same name elsewhere, then of the same object, then any."""
    return (split(one)[-1:] != split(two)[-1:], parent_of(one) != parent_of(two), two)
