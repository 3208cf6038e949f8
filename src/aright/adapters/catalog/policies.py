"""Escalation policies in `aright.yaml`: who is told, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.naming import entries, read_name
from aright.adapters.catalog.reading import Reader
from aright.core.model.on_call import ARIGHT, TAKE_OVER, Policy, Step, Target, TargetKind
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.adapters.catalog.findings import Findings
    from aright.core.model.outlet import Outlet
    from aright.core.model.service import Service

POLICY_KEYS: Final[dict[str, str]] = {
    "name": "its name; needed, unique. The one called `default` is for services that name none.",
    "steps": "a list of steps, the first told at once; needed.",
    "repeat": "how often all steps are gone through until somebody acknowledges, 1 to 20; 1 where left out.",
    "owner": "who escalates: aright, where left out, or a channel that does so itself, such as PagerDuty's.",
    "take_over": "how long such a channel has to accept a page until aright escalates; 60s where left out.",
}
"""What a policy may say, by key."""

STEP_KEYS: Final[dict[str, str]] = {
    "notify": "a list of whom it tells at once: `person:ada`, `schedule:primary`, `channel:ops`; needed.",
    "wait": "how long it waits for an acknowledgement before the next step; 5m where left out.",
    "acknowledgements": "how many different people must acknowledge; 1 where left out.",
}
"""What a step of a policy may say, by key."""

KINDS: Final[tuple[TargetKind, ...]] = ("person", "schedule", "channel")
DEFAULT: Final = "default"
OF_SERVICE: Final = "service:"
"""What the key of a policy made of a service's own steps begins with."""

PAGER_BY_FLAG: Final = "pagerduty"
"""The channel that `aright serve` makes of its own flags."""

_PAGERS: Final = frozenset({"pagerduty"})
"""Types of channels that escalate by themselves."""

_LAST_WAIT: Final = 5 * MINUTE


@dataclass(frozen=True)
class Draft:
    """A policy whose targets are not known yet.

    Attributes:
        policy: without targets.
        said: the file's findings.
        line: of its name.
        notify: whom each step is to tell, with lines.
        lines: of the steps.
        owner_line: of its owner.
    """

    policy: Policy
    said: Findings
    line: int
    notify: tuple[tuple[tuple[str, int], ...], ...]
    lines: tuple[int, ...]
    owner_line: int = 0


@dataclass(frozen=True)
class Known:
    """Whom there is to tell.

    Attributes:
        person: people, by name.
        schedule: schedules, by name.
        channel: channels, by name.
    """

    person: Mapping[str, object] = field(default_factory=dict)
    schedule: Mapping[str, object] = field(default_factory=dict)
    channel: Mapping[str, Outlet] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, object]:
        """Return those of a kind."""
        return {"person": self.person, "schedule": self.schedule}.get(kind, self.channel)

    def kinds_of(self, name: str) -> list[TargetKind]:
        """Return what a name may be."""
        return [kind for kind in KINDS if name in self.of(kind)]


def read_policy(reader: Reader) -> Draft | None:
    """Return a policy with the names that it tells; none where it has no name."""
    name = read_name(reader)
    steps, notify, lines = [], [], []
    for node in reader.items("steps"):
        each = Reader(node, reader.said, "a step", tuple(STEP_KEYS))
        told = entries(each, "notify")
        if each.ok and not told:
            each.tell("notify", "the step tells nobody", "it would only wait", "Give notify: [person:NAME]")
        steps.append(
            Step(
                notify=(),
                wait=each.span("wait", _LAST_WAIT, low=10 * SECOND, high=DAY),
                acknowledgements=each.integer("acknowledgements", 1, low=1, high=20),
            )
        )
        notify.append(tuple(told))
        lines.append(each.at("notify"))
    if reader.ok and not steps:
        reader.tell("steps", f"{name or 'the policy'} has no steps", "it tells nobody", "Give steps: …")
    policy = Policy(
        key=name,
        steps=tuple(steps),
        repeat=reader.integer("repeat", 1, low=1, high=20),
        owner=reader.text("owner", ARIGHT),
        take_over=reader.span("take_over", TAKE_OVER, low=5 * SECOND, high=HOUR),
    )
    if not name:
        return None
    return Draft(policy, reader.said, reader.at("name"), tuple(notify), tuple(lines), reader.at("owner"))


def settled(draft: Draft, known: Known) -> Policy:
    """Return the policy with its targets; tells of names that there are not."""
    _check_owner(draft, known)
    steps = []
    for step, names, line in zip(draft.policy.steps, draft.notify, draft.lines, strict=True):
        found = [target for name, at in names if (target := _target(name, known, draft, at)) is not None]
        made = msgspec.structs.replace(step, notify=tuple(found))
        rooms = any(target.kind == "channel" for target in found)
        if found and not rooms and len(found) < step.acknowledgements:
            draft.said.tell(
                line,
                f"{step.acknowledgements} must acknowledge and {len(found)} are told",
                "the step could never be acknowledged",
                "Tell more people, or lower acknowledgements",
            )
        steps.append(made)
    return msgspec.structs.replace(draft.policy, steps=tuple(steps))


