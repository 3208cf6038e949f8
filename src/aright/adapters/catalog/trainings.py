"""Where it is read how a service's versions were made, in `aright.yaml`."""

from __future__ import annotations

from typing import Final

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.reading import Reader
from aright.core.model.training import Training

TRAINING_KEYS: Final[dict[str, str]] = {
    "mlflow": "the address of MLflow's tracking server and registry; needed.",
    "model": "the model's name in the registry; the model that predictions name where left out.",
    "bearer_token_file": "a file with the token to send.",
    "basic_auth_file": "a file with NAME:PASSWORD to send; it or a token, not both.",
}
"""What a training may say, by key."""


def read_training(service: Reader) -> Training | None:
    """Return where it is read how versions were made, ``None`` where the service does not say so."""
    node = service.node("training")
    if node is None:
        return None
    reader = Reader(node, service.said, "a training", tuple(TRAINING_KEYS))
    if reader.has("bearer_token_file") and reader.has("basic_auth_file"):
        reader.tell(
            "basic_auth_file",
            "the training has a token and a password",
            "only one of them can be sent",
            "Take one away",
        )
    training = Training(
        mlflow=web_address(reader, "mlflow", needed=True),
        model=reader.text("model"),
        bearer_token_file=reader.text("bearer_token_file"),
        basic_auth_file=reader.text("basic_auth_file"),
    )
    return training if training.mlflow else None
