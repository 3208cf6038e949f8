"""Two million events into windows: ``python -m bench.windows [--json]``.

The window kernel, ``profile_grouped``, counts the bins of seven columns by window and version, from the
events' times on; beside it stand a bare ``bincount`` of the same cells, which looks at no nulls and names
nothing, and DuckDB on one thread, whose counts must be the same. The server calls it for the profiles that it
keeps, window by window and with moments, which are measured beside. Then the server's ``Observer`` makes
signal points of as many events, again beside DuckDB, without and with those profiles.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa

from aright.core.profile import Profile, grouping_of, profile_grouped
from aright.core.profile.bins import ordered_keys
from bench.profile_speed import cpu_seconds
from bench.report import Figure, at_least, at_most, print_report
from bench.windows_observer import observer_figures

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS: Final = 2_000_000
WINDOWS: Final = 100
WIDTH: Final = 30_000_000
VERSIONS: Final = 2
GROUPS: Final = WINDOWS * VERSIONS
SIZES: Final = {"small": 10, "large": 1_000}
ROUNDS: Final = 7

Codes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Cells: TypeAlias = "dict[tuple[int, int | str | None], int]"


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    options = parser.parse_args()
    return 0 if print_report("windows", figures(), options.json) else 1


def figures() -> list[Figure]:
    """Measure and return the figures of the kernel and of the observer."""
    pa.set_cpu_count(1)
    return [*kernel_figures(), *observer_figures()]


def kernel_figures() -> list[Figure]:
    """Return the kernel's CPU-seconds beside those of bare counting and of SQL."""
    random = np.random.default_rng(31)
    times = np.sort(random.integers(0, WINDOWS * WIDTH, EVENTS))
    versions = random.integers(0, VERSIONS, EVENTS)
    table = columns(random)
    counting = bare(table, times, versions)
    database = loaded(table, times, versions)
    if kernel(table, times, versions) != sql(database, table):
        raise SystemExit("the kernel and DuckDB count differently: the figures would say nothing")
    ours, whole, floor = cpu_seconds(
        lambda: profiles(table, times, versions),
        lambda: profiles(table, times, versions, moments=True),
        counting,
        repeats=ROUNDS,
    )
    (duck,) = cpu_seconds(lambda: [answer.to_arrow_table() for answer in queries(database, table)], repeats=3)
    return [
        Figure("kernel: 7 columns by window and version (CPU-s)", ours),
        Figure("kernel: million values per CPU-second", EVENTS * table.num_columns / ours / 1e6),
        Figure("kernel, with moments (CPU-s)", whole),
        Figure("bare bincount of the same (CPU-s)", floor),
        at_least("kernel, speed in bare bincounts", floor / ours, 0.35),
        Figure("DuckDB, one thread, of the same (CPU-s)", duck),
        at_most("kernel, CPU in DuckDBs", ours / duck, 0.4),
    ]


def columns(random: np.random.Generator) -> pa.Table:
    """Return five columns of numbers and two of categories; two of them have 2 % nulls."""
    laws = {
        "normal": random.normal(0, 1, EVENTS),
        "normal with nulls": random.normal(5, 2, EVENTS),
        "lognormal": random.lognormal(0, 1, EVENTS),
        "whole": random.poisson(30, EVENTS),
        "mostly zero": np.where(random.random(EVENTS) < 0.9, 0.0, random.exponential(1.0, EVENTS)),
    }
    absent = random.random(EVENTS) < 0.02
    table = {
        name: pa.array(values.astype(np.float32), mask=absent if "nulls" in name else None)
        for name, values in laws.items()
    }
    for name, size in SIZES.items():
        codes = random.integers(0, size, EVENTS).astype(np.int32)
        indices = pa.array(codes, mask=absent if name == "large" else None)
        table[name] = pa.DictionaryArray.from_arrays(indices, [f"{code:04d}" for code in range(size)])
    return pa.table(table)


