"""What tools that ask Python see of a leak: tracemalloc's snapshots, and memray where it is there.

Called with the workload's file, names with commas between, and calls; prints bytes a call by tool and name.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import sys
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any


def main() -> None:
    """Print what each tool sees of each workload."""
    file, names, calls = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3])
    spec = importlib.util.spec_from_file_location("workloads", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(
        json.dumps(
            {
                name: {
                    "tracemalloc": traced(getattr(module, name), calls),
                    "memray": memrayed(getattr(module, name), calls),
                }
                for name in names
            }
        )
    )


def traced(call: Any, calls: int) -> float:
    """Return the bytes a call that Python's allocators kept."""
    repeated(call, 200)
    tracemalloc.start()
    repeated(call, 50)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    repeated(call, calls)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / calls


def memrayed(call: Any, calls: int) -> float:
    """Return the bytes a call that memray calls leaked, native allocations included."""
    memray = importlib.import_module("memray")
    repeated(call, 200)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "found.bin"
        with memray.Tracker(str(place)):
            repeated(call, calls)
            gc.collect()
        with memray.FileReader(str(place)) as reader:
            return sum(each.size for each in reader.get_leaked_allocation_records(merge_threads=True)) / calls


def repeated(call: Any, calls: int) -> None:
    """Call it so often."""
    for _ in range(calls):
        call()


if __name__ == "__main__":
    main()
