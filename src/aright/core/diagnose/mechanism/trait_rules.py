"""Rules by which traits are seen in the two sides of a change.

They look at what went and came once both are compared as tokens: lines that were only moved, laid out anew or
commented take nothing away. The rules know shapes that programming languages, SQL and settings share; they
are a reader's first look, not a proof, so each gives a strength in [0, 1].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.lasting import growth
from aright.core.diagnose.mechanism.lexing import names
from aright.core.diagnose.mechanism.libraries import only_versions, upgrade
from aright.core.diagnose.mechanism.sides import Sides
from aright.core.diagnose.mechanism.topics import Topic, count
from aright.core.diagnose.mechanism.traits import Trait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.diagnose.mechanism.contrast import Contrast
    from aright.core.diagnose.mechanism.diff import Edit

_BOLD: Final = re.compile(
    r"\.unwrap\(\)|\.expect\(|\w!\.|\w!!|\.get(?:\(\))?\.|[\])]!|\bOptional\.of\(|\bas!\s|\.first!"
)
_DROPS: Final = re.compile(r"\bdrop\b|\bremove_", re.IGNORECASE)
_DROPS_INDEX: Final = re.compile(r"\b(?:drop|remove)[ _]index\b", re.IGNORECASE)
_SQL_NAME: Final = re.compile(r"\b(?:select|from|where|update|insert|alter|rename|join)\b", re.IGNORECASE)
_ARITHMETIC: Final = frozenset(("+", "-", "*", "/", "%", "**"))
_COMPARISONS: Final = frozenset(("<", ">", "<=", ">=", "==", "!=", "===", "!==", "!", "&&", "||"))


def traits_of(found: Contrast, edits: Sequence[Edit]) -> dict[Trait, float]:
    r"""Return what a change did, each with how surely, in (0, 1].

    >>> from aright.core.diagnose.mechanism.contrast import contrast
    >>> from aright.core.diagnose.mechanism.diff import edits
    >>> hunks = edits("@@ a.js @@\n-  if (cart === null) return 0;\n   return cart.total;")
    >>> Trait.GUARD_REMOVED in traits_of(contrast(hunks), hunks)
    True
    """
    if found.idle:
        return {}
    moved = upgrade(found)
    if moved and only_versions(found):
        return {Trait.LIBRARY: moved}
    sides = Sides(found)
    strengths = {trait: rule(sides) for trait, rule in _RULES.items()}
    strengths |= {Trait.GROWS: growth(edits), Trait.LIBRARY: moved}
    return {trait: strength for trait, strength in strengths.items() if strength > 0.0}


def _guard_removed(sides: Sides) -> float:
    if sides.lost(Topic.GUARD):
        return 1.0
    bold = sum(bool(_BOLD.search(line)) for line in sides.found.added)
    before = sum(bool(_BOLD.search(line)) for line in sides.found.removed)
    return 0.7 if bold > before or sides.lost(Topic.CONDITION) else 0.0


def _condition(sides: Sides) -> float:
    compared = any(
        token.value in _COMPARISONS
        for each in sides.rewrites
        if each.went and each.came
        for token in (*each.went, *each.came)
    )
    return 0.8 * (compared or sides.lost(Topic.CONDITION) > 0)


def _swapped(sides: Sides) -> float:
    """Return whether a line differs in one name alone that is called or read of something."""
    for each in sides.rewrites:
        if each.kinds == {"name"} and len(each.went) == len(each.came) == 1:
            old, new = re.escape(each.went[0].value), re.escape(each.came[0].value)
            used = rf"(?:\.{old}\b|\b{old}\()", rf"(?:\.{new}\b|\b{new}\()"
            if re.search(used[0], each.old) and re.search(used[1], each.new):
                return 1.0
    return 0.0


def _omitted(sides: Sides) -> float:
    """Return whether a line now lacks some of its calls or parts, and has nothing new."""
    return 0.9 * any(
        not each.came and any(token.kind in {"name", "text"} for token in each.went)
        for each in sides.rewrites
    )


def _renamed(sides: Sides) -> float:
    best = 0.0
    for each in sides.rewrites:
        if not (1 <= len(each.went) <= 3 and 1 <= len(each.came) <= 3):
            continue
        if each.kinds == {"text"} or (each.kinds == {"name"} and each.on(Topic.SCHEMA)):
            best = 1.0
        elif each.kinds == {"name"}:
            best = max(best, 0.6)
    told = any(count(Topic.SCHEMA, line) and "rename" in line.lower() for line in sides.found.added)
    return 1.0 if told else best


def _refers(sides: Sides) -> float:
    known = {name for line in (*sides.found.removed, *sides.found.around) for name in names(line)}
    fresh = [line for line in sides.found.added if count(Topic.LOOKUP, line) and names(line) - known]
    return 1.0 if any(_SQL_NAME.search(line) for line in fresh) else 0.8 * bool(fresh)


def _removed(sides: Sides) -> float:
    if any(_DROPS.search(line) for line in sides.found.added):
        return 1.0
    declared = any(count(Topic.SCHEMA, line) or count(Topic.SIGNATURE, line) for line in sides.alone)
    return 0.8 * declared or 0.4 * bool(sides.alone)


def _number(sides: Sides) -> float:
    return max((_size(decades) for _, decades in sides.numbers()), default=0.0)


def _size(decades: float) -> float:
    """Return how much a change of a number matters: all of it from a factor of ten on."""
    return min(0.4 + 0.6 * abs(decades), 1.0)


def _limit(sides: Sides) -> float:
    numbers = [_size(decades) for each, decades in sides.numbers() if each.on(Topic.LIMIT)]
    if numbers:
        return max(numbers)
    if sides.rewritten(Topic.LIMIT, "number", "text"):
        return 0.8
    if sides.found.settings:
        return 0.9 * sides.moved(Topic.LIMIT)
    return 0.6 * (sides.lost(Topic.LIMIT) > 0)


def _costlier(sides: Sides) -> float:
    spent = any(_DROPS_INDEX.search(line) for line in sides.found.added)
    spent |= bool(sides.lost(Topic.THRIFT) or sides.gained(Topic.WAIT) or sides.lost(Topic.ASYNC))
    if spent:
        return 1.0
    thrift = [_size(decades) for each, decades in sides.numbers() if each.on(Topic.THRIFT)]
    looped = any(count(Topic.LOOP, line) for line in (*sides.found.added, *sides.found.around))
    work = (0.9 if looped else 0.4) * (sides.gained(Topic.WORK) > 0)
    return max(*thrift, work, 0.4 * (sides.gained(Topic.LOOP) > 0), 0.0)


def _acquires(sides: Sides) -> float:
    return 0.7 * (sides.gained(Topic.ACQUIRE) > 0 and not sides.now[Topic.RELEASE])


def _locking(sides: Sides) -> float:
    return 0.9 * (sides.moved(Topic.LOCK) or sides.rewritten(Topic.LOCK))


def _address(sides: Sides) -> float:
    if sides.rewritten(Topic.ADDRESS, "text", "number", "name"):
        return 1.0
    return 0.4 * sides.moved(Topic.ADDRESS)


def _access(sides: Sides) -> float:
    if sides.rewritten(Topic.ACCESS) or (sides.rewrites and sides.near(Topic.ACCESS)):
        return 1.0
    return 0.7 * sides.moved(Topic.ACCESS)


def _conversion(sides: Sides) -> float:
    numbered = any(each.on(Topic.SCHEMA) for each, _ in sides.numbers()) and not sides.found.settings
    if numbered or sides.rewritten(Topic.CONVERT, "text") or sides.swapped(Topic.CONVERT, Topic.TYPE):
        return 1.0
    return 0.6 * sides.moved(Topic.CONVERT)


def _calculation(sides: Sides) -> float:
    """Return whether an operator or a function of numbers was swapped, lost or won within a line."""
    if sides.swapped(Topic.CALCULATE):
        return 1.0
    moved = (
        token.value in _ARITHMETIC
        for each in sides.rewrites
        if each.on(Topic.CALCULATE)
        for token in (*each.went, *each.came)
    )
    return 0.8 * any(moved)


def _signature(sides: Sides) -> float:
    if sides.rewritten(Topic.SIGNATURE, "name", "number", "text"):
        return 0.9
    more = ((*each.went, *each.came) for each in sides.rewrites if not (each.went and each.came))
    return 0.6 * any(token.value == "," for changed in more for token in changed)


def _stricter(sides: Sides) -> float:
    if sides.gained(Topic.STRICT):
        return 1.0
    return 0.6 * sides.rewritten(Topic.STRICT, "number", "text", "sign")


def _indexing(sides: Sides) -> float:
    if sides.rewritten(Topic.INDEX, "sign", "number"):
        return 1.0
    return 0.5 * (sides.gained(Topic.INDEX) > 0)


def _resources(sides: Sides) -> float:
    """Return whether less is given than before; more does no harm but by what it costs."""
    given = [decades for each, decades in sides.numbers() if each.on(Topic.RESOURCE)]
    if given:
        return 1.0 if min(given) < 0.0 else 0.2
    return 0.6 * sides.rewritten(Topic.RESOURCE, "text", "name")


_RULES: Final[dict[Trait, Callable[[Sides], float]]] = {
    Trait.GUARD_REMOVED: _guard_removed,
    Trait.HANDLER_REMOVED: lambda sides: float(sides.lost(Topic.HANDLER) > 0),
    Trait.CONDITION: _condition,
    Trait.SWAPPED: _swapped,
    Trait.OMITTED: _omitted,
    Trait.RELEASE_REMOVED: lambda sides: float(sides.lost(Topic.RELEASE) > 0),
    Trait.ACQUIRES: _acquires,
    Trait.RENAMED: _renamed,
    Trait.REFERS: _refers,
    Trait.REMOVED: _removed,
    Trait.NUMBER: _number,
    Trait.LIMIT: _limit,
    Trait.COSTLIER: _costlier,
    Trait.LOCKING: _locking,
    Trait.ADDRESS: _address,
    Trait.ACCESS: _access,
    Trait.CONVERSION: _conversion,
    Trait.SIGNATURE: _signature,
    Trait.STRICTER: _stricter,
    Trait.INDEXING: _indexing,
    Trait.CALCULATION: _calculation,
    Trait.DIVISION: lambda sides: 0.9 * (sides.gained(Topic.DIVIDE) > 0),
    Trait.RESOURCES: _resources,
}
