"""Guards of runbook steps: what must hold before a step is done, in a language that can do nothing else.

A guard compares facts of the incident: ``severity <= 2 and verdict == "confirmed"``, ``not done("look")``,
``minutes_open > 30 or held("commander")``, ``state in ("triaged", "mitigating")``. It is read by a parser of
its own and judged over values; nothing of it is ever run. What is not known yet makes a guard that needs it
unknown, which does not hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from aright.core.model.command import ROLES
from aright.core.model.evidence import CauseKind, Verdict
from aright.core.model.incident import State
from aright.core.model.service import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST: Final = 300
DEEPEST: Final = 20

Kind = Literal["number", "text", "yes or no"]
Value: TypeAlias = "float | str | bool | None"

NAMES: Final[dict[str, Kind]] = {
    "severity": "number",
    "tier": "number",
    "minutes_open": "number",
    "state": "text",
    "verdict": "text",
    "cause": "text",
    "type": "text",
    "service": "text",
    "acknowledged": "yes or no",
    "mitigated": "yes or no",
    "restricted": "yes or no",
}
"""What may be asked of an incident."""

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "state": tuple(state.value for state in State),
    "verdict": tuple(verdict.value for verdict in Verdict),
    "cause": tuple(kind.value for kind in CauseKind),
    "type": TYPES,
}
"""What a text may be, where that is known."""

CALLS: Final = ("held", "done", "skipped", "failed")
"""``held("commander")``: somebody has the role; the others: what became of a step of the runbook."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"[^\"]*\"|'[^']*')|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|==|!=|<|>|\(|\)|,))"
)


class GuardError(ValueError):
    """The guard cannot be read. Its text says what is wrong and what to write."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What guards are judged over.

    Attributes:
        values: by the names of ``NAMES``; ``None`` or left out where it is not known yet.
        held: roles that somebody has.
        steps: what became of the runbook's steps, by their ids.
    """

    values: dict[str, float | str | bool | None] = {}
    held: frozenset[str] = frozenset()
    steps: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a guard holds.

    Attributes:
        holds: whether it does, for certain.
        text: the guard, and the facts that it was judged by.
    """

    holds: bool
    text: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard that was read.

    Attributes:
        text: as written.
        names: facts that it asks for, in their order.
        steps: steps of the runbook that it asks for.
    """

    text: str
    names: tuple[str, ...]
    steps: tuple[str, ...]
    ask: Callable[[Facts], Value]


@dataclass(frozen=True, slots=True)
class _Part:
    kind: Kind
    ask: Callable[[Facts], Value]
    name: str = ""
    literal: str = ""


def read_guard(text: str) -> Guard:
    """Return a guard; raises ``GuardError`` where it cannot be read or could never hold.

    >>> read_guard("severity <= 2 and acknowledged").names
    ('severity', 'acknowledged')
    >>> read_guard("__import__('os')")
    Traceback (most recent call last):
        ...
    aright.core.communicate.guards.GuardError: there is no fact '__import__': ask for one of severity, tier, \
minutes_open, state, verdict, cause, type, service, acknowledged, mitigated, restricted, or held(…), \
done(…), skipped(…), failed(…)
    """
    return _Reader(text).read()


def judge_guard(guard: Guard, facts: Facts) -> Judged:
    """Return whether a guard holds, with the facts that say so.

    >>> judge_guard(read_guard("severity <= 2"), Facts(values={"severity": 3.0}))
    Judged(holds=False, text='severity <= 2 does not hold: severity is 3')
    >>> judge_guard(read_guard("severity <= 2"), Facts()).text
    'severity <= 2 cannot be judged: severity is not known yet'
    """
    answer = guard.ask(facts)
    known = [f"{name} is {_shown(facts.values.get(name))}" for name in dict.fromkeys(guard.names)]
    known += [f"step {step} is {facts.steps.get(step, 'not done')}" for step in dict.fromkeys(guard.steps)]
    said = "cannot be judged" if answer is None else "holds" if answer is True else "does not hold"
    because = f": {', '.join(known)}" if known else ""
    return Judged(answer is True, f"{guard.text} {said}{because}")


def _shown(value: Value) -> str:
    if value is None:
        return "not known yet"
    if isinstance(value, bool):
        return "so" if value else "not so"
    return f"{value:g}" if isinstance(value, float | int) else value


