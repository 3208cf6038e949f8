"""What drills of releases come to: where each release was stopped, and what users had of it."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from bench.report import Figure, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.drill.result import Released, Result

DRILL: Final = "fraud-release"
GOOD: Final = "good"
FORCED: Final = "labels"
"""What a release is like that is as good as the one before, and one that somebody lets past all links."""

HEAD: Final = (
    f"{'seed':>4}  {'fault':<8}  {'version (nature) stopped at, seconds, served, harmed':<96}  {'wall':>5}"
)


def row(result: Result) -> str:
    """Return a drill's line of the table."""
    told = "; ".join(_said(one) for one in result.facts.releases)
    mark = "right" if result.right else "WRONG: " + "; ".join(f"{c.name} {c.found}" for c in result.wrong)
    return f"{result.seed:>4}  {result.fault:<8}  {told:<96}  {result.facts.wall_s:>5.1f}  {mark}"


def _said(one: Released) -> str:
    where = one.stopped_at or one.state
    return f"{one.version} ({one.nature}) {where} {one.took_s:.0f} s {one.served:,} {one.harmed:,}"


def figures(results: Sequence[Result], broken: int, slowest_s: float) -> list[Figure]:
    """Return what all drills must reach together."""
    every = [one for result in results for one in result.facts.releases]
    good = [one for one in every if one.nature == GOOD]
    bad = [one for one in every if one.nature not in {GOOD, FORCED}]
    forced = [one for one in every if one.nature == FORCED]
    canaries = [one for one in bad if one.stopped_at == "canary"]
    told = [
        at_most("drills that broke", broken, 0),
        at_most("drills with anything wrong", sum(not result.right for result in results), 0),
        at_most("bad releases that reached all users", sum(_reached_all(one) for one in bad), 0),
        at_most(
            "forced releases that were not put back", sum(one.state != "rolled_back" for one in forced), 0
        ),
        at_least("good releases let through", _share([one.state == "promoted" for one in good]), 1.0),
        at_most("slowest drill (wall s)", max((one.facts.wall_s for one in results), default=0.0), slowest_s),
    ]
    told += [Figure("bad releases", len(bad)), Figure("good releases", len(good))]
    if canaries:
        told.append(Figure("median served by a bad canary", statistics.median(o.served for o in canaries)))
        told.append(Figure("median harmed by a bad canary", statistics.median(o.harmed for o in canaries)))
    if good:
        told.append(Figure("median s from gate to promotion", statistics.median(one.took_s for one in good)))
    if forced:
        told.append(
            Figure("median s until a forced one was back", statistics.median(o.took_s for o in forced))
        )
    return told


def _reached_all(one: Released) -> bool:
    return one.state in {"promoted", "verifying"} or one.share >= 1


def _share(right: Sequence[bool]) -> float:
    return statistics.fmean(right) if right else 1.0
