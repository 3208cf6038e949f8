"""Whether a fault of the services hit can come of a change to one service, by who calls whom."""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.dependencies.graph import reached
from aright.core.diagnose.mechanism.modes import GENERAL
from aright.core.diagnose.mechanism.reason import Reason

if TYPE_CHECKING:
    from aright.core.diagnose.mechanism.fault import Fault

SHARED: Final = -1.0
"""Nats of a change that is of no service by name: it may be of any."""

BELOW: Final = -0.7
"""Of a change to what the first failing service calls: it would rather fail itself."""

ABOVE: Final = -2.0
"""Of a change to who calls it: it can only ask differently."""

APART: Final = -3.0
"""Of a change to a service that the graph does not tie to it."""

UNTIED: Final = -1.5
"""Of a change to a service that the graph does not know."""

LIKELY: Final = 0.5
"""Probability from which on a fault is said to seem to have begun somewhere."""

UNEXPLAINED: Final = -1.0
"""Nats of each service that fails in its own words and that the change cannot reach; three at most count."""


def reach(service: str, fault: Fault) -> Reason:
    """Return what the call graph says of a change to ``service``.

    >>> from aright.core.diagnose.mechanism.fault import Fault
    >>> fault = Fault(at=0, first={"cart": 1.0}, calls=frozenset({("web", "cart"), ("cart", "stock")}))
    >>> [round(reach(name, fault).nats, 1) for name in ("cart", "stock", "web", "mail", "")]
    [0.0, -0.7, -2.0, -1.5, -1.0]
    """
    if not service:
        return Reason("it is of no service by name", SHARED)
    known = {each for call in fault.calls for each in call}
    callers, callees = reached(service, fault.calls, up=True), reached(service, fault.calls, up=False)
    found: list[tuple[float, str]] = []
    for first, part in fault.first.items():
        if first == service:
            value, text = 0.0, f"it is of {_where(first, part)}"
        elif first in callers:
            value, text = BELOW, f"{_where(first, part)}, calls {service}"
        elif first in callees:
            value, text = ABOVE, f"{service} only calls {_where(first, part)}"
        else:
            value = APART if {service, first} <= known else UNTIED
            text = f"nothing ties {service} to {_where(first, part)}"
        found.append((value + log(part), text))
    if not found:
        return Reason(f"it is not known where the fault began, so {service} may be it", SHARED)
    total = sum(exp(value) for value, _ in found) / sum(fault.first.values())
    return Reason(max(found)[1], log(total))


def _where(first: str, part: float) -> str:
    """Return a service with how sure it is that the fault began there: nobody has seen it begin."""
    return f"{first}, where it {'seems to' if part >= LIKELY else 'may'} have begun"


def unexplained(service: str, fault: Fault) -> Reason | None:
    """Return what the services say that fail in their own words and never come near the change."""
    if not service:
        return None
    near = {service} | reached(service, fault.calls, up=True)
    own = {each.service for each in fault.signs if each.modes - GENERAL}
    apart = sorted(own - near)
    if not apart:
        return None
    nats = UNEXPLAINED * min(len(apart), 3) * (1.0 if fault.calls else 0.5)
    return Reason(f"{', '.join(apart[:3])} fail in their own words and do not call {service}", nats)
