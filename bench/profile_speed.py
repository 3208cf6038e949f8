"""CPU-seconds and memory of comparing 1 M rows with 1 M rows, beside the floor and the peers."""

from __future__ import annotations

import ctypes
import gc
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aright.core.profile import frame_of, profile_column
from aright.core.stats.jensen_shannon import jensen_shannon
from aright.core.stats.kolmogorov_smirnov import kolmogorov_smirnov
from aright.core.stats.psi import psi
from bench.peers import run_peer
from bench.profile_data import CATEGORIES, NUMBERS, rows, write
from bench.report import Figure, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 1_000_000
_REPEATS = 7
_MB = 1 << 20

Files: TypeAlias = tuple[Path, Path]


class Moved(NamedTuple):
    """What is said of one feature."""

    null_shares: tuple[float, float]
    means: tuple[float, float]
    sds: tuple[float, float]
    psi: float
    jensen_shannon: float
    kolmogorov_smirnov: float


def compare_tables(reference: pa.Table, current: pa.Table) -> dict[str, Moved]:
    """Compare rows in memory, with the functions that ``aright investigate`` calls for every column."""
    found = {}
    for name in reference.column_names:
        frame = frame_of(reference[name])
        one, two = profile_column(reference[name], frame), profile_column(current[name], frame)
        found[name] = Moved(
            (one.null_share, two.null_share),
            (one.mean, two.mean),
            (one.sd, two.sd),
            psi(one, two),
            jensen_shannon(one, two),
            kolmogorov_smirnov(one, two) if one.ordered else math.nan,
        )
    return found


def read_files(files: Files) -> tuple[pa.Table, pa.Table]:
    """Read both files, categories as dictionaries, as the server reads its segments."""
    reference, current = (
        pq.read_table(path, read_dictionary=CATEGORIES, use_threads=False) for path in files
    )
    return reference, current


def bare(columns: Sequence[np.ndarray[tuple[int], np.dtype[np.generic]]]) -> None:
    """Count bare buffers: the floor. Nulls, NaN, categories' names and all sums are not looked at."""
    for values in columns:
        if values.dtype == np.int32:
            np.bincount(values)
        else:  # float64 has to be made float32 first
            np.bincount(values.astype(np.float32, copy=False).view(np.uint32) >> 16)


def buffers(table: pa.Table) -> list[np.ndarray[tuple[int], np.dtype[np.generic]]]:
    """Return the columns as bare arrays: numbers as they are, categories as their codes."""
    found: list[np.ndarray[tuple[int], np.dtype[np.generic]]] = []
    for name in NUMBERS:
        array = table[name].combine_chunks()
        wide = np.float32 if array.type == pa.float32() else np.float64
        found.append(np.frombuffer(array.buffers()[1], wide, count=len(array)))
    for name in CATEGORIES:
        indices = table[name].combine_chunks().indices
        found.append(np.frombuffer(indices.buffers()[1], np.int32, count=len(indices)))
    return found


def cpu_seconds(*actions: Callable[[], object], repeats: int = _REPEATS) -> list[float]:
    """Return each action's least CPU-seconds; they take turns, so that a busy machine slows all alike."""
    best = [float("inf")] * len(actions)
    for _ in range(repeats):
        for place, action in enumerate(actions):
            started = time.process_time()
            action()
            best[place] = min(best[place], time.process_time() - started)
    return best


def peak_above(action: Callable[[], object]) -> float:
    """Return by how many MB the process' resident memory grew at most while ``action`` ran."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # gives back what was freed before, or growth into it would not be seen
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = _status("VmRSS")
    action()
    return (_status("VmHWM") - before) / 1024


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}: this benchmark needs Linux")


def speed_figures(data: Path, *, peers: bool) -> list[Figure]:
    """Measure and return the figures; the rows are written to ``data`` as Parquet."""
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    random = np.random.default_rng(11)
    files = data / "reference.parquet", data / "current.parquet"
    for path, shift in zip(files, (0.0, 0.05), strict=True):
        write(rows(random, ROWS, shift=shift), path)
    floor, ours, ours_numbers, memory = _in_memory(*read_files(files))
    read, from_files = cpu_seconds(
        lambda: read_files(files), lambda: compare_tables(*read_files(files)), repeats=3
    )
    figures = [
        Figure("floor: bare bincount (CPU-s)", floor),
        at_most("from Arrow in memory (CPU-s)", ours, 0.30),
        at_most("from Arrow, times the floor", ours / floor, 2.2),
        Figure("pyarrow's read of the files (CPU-s)", read),
        at_most("from Parquet (CPU-s)", from_files, 0.95),
        at_most("from Parquet, times floor and read", from_files / (floor + read), 2.2),
        at_most("peak memory above the data, Arrow (MB)", memory, 200),
        at_most("peak memory above the data, Parquet (MB)", _file_memory(files), 200),
    ]
    return figures + (_peer_figures(files, ours, ours_numbers) if peers else [])


def _in_memory(reference: pa.Table, current: pa.Table) -> tuple[float, float, float, float]:
    """Return the CPU-seconds of the floor, of everything, of the numbers alone; and the peak memory (MB)."""
    plain = buffers(reference) + buffers(current)
    numbers = reference.select(NUMBERS), current.select(NUMBERS)
    compare_tables(reference.slice(0, 1_000), current.slice(0, 1_000))  # imports what is imported late
    floor, ours, ours_numbers = cpu_seconds(
        lambda: bare(plain), lambda: compare_tables(reference, current), lambda: compare_tables(*numbers)
    )
    return floor, ours, ours_numbers, peak_above(lambda: compare_tables(reference, current))


def _file_memory(files: Files) -> float:
    """Return the peak of memory (MB) beyond the rows themselves, from reading to the end."""
    size: float = sum(table.nbytes for table in read_files(files)) / _MB
    return peak_above(lambda: compare_tables(*read_files(files))) - size


def _peer_figures(files: Files, ours: float, ours_numbers: float) -> list[Figure]:
    arguments = [str(path) for path in files]
    scouter = float(run_peer("scouter", "scouter_psi.py", *arguments)["cpu_seconds"])
    evidently = float(run_peer("evidently", "evidently_drift.py", *arguments)["cpu_seconds"])
    return [
        Figure("numbers alone (CPU-s)", ours_numbers),
        Figure("scouter-ml 0.25.0, PSI of the numbers (CPU-s)", scouter),
        at_least("scouter-ml, times ours", scouter / ours_numbers, 2.5),
        Figure("Evidently 0.7.23, DataDriftPreset (CPU-s)", evidently),
        at_least("Evidently, times ours", evidently / ours, 100),
    ]
