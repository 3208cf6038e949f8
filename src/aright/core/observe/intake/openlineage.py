"""OpenLineage run events, one or an array of them, to runs.

https://openlineage.io/spec/2-0-2/OpenLineage.json and its facets. Each event becomes a run as far as the
event tells of it; they are merged where they are kept (``core/observe/runs.py``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from aright.core.contract.redacting import Redactor
from aright.core.model.redaction import MOST_TEXT, Redaction
from aright.core.model.run import ABORTED, COMPLETE, ENDS, FAILED, RUNNING, DatasetUse, Run
from aright.core.model.times import Micros, from_datetime, iso
from aright.core.observe.intake.bounds import FUTURE, MAX_STRING, MAX_TEXT, PAST
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.json_objects import json_objects
from aright.core.observe.intake.wire import FIXES, Fault, explain

if TYPE_CHECKING:
    from aright.core.model.frame import Frame
    from aright.core.observe.intake.quarantine import Quarantine

MOST_DATASETS: Final = 200
"""Inputs, and as many outputs, of one event; further ones are left out with a note."""

MOST_FIELDS: Final = 1_000
"""Columns of one data set; further ones are left out with a note."""

MOST_PARAMETERS: Final = 100
"""Parameters of one run that are kept; further ones are left out."""

_USERINFO: Final = re.compile(r"//[^/@]*@")
_REDACTOR: Final = Redactor(Redaction(text=MOST_TEXT))
_STATES: Final = {"COMPLETE": COMPLETE, "FAIL": FAILED, "ABORT": ABORTED}
_FIX: Final = "send OpenLineage run events: eventTime, run.runId, job.namespace and job.name"
_Name = Annotated[str, Meta(min_length=1, max_length=MAX_STRING)]


class _Field(msgspec.Struct):
    name: str
    type: str | None = ""


class _Schema(msgspec.Struct):
    fields: list[_Field] | None = None


class _Source(msgspec.Struct):
    name: str | None = None
    uri: str | None = None


class _Version(msgspec.Struct, rename="camel"):
    dataset_version: str = ""


class _Column(msgspec.Struct, rename="camel"):
    null_count: int | float | None = None


class _Counts(msgspec.Struct, rename="camel"):
    row_count: int | float | None = None
    bytes: int | float | None = None
    size: int | float | None = None
    column_metrics: dict[str, _Column] | None = None


class _Facets(msgspec.Struct, rename="camel"):
    schema: _Schema | None = None
    data_source: _Source | None = None
    version: _Version | None = None
    data_quality_metrics: _Counts | None = None
    input_statistics: _Counts | None = None
    output_statistics: _Counts | None = None


class _Dataset(msgspec.Struct, rename="camel"):
    namespace: _Name
    name: _Name
    facets: _Facets | None = None
    input_facets: _Facets | None = None
    output_facets: _Facets | None = None


class _Error(msgspec.Struct):
    message: str = ""


class _ParentRun(msgspec.Struct, rename="camel"):
    run_id: str


class _Job(msgspec.Struct):
    namespace: _Name
    name: _Name
    facets: _JobFacets | None = None


class _JobType(msgspec.Struct, rename="camel"):
    processing_type: str | None = ""
    integration: str | None = ""
    job_type: str | None = ""


class _Location(msgspec.Struct, rename="camel"):
    url: str | None = ""
    repo_url: str | None = ""
    path: str | None = ""
    version: str | None = ""
    branch: str | None = ""


class _Sql(msgspec.Struct):
    query: str = ""


class _Code(msgspec.Struct, rename="camel"):
    source_code: str = ""


class _JobFacets(msgspec.Struct, rename="camel"):
    job_type: _JobType | None = None
    source_code_location: _Location | None = None
    sql: _Sql | None = None
    source_code: _Code | None = None


class _Parent(msgspec.Struct):
    run: _ParentRun
    job: _Job


class _Parameter(msgspec.Struct):
    name: str = ""
    key: str = ""
    value: str | int | float | bool | None = None


class _Parameters(msgspec.Struct):
    parameters: list[_Parameter] | None = None


class _Tags(msgspec.Struct):
    tags: list[_Parameter] | None = None


class _Engine(msgspec.Struct):
    name: str | None = ""
    version: str | None = ""


class _RunFacets(msgspec.Struct, rename="camel"):
    error_message: _Error | None = None
    parent: _Parent | None = None
    execution_parameters: _Parameters | None = None
    tags: _Tags | None = None
    processing_engine: _Engine | None = msgspec.field(name="processing_engine", default=None)


class _Run(msgspec.Struct, rename="camel"):
    run_id: _Name
    facets: _RunFacets | None = None


class _Event(msgspec.Struct, rename="camel"):
    event_time: datetime
    run: _Run
    job: _Job
    event_type: str | None = None
    inputs: list[_Dataset] | None = None
    outputs: list[_Dataset] | None = None


class _Shape(msgspec.Struct):
    run: msgspec.Raw = msgspec.Raw()
    job: msgspec.Raw = msgspec.Raw()
    dataset: msgspec.Raw = msgspec.Raw()


def read_lineage(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the runs that a body tells of; raises ``UnreadableError`` where it is no JSON object or array.

    >>> from aright.core.model.frame import Encoding, Format, Frame, Kind
    >>> from aright.core.observe.intake.quarantine import Quarantine
    >>> body = (b'{"eventType": "START", "eventTime": "1970-01-01T00:00:01Z", "run": {"runId": "r1"},'
    ...         b' "job": {"namespace": "warehouse", "name": "daily"}}')
    >>> frame = Frame(kind=Kind.RUNS, format=Format.OPENLINEAGE, encoding=Encoding.IDENTITY,
    ...     received_at=2_000_000, body=body)
    >>> read_lineage(body, frame, Quarantine()).documents[0].key
    'warehouse/daily/r1'
    """
    runs: list[Run] = []
    good = 0
    for number, raw in enumerate(_events(plain)):
        try:
            if _is_of_no_run(raw):
                quarantine.note(
                    "", "an event of no run", "send run events: they carry the same facets", number
                )
            else:
                runs.append(_run(raw, frame.received_at, number, quarantine))
            good += 1
        except Fault as fault:
            text = bytes(raw)[:2_000].decode("utf-8", "replace")
            quarantine.add(number, fault.field, fault.problem, fault.fix, text)
    return Found(documents=tuple(runs), good=good)


