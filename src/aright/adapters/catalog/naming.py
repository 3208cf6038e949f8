"""Names of people, schedules, channels and the like in `aright.yaml`, and where each is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.tree import Items, Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.adapters.catalog.findings import Findings
    from aright.adapters.catalog.reading import Reader

_NAME: Final = re.compile(r"\w[\w.@+-]{0,79}")


@dataclass(frozen=True)
class Mention:
    """A name that a file uses, to be held against all files together.

    Attributes:
        said: the file's findings.
        line: where.
        kind: person | schedule | channel | policy.
        name: as written.
        why: what would come of it if there were no such thing.
    """

    said: Findings
    line: int
    kind: str
    name: str
    why: str

    def check(self, known: Mapping[str, object]) -> bool:
        """Tell where there is no such thing; return whether there is."""
        if self.name in known:
            return True
        near = get_close_matches(self.name, list(known), n=1)
        fix = f"Write {near[0]}" if near else f"Add it, or give the file that it is in: there {_has(known)}"
        self.said.tell(self.line, f"there is no {self.kind} {shown(self.name)}", self.why, fix)
        return False


def read_name(reader: Reader) -> str:
    """Return the mapping's name; empty where it has none that could be used elsewhere."""
    name = reader.text("name", needed=True)
    if not name or _NAME.fullmatch(name):
        return name
    reader.tell(
        "name",
        f"{shown(name)!r} is no name",
        "commands and other entries write it as one short word",
        "Write up to 80 letters, digits, dots, dashes or underscores",
    )
    return ""


def read_zone(reader: Reader) -> str:
    """Return a time zone; UTC where none is given."""
    zone = reader.text("zone", "UTC")
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, LookupError):
        near = get_close_matches(zone, sorted(available_timezones()), n=1)
        fix = f"Write {near[0]}" if near else "Write one of the IANA database, such as Europe/Zurich"
        reader.tell("zone", f"{shown(zone)} is no time zone", "no clock goes by it", fix)
        return "UTC"
    return zone


def entries(reader: Reader, name: str) -> list[tuple[str, int]]:
    """Return a list of texts, each once, with their lines."""
    lines: dict[str, int] = {}
    node = reader.node(name)
    for each in node.nodes if isinstance(node, Items) else ():
        if isinstance(each, Scalar):
            lines.setdefault(each.text.strip(), each.line)
    return [(text, lines.get(text, reader.at(name))) for text in reader.texts(name)]


def _has(known: Mapping[str, object]) -> str:
    names = sorted(known)
    if not names:
        return "is none"
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"{'is' if len(names) == 1 else 'are'} {', '.join(names[:10])}{more}"
