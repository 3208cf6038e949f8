"""Runs of data pipelines, and the data sets that they read and write, as OpenLineage tells of them."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.curves import Curve
from aright.core.model.times import Micros

RUNNING: Final = "running"
COMPLETE: Final = "complete"
FAILED: Final = "failed"
ABORTED: Final = "aborted"
ENDS: Final = frozenset({COMPLETE, FAILED, ABORTED})
"""States that a run does not leave again."""


class DatasetUse(msgspec.Struct, frozen=True, kw_only=True):
    """A data set as one run read or wrote it.

    Attributes:
        name: namespace and name, joined by a slash.
        rows: how many were read or written; ``None`` where nobody said.
        bytes: how large that was; ``None`` where nobody said.
        nulls: how many values of a column were null, by column.
        fields: type of each column, by name; empty where nobody said.
        source: where it lies.
        version: of the data set.
    """

    name: str
    rows: int | None = None
    bytes: int | None = None
    nulls: dict[str, int] = {}
    fields: dict[str, str] = {}
    source: str = ""
    version: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a job, merged from all events that told of it.

    Attributes:
        key: namespace, job and run's id, joined by slashes.
        job: namespace and job, joined by a slash.
        run_id: the run's own id.
        service: whose data it makes, by the catalog's ``pipelines``; empty where no service has it.
        kind: what sort of job it is, such as ``BATCH SPARK JOB``; empty where nobody said.
        state: ``running`` | ``complete`` | ``failed`` | ``aborted``.
        started: when (µs, UTC); ``None`` where nobody said.
        ended: when (µs, UTC); ``None`` while it runs.
        seen: time of the last event (µs, UTC).
        inputs: what it read.
        outputs: what it wrote.
        error: why it failed; empty where nobody said.
        parent: the run that started it, as its key; empty for none.
        code: what was run: where its source lies and which revision of it; empty where nobody said.
        parameters: what it was run with, by name, such as of a training; masked where that may be a secret.
        metrics: what it came to, by name, such as accuracy; empty where nobody said.
        curves: how its metrics came to that, by name; empty where nobody said.
        judged: whether its end has been looked at.
    """

    key: str
    job: str
    run_id: str
    state: str
    seen: Micros
    service: str = ""
    kind: str = ""
    started: Micros | None = None
    ended: Micros | None = None
    inputs: tuple[DatasetUse, ...] = ()
    outputs: tuple[DatasetUse, ...] = ()
    error: str = ""
    parent: str = ""
    code: str = ""
    parameters: dict[str, str] = {}
    metrics: dict[str, float] = {}
    curves: dict[str, Curve] = {}
    judged: bool = False


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """What a data set's columns last were.

    Attributes:
        key: namespace and name, joined by a slash.
        fields: type of each column, by name.
        seen: when that was said (µs, UTC).
        services: whose pipelines read or write it, the last twenty.
    """

    key: str
    fields: dict[str, str]
    seen: Micros
    services: tuple[str, ...] = ()
