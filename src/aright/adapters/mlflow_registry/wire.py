"""What MLflow's registry answers, as far as it is read (MLflow 2 and 3, ``/api/2.0/mlflow``)."""

from __future__ import annotations

import msgspec


class Tag(msgspec.Struct, frozen=True):
    """A tag."""

    key: str = ""
    value: str = ""


class Version(msgspec.Struct, frozen=True):
    """A version of a registered model."""

    version: str | int = ""
    run_id: str | None = None
    source: str | None = None
    status: str = ""
    status_message: str | None = None
    tags: list[Tag] = []


class VersionAnswer(msgspec.Struct, frozen=True):
    """Of ``model-versions/get`` and ``registered-models/alias``."""

    model_version: Version


class Model(msgspec.Struct, frozen=True):
    """A registered model."""

    name: str = ""
    tags: list[Tag] = []


class ModelAnswer(msgspec.Struct, frozen=True):
    """Of ``registered-models/get``."""

    registered_model: Model


class Nothing(msgspec.Struct, frozen=True):
    """Of what answers nothing."""


class Refusal(msgspec.Struct, frozen=True):
    """Of what was refused."""

    error_code: str = ""
    message: str = ""


class Warm(msgspec.Struct, frozen=True):
    """Of a serving process that is asked what it has loaded."""

    versions: list[str] = []
