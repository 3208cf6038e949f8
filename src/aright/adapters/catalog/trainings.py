"""Where it is read how a service's versions were made, in `aright.yaml`."""

from __future__ import annotations

import re
from typing import Final

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.reading import Reader
from aright.core.model.training import Training

TRAINING_KEYS: Final[dict[str, str]] = {
    "mlflow": "the address of MLflow's tracking server and registry; it, `wandb` or `wandb_dir` is needed.",
    "model": "the model's name in the registry; the model that predictions name where left out.",
    "bearer_token_file": "a file with the token to send to MLflow.",
    "basic_auth_file": "a file with NAME:PASSWORD to send to MLflow; it or a token, not both.",
    "wandb": "the address of Weights & Biases' API, such as https://api.wandb.ai.",
    "project": "there, ENTITY/PROJECT; needed with `wandb`.",
    "api_key_file": "a file with the API key to send to Weights & Biases.",
    "wandb_dir": "a folder with runs that Weights & Biases' client recorded offline.",
    "version_key": "the key of a run's config or summary with the version it made; `version` where left out.",
}
"""What a training may say, by key."""

_PLACES: Final = ("mlflow", "wandb", "wandb_dir")
_PROJECT: Final = re.compile(r"[^/\s]{1,128}/[^/\s]{1,128}")


def read_training(service: Reader) -> Training | None:
    """Return where it is read how versions were made, ``None`` where the service does not say so."""
    node = service.node("training")
    if node is None:
        return None
    reader = Reader(node, service.said, "a training", tuple(TRAINING_KEYS))
    places = [each for each in _PLACES if reader.has(each)]
    if reader.ok and len(places) != 1:
        reader.tell(
            places[-1] if places else "",
            f"the training says {' and '.join(places) if places else 'nowhere to read'}",
            f"how versions were made is read in one place: {', '.join(_PLACES)}",
            "Say one of them",
        )
    if reader.has("bearer_token_file") and reader.has("basic_auth_file"):
        reader.tell(
            "basic_auth_file",
            "the training has a token and a password",
            "only one of them can be sent",
            "Take one away",
        )
    training = Training(
        mlflow=web_address(reader, "mlflow") if reader.has("mlflow") else "",
        model=reader.text("model"),
        bearer_token_file=reader.text("bearer_token_file"),
        basic_auth_file=reader.text("basic_auth_file"),
        wandb=web_address(reader, "wandb") if reader.has("wandb") else "",
        project=_project(reader),
        api_key_file=reader.text("api_key_file"),
        wandb_dir=reader.text("wandb_dir"),
        version_key=reader.text("version_key") or "version",
    )
    return training if training.place else None


def _project(reader: Reader) -> str:
    """Return which project of which entity; both are needed where Weights & Biases is asked."""
    project = reader.text("project", needed=reader.has("wandb"))
    if project and not _PROJECT.fullmatch(project):
        reader.tell(
            "project", f"project {project[:80]!r} names no project", "it is ENTITY/PROJECT", "Say both"
        )
        return ""
    return project
