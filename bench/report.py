"""The table and the JSON line that every benchmark prints."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure beside its goal.

    Attributes:
        name: what was measured, with its unit.
        value: what came out.
        goal: the goal in words, such as ``≤ 2.2``, or empty where the figure only stands beside others.
        ok: whether the goal is met; None where there is none.
    """

    name: str
    value: float
    goal: str = ""
    ok: bool | None = None


def at_most(name: str, value: float, limit: float) -> Figure:
    """Return a figure whose goal is not to exceed ``limit``.

    >>> at_most("seconds", 1.0, 2.0).ok
    True
    """
    return Figure(name, value, f"≤ {limit:g}", value <= limit)


def at_least(name: str, value: float, limit: float) -> Figure:
    """Return a figure whose goal is to reach ``limit``.

    >>> at_least("ratio", 1.0, 2.0).ok
    False
    """
    return Figure(name, value, f"≥ {limit:g}", value >= limit)


def print_report(bench: str, figures: Sequence[Figure], as_json: bool) -> bool:  # noqa: FBT001 - called by position
    """Print the figures and return whether every goal is met.

    Args:
        bench: the benchmark's name.
        figures: in the order to print.
        as_json: whether a last line holds all of it as one JSON object.
    """
    width = max((len(figure.name) for figure in figures), default=0)
    print(f"\n{bench}")
    for figure in figures:
        mark = {True: "met", False: "MISSED", None: ""}[figure.ok]
        print(f"  {figure.name:<{width}}  {figure.value:>12.4g}  {figure.goal:<10} {mark}".rstrip())
    if as_json:
        print(json.dumps({"bench": bench, "figures": [asdict(figure) for figure in figures]}))
    return all(figure.ok is not False for figure in figures)
