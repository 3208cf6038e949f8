"""A fault as a change is held against it: what is said since, what grows, where it began and who is hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.diagnose.mechanism.modes import Mode
    from aright.core.model.change import Change
    from aright.core.model.times import Micros


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Something a service says since the fault that it did not say, or hardly said, before.

    Attributes:
        service: who says it.
        text: one example, with its exception and frames.
        at: when it was first said (µs, UTC).
        count: how often it was said.
        modes: ways to fail it speaks of.
        fixed: an identifier (of a record, message, row …) that is the same whenever it is said; empty where
            there is none, or where it was said too seldom to tell.
    """

    service: str
    text: str
    at: Micros
    count: int = 1
    modes: frozenset[Mode] = frozenset()
    fixed: str = ""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A metric that moved.

    Attributes:
        service: whose.
        name: the metric.
        mode: the way to fail that it speaks of.
        at: when it began to move (µs, UTC).
        slack: how far from then it may have begun (µs).
        ramp: whether it grew steadily ever since, rather than stepped.
    """

    service: str
    name: str
    mode: Mode
    at: Micros
    slack: Micros = 0
    ramp: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody outside said of their own health, such as a line of a provider's status page.

    Attributes:
        source: who says so.
        at: when (µs, UTC).
        what: the component it is of.
        state: their word for it, such as ``degraded``.
        text: the rest of what they say.
    """

    source: str
    at: Micros
    what: str = ""
    state: str = ""
    text: str = ""


STATUS: Final = "status"
"""``Change.what`` of the state of others: a change of kind ``other`` that no team of ours made."""


def is_report(change: Change) -> bool:
    """Tell whether a change is what somebody outside said of their own health."""
    return change.kind == "other" and change.what == STATUS


def report_of(change: Change) -> Report:
    """Return the report that a change is.

    >>> from aright.core.model.change import Change
    >>> told = Change(key="1", at=0, service="paycorp", kind="other", what="status", after="degraded")
    >>> is_report(told), report_of(told).state
    (True, 'degraded')
    """
    return Report(
        source=change.service or change.source,
        at=change.at,
        what=change.title,
        state=change.after,
        text=change.detail,
    )


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What changes are weighed against.

    Attributes:
        at: when it began (µs, UTC).
        slack: how far from then it may have begun (µs).
        first: services that it may have begun in, with probabilities.
        signs: what is said since.
        movements: metrics that moved.
        calls: who calls whom, as (caller, callee); may be empty or lack edges.
        usual: plain names that healthy logs, services and metrics are full of.
        reports: what others say of their health.
    """

    at: Micros
    slack: Micros = 0
    first: Mapping[str, float]
    signs: tuple[Sign, ...] = ()
    movements: tuple[Movement, ...] = ()
    calls: frozenset[tuple[str, str]] = frozenset()
    usual: frozenset[str] = frozenset()
    reports: tuple[Report, ...] = ()
