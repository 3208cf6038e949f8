"""Are a diagnosis' probabilities true? On made-up services: ``python -m bench.calibration [--json]``.

A service with ten attributes and four feature sources loses quality in one of ten ways, much or little, with
many answers or few, while two innocent sources shift and a deploy that touches nothing goes out minutes
before; beside these, services are drawn that differ in all of this (``bench.calibration_worlds``). Of every
diagnosis the likeliest cause counts, with the probability it was given. Drills are played
beside it by ``python -m bench.drills``, which prints the same figures.

The calibration error is that of Naeini et al. (2015): over ten bins of probability, the mean distance of what
was said from how often it was right, each bin weighing as many diagnoses as it holds.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose import diagnose
from aright.core.model.evidence import Verdict
from bench.calibration_worlds import OUTSIDE, SIZES, TRUTHS, judged, other
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.calibration_worlds import Told

BINS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one diagnosis said, and whether it was right.

    Attributes:
        fault: what was wrong.
        size: how clearly.
        probability: of the likeliest cause.
        right: whether that was it.
        verdict: how sure it was said to be.
        shown: whether the cause is one that can be named.
    """

    fault: str
    size: str
    probability: float
    right: bool
    verdict: Verdict
    shown: bool


def calibration_error(said: Sequence[tuple[float, bool]]) -> float:
    """Return the expected calibration error of probabilities and whether each came true.

    >>> calibration_error([(0.9, True)] * 9 + [(0.9, False)])
    0.0
    >>> calibration_error([(0.8, True), (0.8, False)])
    0.3
    """
    if not said:
        return 0.0
    probability = np.array([each for each, _ in said])
    right = np.array([each for _, each in said], dtype=float)
    places = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [
        abs(float(probability[places == place].mean() - right[places == place].mean()))
        * int((places == place).sum())
        for place in np.unique(places)
    ]
    return round(sum(gaps) / len(said), 9)


def figures(said: Sequence[tuple[float, bool, Verdict, bool]]) -> list[Figure]:
    """Return the figures of diagnoses: probability, right or not, verdict, and whether there was a fault."""
    confirmed = [right for _, right, verdict, _ in said if verdict is Verdict.CONFIRMED]
    faulty = [verdict is Verdict.CONFIRMED for _, _, verdict, fault in said if fault]
    first = [right for _, right, _, fault in said if fault]
    return [
        at_most(
            "expected calibration error", calibration_error([(p, right) for p, right, _, _ in said]), 0.1
        ),
        at_least("“confirmed” is right", float(np.mean(confirmed)) if confirmed else 0.0, 0.97),
        at_least(
            "“confirmed” is said where something is wrong", float(np.mean(faulty)) if faulty else 0.0, 0.5
        ),
        Figure("right cause first where something is wrong", float(np.mean(first)) if first else 0.0),
    ]


def ask(told: Told) -> Said | None:
    """Return what is said of one service; ``None`` where no cause is named at all."""
    found = diagnose(told.case)
    if not found.causes:
        return None
    top = found.causes[0]
    return Said(
        fault=told.fault,
        size=told.size,
        probability=top.probability,
        right=(top.kind, top.subject) == told.truth,
        verdict=found.verdict,
        shown=told.truth is not OUTSIDE,
    )


def table(said: Iterable[Said]) -> str:
    """Return a line per fault and size: how many, how many right, what was said."""
    lines = [f"{'fault':<14}{'size':<8}{'right':>7}{'said':>8}  verdicts"]
    groups: dict[tuple[str, str], list[Said]] = {}
    for each in said:
        groups.setdefault((each.fault, each.size), []).append(each)
    for (fault, size), group in groups.items():
        verdicts = Counter(each.verdict.value for each in group)
        told = ", ".join(f"{count} {name}" for name, count in verdicts.most_common())
        mean = float(np.mean([each.probability for each in group]))
        lines.append(
            f"{fault:<14}{size:<8}{sum(each.right for each in group):>4}/{len(group):<2}{mean:>8.2f}  {told}"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print what was said and the figures; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="services per fault and size")
    parser.add_argument("--first", type=int, default=1_000, help="the first seed")
    parser.add_argument("--others", type=int, default=60, help="services of other shapes")
    parser.add_argument("--data", help="not needed: services are made up")
    parser.add_argument("--json", action="store_true", help="print the figures as a JSON line too")
    asked = parser.parse_args(arguments)
    print("judged")
    told = _asked(
        judged(fault, size, asked.first + k) for fault in TRUTHS for size in SIZES for k in range(asked.seeds)
    )
    drawn = []
    if asked.others:
        print("others")
        drawn = _asked(other(asked.first + k) for k in range(asked.others))
    found = figures([(each.probability, each.right, each.verdict, each.shown) for each in told])
    if drawn:
        error = calibration_error([(each.probability, each.right) for each in drawn])
        found.append(Figure(f"the same error over {len(drawn)} services of other shapes", error))
        sure = [each.right for each in drawn if each.verdict is Verdict.CONFIRMED]
        found.append(Figure("“confirmed” is right, there", float(np.mean(sure)) if sure else 0.0))
    return 0 if print_report("calibration", found, asked.json) else 1


def _asked(services: Iterable[Told]) -> list[Said]:
    """Return what is said of services, and print it."""
    said = [each for each in map(ask, services) if each is not None]
    print(table(said))
    return said


if __name__ == "__main__":
    sys.exit(main())
