"""What is not kept of a service's inputs, in `aright.yaml`."""

from __future__ import annotations

from typing import Final

from aright.adapters.catalog.reading import Reader
from aright.core.model.redaction import MOST_FIELDS, MOST_TEXT, TEXT, Redaction

REDACT_KEYS: Final[dict[str, str]] = {
    "fields": "a list of names whose values are masked, beside those that always are; * stands for anything.",
    "text": f"how many characters of a free text are kept, 0 to {MOST_TEXT}; {TEXT} where left out.",
    "images": "whether small pictures of images are kept; true where left out.",
}
"""What a redaction may say, by key."""


def read_redaction(service: Reader) -> Redaction:
    """Return what a service keeps private."""
    node = service.node("redact")
    if node is None:
        return Redaction()
    reader = Reader(node, service.said, "a redaction", tuple(REDACT_KEYS))
    fields = reader.texts("fields")
    if len(fields) > MOST_FIELDS:
        reader.tell(
            "fields",
            f"there are {len(fields)} fields",
            f"{MOST_FIELDS} are looked for, and the rest would be shown",
            "Say some of them in one with *",
        )
    return Redaction(
        fields=fields[:MOST_FIELDS],
        text=reader.integer("text", TEXT, low=0, high=MOST_TEXT),
        images=reader.flag("images", default=True),
    )
