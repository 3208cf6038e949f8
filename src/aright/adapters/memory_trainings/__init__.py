"""Runs that made versions, as handed over: what a registry knows, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.ports.trainings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.run import Run
    from aright.core.model.training import Training


class MemoryTrainings:
    """Knows runs by model and version.

    Args:
        runs: the run that made each.
    """

    def __init__(self, runs: Mapping[tuple[str, str], Run]) -> None:
        self._runs = dict(runs)

    def made(self, training: Training, *, model: str, version: str, seconds: float) -> Run | None:
        """Return the run that made a version; raises ``TrainingError`` where there is no time."""
        if seconds <= 0:
            raise TrainingError(f"{training.place} was not asked: there is no time left")
        return self._runs.get((training.model or model, version))
