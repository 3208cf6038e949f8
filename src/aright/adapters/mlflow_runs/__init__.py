"""Runs that made versions, read from MLflow's registry and tracking server over REST."""

from aright.adapters.mlflow_runs.trainings import MlflowTrainings

__all__ = ["MlflowTrainings"]
