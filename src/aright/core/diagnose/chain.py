"""Chains of causes: what another state change brought about gives its rows, and its place, to that one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.model.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.hypothesis import Hypothesis

EXPLAINED: Final = 3.0
"""Nats off for what a seen change further up accounts for: that both came by chance is one in twenty."""

ENOUGH: Final = 0.4
"""Share of the loss that must go with what was brought about."""

SLACK: Final = MINUTE


def chained(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Return the hypotheses, each subject once, with what one further up takes over from those it is behind.

    A hypothesis that names others as ``behind`` it touches their rows: it explains what the best of them
    does, if it came first. That one is then no root.
    """
    hypotheses = merged(hypotheses)
    known = {each.token: each for each in hypotheses}
    taken: set[str] = set()
    found = []
    for each in hypotheses:
        below = [known[token] for token in each.behind if token in known and token != each.token]
        moved = [one for one in below if not one.behind and each.onset <= one.onset + SLACK]
        best = max(moved, key=lambda one: (one.explained, one.gain), default=None)
        if best is None or best.explained < ENOUGH:
            found.append(each)
            continue
        taken.add(best.token)
        taken |= {one.token for one in below if one.behind and each.onset <= one.onset + SLACK}
        found.append(
            replace(
                each,
                gain=max(each.gain, best.gain),
                explained=max(each.explained, best.explained),
                low=max(each.low, best.low),
                contrasted=each.contrasted or best.contrasted,
                seen=True,
                features=each.features or best.features,
            )
        )
    return [replace(each, prior=each.prior - EXPLAINED) if each.token in taken else each for each in found]


def merged(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Return the hypotheses with those of the same subject made one: rows know better than times.

    What rows say counts where what moved in them is what was told of; else they may have missed it.
    """
    found: dict[str, Hypothesis] = {}
    for each in sorted(hypotheses, key=lambda one: one.by_rows):
        known = found.get(each.token)
        if known is None:
            found[each.token] = each
        elif known.gain > 0.0 and each.by_rows and (_same_thing(known, each) or each.explained >= ENOUGH):
            found[each.token] = replace(
                known,
                gain=each.gain,
                explained=each.explained,
                low=each.low,
                contrasted=each.contrasted,
                seen=True,
                by_rows=True,
            )
    return list(found.values())


def _same_thing(told: Hypothesis, moved: Hypothesis) -> bool:
    """Tell whether what moved is what was told of, however it is written."""
    return not told.features or any(
        each == path or each.endswith(f" of {path}") for each in moved.features for path in told.features
    )
