"""The memory canary on a real tokenizer: ``python -m bench.memory [--clean N] [--json]``.

``tokenizers`` encodes generated texts in an environment of its own, as candidate and as baseline; the two see
other texts. Clean runs must never be told as leaks; leaks of several shapes, of which Python knows of but
one, must be found in time. Beside it: an absolute limit on growth (two of them), and what tracemalloc and
memray see of the same leaks (memray cannot see calls of malloc by address, as ctypes makes them; those that
a library makes it does).
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.adapters.memory_process import ProcessWorkbench
from aright.core.prevent.memory import Call, LibrarySet
from aright.engine.memory_canary import Watched, watch_memory
from bench.peers import SCRIPTS, PeerError, python_of, run_peer
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.ports.workbench import Bench

WORKLOADS: Final = SCRIPTS / "memory_tokenizers.py"
LEAKS: Final = {
    "leak_64": ("64 B of malloc's a call", 10.0),
    "leak_16": ("16 B of malloc's a call", 60.0),
    "leak_64_new": ("64 B a call by a native library's operator new", 10.0),
    "leak_64_every_10th": ("64 B at every tenth call", None),
    "leak_jitter": ("16 to 200 B at 3 of 10 calls, by chance", None),
    "leak_mmap": ("a mapped page at every 50th call", None),
    "leak_arena": ("64 B a call by a library with an allocator of its own", None),
    "leak_python": ("a small object of Python's a call", None),
}
"""By workload: what it is, and within how many seconds it must be found."""

TURNS: Final = 5
BUDGET: Final = 60.0
CALLS: Final = 4_000
ABSOLUTE: Final = 5_000
"""Calls after which a test by absolute growth looks."""

MIB: Final = 1024.0**2


def main() -> int:
    """Print false alarms, times to find leaks and what other tools see; return 1 where a goal is missed."""
    options = _options()
    figures = [*clean(options.clean), *(leaks() if not options.no_leaks else [])]
    if not options.no_peer:
        figures += [*absolute(), *tools()]
    return 0 if print_report("memory canary", figures, options.json) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="not needed")
    parser.add_argument("--clean", type=int, default=100, help="how many clean runs")
    parser.add_argument("--no-leaks", action="store_true", help="clean runs alone")
    parser.add_argument("--no-peer", action="store_true", help="leave other tools out")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def opened(name: str) -> Callable[[], Bench]:
    """Return what opens a workload in the tokenizer's environment."""
    libraries = LibrarySet(python=str(python_of("tokenizers")))
    return lambda: ProcessWorkbench().open(f"{WORKLOADS}:{name}", libraries, seconds=60.0)


def watched(name: str, *, baseline: bool = True, seconds: float = BUDGET) -> Watched:
    """Return what the canary says of a workload, beside the clean one."""
    return watch_memory(opened(name), opened("clean") if baseline else None, seconds=seconds)


def clean(runs: int) -> list[Figure]:
    """Return how often clean runs were told as leaks, or not at all."""
    opened("clean")  # installed before the clock runs
    found = [watched("clean") for _ in range(runs)]
    for each in found:
        if each.verdict.call is not Call.STEADY:
            print(each.text, file=sys.stderr)
    seconds = sorted(each.seconds for each in found)
    return [
        at_most(f"clean runs of {runs} told as a leak", sum(each.leaks for each in found), 0),
        at_most(
            "  told as anything but steady",
            sum(each.verdict.call is not Call.STEADY for each in found),
            0,
        ),
        Figure("  seconds a run, median", seconds[len(seconds) // 2]),
        Figure("  seconds a run, longest", seconds[-1]),
    ]


def leaks() -> list[Figure]:
    """Return how often leaks were found, and how soon."""
    figures = []
    for name, (told, within) in LEAKS.items():
        found = [watched(name) for _ in range(TURNS)]
        figures.append(at_least(f"{told}: found, of {TURNS}", sum(each.leaks for each in found), TURNS))
        longest = max(each.seconds for each in found)
        said = "  seconds, the longest"
        figures.append(Figure(said, longest) if within is None else at_most(said, longest, within))
    alone = watched("leak_16", baseline=False)
    return [*figures, Figure("16 B a call without a baseline: found (1)", float(alone.leaks))]


def absolute() -> list[Figure]:
    """Return how far clean runs grow, as a test by absolute growth sees it."""

    def grown(_: int) -> float:
        with closing(opened("clean")()) as bench:
            first = bench.run(1, seconds=60.0).memory["rss"]
            return (bench.run(ABSOLUTE, seconds=60.0).memory["rss"] - first) / MIB

    with ThreadPoolExecutor(1) as one:
        found = list(one.map(grown, range(10)))
    return [
        Figure(f"clean: growth of resident memory over {ABSOLUTE:,} calls, MiB, least of 10", min(found)),
        Figure("  clean runs of 10 that an absolute limit of 1 MiB calls a leak", sum(x > 1 for x in found)),
        Figure("  the 64 B leak's own growth over as many calls, MiB", 80 * ABSOLUTE / MIB),
    ]


def tools() -> list[Figure]:
    """Return what tracemalloc and memray see of leaks, bytes a call."""
    names = ("clean", "leak_64", "leak_64_new", "leak_python")
    try:
        told = run_peer("tokenizers", "memory_tools.py", str(WORKLOADS), ",".join(names), str(CALLS))
    except PeerError as error:
        print(f"memray could not be run: {error}", file=sys.stderr)
        return []
    return [
        Figure(f"{tool}: {name}, bytes a call over {CALLS:,} calls", told[name][tool])
        for tool in ("tracemalloc", "memray")
        for name in names
    ]


if __name__ == "__main__":
    sys.exit(main())
