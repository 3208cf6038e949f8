"""Labelled deviations from files, as tables and as sets of conditions: nothing but translation."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aright.core.diagnose.cube import localize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

Sets = frozenset[frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Labelled:
    """One instance: a table, how ``localize`` is asked about it, and the exact sets that are true."""

    name: str
    table: pa.Table
    asked: dict[str, Any]
    truth: Sets


@dataclass
class Score:
    """Exact sets told and true over many instances, and seconds."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Return the share of the sets told that are true."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Return the share of the true sets that were told."""
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)

    def add(self, each: Labelled) -> None:
        """Localise one instance and count it."""
        started = time.process_time()
        found = localize(each.table, **each.asked, rng=np.random.default_rng(0))
        self.seconds.append(time.process_time() - started)
        told = frozenset(frozenset(root.conditions) for root in found.roots)
        self.right += len(told & each.truth)
        self.wrong += len(told - each.truth)
        self.missed += len(each.truth - told)


def leaves(folder: Path, name: str) -> Iterator[Labelled]:
    """Yield instances of real and predicted values per leaf: ``NAME.parquet`` and ``NAME-truth.csv``."""
    table = pq.read_table(folder / f"{name}.parquet")
    with (folder / f"{name}-truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows = table.filter(pc.equal(table["instance"], int(row["timestamp"])))
            truth = frozenset(
                frozenset((pair.split("=")[0], pair.split("=")[1]) for pair in one.split("&"))
                for one in row["set"].split(";")
            )
            kept = [each for each in rows.column_names if each != "instance" and not each.startswith("__")]
            yield Labelled(
                row["timestamp"], rows.select(kept), {"value": "real", "expected": "predict"}, truth
            )


def minutes(folder: Path, name: str, width: int = 60) -> Iterator[Labelled]:
    """Yield incidents of losses per minute and leaf, up to the minute of the alarm.

    What came after the alarm was not known when it was localised, and often the fault was over by then.
    """
    table = pq.read_table(folder / f"{name}.parquet")
    for one in json.loads((folder / f"{name}-truth.json").read_text(encoding="utf-8")):
        rows = table.filter(pc.equal(table["case"], one["case"]))
        causes = one["cause"] if isinstance(one["cause"], list) else [one["cause"]]
        truth = frozenset(frozenset((key, str(value)) for key, value in each.items()) for each in causes)
        asked = {"value": "value", "weight": "cnt", "time": "min", "since": one["timestamp"]}
        kept = [each for each in rows.column_names if each != "case" and not each.startswith("__")]
        yield Labelled(one["case"], rows.select(kept), {**asked, "until": one["timestamp"] + width}, truth)
