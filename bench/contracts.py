"""What contracts see of third-party changes: ``python -m bench.contracts [--data DIR] [--json]``.

Documents of three families that have nothing in common, with a day's course, correlated fields and a volume
that follows the hour; nothing was designed with the third. A contract is learnt from three days; then clean
windows of the days after, and windows in which one thing changed. The seeds are not those that anything was
designed with. Beside it a JSON Schema inferred by genson from the same days, checked by jsonschema.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aright.core.contract import Contract, Sample, Summary, check, learn
from bench.contracts_families import FAMILIES, Family, changed, documents, history, later
from bench.peers import run_peer
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract import Break
    from bench.contracts_change import Change, Document

_CAUGHT = 0.95


def collect(found: Sequence[tuple[Document, int]], start: int) -> Summary:
    """Return what a window of documents comes to."""
    sample = Sample(start=start)
    for document, at in found:
        sample.add(document, at)
    return sample.summary()


def learnt(family: Family, seed: int) -> Contract:
    """Return the contract of the family's first days."""
    return learn([collect(found, start) for start, found in history(family, seed)])


def alarms(breaks: Sequence[Break]) -> list[Break]:
    """Return the breaks that are alarms."""
    return [found for found in breaks if found.grade != "harmless"]


def hits(breaks: Sequence[Break], change: Change) -> bool:
    """Whether an alarm names what was changed."""
    for found in alarms(breaks):
        for named in (found.path, *found.others):
            if any(named == path or named.startswith((path + ".", path + "[")) for path in change.paths):
                return True
    return False


@dataclass
class Outcome:
    """How one kind of change fared.

    Attributes:
        name: of the kind.
        size: documents per window.
        windows: tried.
        caught: of them, with an alarm that names the place.
        said: the first sentence told.
    """

    name: str
    size: int
    windows: int = 0
    caught: int = 0
    said: str = ""


def try_changes(family: Family, contract: Contract, size: int, windows: int, seed: int) -> list[Outcome]:
    """Return how each kind of change fares in windows of the days after the reference."""
    outcomes = [Outcome(change.name, size) for change in family.changes]
    for turn in range(windows):
        start = later(turn, 7)
        clean = documents(family, start, size, seed + turn)
        for outcome, change in zip(outcomes, family.changes, strict=True):
            breaks = check(contract, collect(changed(change, clean, turn), start))
            outcome.windows += 1
            outcome.caught += hits(breaks, change)
            if not outcome.said and alarms(breaks):
                outcome.said = alarms(breaks)[0].sentence
    return outcomes


def try_clean(family: Family, contract: Contract, size: int, windows: int, seed: int) -> list[list[Break]]:
    """Return the alarms of windows without a change, over the three days after the reference."""
    told = []
    for turn in range(windows):
        start = later(turn, 1)
        window = collect(documents(family, start, size, seed + 10_000 + turn), start)
        told.append(alarms(check(contract, window)))
    return told


def try_harmless(family: Family, contract: Contract, seed: int, windows: int = 20) -> int:
    """Return in how many windows a harmless change was told as an alarm, or not at all."""
    wrong = 0
    for turn in range(windows):
        start = later(turn, 5)
        for change in family.harmless:
            clean = documents(family, start, 500, seed + 90_000 + turn)
            breaks = check(contract, collect(changed(change, clean, turn), start))
            wrong += bool(alarms(breaks)) or not any(found.grade == "harmless" for found in breaks)
    return wrong


def cost(family: Family, contract: Contract, size: int, seed: int) -> tuple[float, float]:
    """Return CPU-ms per document to sum up and check a window, and to parse it; the least of 7 turns.

    Both are measured in turns: their ratio holds where the machine is busy with other things.
    """
    start = later(8, 1)
    found = documents(family, start, size, seed)
    bodies = [json.dumps(document) for document, _ in found]
    best = parsing = math.inf
    for _ in range(7):
        begun = time.process_time()
        check(contract, collect(found, start))
        best = min(best, time.process_time() - begun)
        begun = time.process_time()
        for body in bodies:
            json.loads(body)
        parsing = min(parsing, time.process_time() - begun)
    return best / size * 1_000, parsing / size * 1_000


def figures_of(family: Family, seed: int, turns: int, clean: int, log: Path) -> list[Figure]:
    """Return all figures of a family, and write what was said to ``log``."""
    contract = learnt(family, seed)
    figures = []
    lines = []
    for size, goal in ((500, 0.97), (100, 0.85)):
        outcomes = try_changes(family, contract, size, turns, seed + size)
        caught = sum(outcome.caught >= _CAUGHT * outcome.windows for outcome in outcomes)
        name = f"{family.name}: kinds of {len(outcomes)} caught in ≥ 95 % of windows of {size}"
        figures.append(at_least(name, caught / len(outcomes), goal))
        lines += [json.dumps(vars(outcome), ensure_ascii=False) for outcome in outcomes]
    for size in (500, 100):
        told = try_clean(family, contract, size, clean, seed + size)
        share = sum(bool(each) for each in told) / len(told)
        figures.append(
            at_most(f"{family.name}: clean windows of {size} flagged, of {len(told)}", share, 0.01)
        )
        lines += [found.sentence for each in told for found in each]
    wrong = try_harmless(family, contract, seed)
    figures.append(at_most(f"{family.name}: harmless changes not told as such, of 20", wrong, 0))
    for size in (500, 100):
        spent, parsing = cost(family, contract, size, seed)
        figures.append(at_most(f"{family.name}: CPU-ms per document in windows of {size}", spent, 0.25))
        figures.append(Figure(f"{family.name}: the same over parsing it by json.loads", spent / parsing))
    log.write_text("\n".join(lines) + "\n")
    return figures


def beside(family: Family, seed: int, ours: Sequence[Figure]) -> list[Figure]:
    """Return what an inferred schema comes to on the same documents, as ratios of ours to its."""
    told = run_peer("genson", "genson_schema.py", family.name, str(seed), "3", "8")
    caught, spent = ours[0].value, next(figure.value for figure in ours if "CPU-ms" in figure.name)
    return [
        Figure(f"{family.name}: kinds caught in windows of 500, genson + jsonschema", told["caught"]),
        Figure(
            f"{family.name}: kinds caught, ours over genson + jsonschema",
            caught / max(told["caught"], 1 / len(family.changes)),
        ),
        Figure(f"{family.name}: clean windows of 500 flagged, of 8, genson + jsonschema", told["clean"]),
        Figure(
            f"{family.name}: CPU per document, ours over genson + jsonschema", spent / told["milliseconds"]
        ),
    ]


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(".bench/contracts"), help="where to write what was said"
    )
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    parser.add_argument("--seed", type=int, default=990_000, help="of all randomness")
    parser.add_argument("--turns", type=int, default=20, help="windows per kind of change")
    parser.add_argument("--clean", type=int, default=504, help="clean windows per size")
    parser.add_argument("--family", choices=[family.name for family in FAMILIES], help="only this one")
    parser.add_argument("--no-peers", action="store_true", help="leave out genson and jsonschema")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    for family in FAMILIES:
        if options.family in (None, family.name):
            log = options.data / f"{family.name}.txt"
            ours = figures_of(family, options.seed, options.turns, options.clean, log)
            figures += ours + ([] if options.no_peers else beside(family, options.seed, ours))
    return 0 if print_report("contracts", figures, options.json) else 1


if __name__ == "__main__":
    sys.exit(main())
