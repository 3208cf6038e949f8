"""What moved, in words: one phrase for each figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from aright.core.contract.lens import CUTS
from aright.core.contract.summary import JOINED
from aright.core.contract.words import (
    CHANNEL_WORDS,
    MARKS,
    from_to,
    number_words,
    others_words,
    quoted,
    shown,
    times_words,
)
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from aright.core.contract.contract import Contract
    from aright.core.contract.finding import Finding
    from aright.core.contract.summary import Summary

_MEDIAN: Final = CUTS.index(0.5)
_SAME: Final = 0.01


def phrase(finding: Finding, contract: Contract, window: Summary) -> str:
    """Return one figure's move in words, without its path."""
    key = finding.key
    head, _, tail = key.kind.partition(":")
    if key.kind in MARKS:
        return f"has {MARKS[key.kind]}: {from_to(finding.before, finding.now)}"
    if head in ("under", "mean", "spread"):
        return _numbers(finding, contract, window)
    if head == "novel":
        return _new_cells(key.path, tail, contract, window, finding.now)
    if head == "digits":
        return _decimals(key.path, contract, window)
    return _share(finding, contract) or _relation(finding)


def _share(finding: Finding, contract: Contract) -> str:
    """Return the move of a share of one path; nothing for what relates paths."""
    key, before, now = finding.key, finding.before, finding.now
    head, _, tail = key.kind.partition(":")
    was = f"(before: {percent(before)})"
    if head == "parent":
        return _presence(before, now)
    if head == "value":
        return f"is {'an' if tail[0] in 'aio' else 'a'} {tail} in {percent(now)} of values {was}"
    if key.kind.startswith("number:epoch"):
        return f"is a time in {key.kind.rpartition(' ')[2]} in {percent(now)} {was}"
    if head == "cell":
        of = "" if tail == "value" else f"{tail} "
        if key.part not in contract.lens.known.get(f"{key.path}{JOINED}{tail}", ()):
            before = 0.0  # what it was held against is the usual share of others: it never came itself
        return f"the share of {of}`{shown(key.part)}` went {from_to(before, now)}"
    return ""


def _presence(before: float, now: float) -> str:
    if now == 0:
        return "is gone"
    if now < before:
        return f"is missing in {percent(1 - now)} (before: {percent(1 - before)})"
    return f"is present in {percent(now)} (before: {percent(before)})"


def _numbers(finding: Finding, contract: Contract, window: Summary) -> str:
    """Return where numbers, lengths or ages lie now: by the quantile that tells it, or by their spread."""
    head, _, channel = finding.key.kind.partition(":")
    of = CHANNEL_WORDS[channel]
    if head == "spread":
        return f"its{of} spread is {times_words(math.exp(finding.effect))}"
    place = int(finding.key.part) if head == "under" else _MEDIAN
    place = _MEDIAN if abs(finding.effect) > 0.3 else place
    before = _plain(contract.lens.scales[f"{finding.key.path}{JOINED}{channel}"].cuts[place])
    if place in (0, len(CUTS) - 1):
        low, share = place == 0, (finding.before, finding.now)
        share = share if low else (1 - share[0], 1 - share[1])
        side = "up to" if low else "above"
        said = f"has {percent(share[1])} of its{of or ' numbers'} {side} {number_words(before)}"
        return f"{said} (before: {percent(share[0])})"
    numbers = window.paths[finding.key.path].channels[channel]
    now = _plain(float(numbers.quantiles((CUTS[place],))[0]))
    name = "median" if place == _MEDIAN else f"{percent(CUTS[place])} quantile"
    if channel == "age":
        return f"its {name} age went from {_span(before)} to {_span(now)}"
    both = f"({number_words(before)} → {number_words(now)})"
    if before * now > 0 and abs(math.log(now / before)) < _SAME:
        return f"its{of} is spread differently about {number_words(now)}"
    if before * now > 0:
        return f"its {name}{of} {times_words(now / before)} {both}"
    return f"its {name}{of} changed {both}"


def _plain(value: float) -> float:
    """Return a quantile, those of the bin about zero as zero."""
    return 0.0 if abs(value) < 1e-30 else value


def _relation(finding: Finding) -> str:
    """Return the move of what relates a path to others."""
    key, before, now = finding.key, finding.before, finding.now
    head, _, tail = key.kind.partition(":")
    if head in ("times", "plus"):
        one, two = key.part.split(JOINED)
        sign = "×" if head == "times" else "+"
        formula = f"{quoted(key.path)} {sign} {quoted(one)} = {quoted(two)}"
        return f"{formula} holds for {percent(now)} (before: {percent(before)})"
    if head in ("both", "gap") and tail:
        verb = "is below" if tail == "less" else "equals"
        return f"{verb} {others_words(key.part)} in {percent(now)} (before: {percent(before)})"
    if head == "link":
        return f"comes with values of {others_words(key.part)} it never came with, in {percent(now)}"
    if key.kind == "ratio level":
        was = number_words(math.exp(before))
        return f"has {others_words(key.part)} over it at {number_words(math.exp(now))} (before: {was})"
    if key.kind == "group level":
        path, value = key.part.split(JOINED)
        ratio = times_words((now / before) ** 3) if before * now > 0 else "another"
        return f"where {quoted(path)} is `{shown(value)}` it is {ratio}"
    return f"no longer goes with {others_words(key.part)} as it did"


def _decimals(path: str, contract: Contract, window: Summary) -> str:
    counts = contract.paths[path].decimals
    now = {
        name.rpartition(":")[2]: k
        for name, k in window.paths[path].counts.items()
        if name.startswith("digits:")
    }
    if not counts or not now:
        return "has another number of decimals"
    usual, seen = (max(each, key=lambda name: (each[name], name)) for each in (counts, now))
    if usual != seen:
        return f"went from {usual} decimal{'s' if usual != '1' else ''} to {seen}"
    total = max(sum(now.values()), 1)
    return f"has {usual} decimals {from_to(counts[usual] / sum(counts.values()), now[usual] / total)}"


def _new_cells(path: str, family: str, contract: Contract, window: Summary, share: float) -> str:
    known = contract.lens.known[f"{path}{JOINED}{family}"]
    cells = window.paths[path].cells[family].counts
    new = sorted((value for value in cells if value not in known), key=lambda value: (-cells[value], value))[
        :2
    ]
    what = {"value": "values", "length": "lengths", "shape": "shapes", "alphabet": "kinds of characters"}[
        family
    ]
    listed = ", ".join(f"`{shown(value)}`" for value in new)
    return f"has {what} never seen before, such as {listed}, in {percent(share)}"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= 2 * size:
            return f"{number_words(seconds / size)} {unit}"
    return f"{number_words(seconds)} s"
