"""Twenty drills on other seeds than the tests', ten of them with nothing wrong: ``python -m bench.drills``.

Each plays through the public doors with processes of its own. Printed are what was found, how soon, and
what it cost; the exit code is 1 when one came out wrong.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.drill.catalogue import DRILLS
from aright.drill.failure import BrokenError
from aright.drill.run import Options, run
from bench.report import Figure, at_most, print_report

if TYPE_CHECKING:
    from aright.drill.result import Result

FIRST_SEED: Final = 100
SOURCE, BAD_MODEL, CALM = 8, 2, 10
"""How many of each are played: eight seeds in a row have empty and stale, flag and no flag, half and half."""


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


def planned() -> list[tuple[str, int]]:
    """Return the drills: fault and seed.

    >>> len(planned()), sum(fault == "none" for fault, _ in planned()), len(set(planned()))
    (20, 10, 20)
    """
    faults = ["source"] * SOURCE + ["bad-model"] * BAD_MODEL + ["none"] * CALM
    return [(fault, FIRST_SEED + k) for k, fault in enumerate(faults)]


def row(result: Result) -> str:
    """Return a drill's line of the table."""
    facts = result.facts
    soon = "–" if facts.detected_s is None else f"{facts.detected_s:.0f}"
    told = "–" if facts.explained_s is None else f"{facts.explained_s:.0f}"
    found = " ".join(part for part in (facts.cause, facts.subject, facts.mode) if part) or "–"
    who = facts.segment or facts.reach or "–"
    mark = "right" if result.right else "WRONG: " + "; ".join(f"{c.name} {c.found}" for c in result.wrong)
    return (
        f"{result.seed:>4}  {result.fault:<9}  {result.hit:<48}  {facts.incidents:>3}  {facts.pages:>3}  "
        f"{soon:>5}  {told:>5}  {who:<22}  {found:<38}  {facts.wall_s:>5.1f}  {mark}"
    )


HEAD: Final = (
    f"{'seed':>4}  {'fault':<9}  {'what was hit':<48}  {'inc':>3}  {'pag':>3}  "
    f"{'det s':>5}  {'exp s':>5}  {'who was found':<22}  {'what was found':<38}  {'wall':>5}"
)


def figures(results: list[Result], broken: int) -> list[Figure]:
    """Return what the drills must reach together."""
    faults = [result for result in results if result.fault != "none"]
    calm = [result for result in results if result.fault == "none"]
    detected = [result.facts.detected_s for result in faults if result.facts.detected_s is not None]
    walls = [result.facts.wall_s for result in results]
    told = [
        at_most("drills that broke", broken, 0),
        at_most("faults not found, explained or put right", sum(not one.right for one in faults), 0),
        at_most("calm drills with an incident or a lost row", sum(not one.right for one in calm), 0),
        at_most("slowest drill (wall s)", max(walls, default=0.0), 15),
    ]
    if detected:
        told.append(Figure("median detection (s of drill time)", statistics.median(detected)))
        told.append(at_most("slowest detection (s of drill time)", max(detected), 300))
    return told


def main(arguments: list[str] | None = None) -> int:
    """Play them; print a line each, and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as a JSON line too")
    parser.add_argument("--only", choices=["source", "bad-model", "none"], help="play those of one fault")
    asked = parser.parse_args(arguments)
    results: list[Result] = []
    broken = 0
    print(HEAD, flush=True)
    for fault, seed in planned():
        if asked.only not in {None, fault}:
            continue
        try:
            result = run(DRILLS[0].name, Options(fault=fault, seed=seed, port=0), narrator=Quiet())
        except BrokenError as failure:
            broken += 1
            print(f"{seed:>4}  {fault:<9}  BROKEN: {failure}", flush=True)
            continue
        results.append(result)
        print(row(result), flush=True)
    return 0 if print_report("drills", figures(results, broken), asked.json) else 1


if __name__ == "__main__":
    sys.exit(main())
