"""Changes weighed against a fault, and against a cause outside.

Each change has a prior, and reasons that add log-likelihood ratios: what it touched against what the fault
speaks of, whether the fault can come of it by the call graph, and how long all went well after it. A softmax
over the changes and "outside" gives the probabilities. Changes are behind about 70 % of outages (Beyer et al.
2016, Site Reliability Engineering, chapter 1). With about four deploys in the hour before, which is what
delays are held against, each is behind 0.58 times as many as all that is outside: 4 × 0.58 : 1 = 70 : 30.
Each change brings its own risk, whatever others came beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import exp, log
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.fault import is_report
from aright.core.diagnose.mechanism.meeting import meet, touch
from aright.core.diagnose.mechanism.modes import Mode
from aright.core.diagnose.mechanism.outside import outside, remedy
from aright.core.diagnose.mechanism.reaching import reach, unexplained
from aright.core.diagnose.mechanism.timing import beginning, delay, is_late
from aright.core.diagnose.mechanism.traits import Trait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.mechanism.fault import Fault
    from aright.core.diagnose.mechanism.meeting import Touch
    from aright.core.diagnose.mechanism.reason import Reason
    from aright.core.diagnose.mechanism.timing import Beginning
    from aright.core.model.change import Change

RISK: Final = 0.58
"""Faults that one deploy is behind, for each one that comes from outside in the same time."""

MOST: Final = 200
"""Changes that are weighed, the latest of those that came in time."""

KINDS: Final = {"flag": 0.5, "other": 0.2}
"""Weight of a change of a kind beside a deploy; ``other`` may be merged and not yet serve anyone."""

ROLL_BACK: Final = "roll_back_change"
ROLL_FORWARD: Final = "roll_forward"


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A change, or a cause outside, with what speaks for and against it.

    Attributes:
        change: the change; ``None`` for a cause outside.
        score: nats; the sum of prior and reasons.
        probability: over all changes and outside together 1.
        reasons: for and against, the weightiest first.
        remedy: what would put it right.
        met: nats of what it touches that meets what the fault speaks of.
    """

    change: Change | None
    score: float
    probability: float = 0.0
    reasons: tuple[Reason, ...] = ()
    remedy: str = ""
    met: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """What changes and a cause outside weigh.

    Attributes:
        ranked: the likeliest first; changes that came too late are left out, outside never is.
        late: changes that came after what they would have to explain had begun.
        begun: when that was.
    """

    ranked: tuple[Weighed, ...]
    begun: Beginning
    late: tuple[Change, ...] = field(default=())

    @property
    def best(self) -> Weighed:
        """The likeliest."""
        return self.ranked[0]


def weigh(changes: Sequence[Change], fault: Fault) -> Weighing:
    r"""Return how likely each change, or a cause outside, is behind a fault.

    >>> from aright.core.diagnose.mechanism.fault import Fault, Sign
    >>> from aright.core.diagnose.mechanism.modes import modes
    >>> from aright.core.model.change import Change
    >>> said = 'KeyError: "old_price" in cart.py:12'
    >>> fault = Fault(
    ...     at=600_000_000,
    ...     first={"shop": 1.0},
    ...     signs=(Sign(service="shop", text=said, at=600_000_000, count=9, modes=modes(said)),),
    ... )
    >>> guilty = Change(
    ...     key="a", at=0, service="shop", kind="deploy",
    ...     detail='@@ cart.py @@\n-    return row["old_price"]\n+    return row["price"] + row["old_price"]',
    ... )
    >>> decoy = Change(key="b", at=590_000_000, service="shop", kind="deploy", detail="@@ a.css @@\n-b\n+c")
    >>> weigh([guilty, decoy], fault).best.change.key
    'a'
    """
    begun = beginning(fault)
    ours = [each for each in changes if not is_report(each)]
    early = sorted((each for each in ours if not is_late(each, begun)), key=lambda each: (-each.at, each.key))
    touches = [touch(each) for each in early[:MOST]]
    met = meet(touches, fault, begun)
    found = [
        _weighed(each, log(RISK * _kind(each.change)), reasons, fault, begun)
        for each, reasons in zip(touches, met, strict=True)
    ]
    theirs = outside(fault)
    found.append(
        Weighed(
            change=None,
            score=sum(each.nats for each in theirs),
            reasons=_sorted(theirs),
            remedy=remedy(fault),
        )
    )
    late = tuple(each for each in ours if is_late(each, begun))
    return Weighing(ranked=_ranked(found), begun=begun, late=late)


def _weighed(each: Touch, prior: float, met: Sequence[Reason], fault: Fault, begun: Beginning) -> Weighed:
    change = each.change
    apart = unexplained(change.service, fault)
    reasons = [*met, reach(change.service, fault), delay(change, begun, fault), *([apart] if apart else [])]
    return Weighed(
        change=change,
        score=prior + sum(reason.nats for reason in reasons),
        reasons=_sorted(reasons),
        remedy=_remedy(each, fault),
        met=sum(max(reason.nats, 0.0) for reason in met),
    )


def _kind(change: Change) -> float:
    return KINDS.get(change.kind, 1.0)


def _remedy(each: Touch, fault: Fault) -> str:
    """Return whether going back or going on helps: what asks for something not there yet may have it made."""
    missing = any(Mode.MISSING in sign.modes for sign in fault.signs)
    new = each.traits.get(Trait.REFERS, 0.0) > 0.0 and not each.found.removed
    return ROLL_FORWARD if missing and new else ROLL_BACK


def _sorted(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda each: -abs(each.nats)))


def _ranked(found: Sequence[Weighed]) -> tuple[Weighed, ...]:
    best = max(each.score for each in found)
    total = sum(exp(each.score - best) for each in found)
    ordered = sorted(found, key=lambda each: (-each.score, each.change.key if each.change else ""))
    return tuple(replace(each, probability=exp(each.score - best) / total) for each in ordered)
