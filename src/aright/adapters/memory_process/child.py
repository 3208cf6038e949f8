"""A workload repeated in a process of its own, and its memory read; needs nothing of aright.

Started as ``python child.py ASK TELL MEMORY PATHS WORKLOAD``: descriptors to be asked and to tell on, MiB of
address space (0 for no limit), folders to put first on ``sys.path``, and ``FILE.py:NAME`` or ``MODULE:NAME``.
A line of JSON is told per line asked: ``{"calls": n}`` calls the workload n times and tells what memory is
in use then, ``{"trace": n}`` tells where Python allocated what n calls left behind. The first line told,
``{"ready": true}``, says that the workload is loaded; ``{"problem": "..."}`` that something failed.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import inspect
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONGEST = 500
SHOWN = 5
KIB = 1024
_STATUS = Path("/proc/self/status")
_SETTLED = 3


class Mallinfo2(ctypes.Structure):
    """What glibc's ``mallinfo2`` answers (glibc 2.33 and later)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


class Meter:
    """Reads how much memory this process has in use, each instrument in bytes and only where there is one.

    ``heap`` is what malloc has given out, exact to the allocation; ``mapped`` is writable memory that was
    asked of the system by others than malloc; ``rss`` is what is resident; ``python`` is at least what small
    objects of Python take, 16 bytes for each of its blocks, where Python does not ask malloc for them.
    """

    def __init__(self) -> None:
        self._mallinfo2: Callable[[], Mallinfo2] | None = None
        with contextlib.suppress(AttributeError, OSError, TypeError):
            found = ctypes.CDLL(None).mallinfo2
            found.restype = Mallinfo2
            self._mallinfo2 = found

    def read(self) -> dict[str, int]:
        """Return what is in use now, garbage taken away first."""
        gc.collect()
        blocks = sys.getallocatedblocks() * 16
        told = {"python": blocks} if blocks else {}
        resident, writable = resident_and_writable()
        if self._mallinfo2 is not None:
            info = self._mallinfo2()
            told["heap"] = info.uordblks + info.hblkhd
            if writable:
                told["mapped"] = max(writable - info.arena - info.hblkhd, 0)
        told["rss"] = resident
        return told


def resident_and_writable() -> tuple[int, int]:
    """Return bytes resident, and bytes of private writable mappings (0 where the system does not say)."""
    try:
        lines = dict(
            line.split(":", 1) for line in _STATUS.read_text("ascii", "replace").splitlines() if ":" in line
        )
        return int(lines["VmRSS"].split()[0]) * KIB, int(lines["VmData"].split()[0]) * KIB
    except (OSError, KeyError, ValueError, IndexError):
        return _resident_elsewhere(), 0


def _resident_elsewhere() -> int:
    """Return what is resident where there is no /proc; at worst the most that ever was."""
    with contextlib.suppress(Exception):
        return int(importlib.import_module("psutil").Process().memory_info().rss)
    usage = importlib.import_module("resource")
    return int(usage.getrusage(usage.RUSAGE_SELF).ru_maxrss) * (1 if sys.platform == "darwin" else KIB)


def main() -> None:
    """Load the workload, then do what is asked until nobody asks any more."""
    ask, tell, memory, paths, workload = sys.argv[1:6]
    told = os.fdopen(int(tell), "w", encoding="utf-8")
    bound(int(memory))
    sys.path[0] = str(Path.cwd())  # not the folder of this file, whose names would hide others
    sys.path[:0] = [each for each in paths.split(os.pathsep) if each]
    try:
        call = workload_of(workload)
    except BaseException as broken:  # noqa: BLE001 - the team's own code may raise anything
        write(told, {"problem": said("it cannot be loaded", broken)})
        return
    with os.fdopen(int(ask), encoding="utf-8") as lines:
        serve(call, lines, told)


def serve(call: Callable[[], object], lines: Iterable[str], told: Any) -> None:
    """Tell that the workload is ready, then do what each line asks."""
    meter = Meter()
    meter.read()
    gc.freeze()  # what was there at first need not be searched for garbage at each sample
    write(told, {"ready": True})
    for line in lines:
        asked = json.loads(line)
        try:
            if "trace" in asked:
                write(told, trace(call, int(asked["trace"])))
            else:
                write(told, measured(call, int(asked["calls"]), meter))
        except BaseException as broken:  # noqa: BLE001 - as above
            write(told, {"problem": said("it failed", broken)})
            return


def measured(call: Callable[[], object], calls: int, meter: Meter) -> dict[str, Any]:
    """Call a workload, and return how long that took (s) and what memory is in use then."""
    start = time.perf_counter()
    for _ in range(calls):
        call()
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "memory": meter.read()}


def trace(call: Callable[[], object], calls: int) -> dict[str, Any]:
    """Return what Python allocated and did not give back over some calls, by line, the most first."""
    tracemalloc = importlib.import_module("tracemalloc")
    already = tracemalloc.is_tracing()
    if not already:
        tracemalloc.start()
    for _ in range(_SETTLED):
        call()
    gc.collect()
    before = tracemalloc.take_snapshot()
    for _ in range(calls):
        call()
    gc.collect()
    after = tracemalloc.take_snapshot()
    if not already:
        tracemalloc.stop()
    own = (tracemalloc.Filter(False, tracemalloc.__file__), tracemalloc.Filter(False, __file__))
    found = after.filter_traces(own).compare_to(before.filter_traces(own), "lineno")
    grown = sorted((each for each in found if each.size_diff > 0), key=lambda each: -each.size_diff)
    total = sum(each.size_diff for each in found)
    lines = [
        [f"{each.traceback[0].filename}:{each.traceback[0].lineno}", each.size_diff] for each in grown[:SHOWN]
    ]
    return {"traced": total, "lines": lines}


def bound(memory: int) -> None:
    """Set a limit to the address space; ``memory`` in MiB, 0 for none."""
    if memory:
        with contextlib.suppress(ImportError, ValueError, OSError):  # not every system has it
            resource = importlib.import_module("resource")
            resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))


def workload_of(target: str) -> Callable[[], object]:
    """Return what a workload calls: a function, or an instance of a class that is made once."""
    place, _, name = target.rpartition(":")
    found: Any = _module(place)
    for part in name.split("."):
        found = getattr(found, part)
    if inspect.isclass(found):
        found = found()
    if not callable(found):
        raise TypeError(f"{target} cannot be called")
    call: Callable[[], object] = found
    return call


def _module(place: str) -> Any:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    file = Path(place).resolve()
    sys.path.append(str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{place} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(file.stem, module)
    spec.loader.exec_module(module)
    return module


def said(what: str, broken: BaseException) -> str:
    """Return why something failed, in a line."""
    return f"{what}: {type(broken).__name__}: {broken}"[:LONGEST]


def write(out: Any, line: dict[str, Any]) -> None:
    """Write one line at once."""
    out.write(json.dumps(line) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
