"""What an event brings about outside the incident, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from aright.core.model.fact import Fact
    from aright.core.model.incident import Incident
    from aright.core.model.message import Due
    from aright.core.model.times import Micros

PageAction: TypeAlias = Literal["trigger", "acknowledge", "resolve", "close"]
"""What a page tells: somebody is needed, somebody is on it, it is over, it is filed away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A line for the timeline; its number and hash are given when it is written.

    Attributes:
        origin: the channel that it came by, which need not be told of it; empty for aright itself.
    """

    at: Micros
    kind: str
    text: str
    by: str = "aright"
    key: bool = False
    refs: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SendPage:
    """Tell the people on call.

    Attributes:
        again: why they are told once more, in a word such as ``sev1``; empty for once.
        origin: the channel where it was said, which need not be told; empty for aright itself.
    """

    at: Micros
    action: PageAction
    again: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work to be done later; the same key again moves it."""

    due: Due


@dataclass(frozen=True, slots=True)
class Cancel:
    """Work that need not be done any more; nothing happens where it was not due."""

    key: str


Effect: TypeAlias = Record | SendPage | Schedule | Cancel


@dataclass(frozen=True, slots=True)
class Step:
    """The incident after an event, and what else must be done in the same transaction.

    Attributes:
        incident: as it now is.
        effects: what else must be done.
        fact: the event itself, to be kept; ``None`` where it changed nothing.
    """

    incident: Incident
    effects: tuple[Effect, ...] = ()
    fact: Fact | None = field(default=None, compare=False)
