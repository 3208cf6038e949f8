"""Numbers and foreign names as sentences have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.probability import NARROW

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST: Final = 80
"""Characters of a foreign name that a sentence shows."""

LONGEST_TEXT: Final = 300
"""Characters of a foreign sentence."""


def shown(name: str) -> str:
    """Return a foreign name fit for a sentence: one line, printable, not endless.

    >>> shown("north"), shown("a" + chr(10) + "b"), len(shown("x" * 500))
    ('north', 'a?b', 80)
    """
    plain = "".join(each if each.isprintable() else "?" for each in name[: LONGEST + 1])
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def shown_text(text: str) -> str:
    """Return a foreign sentence fit to be shown: printable, with the narrow spaces of numbers, not endless.

    >>> shown_text("90" + NARROW + "%" + chr(10)), len(shown_text("x" * 500))
    ('90\u202f%?', 300)
    """
    plain = "".join(
        each if each.isprintable() or each == NARROW else "?" for each in text[: LONGEST_TEXT + 1]
    )
    return plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"


def number(value: float) -> str:
    """Return a number with three significant digits.

    >>> number(0.7012), number(12345.6), number(3.0)
    ('0.701', '12,346', '3')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return names joined for a sentence, the rest counted.

    >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b", "c", "d", "e"])
    ('a', 'a, b and c', 'a, b, c and 2 more')
    """
    some = [shown(each) for each in names[:most]]
    if len(names) > most:
        return f"{', '.join(some)} and {len(names) - most} more"
    return " and ".join([", ".join(some[:-1]), some[-1]]) if len(some) > 1 else "".join(some)
