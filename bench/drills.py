"""Drills on other seeds than the tests', many of them with nothing wrong: ``python -m bench.drills``.

Each plays through the public doors with processes of its own. Printed are what was found, how soon, and
what it cost; the exit code is 1 when one came out wrong. ``--seeds 20`` plays every fault of every drill with
that many seeds, which takes hours: ``--drill`` and ``--only`` choose a part.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aright.core.model.evidence import Verdict
from aright.drill.catalogue import find
from aright.drill.failure import BrokenError
from aright.drill.run import Options, run
from bench import calibration, releasing
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    from aright.drill.result import Facts, Result

FIRST_SEED: Final = 100
FIRST_RIGHT: Final = 0.95
"""Of the drills with a fault, the share in which the likeliest cause is the true one."""

PLAYED: Final = {
    "recommender-silent": {"source": 8, "bad-model": 2, "none": 10},
    "translation-cascade": {"language": 2, "confidence": 1, "escaped": 1, "truncated": 1, "none": 5},
    "vision-accuracy": {"camera-firmware": 3, "resizer-format": 2, "bad-model": 1, "both": 1, "none": 4},
    releasing.DRILL: {"all": 2},
}
"""How many of each are played: eight seeds in a row have empty and stale, flag and no flag, half and half."""

SLOWEST: Final = {
    "recommender-silent": 15.0,
    "translation-cascade": 30.0,
    "vision-accuracy": 30.0,
    releasing.DRILL: 90.0,
}
"""Wall seconds that a drill may take; four processes more share the cores in the second, and the last one has
six releases, each with a gate and most with a canary, and MLflow's server."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Tells nothing: the table does."""

    def tell(self, at: int, text: str) -> None:
        """Do nothing."""

    def point(self, text: str, link: str) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""

    def pass_time(self, at: int, text: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def planned(drill: str, seeds: int = 0) -> list[tuple[str, int]]:
    """Return what is played of a drill: fault and seed; with ``seeds`` every fault with that many.

    >>> [(len(planned(name)), sum(fault == "none" for fault, _ in planned(name))) for name in PLAYED]
    [(20, 10), (10, 5), (11, 4), (2, 0)]
    >>> len(planned("vision-accuracy", seeds=20))
    100
    """
    if seeds:
        return [(fault, FIRST_SEED + k) for fault in find(drill).faults for k in range(seeds)]
    faults = [fault for fault, count in PLAYED[drill].items() for _ in range(count)]
    return [(fault, FIRST_SEED + k) for k, fault in enumerate(faults)]


def row(result: Result) -> str:
    """Return a drill's line of the table."""
    facts = result.facts
    soon = "–" if facts.detected_s is None else f"{facts.detected_s:.0f}"
    told = "–" if facts.explained_s is None else f"{facts.explained_s:.0f}"
    found = " ".join(part for part in (facts.cause, facts.subject, facts.mode) if part) or "–"
    who = facts.segment or " ".join(part for part in (facts.reach, _services(facts)) if part) or "–"
    mark = "right" if result.right else "WRONG: " + "; ".join(f"{c.name} {c.found}" for c in result.wrong)
    return (
        f"{result.seed:>4}  {result.fault:<9}  {result.hit:<48}  {facts.incidents:>3}  {facts.pages:>3}  "
        f"{soon:>5}  {told:>5}  {who:<22}  {found:<38}  {facts.wall_s:>5.1f}  {mark}"
    )


def first_right(result: Result) -> bool:
    """Return whether the likeliest cause is the true one, or is said to be unknown where nothing is wrong."""
    return not any(check.name in {"cause", "subject"} for check in result.wrong)


def _services(facts: Facts) -> str:
    return f"in {len(facts.services)} services" if facts.services else ""


HEAD: Final = (
    f"{'seed':>4}  {'fault':<9}  {'what was hit':<48}  {'inc':>3}  {'pag':>3}  "
    f"{'det s':>5}  {'exp s':>5}  {'who was found':<22}  {'what was found':<38}  {'wall':>5}"
)


def figures(drill: str, results: list[Result], broken: int) -> list[Figure]:
    """Return what the drills of a name must reach together."""
    if drill == releasing.DRILL:
        return releasing.figures(results, broken, SLOWEST[drill])
    faults = [result for result in results if result.fault != "none"]
    calm = [result for result in results if result.fault == "none"]
    detected = [result.facts.detected_s for result in faults if result.facts.detected_s is not None]
    walls = [result.facts.wall_s for result in results]
    first = [first_right(result) for result in faults]
    told = [
        at_most("drills that broke", broken, 0),
        at_least("true cause ranked first", statistics.fmean(first or [True]), FIRST_RIGHT),
        at_most("something else ranked first", len(first) - sum(first) - _unsaid(faults), 0),
        at_most("faults not found, explained or put right", sum(not one.right for one in faults), 0),
        at_most("calm drills with an incident or a lost row", sum(not one.right for one in calm), 0),
        at_most("slowest drill (wall s)", max(walls, default=0.0), SLOWEST[drill]),
    ]
    if detected:
        told.append(Figure("median detection (s of drill time)", statistics.median(detected)))
        told.append(at_most("slowest detection (s of drill time)", max(detected), 300))
    return told


def _unsaid(faults: list[Result]) -> int:
    """Return in how many no cause was named: nothing else was blamed there."""
    return sum(result.facts.cause in {"", "outside"} for result in faults if not first_right(result))


def main(arguments: list[str] | None = None) -> int:
    """Play them; print a line each, and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as a JSON line too")
    faults = sorted({fault for name in PLAYED for fault in find(name).faults})
    parser.add_argument("--seeds", type=int, default=0, help="play every fault with so many seeds")
    parser.add_argument("--only", choices=faults, help="play those of one fault")
    parser.add_argument("--drill", choices=list(PLAYED), help="play one drill alone")
    asked = parser.parse_args(arguments)
    every: list[Result] = []
    told: list[Figure] = []
    for name in PLAYED:
        if asked.drill in {None, name}:
            results, broken = _play(name, asked)
            every += results
            reached = figures(name, results, broken)
            print_report(name, reached, as_json=False)
            told += [replace(figure, name=f"{name}: {figure.name}") for figure in reached]
    causes = [said(result) for result in every if result.facts.cause and not result.facts.releases]
    if causes:
        told += calibration.figures(causes)
    return 0 if print_report("drills", told, asked.json) else 1


def said(result: Result) -> tuple[float, bool, Verdict, bool]:
    """Return probability, right or not, verdict, and whether there was a fault."""
    verdict = Verdict(result.facts.verdict or Verdict.INCONCLUSIVE.value)
    return result.facts.probability, first_right(result), verdict, result.fault != "none"


def _play(drill: str, asked: argparse.Namespace) -> tuple[list[Result], int]:
    """Play one drill's faults and seeds and print a line each; return the results, and how many broke."""
    results: list[Result] = []
    broken = 0
    head, line = (releasing.HEAD, releasing.row) if drill == releasing.DRILL else (HEAD, row)
    print(f"\n{drill}\n{head}", flush=True)
    for fault, seed in planned(drill, asked.seeds):
        if asked.only not in {None, fault}:
            continue
        try:
            result = run(drill, Options(fault=fault, seed=seed, port=0), narrator=Quiet())
        except BrokenError as failure:
            broken += 1
            print(f"{seed:>4}  {fault:<9}  BROKEN: {failure}", flush=True)
            continue
        results.append(result)
        print(line(result), flush=True)
    return results, broken


if __name__ == "__main__":
    sys.exit(main())
