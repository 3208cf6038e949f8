"""Whether what a change touched meets what a fault speaks of: places, names and ways to fail."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.compatible import COMPATIBLE, UNKNOWN
from aright.core.diagnose.mechanism.contrast import contrast, only_looks
from aright.core.diagnose.mechanism.diff import edits, prose
from aright.core.diagnose.mechanism.frames import frames, same_file
from aright.core.diagnose.mechanism.lexing import message_names, names, plain
from aright.core.diagnose.mechanism.libraries import upgrade
from aright.core.diagnose.mechanism.modes import Mode
from aright.core.diagnose.mechanism.names import numbers, shares, together, worth
from aright.core.diagnose.mechanism.reason import Reason
from aright.core.diagnose.mechanism.tidiness import tidy
from aright.core.diagnose.mechanism.trait_rules import traits_of
from aright.core.diagnose.mechanism.traits import Trait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.mechanism.contrast import Contrast
    from aright.core.diagnose.mechanism.fault import Fault
    from aright.core.diagnose.mechanism.frames import Frame
    from aright.core.diagnose.mechanism.timing import Beginning
    from aright.core.model.change import Change

IDLE: Final = -4.0
"""Nats of a change of nothing that runs."""

TIDY: Final = -2.2
"""Of one that seems to say the same in other words, which no reader of tokens can be sure of."""

TIDY_WEIGHT: Final = 0.4
"""Of what such a change meets."""

UNMET: Final = -1.7
"""Of one that meets nothing a fault speaks of: so do most innocent ones, and one guilty one in seven."""

UNSEEN: Final = -1.0
"""Of one of which no one told what it did."""

PLACED: Final = 2.5
"""Of a frame in a file that the change touched; it names the function, too: one more."""

CLEAR: Final = 0.2
"""Nats below which nothing is said."""

MOST_TOGETHER: Final = 6.0


@dataclass(frozen=True, kw_only=True)
class Touch:
    """What one change touched.

    Attributes:
        change: the change.
        found: both sides of it.
        traits: what it did.
        tidy: whether it says the same in other words.
        lost: plain names that went.
        gained: plain names that came.
        kept: plain names in lines that changed, on both sides.
        near: plain names beside them: functions and fields around.
    """

    change: Change
    found: Contrast
    traits: dict[Trait, float]
    tidy: bool
    lost: frozenset[str]
    gained: frozenset[str]
    kept: frozenset[str]
    near: frozenset[str]

    @property
    def weights(self) -> dict[str, float]:
        """By name, how much it counts that the change touched it."""
        kept, near = (0.15, 0.1) if self.tidy else (0.5, 0.3)
        weights = dict.fromkeys(self.near, near) | dict.fromkeys(self.kept, kept)
        return weights | dict.fromkeys(self.lost | self.gained, 1.0)


def touch(change: Change) -> Touch:
    """Return what a change touched, by its diff or, where none was told, by its words."""
    hunks = edits(change.detail)
    found = contrast(hunks)
    before = {name for line in found.removed for name in names(line) | numbers(line)}
    now = {name for line in found.added for name in names(line) | numbers(line)}
    if not found.seen:
        words = f"{change.title} {change.what} {change.before} {change.after} {prose(change.detail)}"
        now |= message_names(words) | {plain(each) for each in re.split(r"[\s_/.-]+", change.what)} - {""}
    if upgrade(found):
        now |= {name for line in found.around for name in names(line)}
        before -= now
    did = traits_of(found, hunks)
    return Touch(
        change=change,
        found=found,
        traits=did,
        tidy=tidy(found, did) or only_looks(found),
        lost=frozenset(before - now),
        gained=frozenset(now - before),
        kept=frozenset(before & now),
        near=frozenset(name for line in found.around for name in names(line)),
    )


def meet(touches: Sequence[Touch], fault: Fault, begun: Beginning) -> list[list[Reason]]:
    """Return, for each change, what speaks for and against its having done this."""
    touched = Counter(name for each in touches for name in each.lost | each.gained | each.kept | each.near)
    heard = [
        _Heard(share, frames(sign.text), worth(sign, touched, len(touches), fault.usual))
        for sign, share in shares(fault)
    ]
    ways = _ways(fault, begun)
    return [_meet(each, heard, ways) for each in touches]


@dataclass(frozen=True)
class _Heard:
    """A sign as changes are held against it.

    Attributes:
        share: its part in what is said.
        frames: that it names.
        names: that it names, with what touching them is worth (nats).
    """

    share: float
    frames: tuple[Frame, ...]
    names: dict[str, float]


def _meet(each: Touch, heard: Sequence[_Heard], ways: dict[Mode, float]) -> list[Reason]:
    if each.found.idle:
        return [Reason("it changes nothing that runs", IDLE)]
    found = [*_place(each, heard), *_names(each, heard), *_way(each, ways)]
    total = sum(reason.nats for reason in found)
    scale = min(1.0, MOST_TOGETHER / total) if total else 1.0
    return [*(Reason(reason.text, reason.nats * scale) for reason in found), _base(each, total)]


def _base(each: Touch, met: float) -> Reason:
    """Return what speaks against every change that is not clearly met: most meet nothing."""
    if each.tidy:
        return Reason("it says the same as before in other words", TIDY)
    nats = (UNMET if each.found.seen else UNSEEN) * exp(-met)
    if not each.found.seen:
        return Reason("what it changed was not told", nats)
    return Reason(f"{'little' if met else 'nothing'} it touches meets what the fault speaks of", nats)


def _place(each: Touch, heard: Sequence[_Heard]) -> list[Reason]:
    best, text = 0.0, ""
    weight = TIDY_WEIGHT if each.tidy else 1.0
    for sign in heard:
        for frame in sign.frames:
            library = each.traits.get(Trait.LIBRARY, 0.0) > 0.0 and _within(frame, each)
            if not library and not any(same_file(path, frame.path) for path in each.found.paths):
                continue
            inside = frame.function in each.near | each.kept | each.lost | each.gained
            nats = (PLACED + inside) * weight * min(1.0, 3.0 * sign.share)
            if nats > best:
                best, text = nats, f"an exception came through {frame.path}, which it changed"
    return [Reason(text, best)] if best else []


def _within(frame: Frame, each: Touch) -> bool:
    """Tell whether a frame is of a library whose version changed."""
    return bool({plain(part) for part in frame.path.split("/")[:-1]} & each.gained)


def _names(each: Touch, heard: Sequence[_Heard]) -> list[Reason]:
    weights = each.weights
    best: dict[str, float] = {}
    most = 0.0
    for sign in heard:
        mine = {name: sign.names[name] * weights[name] for name in sign.names.keys() & weights.keys()}
        total = together(mine) * min(1.0, 2.5 * sign.share)
        if total > most:
            best, most = mine, total
    shown = sorted((name for name in best if best[name] > CLEAR), key=lambda name: (-best[name], name))
    return [Reason(f"it touches what the errors name ({', '.join(shown[:3])})", most)] if shown else []


def _way(each: Touch, ways: dict[Mode, float]) -> list[Reason]:
    scored = [
        (strength * nats * ways[mode] * (TIDY_WEIGHT if each.tidy else 1.0), trait, mode)
        for trait, strength in each.traits.items()
        for mode, nats in (*COMPATIBLE[trait].items(), (Mode.OTHER, UNKNOWN))
        if mode in ways
    ]
    if not scored:
        return []
    nats, trait, mode = max(scored, key=lambda found: found[0])
    return [Reason(f"it {trait.value}, and {mode.value}", nats)] if nats > CLEAR else []


def _ways(fault: Fault, begun: Beginning) -> dict[Mode, float]:
    """Return the ways to fail seen, each with how much of what is seen speaks of it, in (0, 1]."""
    if begun.ramp is not None:
        return {begun.ramp.mode: 1.0}
    ways: Counter[Mode] = Counter()
    for sign, share in shares(fault):
        ways.update(dict.fromkeys(sign.modes, share))
    if not fault.signs:
        ways.update({each.mode: fault.first.get(each.service, 0.3) for each in fault.movements})
    return {mode: min(1.0, 3.0 * part) for mode, part in ways.items() if part > 0.05}
