"""The server's ``Observer`` over two million events, beside DuckDB making the same signal points.

Then the same with the profiles that the server makes of the same rows, and what those take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa

from aright.core.model.columns import TIME
from aright.core.model.service import Service
from aright.core.model.times import DAY, HOUR
from aright.core.observe.bins import names_of
from aright.core.observe.profiling import Extent, Profiler
from aright.core.observe.rolling import roll
from aright.core.observe.signals.shift import name_of
from aright.core.observe.windows import Observer
from aright.engine.settings import Settings
from bench.profile_speed import cpu_seconds
from bench.report import Figure, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.cuts import Cut, Cuts
    from aright.core.model.sheet import Sheet
    from aright.core.model.signal import SignalPoint

EVENTS: Final = 2_000_000
WINDOWS: Final = 100
WIDTH: Final = 30_000_000
PORTION: Final = 20_000
UNITS: Final = 100_000
ATTRIBUTES: Final = (2, 3, 4, 5, 6, 8, 10, 12)
"""Values of each attribute. All but the last two are the unit's own."""

FEATURES: Final = 14
QUIETER: Final = 67
"""Of so many events one is left for a quiet service."""

SHARES: Final = ("error_share", "fallback_share", "slow_share")
BESIDE: Final = ("latency:", "score_below:", "score_ks", "spike_")
"""Signals that the observer makes beside, which DuckDB is not asked for."""

EVERYONE: Final = ("", "")

Point: TypeAlias = tuple[int, str, tuple[str, str]]
"""Window, signal, and segment (attribute and value)."""

Points: TypeAlias = dict[Point, tuple[float, float]]
"""Units and the total over them."""


def observer_figures() -> list[Figure]:
    """Return the CPU-seconds of both, having seen that their points are the same."""
    events = observed(np.random.default_rng(37))
    first = events.slice(0, EVENTS // 20)
    learning = Observer(Service(key="bench"), WIDTH)
    list(points(learning, first))
    cuts = learning.cuts
    if cuts is None:
        raise SystemExit("the observer has learned nothing: there is nothing to measure")
    database = duckdb.connect(config={"threads": 1})
    database.register("arrived", events)
    database.execute(
        f'create table events as select *, epoch_us("time") // {WIDTH} as w from arrived'  # noqa: S608 - a number
    )
    check(by_name(points(Observer(Service(key="bench"), WIDTH, cuts), events)), from_sql(database, cuts))
    ours, profiled = cpu_seconds(
        lambda: list(points(Observer(Service(key="bench"), WIDTH, cuts), events)),
        lambda: list(points(profiling(cuts), events)),
        repeats=3,
    )
    quiet = events.filter(pa.array(np.arange(EVENTS) % QUIETER == 0))
    (duck,) = cpu_seconds(lambda: queried(database, cuts), repeats=2)
    return [
        Figure("observer: signal points of 2 M events (CPU-s)", ours),
        Figure("observer: events per CPU-second", EVENTS / ours),
        Figure("DuckDB, one thread, the same points (CPU-s)", duck),
        Figure("observer, CPU in DuckDBs", ours / duck),
        Figure("observer that makes profiles too (CPU-s)", profiled),
        at_most("profiles, CPU in observers", profiled / ours - 1, 0.6),
        Figure("profiles of 667 events per second (MB per day, unmerged)", megabytes(cuts, events)),
        Figure("profiles of 10 events per second (MB per day, unmerged)", megabytes(cuts, quiet)),
        Figure("an hour of the busy ones, merged (MB)", megabytes_of_an_hour(cuts, events)),
    ]


def profiling(cuts: Cuts) -> Observer:
    """Return an observer that makes profiles as the server has it make them."""
    settings = Settings()
    extent = Extent(width=WIDTH, span=settings.profile_span, bytes_per_day=settings.profile_bytes)
    return Observer(Service(key="bench"), WIDTH, cuts, Profiler("bench", extent))


def megabytes(cuts: Cuts, events: pa.Table) -> float:
    """Return what a day of such events' profiles takes before they are merged into hours."""
    kept = sum(len(sheet.body) for sheet in sheets(cuts, events))
    return kept / 1e6 * DAY / (WINDOWS * WIDTH)


def megabytes_of_an_hour(cuts: Cuts, events: pa.Table) -> float:
    """Return what is left of them when they are merged."""
    return sum(len(sheet.body) for sheet in roll(sheets(cuts, events), start=0, width=HOUR)) / 1e6


def sheets(cuts: Cuts, events: pa.Table) -> list[Sheet]:
    """Return the sheets of all windows."""
    observer = profiling(cuts)
    observer.add(events)
    return [sheet for window in observer.open_windows() for sheet in observer.close(window).sheets]


def observed(random: np.random.Generator) -> pa.Table:
    """Return events of one service, in the order of time."""
    units = random.integers(0, UNITS, EVENTS)
    names = pa.array([f"{unit:012x}" for unit in range(UNITS)])
    columns = {
        "id": pa.array([f"{number:012x}" for number in range(EVENTS)]),
        "time": pa.array(np.sort(random.integers(0, WINDOWS * WIDTH, EVENTS))).cast(TIME),
        "version": category(random.integers(0, 2, EVENTS), 2),
        "unit": names.take(pa.array(units)),
        "status": pa.array(np.where(random.random(EVENTS) < 0.01, 500, 200).astype(np.int32)),
        "fallback": pa.array(random.random(EVENTS) < 0.02),
        "latency_ms": pa.array(random.lognormal(3, 0.5, EVENTS).astype(np.float32)),
        "score": pa.array(random.random(EVENTS, np.float32)),
    }
    for place, size in enumerate(ATTRIBUTES):
        own = random.integers(0, size, UNITS)[units]
        codes = own if place < len(ATTRIBUTES) - 2 else random.integers(0, size, EVENTS)
        columns[f"attr.a{place}"] = category(codes, size)
    for place in range(FEATURES):
        absent = random.random(EVENTS) < 0.02 * (place % 3)
        columns[f"feat.f{place}"] = pa.array(random.standard_normal(EVENTS, np.float32), mask=absent)
    return pa.table(columns)


def category(codes: np.ndarray[tuple[int], np.dtype[np.int64]], size: int) -> pa.DictionaryArray:
    """Return codes as a column of texts."""
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), [f"v{code}" for code in range(size)])


