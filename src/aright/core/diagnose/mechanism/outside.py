"""What speaks for a cause outside: somebody else's status, one poisoned record, a host of others."""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.dependencies.graph import reached
from aright.core.diagnose.mechanism.lexing import message_names
from aright.core.diagnose.mechanism.modes import GENERAL, Mode
from aright.core.diagnose.mechanism.names import shares
from aright.core.diagnose.mechanism.reason import Reason
from aright.core.model.times import MINUTE, clock_text

if TYPE_CHECKING:
    from aright.core.diagnose.mechanism.fault import Fault, Report, Sign

NEAR: Final = 15 * MINUTE
"""A provider that is ill tells so within about this time, before or after its users see it."""

REPORTED: Final = log(0.5 / 0.02)
"""A provider's report at the time: half of outside faults have one, one in fifty others has by chance."""

UNRELATED: Final = 0.5
"""A report that speaks of nothing the symptoms speak of."""

REPEATED: Final = 3.0
"""One and the same record fails again and again: of a change, all records of its kind would."""

FOREIGN: Final = 1.5
"""What cannot be reached or refuses is a host that is not ours."""

COMMON: Final = 1.5
"""Services that do not call each other fail in the same way within minutes."""

MACHINE: Final = 1.5
"""A disk, a clock, a node or the power fails by itself; a change of a service hardly does that to them."""

CODE: Final[dict[Mode, float]] = {
    Mode.NULL: -1.6,
    Mode.ARGUMENTS: -1.6,
    Mode.BOUNDS: -1.6,
    Mode.RECURSION: -1.6,
    Mode.MISSING: -1.1,
    Mode.ARITHMETIC: -1.1,
    Mode.TYPE: -0.7,
    Mode.CONFLICT: -0.7,
}
"""Nats against a cause outside where code fails in itself, of one kind of input as of the next.

What is outside shows where a service meets it: connections, names, time, quotas, certificates, space. Code
that worked an hour ago calls what is not there because the code changed, one time in five by what it was
sent (1.6 nats); what does not exist may have been taken away by others (1.1), and what cannot be read may be
theirs (0.7). Steps, not a fit.
"""

MOST: Final = 5.0

_WELL: Final = re.compile(
    r"operational|resolved|healthy|\bok\b|\bup\b|completed|normal|scheduled", re.IGNORECASE
)
_HOST: Final = re.compile(
    r"\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|cloud|co|ai|app|eu|us|de|fr|uk|jp|cn|in)\b"
)
_FAR: Final = frozenset({Mode.RESOLVE, Mode.CONNECT, Mode.QUOTA, Mode.SLOW, Mode.ACCESS, Mode.PASSED_ON})
_MEETING: Final = _FAR | {Mode.EXHAUSTED, Mode.MEMORY}
_MACHINE: Final = re.compile(
    r"\bi/o error|input/output error|/dev/(?:sd|nvme|xvd)|\bnvme\d|\bedac\b|machine check"
    r"|read-only file ?system|remount\w* .{0,20}read-only|kubelet|node (?:is )?not ?ready"
    r"|under (?:memory|disk) pressure|clock skew|host unreachable|smart error|bad sector"
    r"|kernel (?:panic|bug)",
    re.IGNORECASE,
)
_SHARED: Final = frozenset({Mode.RESOLVE, Mode.CONNECT, Mode.SLOW, Mode.ACCESS, Mode.QUOTA})
_EXPIRED: Final = re.compile(r"certificate.{0,40}expired|expired.{0,20}certificate|notafter", re.IGNORECASE)


