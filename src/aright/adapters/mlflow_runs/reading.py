"""A run of MLflow as aright knows runs: bounded, and what may be a secret masked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from aright.core.contract.redacting import Redactor
from aright.core.contract.run_values import number_of
from aright.core.model.redaction import Redaction
from aright.core.model.run import ABORTED, COMPLETE, FAILED, RUNNING, DatasetUse, Run

if TYPE_CHECKING:
    from aright.adapters.mlflow_runs.wire import DatasetInput, Metric, Pair, RunView
    from aright.core.model.curves import Curve
    from aright.core.model.times import Micros

MOST_CURVES: Final = 8
"""Metrics whose values are asked for, each by a question of its own."""

MOST: Final = 200
"""Parameters, metrics and data sets of one run that are kept, and columns of one data set."""

LONGEST: Final = 500
"""Signs of a parameter's value."""

_MS: Final = 1_000
_STATES: Final = {"FINISHED": COMPLETE, "FAILED": FAILED, "KILLED": ABORTED}
_COMMIT: Final = "mlflow.source.git.commit"
_SOURCE: Final = ("mlflow.source.git.repoURL", "mlflow.source.name")
_CONTEXT: Final = "mlflow.data.context"
_Kind = TypeVar("_Kind", bound=msgspec.Struct)
_REDACTOR: Final = Redactor(Redaction(text=LONGEST))


class _Profile(msgspec.Struct, frozen=True):
    num_rows: int | None = None


class _Column(msgspec.Struct, frozen=True):
    name: str | None = None
    type: str = ""


class _Schema(msgspec.Struct, frozen=True):
    mlflow_colspec: list[_Column] = []


def stepped(view: RunView) -> list[str]:
    """Return the first few metrics that were logged by steps."""
    return [each.key for each in view.data.metrics if each.key and _step(each)][:MOST_CURVES]


def points_of(metrics: list[Metric]) -> list[tuple[int, float]]:
    """Return step and value of logged values; what is no number becomes NaN."""
    numbers = ((_step(each), number_of(each.value)) for each in metrics)
    return [(step, math.nan if number is None else number) for step, number in numbers if step is not None]


def _step(metric: Metric) -> int | None:
    text = str(metric.step)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def run_of(view: RunView, curves: dict[str, Curve], *, model: str, version: str, now: Micros) -> Run:
    """Return the run that made a version of a model.

    Args:
        view: as MLflow tells of it.
        curves: of its metrics.
        model: name of the registered model.
        version: as predictions name it.
        now: when it was read, for runs that do not say when they were (µs, UTC).
    """
    started, ended = _micros(view.info.start_time), _micros(view.info.end_time)
    tags = {each.key: each.value for each in view.data.tags}
    source = next((tags[name] for name in _SOURCE if tags.get(name)), "")
    job = f"mlflow/{model}"
    return Run(
        key=f"{job}/{view.info.run_id}",
        job=job,
        run_id=view.info.run_id,
        kind="TRAINING",
        state=_STATES.get(view.info.status, RUNNING),
        started=started,
        ended=ended,
        seen=next((at for at in (ended, started) if at is not None), now),
        inputs=tuple(_use(each) for each in view.inputs.dataset_inputs[:MOST]),
        outputs=(DatasetUse(name=job, version=version),),
        code="@".join(part[:LONGEST] for part in (source, tags.get(_COMMIT, "")) if part),
        parameters=_parameters(view.data.params),
        metrics={
            each.key[:LONGEST]: each.value
            for each in view.data.metrics[:MOST]
            if isinstance(each.value, float) and math.isfinite(each.value)
        },
        curves=curves,
    )


def _micros(ms: int | str | None) -> Micros | None:
    text = str(ms or "")
    return int(text) * _MS if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _parameters(params: list[Pair]) -> dict[str, str]:
    return {
        each.key[:LONGEST]: str(_REDACTOR.named(each.key, each.value))[:LONGEST] for each in params[:MOST]
    }


def _use(read: DatasetInput) -> DatasetUse:
    context = next((each.value for each in read.tags if each.key == _CONTEXT), "")
    name = read.dataset.name or "a data set without a name"
    return DatasetUse(
        name=f"{name} ({context})"[:LONGEST] if context else name[:LONGEST],
        rows=_decoded(read.dataset.profile, _Profile()).num_rows,
        fields={
            column.name[:LONGEST]: column.type[:LONGEST]
            for column in _decoded(read.dataset.schema, _Schema()).mlflow_colspec[:MOST]
            if column.name
        },
        version=read.dataset.digest[:LONGEST],
    )


def _decoded(text: str, nothing: _Kind) -> _Kind:
    """Return what JSON in text says; teams may write there what they like."""
    try:
        return msgspec.json.decode(text, type=type(nothing)) if text else nothing
    except (msgspec.MsgspecError, UnicodeError):
        return nothing