def points(observer: Observer, events: pa.Table) -> Iterator[SignalPoint]:
    """Yield the points of all windows, each closed when the next one has begun."""
    for start in range(0, events.num_rows, PORTION):
        observer.add(events.slice(start, PORTION))
        for window in observer.open_windows()[:-1]:
            yield from observer.close(window).points
    for window in observer.open_windows():
        yield from observer.close(window).points


def by_name(found: Iterator[SignalPoint]) -> Points:
    """Return the observer's points by what they are of."""
    return {
        (point.start // WIDTH, point.name, (point.segment.attribute, point.segment.value)): (
            point.n,
            point.total,
        )
        for point in found
        if not point.name.startswith(BESIDE)
    }


def check(ours: Points, theirs: Points) -> None:
    """End the benchmark where the points differ, but for the order in which sums are rounded."""
    same = ours.keys() == theirs.keys() and all(
        np.allclose(value, theirs[point], rtol=1e-9) for point, value in ours.items()
    )
    if not same:
        raise SystemExit("the observer and DuckDB differ: the figures would say nothing")


def queried(database: duckdb.DuckDBPyConnection, cuts: Cuts) -> list[tuple[str, str, pa.Table]]:
    """Return DuckDB's answers: by attribute its shares, and by column its bins."""
    answers = [("shares", "", database.sql(shares_of("''", cuts.slow_ms)).to_arrow_table())]
    for attribute in ("version", *(f"a{place}" for place in range(len(ATTRIBUTES)))):
        column = attribute if attribute == "version" else f"attr.{attribute}"
        answers.append(
            ("shares", attribute, database.sql(shares_of(f'"{column}"', cuts.slow_ms)).to_arrow_table())
        )
    database.execute(
        "create or replace temp table speaking as"
        " select * from events where rowid in (select min(rowid) from events group by w, unit)"
    )
    for column, cut in cuts.columns.items():
        answers.append(("bins", column, database.sql(bins_of(column, cut)).to_arrow_table()))
    return answers


def shares_of(segment: str, slow_ms: float) -> str:
    """Return the query of all shares by window and segment: means over units of each unit's own mean."""
    return f"""
        select w, segment, count(*) as n, sum(failed) as error_share, sum(fell) as fallback_share,
            sum(slow) as slow_share
        from (
            select w, {segment} as segment, unit, avg((status >= 500)::int) as failed,
                avg(fallback::int) as fell, avg((latency_ms::double > {slow_ms:.17e})::int) as slow
            from events group by all
        ) group by all"""  # noqa: S608 - names of our own


def bins_of(column: str, cut: Cut) -> str:
    """Return the query of a column's bins by window, of each unit's first row."""
    last = len(names_of(cut)) - 1
    cases = " ".join(
        f'when "{column}"::double <= {edge:.17e} then {place}' for place, edge in enumerate(cut.edges)
    )
    return f"""
        select w, case when "{column}" is null then {last} {cases} else {last - 1} end as bin, count(*) as n
        from speaking group by all"""  # noqa: S608 - names of our own


def from_sql(database: duckdb.DuckDBPyConnection, cuts: Cuts) -> Points:
    """Return DuckDB's points by what they are of; a bin without a unit is a zero."""
    found: Points = {}
    for kind, name, answer in queried(database, cuts):
        for row in answer.to_pylist():
            if kind == "shares":
                for share in SHARES:
                    found[row["w"], share, (name, row["segment"])] = (row["n"], row[share])
            else:
                names = [name_of(name, part) for part in names_of(cuts.columns[name])]
                units = found[row["w"], SHARES[0], EVERYONE][0]
                for part in names:
                    found.setdefault((row["w"], part, EVERYONE), (units, 0))
                found[row["w"], names[row["bin"]], EVERYONE] = (units, row["n"])
    return found
