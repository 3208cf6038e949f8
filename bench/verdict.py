"""Data or model, by replaying stored inputs on two versions: ``python -m bench.verdict [--runs N] [--json]``.

Simulated services of four families (answers right or wrong, graded ones, rankings, regressions) with a usual
loss of 2 to 30 %, units with several rows, wrong labels, versions that are not deterministic, faults that hit
a part of the units, traffic that moved without harm, and new model and inputs that are a little better or
worse by no fault. In half of the runs the fault is as small as is held to matter (2 → 4 %; d = .2). One pair
is one stored input, run on both versions. All is drawn from seeds.

Beside it stand two habits on the same services: a drift test of the inputs with a test of the served losses
of the two versions, and t-tests of 1,500 replayed inputs that were drawn blindly, each at p < .05.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import fisher_exact, ttest_ind

from aright.core.diagnose.shadow.looks import MOST
from aright.core.diagnose.shadow.weighing import Weighed, weigh
from bench.report import Figure, at_least, at_most, print_report
from bench.verdict_services import Plan, Service, draw_plan, mean_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.verdict_services import Fault

RIGHT: Final[dict[Fault, str]] = {"data": "data", "model": "model", "both": "both", "none": "neither"}
ALPHA: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of one service.

    Attributes:
        plan: the service.
        said: the verdict.
        pairs: inputs replayed.
        held: whether the 95 % intervals held the true effects of model and inputs.
        drift: what a drift test with a test of the versions' losses says.
        blind: what t-tests of inputs drawn blindly say.
    """

    plan: Plan
    said: str
    pairs: int
    held: tuple[bool, bool]
    drift: str
    blind: str


def main() -> int:
    """Print how often each kind of fault is named rightly; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="of each kind of fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    started = time.process_time()
    trials = {fault: play(fault, options.runs, options.seed) for fault in (*RIGHT, "corner")}
    seconds = time.process_time() - started
    for fault, played in trials.items():
        print(f"{fault}: {_said(played)}")
    figures = [*shares(trials), Figure("CPU-s per service, peers included", seconds / (5 * options.runs))]
    return 0 if print_report("data or model", figures, options.json) else 1


def play(fault: Fault, runs: int, seed: int) -> list[Trial]:
    """Return what is said of as many services with a fault, every second one small."""
    return [trial(fault, np.random.default_rng([seed, sum(fault.encode()), at]), at) for at in range(runs)]


def trial(fault: Fault, rng: np.random.Generator, at: int) -> Trial:
    """Return what is said of one service."""
    plan = draw_plan(fault, rng, small=at % 2 == 0)
    service = Service(plan, rng)
    found = weigh(service.reference, service.current, service.run, rng=np.random.default_rng(at))
    pairs = service.asked
    return Trial(
        plan=plan,
        said=found.verdict,
        pairs=pairs,
        held=held(plan, found),
        drift=by_drift(service),
        blind=by_blind_tests(service, rng),
    )


def held(plan: Plan, found: Weighed) -> tuple[bool, bool]:
    """Return whether the 95 % intervals held the effects that were made; both, where they only add up."""
    if found.model is None or found.inputs is None or plan.fault in {"both", "corner"}:
        return True, True
    usual = mean_of(plan, 0.0, 0.0)
    made = mean_of(plan, plan.model, plan.drift[0]) - usual, mean_of(plan, plan.inputs, plan.drift[1]) - usual
    ends = [(each.low(0.025), each.high(0.025)) for each in (found.model, found.inputs)]
    one, two = (low <= value <= high for value, (low, high) in zip(made, ends, strict=True))
    return one, two


def by_drift(service: Service) -> str:
    """Return what is said by whoever tests inputs for drift, and the loss of either version as served."""
    counts = [[int(each.other.sum()), int((~each.other).sum())] for each in service.inputs]
    moved = bool(fisher_exact(counts).pvalue < ALPHA)
    return _named(model=_larger(service.reference.loss, service.current.loss), inputs=moved)


def by_blind_tests(service: Service, rng: np.random.Generator) -> str:
    """Return what t-tests say of 1,500 replayed inputs, drawn blindly."""
    cells = []
    for current in (False, True):
        rows = rng.permutation(len(service.inputs[current].unit))[: MOST // 2]
        old, new = service.run(rows, current=current)
        known = np.isfinite(old)
        cells.append((old[known], new[known]))
    (old_then, new_then), (old_now, new_now) = cells
    return _named(
        model=_larger(np.concatenate([old_then, old_now]), np.concatenate([new_then, new_now])),
        inputs=_larger(np.concatenate([old_then, new_then]), np.concatenate([old_now, new_now])),
    )


def _larger(one: np.ndarray, two: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        return bool(ttest_ind(two, one, equal_var=False, alternative="greater").pvalue < ALPHA)


def _named(*, model: bool, inputs: bool) -> str:
    return {(True, True): "both", (True, False): "model", (False, True): "data"}.get(
        (model, inputs), "neither"
    )


def shares(trials: dict[Fault, list[Trial]]) -> list[Figure]:
    """Return how often each kind was right, pairs needed, coverage, and the same of the peers."""
    judged = [each for fault in RIGHT for each in trials[fault]]
    small = [each for at, each in enumerate(judged) if at % 2 == 0]
    figures = [
        at_least(f"{fault}: share said {want!r}", _right(trials[fault]), 0.99)
        for fault, want in RIGHT.items()
    ]
    corner = trials["corner"]
    data = sum(each.said == "data" for each in corner) / len(corner)
    return [
        *figures,
        at_least("all four together", _right(judged), 0.99),
        Figure("  of the faults as small as matter", _right(small)),
        Figure("  where nothing is wrong: a version or inputs blamed", _blamed(trials["none"])),
        Figure("new version fails on new inputs alone: share said 'data'", data),
        at_most("inputs replayed, most", max(each.pairs for each in judged), MOST),
        Figure("inputs replayed, median", float(np.median([each.pairs for each in judged]))),
        Figure("  of larger faults", float(np.median([e.pairs for e in judged[1::2]]))),
        *(
            at_least(f"95 % intervals that hold the {name} effect", _held(judged, at), 0.94)
            for at, name in enumerate(("model's", "inputs'"))
        ),
        Figure("peer, drift test and served losses: share right", _right(judged, "drift")),
        Figure("  where nothing is wrong: a version or inputs blamed", _blamed(trials["none"], "drift")),
        Figure("peer, t-tests of inputs drawn blindly: share right", _right(judged, "blind")),
        Figure("  where nothing is wrong: a version or inputs blamed", _blamed(trials["none"], "blind")),
    ]


def _held(trials: list[Trial], at: int) -> float:
    counted = [each.held[at] for each in trials if each.plan.fault != "both"]
    return float(np.mean(counted))


def _right(trials: list[Trial], of: str = "said") -> float:
    return float(np.mean([getattr(each, of) == RIGHT[each.plan.fault] for each in trials]))


def _blamed(trials: Iterable[Trial], of: str = "said") -> float:
    said = [getattr(each, of) for each in trials]
    return sum(each in {"data", "model", "both"} for each in said) / len(said)


def _said(trials: Iterable[Trial]) -> str:
    """Return what was said how often, such as ``data 299, neither 1``."""
    counts = Counter(each.said for each in trials)
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
