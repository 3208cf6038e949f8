"""Notes and updates as PagerDuty shows them, marked so that we know our own when a webhook brings them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aright.core.page.body import PageBody

_MOST: Final = 9_000
_OURS: Final = re.compile(r"[^\n]{1,300} \(aright [^\s()]{1,80}(?: [0-9a-f]{8})?\):(?:\s|\Z)")
"""How each begins: a webhook may leave out the end of what is long."""


def note_text(page: PageBody, mark: str) -> str:
    r"""Return a line with who wrote it and where.

    Args:
        page: with the line.
        mark: names the message, the same at every attempt.

    >>> from aright.core.page.body import PageBody
    >>> page = PageBody(action="note", incident="INC-1", service="shop", severity=1, title="", opened_at=0,
    ...     text="the feed is empty", by="Ann")
    >>> note_text(page, "0123abcd")
    'Ann (aright INC-1 0123abcd):\nthe feed is empty'
    """
    return f"{_who(page)} (aright {page.incident} {mark}):\n{page.text[:_MOST]}"


def update_text(page: PageBody) -> str:
    """Return a status update with who told it."""
    link = f"\n{page.link}" if page.link.startswith(("https://", "http://")) else ""
    return f"{_who(page)} (aright {page.incident}):\n{page.text[:_MOST]}{link}"


def is_ours(text: str) -> bool:
    r"""Return whether we wrote a note or an update.

    >>> is_ours("Ann (aright INC-1 0123abcd):\nthe feed is empty"), is_ours("aright INC-1 is odd")
    (True, False)
    """
    return _OURS.match(text) is not None


def _who(page: PageBody) -> str:
    return " ".join(page.by.split())[:200] or "aright"
