"""Both sides of a change, counted by what their lines are about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.lexing import Token, tokens
from aright.core.diagnose.mechanism.topics import Topic, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.diagnose.mechanism.contrast import Contrast

_NUMBER: Final = re.compile(r"(-?\d[\d_]*(?:\.\d+)?)\s*([A-Za-z%]*)")
_UNITS: Final = {
    "k": 1e3,
    "kb": 1e3,
    "ki": 1024.0,
    "m": 1e6,
    "mb": 1e6,
    "mi": 1024.0**2,
    "g": 1e9,
    "gb": 1e9,
    "gi": 1024.0**3,
}


@dataclass(frozen=True)
class Rewritten:
    """A line before and after.

    Attributes:
        old: before.
        new: after.
        went: tokens that went.
        came: tokens that came.
    """

    old: str
    new: str
    went: tuple[Token, ...]
    came: tuple[Token, ...]

    @property
    def kinds(self) -> set[str]:
        """Kinds of the tokens in which the two differ."""
        return {token.kind for token in (*self.went, *self.came)}

    def on(self, topic: Topic) -> bool:
        """Tell whether either is on a topic."""
        return bool(count(topic, self.old) or count(topic, self.new))


class Sides:
    """Counts of topics on both sides, and the lines that were rewritten."""

    def __init__(self, found: Contrast) -> None:
        self.found = found
        self.before, self.now = _counted(found.removed), _counted(found.added)
        self.rewrites = [Rewritten(old, new, *_differ(old, new)) for old, new in found.pairs]
        self.alone = list((Counter(found.removed) - Counter(old for old, _ in found.pairs)).elements())

    def lost(self, topic: Topic) -> int:
        """Return how often a topic went without coming back."""
        return max(self.before[topic] - self.now[topic], 0)

    def gained(self, topic: Topic) -> int:
        """Return how often a topic came that was not there."""
        return max(self.now[topic] - self.before[topic], 0)

    def moved(self, topic: Topic) -> bool:
        """Tell whether there is more or less of a topic now."""
        return self.before[topic] != self.now[topic]

    def near(self, topic: Topic) -> bool:
        """Tell whether the file's path or the lines around are on a topic."""
        return any(count(topic, line) for line in (*self.found.paths, *self.found.around))

    def swapped(self, *topics: Topic) -> bool:
        """Tell whether a line had one thing of these topics, and has another one now."""
        return any(_on(each.went, topics) and _on(each.came, topics) for each in self.rewrites)

    def rewritten(self, topic: Topic, *kinds: str) -> bool:
        """Tell whether a line on this topic now differs in a token of one of the kinds."""
        return any(each.on(topic) and (not kinds or each.kinds & set(kinds)) for each in self.rewrites)

    def numbers(self) -> Iterator[tuple[Rewritten, float]]:
        """Return the lines whose numbers changed, with how much: decades, above 0 where it grew.

        A number that became 0, or comes in a unit that cannot be compared, counts as two decades.
        """
        for each in self.rewrites:
            before, now = _number(each.went), _number(each.came)
            if before is not None and now is not None:
                yield each, _decades(before, now)


def _counted(lines: tuple[str, ...]) -> Counter[Topic]:
    found: Counter[Topic] = Counter()
    for line in lines:
        found.update({topic: count(topic, line) for topic in Topic})
    return found


def _differ(old: str, new: str) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    before, now = Counter(tokens(old)), Counter(tokens(new))
    return tuple((before - now).elements()), tuple((now - before).elements())


def _on(changed: tuple[Token, ...], topics: tuple[Topic, ...]) -> bool:
    """Tell whether tokens are on a topic by themselves, as names or as calls."""
    words = " ".join(token.value for token in changed if token.kind != "sign")
    calls = " ".join(f"{token.value}(" for token in changed if token.kind == "name")
    return any(count(topic, each) for topic in topics for each in (words, calls))


def _number(changed: tuple[Token, ...]) -> tuple[float, str] | None:
    """Return the one number among tokens, with its unit; a text that is a number, too."""
    found = [_NUMBER.fullmatch(token.value) for token in changed if token.kind in {"number", "text"}]
    if len(found) != 1 or found[0] is None:
        return None
    unit = found[0][2].lower()
    return float(found[0][1].replace("_", "")) * _UNITS.get(unit, 1.0), "" if unit in _UNITS else unit


def _decades(before: tuple[float, str], now: tuple[float, str]) -> float:
    (old, old_unit), (new, new_unit) = before, now
    if old_unit != new_unit or old <= 0.0 or new <= 0.0:
        return 2.0 if new > old else -2.0
    return log10(new / old)
