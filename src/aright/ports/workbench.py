"""Workbenches: where a workload is repeated with one set of libraries, and its memory read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aright.core.prevent.memory import LibrarySet, Sample, Traced


class WorkbenchError(Exception):
    """A workload cannot be loaded or run; its text says why and what to do next."""


class Bench(Protocol):
    """One workload with one set of libraries, ready to be called."""

    def run(self, calls: int, *, seconds: float) -> Sample:
        """Call the workload so many times, and return what memory is in use then.

        Raises ``WorkbenchError`` where the workload fails or takes longer than ``seconds``; what is left of
        the bench may only be closed then.
        """
        ...

    def trace(self, calls: int, *, seconds: float) -> Traced:
        """Return what Python allocated and kept over so many calls; raises as ``run`` does."""
        ...

    def close(self) -> None:
        """Let go of processes; may be called more than once."""
        ...


class Workbench(Protocol):
    """Sets workloads up."""

    def open(self, workload: str, libraries: LibrarySet, *, seconds: float) -> Bench:
        """Return a bench once the workload is loaded; raises ``WorkbenchError``.

        Args:
            workload: what is called: ``FILE.py:NAME`` or ``MODULE:NAME``, a function without arguments, or a
                class whose instance is called.
            libraries: that it runs with.
            seconds: within which it must be there, installing included.
        """
        ...
