"""The tables, and the list of steps that takes a transaction back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.fact import Fact
    from aright.core.model.incident import TimelineEvent
    from aright.core.model.message import Due, Message
    from aright.core.model.sheet import Sheet
    from aright.core.model.signal import SignalPoint
    from aright.core.model.times import Micros

K = TypeVar("K")
V = TypeVar("V")

PointKey: TypeAlias = "tuple[Micros, str, str, str, str]"
"""Start, name, version, segment attribute and value: also the order in which points are returned."""


SheetKey: TypeAlias = "tuple[Micros, Micros, str, str, str]"
"""Start, width, version, segment attribute and value: also the order in which sheets are returned."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A document as it is kept.

    Attributes:
        put: grows with every put; the order of ``list``.
        service: whose; ``None`` for no one's.
        tag: what it is looked up by besides.
        body: JSON.
    """

    put: int
    service: str | None
    tag: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A message with its lease.

    Attributes:
        number: order of sending, from 1.
        fence: grows with every lease.
        until: end of the last lease (µs, UTC).
        message: what is sent.
    """

    number: int
    fence: int
    until: Micros
    message: Message


@dataclass
class Tables:
    """Everything that is kept; frozen values only, so that a transaction can be taken back by key."""

    documents: dict[tuple[str, str], Row] = field(default_factory=dict)
    timelines: dict[str, tuple[TimelineEvent, ...]] = field(default_factory=dict)
    facts: dict[str, tuple[Fact, ...]] = field(default_factory=dict)
    outbox: dict[str, Parcel] = field(default_factory=dict)
    dues: dict[str, Due] = field(default_factory=dict)
    points: dict[str, dict[PointKey, SignalPoint]] = field(default_factory=dict)
    sheets: dict[str, dict[SheetKey, Sheet]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)


class Undo:
    """Writes to dictionaries, remembering how each was before."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] = []

    def set(self, table: dict[K, V], key: K, value: V) -> None:
        """Write one entry."""
        self._remember(table, key)
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> bool:
        """Delete one entry; return whether it was there."""
        if key not in table:
            return False
        self._remember(table, key)
        del table[key]
        return True

    def take_back(self) -> None:
        """Put everything as it was, the last write first."""
        for step in reversed(self._steps):
            step()
        self._steps.clear()

    def _remember(self, table: dict[K, V], key: K) -> None:
        if key in table:
            before = table[key]
            self._steps.append(lambda: table.__setitem__(key, before))
        else:
            self._steps.append(lambda: table.pop(key, None))
