"""Trainings: how a version of a model was made, as the registry that holds it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aright.core.model.run import Run
    from aright.core.model.training import Training


class TrainingError(Exception):
    """A registry cannot be read; its text says why and what to do next."""


class Trainings(Protocol):
    """Reads registries."""

    def made(self, training: Training, *, model: str, version: str, seconds: float) -> Run | None:
        """Return the run that made a version; ``None`` where the registry knows of none.

        The run has the model and the version as an output, and one job for all versions of a model. Raises
        ``TrainingError`` where the registry does not answer within ``seconds``, or with something else.
        """
        ...
