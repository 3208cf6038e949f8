"""What a schema declared, held against a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.contract.breaks import Break
from aright.core.contract.keys import Key, read_rate
from aright.core.contract.lens import Lens
from aright.core.contract.words import quoted, sentence, shown
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.contract.contract import Declared
    from aright.core.contract.summary import PathSummary, Summary


def declared_breaks(declared: Mapping[str, Declared], window: Summary) -> tuple[Break, ...]:
    """Return where documents do not keep to their schema; certain, so without a p-value to speak of."""
    told: list[Break] = []
    for path, promise in declared.items():
        missing = read_rate(window, Key(path, "parent:present"), Lens())
        if promise.required and missing is not None and missing.k < missing.n:
            told.append(_told(path, "missing", 1 - missing.k / missing.n, "is required and missing in"))
        found = window.paths.get(path)
        if found is None:
            continue
        wrong = _wrong_types(promise, found)
        if wrong:
            allowed = " or ".join(promise.types)
            told.append(_told(path, "type", wrong, f"is no {allowed} in"))
        others = _others(promise, found)
        if others:
            share = sum(others.values()) / found.cells["value"].n
            listed = ", ".join(f"`{shown(value)}`" for value in sorted(others)[:2])
            told.append(
                _told(path, "new values", share, f"has values that are not declared, such as {listed}, in")
            )
    return tuple(told)


def _wrong_types(promise: Declared, found: PathSummary) -> float:
    """Return the share of values of a type that was not declared."""
    if not promise.types or not found.bases["present"]:
        return 0.0
    allowed = {f"value:{name}" for name in promise.types}
    if "value:object" in allowed:
        allowed.add("value:map")  # an object whose keys are data
    if "value:number" in allowed:
        allowed.add("value:integer")
    if "value:integer" in allowed and found.counts.get("digits:0", 0) >= found.bases.get("digits", 0):
        allowed.add("value:number")  # JSON Schema takes 2.0 for an integer
    wrong = sum(k for name, k in found.counts.items() if name.startswith("value:") and name not in allowed)
    wrong += 0 if "null" in promise.types else found.counts.get("present:null", 0)
    return wrong / found.bases["present"]


def _others(promise: Declared, found: PathSummary) -> dict[str, int]:
    cells = found.cells.get("value")
    if not promise.values or cells is None:
        return {}
    return {value: count for value, count in cells.counts.items() if value not in promise.values}


def _told(path: str, kind: str, share: float, words: str) -> Break:
    return Break(
        path=path,
        kind=kind,
        grade="breaking",
        before=0.0,
        now=share,
        effect=share,
        p_value=0.0,
        sentence=sentence([f"{quoted(path)} {words} {percent(share)}"]),
    )
