"""Rows: what one call of the client says, encoded in the caller's thread.

Encoding at once (about 2 µs) freezes the caller's dicts, bounds the queue in bytes, and leaves the sender
nothing to do but join bytes. Fields that were not given are left out.
"""

from __future__ import annotations

from typing import Final

import msgspec

from aright.sdk.values import Scalar

_MSGPACK: Final = msgspec.msgpack.Encoder()
_JSON: Final = msgspec.json.Encoder()


class Output(msgspec.Struct, omit_defaults=True):
    """What the service answered; usually one of the fields, at times two, such as a label and its score."""

    items: list[str] | None = None
    score: float | None = None
    number: float | None = None
    label: str | None = None
    text: str | None = None  # an empty text is an answer too, and a telling one
    probabilities: dict[str, float] | None = None


class Prediction(msgspec.Struct, omit_defaults=True):
    """One answer of a service, as ``POST /v1/predictions`` takes it."""

    id: str
    time: int
    service: str
    model: str = ""
    version: str = ""
    arm: str = ""
    unit: str = ""
    attributes: dict[str, Scalar] | None = None
    features: dict[str, Scalar] | None = None
    output: Output | None = None
    confidence: float | None = None
    latency_ms: float | None = None
    status: int | None = None
    fallback: bool | None = None
    pool: str = ""
    host: str = ""
    trace_id: str = ""
    pair: str = ""


class Outcome(msgspec.Struct, omit_defaults=True):
    """What became of an answer, as ``POST /v1/outcomes`` takes it."""

    time: int
    service: str
    kind: str
    prediction_id: str = ""
    unit: str = ""
    value: float | None = None
    label: str = ""
    text: str = ""


class Process(msgspec.Struct, omit_defaults=True):
    """Figures of a running process, as ``POST /v1/process`` takes them."""

    time: int
    service: str
    metrics: dict[str, float]
    host: str = ""
    version: str = ""


class Payload(msgspec.Struct, omit_defaults=True):
    """A document exchanged with a dependency, as ``POST /v1/payloads`` takes it."""

    time: int
    service: str
    dependency: str
    endpoint: str
    body: str  # JSON, as text: its numbers stay as they were written
    direction: str = "response"
    status: int | None = None
    latency_ms: float | None = None
    version: str = ""
    trace_id: str = ""


class ChangeData(msgspec.Struct, omit_defaults=True):
    """What a change event carries."""

    service: str
    what: str
    before: str
    after: str
    title: str
    detail: str = ""


class ChangeEvent(msgspec.Struct):
    """A change as a CloudEvent 1.0, as ``POST /v1/changes`` takes it."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    data: ChangeData
    specversion: str = "1.0"
    datacontenttype: str = "application/json"


def encode(row: Prediction | Outcome | Process | Payload | ChangeEvent) -> bytes:
    """Return the row's bytes: JSON for a change, msgpack for all else.

    Raises:
        UnicodeEncodeError: a text has a lone surrogate.
        OverflowError: a whole number has more than 64 bits.

    >>> msgspec.msgpack.decode(encode(Outcome(1, "shop", "click", value=1.0)))
    {'time': 1, 'service': 'shop', 'kind': 'click', 'value': 1.0}
    """
    return _JSON.encode(row) if isinstance(row, ChangeEvent) else _MSGPACK.encode(row)
