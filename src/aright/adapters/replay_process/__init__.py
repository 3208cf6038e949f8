"""Versions run in processes of their own: MLflow models and Python functions."""

from aright.adapters.replay_process.process import ProcessReplayer

__all__ = ["ProcessReplayer"]
