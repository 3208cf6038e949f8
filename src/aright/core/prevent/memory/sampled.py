"""What is measured of a workload that is repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats: TypeAlias = npt.NDArray[np.float64]

HEAP: Final = "heap"
PYTHON: Final = "python"
MAPPED: Final = "mapped"
RSS: Final = "rss"
INSTRUMENTS: Final = {
    HEAP: "memory given out by malloc",
    PYTHON: "blocks of Python's own allocator",
    MAPPED: "memory mapped by others than malloc",
    RSS: "resident memory",
}
"""The finest first."""

MOST: Final = 256
"""Samples kept: slopes between all pairs of them are formed."""


@dataclass(frozen=True, kw_only=True)
class LibrarySet:
    """The libraries that a workload runs with; without any of these, those of this interpreter.

    Attributes:
        python: another interpreter, such as that of a virtual environment.
        paths: folders to look for imports in first.
        requirements: what ``pip install --target`` puts into a kept folder, which then comes first.
    """

    python: str = ""
    paths: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The set for people.

        >>> LibrarySet(requirements=("tokenizers==0.20",)).name
        'tokenizers==0.20'
        """
        return (
            ", ".join((*self.requirements, *self.paths, *([self.python] if self.python else [])))
            or "installed"
        )


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was in use after some calls.

    Attributes:
        seconds: that these calls took.
        memory: bytes by instrument, of ``INSTRUMENTS``.
    """

    seconds: float
    memory: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Traced:
    """What Python allocated and did not give back over some calls.

    Attributes:
        calls: how many.
        size: bytes, over all.
        lines: file and line with its bytes, the most first.
    """

    calls: int
    size: int
    lines: tuple[tuple[str, int], ...]


@dataclass
class Series:
    """Samples of one side in the order of calls.

    Attributes:
        calls: made so far, at each sample.
        memory: bytes at each sample, by instrument.
        seconds: that all calls took.
    """

    calls: list[int] = field(default_factory=list)
    memory: dict[str, list[int]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, calls: int, sample: Sample) -> None:
        """Take one more sample; of an instrument that not all samples have, nothing is kept."""
        self.memory = {
            name: [*self.memory.get(name, ()), sample.memory[name]]
            for name in (self.memory or sample.memory)
            if name in sample.memory
        }
        self.calls.append((self.calls[-1] if self.calls else 0) + calls)
        self.seconds += sample.seconds

    def thin(self) -> bool:
        """Drop every second sample where there are many; say whether that was so."""
        if len(self.calls) < MOST:
            return False
        self.calls = self.calls[1::2]
        self.memory = {name: kept[1::2] for name, kept in self.memory.items()}
        return True

    @property
    def rise(self) -> int:
        """Bytes by which the last sample is above the one before, by the instrument that saw most."""
        return max((kept[-1] - kept[-2] for kept in self.memory.values() if len(kept) > 1), default=0)

    def of(self, instrument: str) -> Floats | None:
        """Return bytes at each sample, ``None`` where there is no such instrument."""
        kept = self.memory.get(instrument)
        return None if kept is None else np.array(kept, dtype=np.float64)
