"""Runs that made versions, read from a server of Weights & Biases over GraphQL."""

from aright.adapters.wandb_graphql.trainings import WandbTrainings

__all__ = ["WandbTrainings"]