def profiles(
    table: pa.Table, times: Codes, versions: Codes, *, moments: bool = False
) -> dict[str, list[Profile]]:
    """Return what the kernel makes of the columns, from the events' times on."""
    grouping = grouping_of(times // WIDTH * VERSIONS + versions, GROUPS)
    return {name: profile_grouped(table[name], grouping, moments=moments) for name in table.column_names}


def bare(table: pa.Table, times: Codes, versions: Codes) -> Callable[[], object]:
    """Return bare counting of the same cells, window by window, since events come in order."""
    ends = np.searchsorted(times, np.arange(WINDOWS + 1) * WIDTH).tolist()
    buffers = {name: values_of(table[name]) for name in table.column_names}

    def count() -> None:
        for name, values in buffers.items():
            for start, end in pairwise(ends):
                if name in SIZES:
                    np.bincount(versions[start:end] * SIZES[name] + values[start:end])
                else:
                    np.bincount((versions[start:end] << 16) + (values[start:end] >> 16))

    return count


def values_of(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.unsignedinteger]]:
    """Return the column's bare buffer as unsigned integers: the bits of floats, or codes."""
    array = column.combine_chunks()
    array = array.indices if pa.types.is_dictionary(array.type) else array
    return np.frombuffer(array.buffers()[1], np.uint32, count=len(array))


def loaded(table: pa.Table, times: Codes, versions: Codes) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the events; floats as their bits, which SQL does not get at."""
    database = duckdb.connect(config={"threads": 1})
    names = [str(version) for version in range(VERSIONS)]
    rows = {
        "time": pa.array(times),
        "version": pa.DictionaryArray.from_arrays(versions.astype(np.int32), names),
    }
    for name in table.column_names:
        bits = pa.array(values_of(table[name]), mask=np.asarray(table[name].is_null()))
        rows[name] = table[name] if name in SIZES else bits
    database.register("events", pa.table(rows))
    database.execute("create table counted as select * from events")
    return database


def queries(database: duckdb.DuckDBPyConnection, table: pa.Table) -> list[duckdb.DuckDBPyRelation]:
    """Return one query for each column: one of all with grouping sets takes as long."""
    bins = {name: f'"{name}"' if name in SIZES else f'"{name}" >> 16' for name in table.column_names}
    return [
        database.sql(
            f'select time // {WIDTH} as "window", version, {bin_} as bin, count(*) as n'  # noqa: S608 - own names
            " from counted group by all"
        )
        for bin_ in bins.values()
    ]


def sql(database: duckdb.DuckDBPyConnection, table: pa.Table) -> list[Cells]:
    """Return each column's counts by group and bin as DuckDB finds them."""
    found = []
    for name, answer in zip(table.column_names, queries(database, table), strict=True):
        rows = answer.to_arrow_table()
        groups = np.asarray(rows["window"], np.int64) * VERSIONS + np.asarray(
            rows["version"].cast(pa.int64()), np.int64
        )
        bins = rows["bin"].to_pylist()
        if name not in SIZES:
            keys = ordered_keys(np.asarray(rows["bin"].fill_null(0), np.uint16)).tolist()
            bins = [None if bin_ is None else key for bin_, key in zip(bins, keys, strict=True)]
        found.append(dict(zip(zip(groups.tolist(), bins, strict=True), rows["n"].to_pylist(), strict=True)))
    return found


def kernel(table: pa.Table, times: Codes, versions: Codes) -> list[Cells]:
    """Return the same as the kernel finds them."""
    return [
        {
            (group, bin_): count
            for group, profile in enumerate(of_column)
            for bin_, count in _cells(profile)
            if count
        }
        for of_column in profiles(table, times, versions).values()
    ]


def _cells(profile: Profile) -> list[tuple[int | str | None, int]]:
    found: list[tuple[int | str | None, int]] = [(None, profile.nulls)]
    if profile.numbers is not None:
        found += zip(profile.numbers.keys.tolist(), profile.numbers.counts.tolist(), strict=True)
    if profile.categories is not None:
        found += zip(profile.categories.values, profile.categories.counts.tolist(), strict=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
