"""Runs that made versions, read from files that Weights & Biases' client wrote offline."""

from aright.adapters.wandb_offline.trainings import WandbOffline

__all__ = ["WandbOffline"]
