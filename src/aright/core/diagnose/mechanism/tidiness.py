"""Whether a change says the same as before in other words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.sides import Sides
from aright.core.diagnose.mechanism.topics import Topic
from aright.core.diagnose.mechanism.traits import Trait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.diagnose.mechanism.contrast import Contrast
    from aright.core.diagnose.mechanism.lexing import Token

_OPERATORS: Final = frozenset(("<", ">", "<=", ">=", "+", "-", "*", "/", "%", "**", "<<", ">>"))
_KEPT: Final = (
    Topic.CALCULATE,
    Topic.GUARD,
    Topic.HANDLER,
    Topic.RELEASE,
    Topic.LOCK,
    Topic.BOUND,
    Topic.THRIFT,
    Topic.CONVERT,
    Topic.ASYNC,
    Topic.ACCESS,
)
_NOT_NEW: Final = (
    Topic.CALCULATE,
    Topic.APPEND,
    Topic.LOOP,
    Topic.WAIT,
    Topic.LOCK,
    Topic.ACQUIRE,
    Topic.WORK,
    Topic.CONVERT,
)
_CONSTANT: Final = re.compile(r"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+")
_INTERFACE: Final = re.compile(r"\.(?:proto|sql|graphqls?|gql|avsc|thrift|xsd|wsdl|prisma|fbs|capnp)$")
"""Files whose names and types are what others rely on."""

_TELLING: Final = (Trait.SWAPPED, Trait.OMITTED, Trait.SIGNATURE, Trait.NUMBER)


def tidy(found: Contrast, did: Mapping[Trait, float]) -> bool:
    r"""Tell whether a change keeps every number, key and check, and only says it in other words.

    Lines came for lines that went; no number or one-word text was lost or won; nothing was taken from the
    checks, handlers, releases and locks; and no single name was put in another's place. Names may differ, but
    for those of constants and of interfaces, which others go by.

    >>> from aright.core.diagnose.mechanism.contrast import contrast
    >>> from aright.core.diagnose.mechanism.diff import edits
    >>> same = "@@ a.go @@\n-if n < 1 || n > 9 {\n-return bad(n)\n-}\n+return within(n, 1, 9)"
    >>> tidy(contrast(edits(same)), {}), tidy(contrast(edits(same.replace("9)", "8)"))), {})
    (True, False)
    """
    if not (found.removed and found.added):
        return False
    changed = (*found.lost, *found.gained)
    if changed and (found.settings or any(_INTERFACE.search(path) for path in found.paths)):
        return False
    if any(token.kind == "number" or _is_key(token) for token in changed) or _constants_moved(found):
        return False
    if any(token.kind == "sign" and token.value in _OPERATORS for token in found.gained):
        return False
    sides = Sides(found)
    if any(map(sides.lost, _KEPT)) or any(map(sides.gained, _NOT_NEW)):
        return False
    return not any(trait in did for trait in _TELLING)


def _constants_moved(found: Contrast) -> bool:
    """Tell whether one constant stands for another now."""
    return all(
        any(each.kind == "name" and _CONSTANT.fullmatch(each.value) for each in side)
        for side in (found.lost, found.gained)
    )


def _is_key(token: Token) -> bool:
    return token.kind == "text" and bool(token.value) and " " not in token.value.strip()
