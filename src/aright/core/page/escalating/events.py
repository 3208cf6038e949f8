"""What can happen to an escalation. All times are µs, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from aright.core.model.on_call import Policy
    from aright.core.model.times import Micros
    from aright.core.page.escalating.reach import Reach


@dataclass(frozen=True, kw_only=True, slots=True)
class Fired:
    """Somebody is needed: for the first time, or once more.

    Told again for the same reason, it changes nothing.

    Attributes:
        incident: the incident's id.
        service: whose policy it is.
        policy: whom to tell.
        reach: who can be reached now.
        again: why an incident that is under way is paged anew, in a word such as ``sev1``; empty for the
            first time and for one that was reopened.
    """

    at: Micros
    incident: str
    service: str
    policy: Policy
    reach: Reach
    again: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A channel took a message on."""

    at: Micros
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """A channel did not take a message.

    Attributes:
        message: its id.
        permanent: it will not be tried again.
        reach: who can be reached now.
    """

    at: Micros
    message: str
    permanent: bool
    reach: Reach


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledged:
    """Somebody is on it.

    Attributes:
        by: who, always by the same name.
        reach: who can be reached now, in case that several must acknowledge.
    """

    at: Micros
    by: str
    reach: Reach


@dataclass(frozen=True, kw_only=True, slots=True)
class StepDue:
    """The time of the step that was told last is over."""

    at: Micros
    reach: Reach


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeOverDue:
    """The time in which the owner was to accept the page is over."""

    at: Micros
    reach: Reach


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """The incident was resolved, or merged into another."""

    at: Micros


Event: TypeAlias = Fired | Accepted | Failed | Acknowledged | StepDue | TakeOverDue | Ended
