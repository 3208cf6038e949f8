"""What the hot doors take and answer, as the OpenAPI document shows it.

The doors themselves decode columns at a time and never build these; tests hold the two together.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

Scalar: TypeAlias = str | int | float | bool | None


class Output(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the service answered; usually one field is given.

    Attributes:
        items: a list, best first.
        score: a number in [0, 1].
        number: any number.
        label: a class.
        text: text.
        probabilities: of classes that exclude each other, by class; label and confidence follow from them.
    """

    items: list[str] | None = None
    score: float | None = None
    number: float | None = None
    label: str | None = None
    text: str | None = None
    probabilities: dict[str, float] | None = None


class PredictionRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One prediction: id, time and service are required.

    Attributes:
        id: unique within the service; outcomes name it.
        time: when it was answered: RFC 3339 text or integer microseconds since 1970, UTC.
        service: which service answered.
        model: which model.
        version: which version of it.
        arm: stable, canary or shadow.
        unit: the randomisation unit, such as a user, hashed by the sender.
        attributes: segment attributes, name to value.
        features: model inputs, name to value; all before a name's last dot is the feature's source.
        output: what was answered.
        confidence: the model's own, in [0, 1].
        latency_ms: how long it took (milliseconds).
        status: HTTP-like; 500 and above is an error.
        fallback: whether a fallback answered in the model's place.
        pool: which pool of machines.
        host: which machine.
        trace_id: W3C trace id.
        pair: of a shadow's answer: the id of the answer that was shown to the same request.
    """

    id: str
    time: str | int
    service: str
    model: str | None = None
    version: str | None = None
    arm: str | None = None
    unit: str | None = None
    attributes: dict[str, str] = {}
    features: dict[str, Scalar] = {}
    output: Output | None = None
    confidence: float | None = None
    latency_ms: float | None = None
    status: int | None = None
    fallback: bool | None = None
    pool: str | None = None
    host: str | None = None
    trace_id: str | None = None
    pair: str | None = None


class PayloadRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A document exchanged with a dependency: time, service, dependency, endpoint and body are required.

    Attributes:
        time: when: RFC 3339 text or integer microseconds since 1970, UTC.
        service: which service asked.
        dependency: who was asked, such as its host, or a name given to it.
        endpoint: method and path, what differs from call to call replaced: ``GET /v1/orders/{}``.
        body: the JSON document itself, or text that holds it.
        direction: request or response.
        status: of HTTP.
        latency_ms: how long the answer took (milliseconds).
        version: of the service that asked.
        trace_id: W3C trace id.
    """

    time: str | int
    service: str
    dependency: str
    endpoint: str
    body: Annotated[object, msgspec.Meta(extra_json_schema={"description": "Any JSON."})]
    direction: Literal["request", "response"] = "response"
    status: int | None = None
    latency_ms: float | None = None
    version: str | None = None
    trace_id: str | None = None


class OutcomeRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What came of a prediction: time, service, kind and either prediction_id or unit are required.

    Attributes:
        time: when it was known: RFC 3339 text or integer microseconds since 1970, UTC.
        service: which service had answered.
        kind: complaint, ticket and abandonment are counted; click, thumbs, label and the like are graded.
        prediction_id: which prediction.
        unit: whose, where no single prediction is meant.
        value: the grade of a graded kind, in [0, 1].
        label: the true class.
        text: what was said.
    """

    time: str | int
    service: str
    kind: str
    prediction_id: str | None = None
    unit: str | None = None
    value: float | None = None
    label: str | None = None
    text: str | None = None


class ProcessRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A sample of a service's process metrics.

    Attributes:
        time: when: RFC 3339 text or integer microseconds since 1970, UTC.
        service: which service.
        host: which machine.
        version: which model version it serves.
        metrics: name to number, such as cpu_percent, rss_bytes, latency_ms_p99.
    """

    time: str | int
    service: str
    host: str | None = None
    version: str | None = None
    metrics: dict[str, float] = {}


class ChangeData(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What changed.

    Attributes:
        service: the service changed.
        what: the thing changed, such as a model's or a data set's name.
        before: its state before, such as a version.
        after: its state after.
        title: one line for people.
    """

    service: str
    what: str = ""
    before: str = ""
    after: str = ""
    title: str = ""


class ChangeEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A change as a CloudEvent 1.0 in structured mode.

    Attributes:
        specversion: always 1.0.
        type: dev.aright.change.KIND; the kind is deploy, model_version, config, flag, library, schema, data
            or other.
        source: who tells, a URI reference.
        id: unique within the source; a repeat is known as such.
        time: when it took effect, RFC 3339.
        data: what changed.
    """

    specversion: str
    type: str
    source: str
    id: str
    data: ChangeData
    time: str | None = None


class RowProblem(msgspec.Struct, kw_only=True, frozen=True):
    """One row that was set aside.

    Attributes:
        row: its number within the body, from 0.
        field: the field that is wrong; empty when the whole row is.
        problem: what is wrong.
        fix: what to do.
    """

    row: int
    field: str
    problem: str
    fix: str


class Accepted(msgspec.Struct, kw_only=True, frozen=True):
    """What a hot door answers once the rows are on disk.

    Attributes:
        accepted: rows taken.
        quarantined: rows set aside.
        problems: the first 20 of those.
        position: the log position behind them.
    """

    accepted: int
    quarantined: int
    problems: list[RowProblem]
    position: int
