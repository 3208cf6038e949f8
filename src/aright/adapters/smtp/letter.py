"""A message as a letter."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from typing import TYPE_CHECKING

from aright.core.model.times import to_datetime
from aright.core.page.telling import lines, subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.message import Message
    from aright.core.page.body import PageBody


def letter(message: Message, page: PageBody, *, sender: str, to: Sequence[str]) -> EmailMessage:
    """Return the letter; a repeat has the same Message-ID, and letters of one incident are one thread.

    Args:
        message: gives the letter's identity.
        page: what it says.
        sender: the address that it comes from.
        to: whom it goes to.
    """
    host = sender.rpartition("@")[2]
    made = EmailMessage()
    made["Subject"] = subject(page)
    made["From"] = sender
    made["To"] = ", ".join(to)
    made["Date"] = to_datetime(max(message.due_at, 0))
    made["Message-ID"] = _identity(message.id, host)
    made["References"] = _identity(f"{page.incident}-{page.opened_at}", host)
    made["Auto-Submitted"] = "auto-generated"
    if page.severity == 1 and page.action == "trigger":
        made["Importance"] = "high"
    link = page.link if page.link.startswith(("https://", "http://")) else ""
    made.set_content("\n\n".join([subject(page), *lines(page), *([link] if link else [])]) + "\n")
    return made


def _identity(text: str, host: str) -> str:
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:40]}@{host}>"
