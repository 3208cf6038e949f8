"""What is weak about an escalation policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.on_call import ARIGHT, Weakness
from aright.core.model.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.on_call import Policy, Step
    from aright.core.model.times import Micros
    from aright.core.page.lint_reach import Reachable

MOST_SPANS: Final = 5
"""In which no step reaches anybody, told of one policy."""


def policy_weaknesses(policy: Policy, reachable: Reachable) -> Iterator[Weakness]:
    """Yield what is weak about a policy, in no order."""
    where = f"policy:{policy.key}"
    yield from _owner(where, policy, reachable)
    for number, step in enumerate(policy.steps, 1):
        yield from _step(f"{where} step {number}", step, reachable)
    if not policy.steps:
        return
    yield from _nobody(where, policy, reachable)
    told = {target for step in policy.steps for target in step.notify}
    if len(policy.steps) > 1 and len(told) == 1 and next(iter(told)).kind == "person":
        what = f"every step tells {next(iter(told)).name} alone, who may be asleep or ill"
        yield _warning(where, what, "Let a later step tell somebody else.")
    if len(policy.steps) == 1 and not policy.repeat:
        what = "its one step is told once and never again"
        yield _warning(where, what, "Add a step, or let it repeat.")


def _owner(where: str, policy: Policy, reachable: Reachable) -> Iterator[Weakness]:
    if policy.owner == ARIGHT:
        if not policy.steps:
            what = "it has no steps, so nobody is ever told"
            yield Weakness(where=where, what=what, fix="Give it steps.", serious=True)
        return
    known = policy.owner in reachable.channels
    if not known:
        what = f"its owner {policy.owner} is no channel to page by"
        fix = f"Set the channel up, or let {ARIGHT} escalate."
        yield Weakness(where=where, what=what, fix=fix, serious=not policy.steps)
    elif not policy.steps:
        what = f"it has no steps of its own: nobody is told while {policy.owner} does not accept pages"
        yield _warning(where, what, "Give it steps that aright goes through then.")


def _step(where: str, step: Step, reachable: Reachable) -> Iterator[Weakness]:
    why = [reachable.never(target) for target in step.notify]
    if all(why):
        reasons = "; ".join(dict.fromkeys(why)) or "it notifies nothing"
        yield _warning(where, f"it reaches nobody: {reasons}", "Name somebody who can be told.")
        return
    for reason in dict.fromkeys(each for each in why if each):
        yield _warning(where, f"a part of it reaches nobody: {reason}", "Mend it, or take it away.")
    able = [target for target, no in zip(step.notify, why, strict=True) if not no]
    if all(target.kind != "channel" for target in able):  # in a room, anybody may acknowledge
        most = max(len({reachable.at(target, at) for target in able} - {""}) for at in reachable.edges(able))
        if step.acknowledgements > most:
            what = f"it wants {step.acknowledgements} people to acknowledge and tells {most} at most"
            yield _warning(where, what, "Want fewer, or tell more.")


def _nobody(where: str, policy: Policy, reachable: Reachable) -> Iterator[Weakness]:
    """Yield when no step reaches anybody, as spans."""
    targets = [target for step in policy.steps for target in step.notify]
    spans: list[tuple[Micros, Micros]] = []
    edges = reachable.edges(targets)
    for start, end in zip(edges, [*edges[1:], reachable.end], strict=True):
        if any(reachable.at(target, start) for target in targets):
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    fix = "Let a step tell somebody who can always be told, or a room."
    serious = policy.owner == ARIGHT or policy.owner not in reachable.channels
    if spans == [(reachable.start, reachable.end)]:
        yield Weakness(where=where, what="no step reaches anybody", fix=fix, serious=serious)
        return
    for start, end in spans[:MOST_SPANS]:
        shown = f"from {to_datetime(start):%Y-%m-%d %H:%M} until {to_datetime(end):%Y-%m-%d %H:%M} UTC"
        what = f"no step reaches anybody {shown}"
        yield Weakness(where=where, what=what, fix=fix, serious=serious, at=start)
    if len(spans) > MOST_SPANS:
        what = f"no step reaches anybody in {len(spans) - MOST_SPANS} more spans"
        yield Weakness(where=where, what=what, fix=fix, serious=serious, at=spans[MOST_SPANS][0])


def _warning(where: str, what: str, fix: str) -> Weakness:
    return Weakness(where=where, what=what, fix=fix, serious=False)
