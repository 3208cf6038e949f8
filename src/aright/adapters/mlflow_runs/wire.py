"""What MLflow's REST API answers, as far as it is read (MLflow 2 and 3, ``/api/2.0/mlflow``)."""

from __future__ import annotations

import msgspec


class Pair(msgspec.Struct, frozen=True):
    """A parameter or a tag."""

    key: str = ""
    value: str = ""


class Metric(msgspec.Struct, frozen=True):
    """A value of a metric, the last one in a run's own data; MLflow writes what is no number as text."""

    key: str = ""
    value: float | str = 0.0
    step: int | str = 0


class HistoryAnswer(msgspec.Struct, frozen=True):
    """Of ``metrics/get-history``."""

    metrics: list[Metric] = []


class Version(msgspec.Struct, frozen=True):
    """A version of a registered model."""

    version: str | int = ""
    run_id: str = ""
    source: str = ""
    model_id: str | None = None


class VersionAnswer(msgspec.Struct, frozen=True):
    """Of ``model-versions/get`` and ``registered-models/alias``."""

    model_version: Version


class LoggedInfo(msgspec.Struct, frozen=True):
    """Which run logged a model."""

    source_run_id: str = ""


class Logged(msgspec.Struct, frozen=True):
    """A model that a run logged."""

    info: LoggedInfo


class LoggedAnswer(msgspec.Struct, frozen=True):
    """Of ``logged-models/ID``."""

    model: Logged


class RunInfo(msgspec.Struct, frozen=True):
    """A run's state; times are milliseconds."""

    run_id: str
    status: str = ""
    start_time: int | str | None = None
    end_time: int | str | None = None


class RunData(msgspec.Struct, frozen=True):
    """What a run logged."""

    metrics: list[Metric] = []
    params: list[Pair] = []
    tags: list[Pair] = []


class DatasetInfo(msgspec.Struct, frozen=True):
    """A data set; schema and profile are JSON in text."""

    name: str = ""
    digest: str = ""
    source: str = ""
    schema: str = ""
    profile: str = ""


class DatasetInput(msgspec.Struct, frozen=True):
    """A data set that a run read, with what for."""

    dataset: DatasetInfo
    tags: list[Pair] = []


class RunInputs(msgspec.Struct, frozen=True):
    """What a run read."""

    dataset_inputs: list[DatasetInput] = []


class RunView(msgspec.Struct, frozen=True):
    """A run."""

    info: RunInfo
    data: RunData = RunData()
    inputs: RunInputs = RunInputs()


class RunAnswer(msgspec.Struct, frozen=True):
    """Of ``runs/get``."""

    run: RunView