def _events(body: bytes) -> list[msgspec.Raw]:
    return json_objects(body, noun="body", fewer="send fewer events in one request", fix=_FIX)


def _is_of_no_run(raw: msgspec.Raw) -> bool:
    """Return whether it is a dataset event or a job event, which tell what is and not what happened."""
    try:
        shape = msgspec.json.decode(raw, type=_Shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return not bytes(shape.run) and bool(bytes(shape.dataset) or bytes(shape.job))


def _run(raw: msgspec.Raw, received_at: Micros, number: int, quarantine: Quarantine) -> Run:
    try:
        event = msgspec.json.decode(raw, type=_Event)
    except msgspec.ValidationError as error:
        fault = explain(error)
        raise Fault(fault.field, fault.problem, _FIX) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Fault("", f"not valid JSON: {str(error)[:200]}", _FIX) from error
    at = _at(event.event_time, received_at)
    kind = (event.event_type or "OTHER").upper()
    state = _STATES.get(kind, RUNNING)
    facets = event.run.facets or _RunFacets()
    job = f"{event.job.namespace}/{event.job.name}"
    uses = [each[:MOST_DATASETS] for each in (event.inputs or [], event.outputs or [])]
    if sum(map(len, uses)) < len(event.inputs or []) + len(event.outputs or []):
        quarantine.note(
            "datasets", f"of more than {MOST_DATASETS} the rest is left out", "tell of several runs", number
        )
    return Run(
        key=f"{job}/{event.run.run_id}",
        job=job,
        run_id=event.run.run_id,
        kind=_kind(event.job),
        state=state,
        started=at if kind == "START" else None,
        ended=at if state in ENDS else None,
        seen=at,
        inputs=tuple(_use(each, number, quarantine) for each in uses[0]),
        outputs=tuple(_use(each, number, quarantine) for each in uses[1]),
        error=(facets.error_message.message if facets.error_message else "")[:MAX_STRING],
        parent=_parent(facets.parent),
        code=_code_of(event.job.facets or _JobFacets()),
        parameters=_parameters(facets),
    )


def _at(time: datetime, received_at: Micros) -> Micros:
    at = from_datetime(time if time.tzinfo else time.replace(tzinfo=UTC))
    if not received_at - PAST <= at <= received_at + FUTURE:
        raise Fault(
            "eventTime",
            f"{at} µs is far from our clock, which says {iso(received_at)}",
            FIXES["time"],
        )
    return at


def _kind(job: _Job) -> str:
    said = job.facets.job_type if job.facets else None
    parts = (said.processing_type, said.integration, said.job_type) if said else ()
    return " ".join(part for part in parts if part)[:MAX_STRING]


def _code_of(facets: _JobFacets) -> str:
    """Return where what was run lies and which revision it is; of inline code and SQL, a hash of it."""
    place = facets.source_code_location or _Location()
    revision = place.version or place.branch or ""
    at = place.url or "/".join(part for part in (place.repo_url, place.path) if part)
    inline = (facets.sql.query if facets.sql else "") + (
        facets.source_code.source_code if facets.source_code else ""
    )
    if inline:
        revision = " ".join(filter(None, (revision, f"#{_digest(inline)}")))
    return "@".join(part for part in (_USERINFO.sub("//", at), revision) if part)[:MAX_STRING]


def _digest(text: str) -> str:
    """Return a short name of a text's content; spaces do not matter.

    >>> _digest("SELECT 1") == _digest(" SELECT  1")
    True
    """
    return blake2b(" ".join(text.split()).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _parameters(facets: _RunFacets) -> dict[str, str]:
    """Return what a run was run with: its parameters, tags and engine; what may be a secret is masked."""
    told = (facets.execution_parameters or _Parameters()).parameters or []
    pairs = [(each.name or each.key, each.value) for each in (*told, *((facets.tags or _Tags()).tags or []))]
    if facets.processing_engine is not None:
        pairs.append((facets.processing_engine.name or "engine", facets.processing_engine.version))
    return {
        name[:MAX_STRING]: str(_REDACTOR.named(name, value))[:MAX_STRING]
        for name, value in pairs[:MOST_PARAMETERS]
        if name and value is not None
    }


def _parent(parent: _Parent | None) -> str:
    return f"{parent.job.namespace}/{parent.job.name}/{parent.run.run_id}"[:MAX_TEXT] if parent else ""


def _use(dataset: _Dataset, number: int, quarantine: Quarantine) -> DatasetUse:
    facets = [each for each in (dataset.facets, dataset.input_facets, dataset.output_facets) if each]
    counts = [
        each
        for facet in facets
        for each in (facet.output_statistics, facet.input_statistics, facet.data_quality_metrics)
        if each
    ]
    columns = next((each.column_metrics for each in counts if each.column_metrics), {})
    schema = next((each.schema for each in facets if each.schema), _Schema())
    fields = schema.fields or []
    if len(fields) > MOST_FIELDS:
        quarantine.note(
            "fields", f"of {len(fields):,} columns {MOST_FIELDS:,} are looked at", "nothing", number
        )
    source = next((each.data_source for each in facets if each.data_source), _Source())
    version = next((each.version for each in facets if each.version), _Version())
    return DatasetUse(
        name=f"{dataset.namespace}/{dataset.name}",
        rows=_first([each.row_count for each in counts]),
        bytes=_first([value for each in counts for value in (each.size, each.bytes)]),
        nulls={
            name[:MAX_STRING]: count
            for name, column in list(columns.items())[:MOST_FIELDS]
            if (count := _first([column.null_count])) is not None
        },
        fields={each.name[:MAX_STRING]: (each.type or "")[:MAX_STRING] for each in fields[:MOST_FIELDS]},
        source=(source.uri or source.name or "")[:MAX_STRING],
        version=version.dataset_version[:MAX_STRING],
    )


def _first(counts: list[int | float | None]) -> int | None:
    """Return the first count that is given and is one; JSON has no way to write one that is too large."""
    return next((int(count) for count in counts if count is not None and 0 <= count < 2**62), None)
