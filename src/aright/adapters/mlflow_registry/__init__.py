"""Aliases of MLflow's registry, read and moved over REST."""

from aright.adapters.mlflow_registry.registry import MlflowRegistry

__all__ = ["MlflowRegistry"]