def of_service(service: Service, known: Known, said: Findings, line: int) -> Policy | None:
    """Return a policy of the steps that stand at a service itself; none where they tell nobody."""
    steps: list[Step] = []
    if service.escalation[0].after:
        said.warn(
            line,
            "its escalation waits before the first step",
            "a page is told at once, and the first step then",
            "Write after: 0s, or a policy",
        )
    for step, following in zip(service.escalation, (*service.escalation[1:], None), strict=False):
        targets = tuple(
            target for name in step.notify if (target := _own_target(name, known, said, line)) is not None
        )
        wait = following.after - step.after if following is not None else _LAST_WAIT
        if targets:
            steps.append(Step(notify=targets, wait=wait))
        elif steps:
            steps[-1] = msgspec.structs.replace(steps[-1], wait=steps[-1].wait + wait)
    return Policy(key=f"{OF_SERVICE}{service.key}", steps=tuple(steps)) if steps else None


def _check_owner(draft: Draft, known: Known) -> None:
    owner = draft.policy.owner
    outlet = known.channel.get(owner)
    if owner == ARIGHT or (outlet is not None and outlet.type in _PAGERS):
        return
    if outlet is not None:
        what, why = f"{shown(owner)} is of type {outlet.type}", "it does not escalate by itself"
    elif owner == PAGER_BY_FLAG:
        draft.said.warn(
            draft.owner_line,
            f"no channel is called {PAGER_BY_FLAG} here",
            "it is there only where aright is started with a PagerDuty key, and aright escalates without it",
            "Add it to channels",
        )
        return
    else:
        what, why = f"there is no channel {shown(owner)}", "nobody would escalate until aright takes over"
    pagers = [name for name, each in known.channel.items() if each.type in _PAGERS]
    near = get_close_matches(owner, [ARIGHT, *pagers], n=1)
    fix = f"Write {near[0]}" if near else f"Write one of {', '.join((ARIGHT, *sorted(pagers)))}"
    draft.said.tell(draft.owner_line, what, why, fix)


def _target(text: str, known: Known, draft: Draft, line: int) -> Target | None:
    kind, colon, name = text.partition(":")
    if not colon:
        return _bare(text, known, draft.said, line)
    if kind == "policy":
        draft.said.tell(
            line,
            f"{shown(text)} is a policy",
            "policies that call one another can go round for ever, so that none does",
            "Write its steps out here",
        )
        return None
    exact = next((each for each in KINDS if each == kind), None)
    if exact is None:
        draft.said.unknown(line, kind, "notify", KINDS)
        return None
    if name in known.of(exact):
        return Target(exact, name)
    elsewhere = [f"{each}:{name}" for each in known.kinds_of(name)]
    near = elsewhere or [f"{exact}:{each}" for each in get_close_matches(name, list(known.of(exact)), n=1)]
    draft.said.tell(
        line,
        f"there is no {exact} {shown(name)}",
        "the step would not reach them",
        f"Write {near[0]}" if near else f"Add it to {_LISTS[exact]}",
    )
    return None


_LISTS: Final = {"person": "people", "schedule": "schedules", "channel": "channels"}


def _bare(name: str, known: Known, said: Findings, line: int) -> Target | None:
    kinds = known.kinds_of(name)
    if len(kinds) == 1:
        return Target(kinds[0], name)
    if kinds:
        said.tell(
            line,
            f"{shown(name)} is a {' and a '.join(kinds)}",
            "it cannot be told which is meant",
            f"Write {kinds[0]}:{name}",
        )
        return None
    near = _nearest(name, known)
    said.tell(
        line,
        f"{shown(name)} is nobody",
        "no person, schedule or channel has that name",
        f"Write {near}" if near else "Write person:NAME, schedule:NAME or channel:NAME",
    )
    return None


def _own_target(name: str, known: Known, said: Findings, line: int) -> Target | None:
    kind, _, rest = name.partition(":")
    exact = next((each for each in KINDS if each == kind and rest in known.of(each)), None)
    if exact is not None:
        return Target(exact, rest)
    kinds = known.kinds_of(name)
    if kinds:
        return Target(kinds[0], name)
    near = _nearest(name, known)
    said.warn(
        line,
        f"its escalation tells {shown(name)}",
        "no person, schedule or channel has that name, so nobody is told",
        f"Write {near}" if near else "Add them to people, or write a policy",
    )
    return None


def _nearest(name: str, known: Known) -> str:
    names: Sequence[str] = [f"{kind}:{each}" for kind in KINDS for each in known.of(kind)]
    near = get_close_matches(name, [each.partition(":")[2] for each in names], n=1)
    return next((each for each in names if near and each.partition(":")[2] == near[0]), "")
