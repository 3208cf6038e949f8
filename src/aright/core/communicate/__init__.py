"""What each audience is told, in which words, and how often."""

from aright.core.communicate.cadence import Look, due_of, look, next_after, span
from aright.core.communicate.naming import public_name, public_names
from aright.core.communicate.outward import public_title
from aright.core.communicate.update import draft_update, restricted_text

__all__ = [
    "Look",
    "draft_update",
    "due_of",
    "look",
    "next_after",
    "public_name",
    "public_names",
    "public_title",
    "restricted_text",
    "span",
]
