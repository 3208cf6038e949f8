"""Changes of which rows alone can tell: when they came, what kind they are, and what their diff touches.

Where no step has shown what the loss comes of, a change that was told of is one suspect beside all that is
outside. Its odds are those of two Poisson processes: losses that changes bring come a delay after one of
them, with density ``(1 + d / PROMPT)⁻² / PROMPT``; others come at any time. Hence, per change,

    odds = SILENT · kind · density(delay) / rate · what its diff says

- ``SILENT``: about half of faults come of code, settings and roll-outs (53 % of 152: Ghosh et al. 2022, How
  to fight production incidents?; 68 % by trigger: Beyer et al. 2018, The Site Reliability Workbook, appendix
  C). It is assumed that a quarter of these shows in no version, input, contract, error or duration, and that
  one in three of those was told of: 1 in 24 of all. What is outside shows nowhere by definition; it is
  assumed that this is so for two thirds of the other half: 1 in 3. That is 1 : 8.
- ``rate``: how often changes are told of here, by those seen, with an hour of four (``USUAL``) as prior. The
  more of them there are, the less it means that one came just before.
- the delay: a loss that sets in within seconds, in rows that come all the time, is of something that acts at
  once. The time is known as far as the onset is: its density is the mean over the onset's interval.
- the kind: what is pushed as code mostly fails aloud, with errors; settings, flags, data and schemas change
  answers without a sound. A silent loss is taken to make them twice as likely (in the Workbook, 31 % of
  outages are of settings and 37 % of code).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, log
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.lexing import message_names
from aright.core.diagnose.mechanism.meeting import IDLE, TIDY, UNMET, touch
from aright.core.diagnose.mechanism.names import ORDINARY, PLAIN, RARE, TOUCHED, compounds
from aright.core.diagnose.mechanism.reason import Reason
from aright.core.diagnose.mechanism.timing import TOLERANCE, spelled
from aright.core.diagnose.mechanism.verdicts import judged
from aright.core.model.times import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.diagnose.mechanism.verdicts import WeighedChange
    from aright.core.model.change import Change
    from aright.core.model.times import Micros

SILENT: Final = 1 / 8
"""Losses that no step shows a cause of: those by changes that were told of, for each one from outside."""

USUAL: Final = 4.0
"""Changes an hour that are told of a service and its settings; known as well as if an hour had been seen."""

PROMPT: Final = MINUTE
"""Median time from when a change took effect until its loss: half of a roll-out."""

KINDS: Final = {"config": 2.0, "flag": 2.0, "data": 2.0, "schema": 2.0, "other": 0.2}
"""How much likelier a kind is than a deploy; ``other`` may be merged and not yet serve anyone."""

NAMED: Final = log(TOUCHED / RARE)
"""Nats of a change that names, in a compound name, what the loss is of."""

WORD: Final = log(TOUCHED / PLAIN)
"""Nats of one that shares a plain word with it."""

MOST: Final = 4.0
"""Nats of all names together at most, as of all that telemetry says."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a change is held against.

    Attributes:
        low: the earliest that it may have begun (µs, UTC).
        high: the latest.
        names: plain names of what is hit and lost, with the nats of touching them.
        told: changes told of before it.
        over: the time they were told in (µs).
    """

    low: Micros
    high: Micros
    names: Mapping[str, float] = field(default_factory=dict)
    told: int = 0
    over: Micros = 0


def names_of(texts: Sequence[str]) -> dict[str, float]:
    """Return the plain names in texts that a change may share with a loss, with the nats that this is worth.

    >>> {name: round(nats, 1) for name, nats in names_of(["shelf = s3", "click_rate"]).items()}
    {'s3': 0.9, 'shelf': 0.9, 'click': 0.9, 'clickrate': 3.2, 'rate': 0.9}
    """
    known = {name: text for text in texts for name in sorted(message_names(text))}
    return {
        name: NAMED if name in compounds(text) else WORD
        for name, text in known.items()
        if len(name) > 1 and name not in ORDINARY
    }


def weigh_untied(change: Change, loss: Loss) -> WeighedChange:
    """Return what rows say of a change: the odds that it did this, rather than something outside.

    >>> from aright.core.model.change import Change
    >>> loss = Loss(low=600 * SECOND, high=605 * SECOND)
    >>> config = Change(key="c", at=590 * SECOND, service="shop", kind="config")
    >>> deploy = Change(key="d", at=420 * SECOND, service="shop", kind="deploy")
    >>> [round(exp(weigh_untied(each, loss).odds), 2) for each in (config, deploy)]
    [2.14, 0.12]
    """
    rate = (USUAL + loss.told) / (HOUR + loss.over)
    reasons = [_when(change, loss, rate), *_what(change, loss)]
    kind = log(KINDS.get(change.kind, 1.0))
    return judged(change, reasons, prior=log(SILENT) + kind)


def _when(change: Change, loss: Loss, rate: float) -> Reason:
    """Return what the time says: by how much likelier a change has come just then if it did it."""
    low, high = loss.low - TOLERANCE, loss.high + TOLERANCE
    part = _within(high - change.at) - _within(low - change.at)
    nats = log(max(part, 1e-9) / (high - low) / rate)
    waited = max(loss.low - change.at, 0)
    if nats > 0.0:
        return Reason(f"the loss began within {spelled(max(loss.high - change.at, SECOND))} of it", nats)
    return Reason(f"all went well for {spelled(waited)} after it", nats)


def _within(delay: Micros) -> float:
    """Return how likely a loss is to have begun within a delay."""
    return max(delay, 0) / (max(delay, 0) + PROMPT)


def _what(change: Change, loss: Loss) -> list[Reason]:
    """Return what the diff, or the words where there is none, say."""
    each = touch(change)
    if each.found.idle:
        return [Reason("it changes nothing that runs", IDLE)]
    weights = each.weights
    worth = {name: loss.names[name] * weights[name] for name in loss.names.keys() & weights.keys()}
    met = min(sum(worth.values()), MOST)
    shown = ", ".join(sorted(worth, key=lambda name: (-worth[name], name))[:3])
    found = [Reason(f"it touches what the loss is of ({shown})", met)] if met > 0.0 else []
    if each.tidy:
        return [*found, Reason("it says the same as before in other words", TIDY)]
    if each.found.seen:
        found.append(Reason("little that its diff touches is of the loss", UNMET * exp(-met)))
    return found
