"""Signals without labels: false alarms, faults told, rows per second: ``python -m bench.signals [--json]``.

Six kinds of services are watched through healthy days, then each kind of fault sets in for a quarter of the
users. Texts of about 2,000 characters are read as those of a busy language model are.
"""

from __future__ import annotations

import argparse
import sys
from copy import deepcopy
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.model.service import Service
from aright.core.model.times import DAY, MINUTE
from aright.core.observe.measures import of_rows, of_texts
from bench.profile_speed import cpu_seconds
from bench.report import Figure, at_least, at_most, print_report
from bench.signals_days import LEARNED, WITHIN, Watched
from bench.signals_worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS: Final = 10
WIDTH: Final = 10 * MINUTE
TEXTS: Final = 1_024
ROWS: Final = 8_192


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    options = parser.parse_args()
    return 0 if print_report("signals", figures(), options.json) else 1


def figures() -> list[Figure]:
    """Measure and return the figures."""
    return [*of_days(range(SEEDS)), *of_faults(range(SEEDS)), *of_speed()]


def of_days(seeds: Sequence[int]) -> list[Figure]:
    """Return false alarms: a service may give one notice a day and page once a month."""
    found = [
        Watched(world, seed=100 + seed, width=WIDTH).false_alarms(DAY // WIDTH)
        for world in WORLDS.values()
        for seed in seeds
    ]
    pages, notices = (sum(column) for column in zip(*found, strict=True))
    return [
        Figure("healthy days of services", len(found)),
        at_most("false notices per day", notices / len(found), 1.0),
        at_most("false pages per thirty days", 30 * pages / len(found), 1.0),
    ]


def of_faults(seeds: Sequence[int]) -> list[Figure]:
    """Return how many faults are told, and after how many windows."""
    after = [
        windows
        for world in WORLDS.values()
        for seed in seeds
        for windows in _until_told(Watched(world, seed=200 + seed, width=WIDTH))
    ]
    known = [windows for windows in after if windows is not None]
    return [
        Figure("faults", len(after)),
        at_least(
            f"told within {WITHIN} windows, by the right signal in the right segment",
            len(known) / len(after),
            0.99,
        ),
        at_most("windows until then, median", float(np.median(known)), 3.0),
        Figure("windows until then, longest", max(known)),
    ]


def _until_told(healthy: Watched) -> list[int | None]:
    healthy.false_alarms(LEARNED)
    return [deepcopy(healthy).told(fault).after for fault in healthy.world.faults]


def of_speed() -> list[Figure]:
    """Return rows per CPU-second of the signals of texts, and of those of every row."""
    random = np.random.default_rng(3)
    base = [text for text in WORLDS["llm"].window(1, 0, WIDTH)["text"].to_pylist() if len(text) > 60]
    texts = [" ".join(random.choice(base, 16)) for _ in range(TEXTS)]
    long = pa.table({"text": texts})
    chats = WORLDS["llm"].window(2, 0, WIDTH)
    chats = pa.concat_tables([chats] * (ROWS // chats.num_rows + 1)).slice(0, ROWS).combine_chunks()
    service = Service(key="chat", type="llm")
    reading, counting = cpu_seconds(
        lambda: of_texts(long, None, service), lambda: of_rows(chats, None, service), repeats=5
    )
    return [
        Figure("characters of a text, mean", float(np.mean([len(text) for text in texts]))),
        Figure("texts read per CPU-second", TEXTS / reading),
        at_most("CPU of a 30-second window's texts (s)", reading, 0.3),
        Figure("rows counted per CPU-second", ROWS / counting),
    ]


if __name__ == "__main__":
    sys.exit(main())
