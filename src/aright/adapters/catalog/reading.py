"""Reading one mapping field by field: each field's type is known here, and each mistake has its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.tree import Fields, Items, Node, Scalar
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.adapters.catalog.findings import Findings
    from aright.core.model.times import Micros

_UNITS: Final = {
    "s": SECOND,
    "m": MINUTE,
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": 7 * DAY,
    "M": 30 * DAY,
    "Q": 90 * DAY,
    "Y": 365 * DAY,
}
_CALENDAR: Final = re.compile(r"(\d{1,9})(m|h|d|w|M|Q|Y)")
_SPAN: Final = re.compile(r"(\d{1,9})\s?(s|min|m|h|d|w)")
_NUMBER: Final = re.compile(r"[-+]?(\d{1,15}(\.\d{1,15})?|\.\d{1,15})([eE][-+]?\d{1,2})?")
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
LONGEST_TEXT: Final = 2_000


class Reader:
    """One mapping.

    Args:
        node: what stands where the mapping should be.
        said: takes findings.
        where: what the mapping is, for people: "an SLO".
        known: keys that it may have.
    """

    def __init__(self, node: Node, said: Findings, where: str, known: Sequence[str]) -> None:
        self.said = said
        self.where = where
        self.line = node.line
        self.ok = isinstance(node, Fields)
        self._values: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        if not isinstance(node, Fields):
            self._wrong(node, where, "a mapping", f"Give fields, such as {known[0]}: …")
            return
        for key in node.keys:
            if key.text in known:
                self._values[key.text] = node.values[key.text]
                self._lines[key.text] = key.line
            else:
                said.unknown(key.line, key.text, where, known)

    def at(self, name: str) -> int:
        """Return the line of a field, or of the mapping where it is not given."""
        return self._lines.get(name, self.line)

    def has(self, name: str) -> bool:
        """Return whether a field is given and not null."""
        node = self._values.get(name)
        return node is not None and not (isinstance(node, Scalar) and node.null)

    def node(self, name: str) -> Node | None:
        """Return what stands in a field, ``None`` for nothing."""
        return self._values[name] if self.has(name) else None

    def text(self, name: str, default: str = "", *, needed: bool = False) -> str:
        """Return text on one line; a number or a truth value is text too."""
        node = self.node(name)
        if node is None:
            if needed and self.ok:
                self.missing(name)
            return default
        if not isinstance(node, Scalar):
            self._wrong(node, name, "text", f"Write {name}: TEXT")
            return default
        if not 0 < len(node.text) <= LONGEST_TEXT or not _harmless(node.text):
            self.tell(
                name,
                f"{name} is {shown(node.text)!r}",
                f"it takes 1 to {LONGEST_TEXT:,} characters without control characters",
                "Write it shorter and plainly",
            )
            return default
        return node.text.strip()

    def one_of(self, name: str, choices: Sequence[str], default: str) -> str:
        """Return one of a few words."""
        found = self.text(name, default)
        if found in choices:
            return found
        self.said.unknown(self.at(name), found, name, choices)
        return default

    def number(
        self, name: str, default: float | None = None, *, low: float, high: float, open_ends: bool = False
    ) -> float | None:
        """Return a number within bounds."""
        node = self.node(name)
        if node is None:
            return default
        text = node.text if isinstance(node, Scalar) else ""
        value = float(text) if _NUMBER.fullmatch(text) else None
        fits = value is not None and (low < value < high if open_ends else low <= value <= high)
        if fits:
            return value
        between = f"{'above' if open_ends else 'from'} {low:g} {'and below' if open_ends else 'to'} {high:g}"
        got = shown(text) if isinstance(node, Scalar) else _kind(node)
        self.tell(name, f"{name} is {got}", f"it is a number {between}", f"Write {name}: NUMBER")
        return default

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        found = self.number(name, float(default), low=low, high=high)
        if found is None or found != int(found):
            self.tell(name, f"{name} is {found}", "it is a whole number", f"Write {name}: {default}")
            return default
        return int(found)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value, as YAML 1.2 writes it."""
        node = self.node(name)
        text = node.text if isinstance(node, Scalar) else ""
        if node is not None and text not in _TRUE | _FALSE:
            self.tell(name, f"{name} is {shown(text)!r}", "it is true or false", f"Write {name}: true")
        return text in _TRUE if text in _TRUE | _FALSE else default

    def span(
        self, name: str, default: Micros, *, low: Micros, high: Micros, calendar: bool = False
    ) -> Micros:
        """Return a span of time such as ``30d``, ``5m`` or ``30s``; of a calendar also ``1M`` or ``1Q``."""
        node = self.node(name)
        if node is None:
            return default
        text = node.text if isinstance(node, Scalar) else _kind(node)
        found = (_CALENDAR if calendar else _SPAN).fullmatch(text)
        length = int(found[1]) * _UNITS[found[2]] if found else 0
        if found and low <= length <= high:
            return length
        example = span_word(default if low <= default <= high else high)
        self.tell(
            name,
            f"{name} is {shown(text)!r}",
            f"it is a span from {span_word(low)} to {span_word(high)}",
            f"Write a number and s, m, h, d or w, such as {example}",
        )
        return default

    def items(self, name: str) -> tuple[Node, ...]:
        """Return the nodes of a list; none where it is not given."""
        node = self.node(name)
        if node is None:
            return ()
        if isinstance(node, Items):
            return node.nodes
        self._wrong(node, name, "a list", f"Write each entry of {name} after a dash")
        return ()

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, each once."""
        found: list[str] = []
        for node in self.items(name):
            if not isinstance(node, Scalar) or node.null or not _harmless(node.text):
                self._wrong(node, f"an entry of {name}", "text", "Write it as plain text")
            elif node.text in found:
                self.said.tell(
                    node.line,
                    f"{shown(node.text)} is in {name} twice",
                    "once says as much",
                    "Take one away",
                )
            elif len(node.text) <= LONGEST_TEXT:
                found.append(node.text.strip())
        return tuple(found)

    def lists_nothing(self, name: str) -> bool:
        """Return whether a field is a list without entries."""
        node = self.node(name)
        return isinstance(node, Items) and not node.nodes

    def fields(self, name: str) -> Fields | None:
        """Return a mapping as it stands."""
        node = self.node(name)
        if node is None or isinstance(node, Fields):
            return node
        self._wrong(node, name, "a mapping", f"Give fields below {name}:")
        return None

    def missing(self, name: str) -> None:
        """Say that a needed field is not given."""
        self.said.tell(self.line, f"{self.where} has no {name}", "it is needed", f"Write {name}: …")

    def tell(self, name: str, what: str, why: str, fix: str) -> None:
        """Tell a mistake in a field."""
        self.said.tell(self.at(name), what, why, fix)

    def _wrong(self, node: Node, name: str, wanted: str, fix: str) -> None:
        self.said.tell(node.line, f"{name} is {_kind(node)}", f"it should be {wanted}", fix)


def span_word(length: Micros) -> str:
    """Return a span as a catalog writes it.

    >>> span_word(30 * DAY), span_word(90 * MINUTE), span_word(5 * MINUTE)
    ('30d', '90m', '5m')
    """
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if length and length % size == 0:
            return f"{length // size}{unit}"
    return f"{length // SECOND}s"


def _kind(node: Node) -> str:
    if isinstance(node, Scalar):
        return "empty" if node.null else "a single value"
    return "a list" if isinstance(node, Items) else "a mapping"


def _harmless(text: str) -> bool:
    return text.isprintable()