def outside(fault: Fault) -> list[Reason]:
    """Return what speaks for a cause that is no change of ours."""
    weighed = shares(fault)
    found = [*_reported(fault), *_repeated(weighed), *_foreign(weighed), *_common(fault)]
    if any(_EXPIRED.search(sign.text) for sign, _ in weighed):
        found.append(Reason("a certificate expired, which time does by itself", FOREIGN))
    if any(_MACHINE.search(sign.text) for sign, _ in weighed):
        found.append(Reason("a machine, a disk or a clock is told of, which fail by themselves", MACHINE))
    total = sum(each.nats for each in found)
    scale = min(1.0, MOST / total) if total else 1.0
    return [*(Reason(each.text, each.nats * scale) for each in found), *([] if found else _code(weighed))]


def remedy(fault: Fault) -> str:
    """Return what helps where no change of ours did it: to set a record aside, or to call for help."""
    return "set_aside_data" if _repeated(shares(fault)) else "escalate"


def _reported(fault: Fault) -> list[Reason]:
    told = [
        each for each in fault.reports if abs(each.at - fault.at) <= NEAR and not _WELL.search(each.state)
    ]
    if not told:
        return []
    said = {name for each in fault.signs for name in message_names(each.text)} - fault.usual
    best = max(told, key=lambda each: (len(_names(each) & said), -abs(each.at - fault.at)))
    shared = sorted(_names(best) & said, key=lambda name: (-len(name), name))
    what = f"{best.source or 'a provider'} told at {clock_text(best.at)} UTC of {best.what or 'its service'}"
    if len(shared) >= 2:
        return [Reason(f"{what}: {best.state}, in words of the errors ({', '.join(shared[:3])})", REPORTED)]
    return [Reason(f"{what}: {best.state}, but in no words of the errors", UNRELATED)]


def _names(report: Report) -> set[str]:
    return {name for name in message_names(f"{report.what} {report.text}") if len(name) > 2}


def _repeated(weighed: list[tuple[Sign, float]]) -> list[Reason]:
    part = sum(share for sign, share in weighed if sign.fixed)
    if part < 0.3:
        return []
    which = next(sign.fixed for sign, _ in weighed if sign.fixed)
    return [
        Reason(f"all failures of that kind are of one and the same {which}", REPEATED * min(1.0, 2.0 * part))
    ]


def _code(weighed: list[tuple[Sign, float]]) -> list[Reason]:
    """Return whether code fails in itself, where nothing speaks for a cause outside."""
    nats = sum(share * _inner(sign) for sign, share in weighed)
    return [Reason("code fails in itself, not where it meets others", nats)] if nats < 0.0 else []


def _inner(sign: Sign) -> float:
    if sign.modes & _MEETING:
        return 0.0
    return min((CODE.get(mode, 0.0) for mode in sign.modes), default=0.0)


def _foreign(weighed: list[tuple[Sign, float]]) -> list[Reason]:
    hosts = {host: share for sign, share in weighed if sign.modes & _FAR for host in _HOST.findall(sign.text)}
    part = sum(share for sign, share in weighed if sign.modes & _FAR and _HOST.search(sign.text))
    if not hosts or part < 0.15:
        return []
    most = max(hosts, key=lambda host: hosts[host])
    return [Reason(f"what fails is {most}, which is none of our services", FOREIGN * min(1.0, 2.0 * part))]


def _common(fault: Fault) -> list[Reason]:
    """Return whether services fail alike that do not call each other."""
    by_mode: dict[Mode, set[str]] = {}
    for sign in fault.signs:
        for mode in (sign.modes & _SHARED) - GENERAL:
            by_mode.setdefault(mode, set()).add(sign.service)
    apart = {mode: _apart(found, fault) for mode, found in by_mode.items()}
    mode = max(apart, key=lambda each: len(apart[each]), default=Mode.OTHER)
    alike = sorted(apart.get(mode, ()))
    if len(alike) < 2:
        return []
    nats = COMMON * min(len(alike) - 1, 2)
    return [Reason(f"{', '.join(alike[:4])} fail alike ({mode.value}) and do not call each other", nats)]


def _apart(services: set[str], fault: Fault) -> set[str]:
    """Return the services of which none calls another, as far as is known."""
    return {each for each in services if not (reached(each, fault.calls, up=False) & services)}