class _Reader:
    """Reads one guard from left to right: ``or`` binds least, then ``and``, ``not``, and comparisons."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._names: list[str] = []
        self._steps: list[str] = []
        if not self._text:
            raise GuardError("the guard is empty: write what must hold, or leave it out")
        if len(self._text) > LONGEST:
            raise GuardError(f"the guard has {len(self._text)} characters: keep it to {LONGEST}")
        self._tokens = _tokens(self._text)
        self._at = 0

    def read(self) -> Guard:
        part = self._any(0)
        if self._at < len(self._tokens):
            raise GuardError(f"nothing may follow before {self._tokens[self._at][1]!r}: join with and, or")
        _demand(part, "yes or no", "a guard")
        return Guard(self._text, tuple(self._names), tuple(self._steps), part.ask)

    def _any(self, depth: int) -> _Part:
        if depth > DEEPEST:
            raise GuardError(f"the guard is nested deeper than {DEEPEST}: make it simpler")
        parts = [self._all(depth)]
        while self._take("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else _joined(parts, "or", decides=True)

    def _all(self, depth: int) -> _Part:
        parts = [self._not(depth)]
        while self._take("and"):
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else _joined(parts, "and", decides=False)

    def _not(self, depth: int) -> _Part:
        if depth > DEEPEST:
            raise GuardError(f"the guard is nested deeper than {DEEPEST}: make it simpler")
        if not self._take("not"):
            return self._compared(depth)
        inner = self._not(depth + 1)
        _demand(inner, "yes or no", "not")

        def ask(facts: Facts) -> Value:
            value = inner.ask(facts)
            return None if value is None else not value

        return _Part("yes or no", ask)

    def _compared(self, depth: int) -> _Part:
        left = self._term(depth)
        if self._take("in"):
            return self._among(left)
        sign = self._sign()
        if not sign:
            return left
        return _comparison(left, sign, self._term(depth))

    def _among(self, left: _Part) -> _Part:
        if not self._take("("):
            raise GuardError('after in comes a list: write in ("triaged", "mitigating")')
        ways = [_comparison(left, "==", self._term(DEEPEST))]
        while self._take(","):
            ways.append(_comparison(left, "==", self._term(DEEPEST)))
        if not self._take(")"):
            raise GuardError("the list is not closed: end it with )")
        return ways[0] if len(ways) == 1 else _joined(ways, "in", decides=True)

    def _term(self, depth: int) -> _Part:
        if self._at >= len(self._tokens):
            raise GuardError("the guard stops too early: write what is to be compared")
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            number = float(token)
            return _Part("number", lambda _: number)
        if kind == "text":
            text = token[1:-1]
            return _Part("text", lambda _: text, literal=text)
        if kind == "name":
            return self._call(token) if self._take("(") else self._name(token)
        if token == "(":  # noqa: S105  a parenthesis
            inner = self._any(depth + 1)
            if not self._take(")"):
                raise GuardError("a parenthesis is not closed: end it with )")
            return inner
        raise GuardError(f'{token!r} cannot stand there: write a fact, a number or a "text"')

    def _name(self, name: str) -> _Part:
        if name in {"true", "false"}:
            yes = name == "true"
            return _Part("yes or no", lambda _: yes)
        if name not in NAMES:
            raise GuardError(_no_fact(name))
        self._names.append(name)
        return _Part(NAMES[name], lambda facts: facts.values.get(name), name=name)

    def _call(self, name: str) -> _Part:
        if name not in CALLS:
            raise GuardError(_no_fact(name))
        kind, token = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        self._at += 1
        if kind != "text" or not self._take(")"):
            raise GuardError(f'{name} takes one text: write {name}("…")')
        asked = token[1:-1]
        if name == "held":
            if asked not in ROLES:
                raise GuardError(f"there is no role {asked!r}: ask for one of {', '.join(ROLES)}")
            return _Part("yes or no", lambda facts: asked in facts.held)
        self._steps.append(asked)
        return _Part("yes or no", lambda facts: facts.steps.get(asked) == name)

    def _take(self, token: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] in {("name", token), ("sign", token)}:
            self._at += 1
            return True
        return False

    def _sign(self) -> str:
        for sign in ("<=", ">=", "==", "!=", "<", ">"):
            if self._take(sign):
                return sign
        return ""


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            if not text[at:].strip():
                break
            raise GuardError(f'{text[at:].strip()[:20]!r} cannot be read: write facts, numbers and "texts"')
        kind = str(match.lastgroup)
        found.append((kind, match.group(kind)))
        at = match.end()
    return found


def _joined(parts: list[_Part], word: str, *, decides: bool) -> _Part:
    """Return what several say together; one that decides alone does so also where others are unknown."""
    for part in parts:
        _demand(part, "yes or no", word)

    def ask(facts: Facts) -> Value:
        answers = [part.ask(facts) for part in parts]
        if any(answer is decides for answer in answers):
            return decides
        return None if None in answers else not decides

    return _Part("yes or no", ask)


def _comparison(left: _Part, sign: str, right: _Part) -> _Part:
    if left.kind != right.kind:
        raise GuardError(f"{_what(left)} cannot be compared with {_what(right)}")
    if sign in {"<", "<=", ">", ">="} and left.kind != "number":
        raise GuardError(f"{_what(left)} has no order: compare it with == or !=")
    for one, other in ((left, right), (right, left)):
        choices = CHOICES.get(one.name, ())
        if choices and other.literal and other.literal not in choices:
            raise GuardError(f"{one.name} is never {other.literal!r}: it is one of {', '.join(choices)}")

    def ask(facts: Facts) -> Value:
        one, other = left.ask(facts), right.ask(facts)
        return None if one is None or other is None else _holds(one, sign, other)

    return _Part("yes or no", ask)


def _holds(one: float | str | bool, sign: str, other: float | str | bool) -> bool:  # noqa: FBT001 - compared
    if sign in {"==", "!="}:
        return (one == other) == (sign == "==")
    low, high = float(one), float(other)
    return {"<": low < high, "<=": low <= high, ">": low > high, ">=": low >= high}[sign]


def _demand(part: _Part, kind: Kind, word: str) -> None:
    if part.kind != kind:
        raise GuardError(f"{word} wants a yes or no, not {_what(part)}: compare it with something")


def _what(part: _Part) -> str:
    article = "" if part.kind == "yes or no" else "a "
    return f"{part.name} ({article}{part.kind})" if part.name else f"{article}{part.kind}"


def _no_fact(name: str) -> str:
    calls = ", ".join(f"{call}(…)" for call in CALLS)
    return f"there is no fact {name[:40]!r}: ask for one of {', '.join(NAMES)}, or {calls}"
