"""People in `aright.yaml`: who can be told, and how they are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.naming import Mention, entries, read_name, read_zone
from aright.adapters.catalog.reading import LONGEST_TEXT
from aright.adapters.catalog.tree import Scalar
from aright.core.model.on_call import Person

if TYPE_CHECKING:
    from aright.adapters.catalog.reading import Reader

PERSON_KEYS: Final[dict[str, str]] = {
    "name": "a short name, as schedules, policies and commands write it; needed, unique.",
    "shown": "the name for people; the short one where left out.",
    "zone": "their time zone, such as Europe/Zurich, for their local time beside UTC; UTC where left out.",
    "contact": "a list of channels to reach them by, all told at once; without one they cannot be told.",
    "addresses": "a mapping from a channel to where they are on it: an e-mail address, a Slack member id.",
    "aliases": "a list of what other systems call them, such as their e-mail address at PagerDuty.",
}
"""What a person may say, by key."""


def read_person(reader: Reader, mentions: list[Mention]) -> Person | None:
    """Return a person; none where they have no name."""
    name = read_name(reader)
    ways = entries(reader, "contact")
    addresses = _addresses(reader, mentions)
    for way, line in ways:
        mentions.append(Mention(reader.said, line, "channel", way, f"{name} could not be reached by it"))
    person = Person(
        key=name,
        name=reader.text("shown"),
        zone=read_zone(reader),
        ways=tuple(way for way, _ in ways),
        addresses=addresses,
        aliases=reader.texts("aliases"),
    )
    return person if name else None


def _addresses(reader: Reader, mentions: list[Mention]) -> dict[str, str]:
    given = reader.fields("addresses")
    found: dict[str, str] = {}
    for key in given.keys if given else ():
        node = given.values[key.text] if given else None
        mentions.append(Mention(reader.said, key.line, "channel", key.text, "the address would not be used"))
        text = node.text.strip() if isinstance(node, Scalar) else ""
        if 0 < len(text) <= LONGEST_TEXT and text.isprintable():
            found[key.text] = text
        else:
            reader.said.tell(
                key.line,
                f"the address on {key.text[:80]} is no text",
                "it says where they are found there",
                "Write an e-mail address or a member id",
            )
    return found
