"""A workload repeated in this very process, where it cannot be taken elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.adapters.memory_process import child
from aright.core.prevent.memory import Sample, Traced
from aright.ports.workbench import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable


class CalledHere:
    """A bench in this process: what else the process does is measured with it.

    Args:
        call: the workload.
    """

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._meter = child.Meter()

    def run(self, calls: int, *, seconds: float) -> Sample:  # noqa: ARG002 - nobody can end it from outside
        """Call the workload; what it raises is raised on as ``WorkbenchError``, with its cause."""
        try:
            found = child.measured(self._call, calls, self._meter)
        except Exception as error:
            raise WorkbenchError(child.said("the workload failed", error)) from error
        return Sample(seconds=found["seconds"], memory=found["memory"])

    def trace(self, calls: int, *, seconds: float) -> Traced:  # noqa: ARG002 - as above
        """Return what Python kept over so many calls."""
        found = child.trace(self._call, calls)
        lines = tuple((str(place), int(size)) for place, size in found["lines"])
        return Traced(calls=calls, size=found["traced"], lines=lines)

    def close(self) -> None:
        """There is nothing to let go of."""
