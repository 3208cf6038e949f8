"""Keeping the memory of bodies that came and went, instead of giving it back for each."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache
from typing import Final

_TRIM_THRESHOLD: Final = -1  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h
_MMAP_THRESHOLD: Final = -3
_KEPT: Final = 128 << 20
_LARGEST: Final = 32 << 20  # the most that glibc takes
_ALLOCATIONS: Final = 20_000


def search_less_often() -> None:
    """Let Python look for cycles after 20,000 new objects instead of 700.

    A body of ten thousand alerts is some hundred thousand objects without any: looking at them again and
    again while they are made took a third of the time.
    """
    gc.set_threshold(_ALLOCATIONS, *gc.get_threshold()[1:])


@cache
def keep_freed_memory() -> bool:
    """Let malloc keep up to 128 MB that are free; return whether it does.

    glibc maps each large block anew, and the kernel clears its pages: for a body of some megabytes that costs
    as much as all copying of it does. Other C libraries are left alone.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(
        mallopt(_MMAP_THRESHOLD, _LARGEST) and mallopt(_TRIM_THRESHOLD, _KEPT)
    )
