"""Training: asking the registry how the versions that serve now, and before, were made."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from aright.core.diagnose.shadow.versions import versions_of

if TYPE_CHECKING:
    from aright.core.diagnose import Case
    from aright.core.model.run import Run
    from aright.core.model.training import Training
    from aright.ports.trainings import Trainings

LONGEST: Final = 10.0
"""Seconds in which all that is asked must be answered."""


class Registries:
    """Reads whichever of them a catalog names; itself a ``Trainings``.

    Args:
        mlflow: reads MLflow's registry.
        wandb: reads a server of Weights & Biases.
        wandb_dir: reads what its client recorded offline.
    """

    def __init__(self, *, mlflow: Trainings, wandb: Trainings, wandb_dir: Trainings) -> None:
        self._mlflow, self._wandb, self._wandb_dir = mlflow, wandb, wandb_dir

    def made(self, training: Training, *, model: str, version: str, seconds: float) -> Run | None:
        """Return the run that made a version, as ``Trainings.made``."""
        reads = self._mlflow if training.mlflow else self._wandb if training.wandb else self._wandb_dir
        return reads.made(training, model=model, version=version, seconds=seconds)


def trained(trainings: Trainings | None, case: Case, *, budget_s: float) -> tuple[Run, ...]:
    """Return the runs that made the version that serves now and the one before, as far as they are known.

    Raises ``TrainingError`` where the registry cannot be read.

    Args:
        trainings: reads registries; ``None`` where there is nothing that does.
        case: whose rows name the versions.
        budget_s: how long it may take (s).
    """
    where = case.service.training
    if trainings is None or where is None:
        return ()
    model = where.model or _most(case.current, "model")
    until = monotonic() + min(LONGEST, budget_s)
    runs = [
        trainings.made(where, model=model, version=version, seconds=until - monotonic())
        for version in _versions(case)
    ]
    return tuple(run for run in runs if run is not None)


def _versions(case: Case) -> tuple[str, ...]:
    """Return the version of before and that of now; one where only one is known."""
    two = versions_of(case.reference, case.current, case.changes, case.service)
    if two is not None:
        return two.previous, two.version
    one = _most(case.current, "version")
    return (one,) if one else ()


def _most(rows: pa.Table, column: str) -> str:
    """Return the most frequent value of a column; empty where there is none."""
    if column not in rows.column_names:
        return ""
    counts = rows[column].cast(pa.string()).drop_null().value_counts().to_pylist()
    best = max(counts, key=lambda each: (each["counts"], each["values"]), default=None)
    return str(best["values"]) if best is not None else ""
