"""Which ways to fail come of which kinds of edit.

Log ratios (nats) of how often an edit of a kind is behind a failure of a way, to how often edits of that kind
are made at all: coarse steps (3: the textbook cause; 2–2.5: a usual one; 1–1.5: happens; < 1: may be) from
what post-mortems and bug taxonomies tell of (CWE-401, 404, 476, 617, 770, 833; Beyer et al. 2016, Site
Reliability Engineering, appendix D; Gunawi et al. 2016, Why does the cloud stop computing?). An order, not a
fit.
"""

from __future__ import annotations

from typing import Final

from aright.core.diagnose.mechanism.modes import Mode
from aright.core.diagnose.mechanism.traits import Trait

UNKNOWN: Final = 1.0
"""Of a failure whose words tell no way: whatever an edit did may be behind it."""

COMPATIBLE: Final[dict[Trait, dict[Mode, float]]] = {
    Trait.GUARD_REMOVED: {
        Mode.NULL: 3.0,
        Mode.BOUNDS: 2.0,
        Mode.ARITHMETIC: 2.0,
        Mode.MISSING: 1.5,
        Mode.TYPE: 1.0,
        Mode.RECURSION: 2.5,
        Mode.CRASH: 1.0,
        Mode.REJECTED: 0.5,
    },
    Trait.HANDLER_REMOVED: {
        Mode.CRASH: 2.0,
        Mode.CONNECT: 1.0,
        Mode.TYPE: 1.0,
        Mode.QUOTA: 1.0,
        Mode.CONFLICT: 1.0,
        Mode.PASSED_ON: 1.0,
        Mode.NULL: 0.7,
        Mode.SLOW: 0.5,
    },
    Trait.CONDITION: {
        Mode.BOUNDS: 2.0,
        Mode.NULL: 1.5,
        Mode.ARITHMETIC: 1.5,
        Mode.REJECTED: 1.5,
        Mode.ACCESS: 1.5,
        Mode.RECURSION: 2.5,
        Mode.CRASH: 1.5,
        Mode.CONFLICT: 1.0,
        Mode.MISSING: 1.0,
        Mode.SLOW: 1.0,
    },
    Trait.SWAPPED: {
        Mode.MISSING: 2.0,
        Mode.ARGUMENTS: 2.0,
        Mode.TYPE: 2.0,
        Mode.NULL: 1.5,
        Mode.REJECTED: 1.5,
        Mode.ACCESS: 1.0,
        Mode.CONFLICT: 1.5,
        Mode.SLOW: 1.0,
    },
    Trait.OMITTED: {
        Mode.TYPE: 2.0,
        Mode.REJECTED: 2.0,
        Mode.ACCESS: 2.0,
        Mode.NULL: 1.5,
        Mode.MISSING: 1.5,
        Mode.ARGUMENTS: 1.5,
        Mode.CONFLICT: 1.0,
        Mode.SLOW: 1.0,
    },
    Trait.GROWS: {Mode.MEMORY: 3.0, Mode.EXHAUSTED: 1.5, Mode.SLOW: 0.7},
    Trait.RELEASE_REMOVED: {
        Mode.EXHAUSTED: 3.0,
        Mode.MEMORY: 2.5,
        Mode.SLOW: 1.5,
        Mode.CONFLICT: 1.0,
        Mode.CONNECT: 0.7,
    },
    Trait.ACQUIRES: {Mode.EXHAUSTED: 2.5, Mode.MEMORY: 2.0, Mode.SLOW: 0.7},
    Trait.RENAMED: {
        Mode.MISSING: 2.5,
        Mode.NULL: 1.0,
        Mode.TYPE: 1.0,
        Mode.REJECTED: 1.0,
        Mode.ARGUMENTS: 1.0,
    },
    Trait.REFERS: {Mode.MISSING: 2.5, Mode.NULL: 0.7, Mode.ACCESS: 0.7},
    Trait.REMOVED: {
        Mode.MISSING: 2.5,
        Mode.NULL: 1.5,
        Mode.ARGUMENTS: 1.5,
        Mode.REJECTED: 1.0,
        Mode.ACCESS: 0.7,
    },
    Trait.NUMBER: {
        Mode.REJECTED: 1.0,
        Mode.TYPE: 1.0,
        Mode.SLOW: 0.5,
        Mode.QUOTA: 0.5,
        Mode.BOUNDS: 0.5,
        Mode.MEMORY: 0.5,
    },
    Trait.LIMIT: {
        Mode.SLOW: 2.5,
        Mode.EXHAUSTED: 2.5,
        Mode.QUOTA: 2.0,
        Mode.CONNECT: 1.5,
        Mode.MEMORY: 1.2,
        Mode.REJECTED: 1.5,
    },
    Trait.COSTLIER: {Mode.SLOW: 2.5, Mode.QUOTA: 1.5, Mode.MEMORY: 1.5, Mode.EXHAUSTED: 1.2},
    Trait.LOCKING: {
        Mode.CONFLICT: 3.0,
        Mode.SLOW: 2.0,
        Mode.EXHAUSTED: 1.0,
        Mode.CRASH: 0.7,
        Mode.NULL: 0.5,
    },
    Trait.ADDRESS: {
        Mode.RESOLVE: 2.5,
        Mode.CONNECT: 2.5,
        Mode.MISSING: 1.5,
        Mode.SLOW: 1.0,
        Mode.ACCESS: 1.0,
    },
    Trait.ACCESS: {Mode.ACCESS: 3.0, Mode.CONNECT: 1.0, Mode.MISSING: 0.5},
    Trait.CONVERSION: {Mode.TYPE: 2.5, Mode.REJECTED: 2.0, Mode.ARITHMETIC: 1.0, Mode.NULL: 0.7},
    Trait.SIGNATURE: {Mode.ARGUMENTS: 3.0, Mode.TYPE: 1.5, Mode.NULL: 0.7, Mode.MISSING: 0.7},
    Trait.STRICTER: {Mode.REJECTED: 2.5, Mode.TYPE: 1.5, Mode.MISSING: 1.5, Mode.ACCESS: 1.0},
    Trait.INDEXING: {Mode.BOUNDS: 3.0, Mode.NULL: 0.5, Mode.REJECTED: 0.5},
    Trait.CALCULATION: {Mode.ARITHMETIC: 2.5, Mode.REJECTED: 1.5, Mode.BOUNDS: 1.0},
    Trait.DIVISION: {Mode.ARITHMETIC: 3.0},
    Trait.RESOURCES: {Mode.MEMORY: 2.5, Mode.SLOW: 2.0, Mode.EXHAUSTED: 1.5, Mode.CRASH: 0.7},
    Trait.LIBRARY: {
        Mode.ARGUMENTS: 2.0,
        Mode.TYPE: 1.5,
        Mode.MISSING: 1.5,
        Mode.ACCESS: 0.8,
        Mode.NULL: 0.8,
        Mode.CRASH: 0.8,
        Mode.MEMORY: 0.8,
        Mode.SLOW: 0.8,
        Mode.REJECTED: 0.8,
        Mode.CONNECT: 0.5,
    },
}
