"""Training: where it can be read how a version of a model was made."""

from __future__ import annotations

import msgspec


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """A registry that knows which run made each version of a service's model.

    Attributes:
        mlflow: address of an MLflow tracking server with its registry.
        model: the model's name there; empty where predictions name it.
        bearer_token_file: a file with the token to send; empty for none.
        basic_auth_file: a file with ``NAME:PASSWORD`` to send; empty for none.
    """

    mlflow: str
    model: str = ""
    bearer_token_file: str = ""
    basic_auth_file: str = ""
