"""An incident in a ticket's words: bounded, and nothing that the ticket's page would take as markup."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from aright.core.incident.words import cut
from aright.core.model.times import iso

if TYPE_CHECKING:
    from aright.core.page.body import PageBody

LONGEST_TITLE: Final = 160
LONGEST_DESCRIPTION: Final = 4_000
LONGEST_NOTE: Final = 4_000
SYSTEM: Final = "aright"
MOST_MARKS: Final = 7
"""In a field of 100 characters."""

_MARK: Final = re.compile(r"\b[0-9a-f]{12}\b")
_MARKUP: Final = re.compile(r"\[(/?\s*code)\]", re.IGNORECASE)
_UNSEEN: Final = re.compile(
    r"[^\S\n\t ]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_SPEAKABLE: Final = re.compile(r"[A-Za-z0-9._:/@+-]{1,90}")


def plain(text: str, longest: int) -> str:
    """Return text that stays text: a journal shows what stands in ``[code]`` as HTML.

    >>> plain("a [code]<script>[/CODE] b", 100)
    'a (code)<script>(/CODE) b'
    >>> plain("[co[code]de]", 100)
    '[co(code)de]'
    """
    return cut(_MARKUP.sub(r"(\1)", _UNSEEN.sub(" ", text)).strip(), longest)


def correlation_of(dedup_key: str) -> str:
    """Return the id by which all messages of one incident and channel find its ticket.

    It stands in queries, so that a key with signs that mean something there, or a long one, is hashed.

    >>> correlation_of("aright-INC-7-5/servicenow/")
    'aright-INC-7-5/servicenow'
    >>> correlation_of("a^b"), len(correlation_of("k" * 300))
    ('aright-361740d1927f400fce4ae41fefdfd6e6', 39)
    """
    root = "/".join(dedup_key.split("/")[:2]).rstrip("/")
    if _SPEAKABLE.fullmatch(root):
        return root
    return f"aright-{hashlib.sha256(root.encode()).hexdigest()[:32]}"


def mark_of(message: str) -> str:
    """Return what shows that a message was taken already.

    >>> mark_of("aright-INC-7-5-trigger")
    'a38c25500b7d'
    """
    return hashlib.sha256(message.encode()).hexdigest()[:12]


def marked(before: str, mark: str) -> str:
    """Return a correlation display that holds a further mark, the last ones first.

    >>> marked("", "a38c25500b7d")
    'aright a38c25500b7d'
    >>> len(marked("aright " + "0123456789ab " * 9, "a38c25500b7d"))
    97
    """
    marks = [mark, *(each for each in _MARK.findall(before) if each != mark)]
    return " ".join((SYSTEM, *marks[:MOST_MARKS]))


def short_description(page: PageBody) -> str:
    """Return one line, with the severity first."""
    level = f"SEV{page.severity} " if 1 <= page.severity <= 4 else ""
    line = " ".join(plain(f"{level}{page.title or page.incident}", LONGEST_DESCRIPTION).split())
    return cut(line, LONGEST_TITLE)


def description(page: PageBody) -> str:
    """Return what is known, a fact a line, and where to read on."""
    lines = [f"{page.incident}: {page.service}", f"opened: {iso(page.opened_at)}"]
    lines += [f"{name}: {text}" for name, text in page.facts.items()]
    foot = f"\n{_link(page)}" if _link(page) else ""
    return plain("\n".join(lines), LONGEST_DESCRIPTION - len(foot)) + foot


def note(page: PageBody, mark: str) -> str:
    """Return a work note: who says what, and the mark by which a repeat is known."""
    by = f"{page.by}:\n" if page.by else ""
    return f"{plain(by + (page.text or page.title), LONGEST_NOTE)}\n{signed(mark)}"


def signed(mark: str) -> str:
    """Return a mark as it stands in a journal."""
    return f"({SYSTEM} {mark})"


def close_notes(page: PageBody, said: str) -> str:
    """Return how it ended: what the channel always says, who ended it, and in which words."""
    by = f"by {page.by}" if page.by else ""
    return plain(": ".join(part for part in (f"{said} {by}".strip(), page.text) if part), LONGEST_DESCRIPTION)


def _link(page: PageBody) -> str:
    return page.link if page.link.startswith(("https://", "http://")) else ""
