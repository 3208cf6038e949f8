"""Status updates in `aright.yaml`: how often each audience hears, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.naming import Mention, entries
from aright.adapters.catalog.reading import LONGEST_TEXT, Reader
from aright.adapters.catalog.tree import Fields, Scalar
from aright.core.model.command import AUDIENCES, CADENCES, Cadence, Updating
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from aright.adapters.catalog.tree import Node
    from aright.core.model.times import Micros

UPDATES_KEYS: Final[dict[str, str]] = {
    "cadences": f"a mapping from an audience, of {', '.join(AUDIENCES)}, to how often it hears, by severity.",
    "automatic": "a list of audiences that are told as drafted, without a person; internal where left out.",
    "channels": "a mapping from an audience to a list of channels where it is told.",
    "grace": "how long after its due time an update that nobody published is missed; 5m where left out.",
    "names": "a mapping from a service to what the public calls it.",
}
"""What updates may say, by key."""

CADENCE_KEYS: Final[dict[str, str]] = {
    "early": "how often in the first hours, such as `20m`; `0s` for never; needed.",
    "later": "how often after them; as early where left out.",
    "early_for": "how long the first hours are; 2h where left out.",
}
"""What a cadence may say, by key; `sev1: 30m` says early alone."""

_SEVERITIES: Final = {f"sev{level}": level for level in range(1, 5)}


def read_updates(node: Node, holder: Reader, mentions: list[Mention]) -> Updating:
    """Return how updates are made; an audience that is not named keeps its usual cadence."""
    reader = Reader(node, holder.said, "updates", tuple(UPDATES_KEYS))
    automatic = entries(reader, "automatic")
    for audience, line in automatic:
        if audience not in AUDIENCES:
            reader.said.unknown(line, audience, "automatic", AUDIENCES)
    told = (audience for audience, _ in automatic) if reader.has("automatic") else ("internal",)
    return Updating(
        cadences=_cadences(reader),
        automatic=tuple(told),
        channels=_channels(reader, mentions),
        grace=reader.span("grace", 5 * MINUTE, low=0, high=DAY),
        names=_names(reader),
    )


def _audiences(reader: Reader, name: str) -> Reader | None:
    node = reader.node(name)
    return None if node is None else Reader(node, reader.said, name, AUDIENCES)


def _cadences(reader: Reader) -> dict[str, dict[int, Cadence]]:
    found = dict(CADENCES)
    audiences = _audiences(reader, "cadences")
    for audience in AUDIENCES:
        node = audiences.node(audience) if audiences else None
        if node is not None:
            by = Reader(node, reader.said, f"the cadence of {audience}", tuple(_SEVERITIES))
            found[audience] = {
                level: _cadence(by, name) for name, level in _SEVERITIES.items() if by.has(name)
            }
    return found


def _cadence(by: Reader, severity: str) -> Cadence:
    if not isinstance(by.node(severity), Fields):
        every = _span(by, severity, 30 * MINUTE)
        return Cadence(early=every, later=every)
    each = Reader(cast("Node", by.node(severity)), by.said, f"{severity}'s cadence", tuple(CADENCE_KEYS))
    if not each.has("early"):
        each.missing("early")
    early = _span(each, "early", 30 * MINUTE)
    later = _span(each, "later", early)
    return Cadence(early=early, later=later, early_for=each.span("early_for", 2 * HOUR, low=0, high=7 * DAY))


def _span(reader: Reader, name: str, default: Micros) -> Micros:
    """Return how often: nothing, or a minute at least."""
    found = reader.span(name, default, low=0, high=30 * DAY)
    if 0 < found < MINUTE:
        reader.tell(name, f"{name} is below a minute", "nobody reads that often", f"Write {name}: 20m")
        return default
    return found


def _channels(reader: Reader, mentions: list[Mention]) -> dict[str, tuple[str, ...]]:
    audiences = _audiences(reader, "channels")
    found: dict[str, tuple[str, ...]] = {}
    for audience in AUDIENCES if audiences else ():
        if audiences is not None and audiences.has(audience):
            names = entries(audiences, audience)
            for name, line in names:
                why = f"{audience} would not hear there"
                mentions.append(Mention(reader.said, line, "channel", name, why))
            found[audience] = tuple(name for name, _ in names)
    return found


def _names(reader: Reader) -> dict[str, str]:
    given = reader.fields("names")
    found = {}
    for key in given.keys if given else ():
        node = given.values[key.text] if given else None
        text = node.text.strip() if isinstance(node, Scalar) else ""
        if 0 < len(text) <= LONGEST_TEXT and text.isprintable():
            found[key.text] = text
        else:
            reader.said.tell(
                key.line,
                f"the name of {shown(key.text)} is no text",
                "the public reads it",
                "Write it as plain text",
            )
    return found
