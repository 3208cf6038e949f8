"""Training: where it can be read how a version of a model was made."""

from __future__ import annotations

import msgspec


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """What knows which run made each version of a service's model: one of three.

    Attributes:
        mlflow: address of an MLflow tracking server with its registry.
        model: the model's name there; empty where predictions name it.
        bearer_token_file: a file with the token to send; empty for none.
        basic_auth_file: a file with ``NAME:PASSWORD`` to send; empty for none.
        wandb: address of a Weights & Biases server's API.
        project: there, ``ENTITY/PROJECT``.
        api_key_file: a file with the API key to send; empty for none.
        wandb_dir: folder with the files of runs that were recorded offline.
        version_key: of runs of Weights & Biases, the key of config or summary that holds the version.
    """

    mlflow: str = ""
    model: str = ""
    bearer_token_file: str = ""
    basic_auth_file: str = ""
    wandb: str = ""
    project: str = ""
    api_key_file: str = ""
    wandb_dir: str = ""
    version_key: str = "version"

    @property
    def place(self) -> str:
        """Where it is asked, as errors name it."""
        return self.mlflow or self.wandb or self.wandb_dir
