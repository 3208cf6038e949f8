"""YAML text to a small tree that knows its lines, with everything that could grow bounded.

Values stay text: what reads a field knows which type it wants, so that ``no`` is never a country's loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from aright.adapters.catalog.findings import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

    from aright.adapters.catalog.findings import Findings

MOST_BYTES: Final = 1024 * 1024
MOST_NODES: Final = 50_000
"""Values in a file, each alias counted with all that it stands for."""
DEEPEST: Final = 32
_TAGS: Final = frozenset({"tag:yaml.org,2002:" + kind for kind in ("str", "int", "float", "bool", "null")})
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True)
class Scalar:
    """One value.

    Attributes:
        line: where, from 1.
        text: as written, quotes and escapes taken away.
        plain: whether it was written without quotes.
    """

    line: int
    text: str
    plain: bool = True

    @property
    def null(self) -> bool:
        """Return whether it says that there is nothing."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True)
class Items:
    """A list.

    Attributes:
        line: where, from 1.
        nodes: what is in it.
    """

    line: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Fields:
    """A mapping; no key is in it twice.

    Attributes:
        line: where, from 1.
        keys: its keys with their lines, in order.
        values: by key.
    """

    line: int
    keys: tuple[Scalar, ...]
    values: dict[str, Node]


Node: TypeAlias = Scalar | Items | Fields


class _RefusedError(Exception):
    """The file is not read further; its finding has been told."""


def documents(text: str, said: Findings) -> list[Node]:
    """Return the documents of a file that can be read; what is wrong is told to ``said``."""
    import yaml  # noqa: PLC0415  a twentieth of a second that only those pay who have a catalog

    if len(text) > MOST_BYTES:
        said.tell(
            0,
            f"the file has {len(text):,} characters",
            f"at most {MOST_BYTES:,} are read, so that no file can exhaust the server",
            "Split it in several",
        )
        return []
    builder = _Builder(said)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except _RefusedError:
        return []
    except yaml.YAMLError as bad:
        mark = getattr(bad, "problem_mark", None)
        problem = getattr(bad, "problem", None) or str(bad).partition("\n")[0]
        said.tell(
            mark.line + 1 if mark else 0,
            f"this is no YAML: {shown(problem)}",
            "nothing after it can be understood",
            "Look at the indentation, colons and quotes here and on the line above",
        )
    except (RecursionError, ValueError, OverflowError) as bad:
        said.tell(0, f"this is no YAML: {shown(str(bad))}", "it cannot be read", "Write it anew")
        return []
    return builder.done


@dataclass
class _Open:
    """A list or mapping whose end has not come."""

    line: int
    fields: bool
    nodes: list[Node]
    anchor: str | None
    weight: int = 1
    depth: int = 1


class _Builder:
    """Builds without recursion, so that depth is ours to bound."""

    def __init__(self, said: Findings) -> None:
        self.done: list[Node] = []
        self._said = said
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._weight = 0

    def take(self, event: yaml.Event) -> None:
        import yaml  # noqa: PLC0415

        line = event.start_mark.line + 1 if event.start_mark else 0
        match event:
            case yaml.DocumentStartEvent():
                self._anchors.clear()
            case yaml.ScalarEvent():
                self._tagged(event.tag, line)
                plain = bool(event.implicit[0]) and event.style in {None, ""}
                self._put(Scalar(line, event.value, plain), event.anchor)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                fields = isinstance(event, yaml.MappingStartEvent)
                self._tagged(event.tag, line)
                self._grow(line, 1, len(self._open) + 1)
                self._open.append(_Open(line, fields, [], event.anchor))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event.anchor or "", line)
            case _:
                pass

    def _alias(self, name: str, line: int) -> None:
        known = self._anchors.get(name)
        if known is None:
            self._refuse(
                line,
                f"*{shown(name)} stands for nothing",
                "an alias repeats what was marked with & above it, and cannot contain itself",
                "Write the value out",
            )
            return
        node, weight, depth = known
        self._grow(line, weight, len(self._open) + depth)
        self._add(node, weight, depth)

    def _put(self, node: Node, anchor: str | None, weight: int = 1, depth: int = 1) -> None:
        if isinstance(node, Scalar):
            self._grow(node.line, 1, len(self._open))
        if anchor is not None:
            self._anchors[anchor] = (node, weight, depth)
        self._add(node, weight, depth)

    def _add(self, node: Node, weight: int, depth: int) -> None:
        if not self._open:
            self.done.append(node)
            return
        parent = self._open[-1]
        parent.nodes.append(node)
        parent.weight += weight
        parent.depth = max(parent.depth, depth + 1)

    def _end(self) -> None:
        ended = self._open.pop()
        node = self._fields(ended) if ended.fields else Items(ended.line, tuple(ended.nodes))
        self._put(node, ended.anchor, ended.weight, ended.depth)

    def _fields(self, ended: _Open) -> Fields:
        keys: list[Scalar] = []
        values: dict[str, Node] = {}
        first: dict[str, int] = {}
        for key, value in _pairs(ended.nodes):
            if not isinstance(key, Scalar):
                self._said.tell(
                    key.line,
                    "a key is a list or a mapping",
                    "fields are named by text",
                    "Give the key as text",
                )
            elif key.text == "<<" and key.plain:
                self._said.tell(
                    key.line,
                    "<< merges a mapping",
                    "YAML 1.2 has no merge keys, and what a field is must be seen where it stands",
                    "Write the fields out",
                )
            elif key.text in values:
                self._said.tell(
                    key.line,
                    f"{shown(key.text)} is given twice",
                    f"the first is on line {first[key.text]}, and only one of them could count",
                    "Take one away",
                )
            else:
                keys.append(key)
                values[key.text] = value
                first[key.text] = key.line
        return Fields(ended.line, tuple(keys), values)

    def _tagged(self, tag: str | None, line: int) -> None:
        if tag is not None and tag != "!" and tag not in _TAGS:
            self._refuse(
                line,
                f"{shown(tag)} is a tag",
                "tags make objects, and a catalog is plain text, numbers, lists and mappings",
                "Take the tag away",
            )

    def _grow(self, line: int, weight: int, depth: int) -> None:
        self._weight += weight
        if depth > DEEPEST:
            self._refuse(
                line,
                f"this is nested deeper than {DEEPEST} levels",
                "no catalog is that deep",
                "Look for brackets or dashes that were not meant",
            )
        if self._weight > MOST_NODES:
            self._refuse(
                line,
                f"the file has more than {MOST_NODES:,} values, aliases written out",
                "so much cannot be read in reasonable time",
                "Use fewer aliases, or split the file",
            )

    def _refuse(self, line: int, what: str, why: str, fix: str) -> None:
        self._said.tell(line, what, why, fix)
        raise _RefusedError


def _pairs(nodes: list[Node]) -> Iterator[tuple[Node, Node]]:
    return zip(nodes[::2], nodes[1::2], strict=False)
