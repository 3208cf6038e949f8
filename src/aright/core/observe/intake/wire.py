"""The rows that people and programs write, and what to tell them when one is wrong.

Values that are categories (version, label, attributes …) may be written as text, number or boolean.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from aright.core.model.frame import Kind

_LAST = 4_102_444_800_000_000  # 2100-01-01 in µs: larger numbers are nanoseconds or nonsense

Time: TypeAlias = Annotated[int, Meta(ge=0, le=_LAST)] | Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with a zone, or integer µs since the epoch."""

Plain: TypeAlias = str | int | float | bool | None
"""A category's value."""

FeatureValue: TypeAlias = float | str | bool | None
"""A feature's value; whole numbers become floats."""


class Output(msgspec.Struct, gc=False):
    """What a model answered: one of five, or the probabilities of classes."""

    items: list[str | int | float] | None = None
    score: float | None = None
    number: float | None = None
    label: Plain = None
    text: str | None = None
    probabilities: dict[str, float | None] | None = None


class StrictOutput(Output, forbid_unknown_fields=True, gc=False):
    """As ``Output``, but it notices unknown fields."""


class PredictionRow(msgspec.Struct, gc=False):
    """One prediction."""

    id: str | int
    time: Time
    service: str
    model: Plain = None
    version: Plain = None
    arm: Plain = None
    unit: str | int | None = None
    attributes: dict[str, Plain] | None = None
    features: dict[str, FeatureValue] | None = None
    output: Output | None = None
    confidence: float | None = None
    latency_ms: float | None = None
    status: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] | None = None
    fallback: bool | None = None
    pool: Plain = None
    host: Plain = None
    trace_id: str | None = None
    pair: str | int | None = None


class StrictPredictionRow(PredictionRow, forbid_unknown_fields=True, gc=False):
    """As ``PredictionRow``, but it notices unknown fields."""

    output: StrictOutput | None = None


class OutcomeRow(msgspec.Struct, gc=False):
    """One outcome or piece of feedback."""

    time: Time
    service: str
    kind: str
    prediction_id: str | int | None = None
    unit: str | int | None = None
    value: float | bool | None = None
    label: Plain = None
    text: str | None = None


class StrictOutcomeRow(OutcomeRow, forbid_unknown_fields=True, gc=False):
    """As ``OutcomeRow``, but it notices unknown fields."""


class ProcessRow(msgspec.Struct, gc=False):
    """Metrics of one process at one instant."""

    time: Time
    service: str
    metrics: dict[str, float | None]
    host: Plain = None
    version: Plain = None


class StrictProcessRow(ProcessRow, forbid_unknown_fields=True, gc=False):
    """As ``ProcessRow``, but it notices unknown fields."""


class PayloadRow(msgspec.Struct, gc=False):
    """One document exchanged with a dependency."""

    time: Time
    service: str
    dependency: str
    endpoint: str
    body: object
    direction: Literal["request", "response"] = "response"
    status: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] | None = None
    latency_ms: float | None = None
    version: str | None = None
    trace_id: str | None = None


class StrictPayloadRow(PayloadRow, forbid_unknown_fields=True, gc=False):
    """As ``PayloadRow``, but it notices unknown fields."""


Row: TypeAlias = PredictionRow | OutcomeRow | ProcessRow | PayloadRow

ROW_TYPES: Final[dict[Kind, tuple[type[Row], type[Row]]]] = {
    Kind.PREDICTIONS: (StrictPredictionRow, PredictionRow),
    Kind.OUTCOMES: (StrictOutcomeRow, OutcomeRow),
    Kind.PROCESS: (StrictProcessRow, ProcessRow),
    Kind.PAYLOADS: (StrictPayloadRow, PayloadRow),
}
"""Per kind, the type that notices unknown fields and the one that ignores them."""

_PLAIN = "write text, a number or true/false"
_NUMBER = "write a number, without quotes"

FIXES: Final[dict[str, str]] = {
    "id": "give each prediction its own id, text of at most 1,024 bytes",
    "time": 'write RFC 3339 with a zone, such as "2026-01-31T12:00:00Z", or integer microseconds since 1970',
    "service": "write the service's name, printable text of at most 80 bytes",
    "kind": "write the kind of outcome, such as click, complaint or label",
    "attributes": "write an object of names with text, numbers, true/false or null",
    "features": "write an object of names with numbers, text, true/false or null",
    "metrics": "write an object of names with numbers",
    "output": "write one of items (a list), score, number, label, text or probabilities",
    "probabilities": "write an object of class names with probabilities",
    "dependency": "write who was asked, such as its host, printable text of at most 200 bytes",
    "endpoint": "write method and path without ids, such as GET /v1/orders/{}, at most 200 bytes",
    "direction": "write request or response",
    "body": "write the JSON document itself, or text that holds it",
    "fallback": "write true or false",
    "status": "write a whole number, such as 200",
    **dict.fromkeys(("confidence", "latency_ms", "value", "score", "number"), _NUMBER),
    **dict.fromkeys(("model", "version", "arm", "pool", "host", "label"), _PLAIN),
    **dict.fromkeys(("unit", "prediction_id", "trace_id", "pair", "text"), "write text"),
    "items": "write a list of texts or numbers",
}
"""What to do about each field."""


class Fault(Exception):  # noqa: N818 - it is no error of ours: it carries what to tell the sender of one row
    """One row that cannot be taken.

    Attributes:
        field: which field is wrong; empty for the whole row.
        problem: what is wrong.
        fix: what to do.
    """

    def __init__(self, field: str, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.field = field
        self.problem = problem
        self.fix = fix


def explain(error: msgspec.ValidationError) -> Fault:
    """Return msgspec's complaint as field, problem and fix.

    >>> try:
    ...     msgspec.json.decode(b'{"id": "a", "time": 1}', type=PredictionRow)
    ... except msgspec.ValidationError as error:
    ...     fault = explain(error)
    >>> fault.field, fault.problem
    ('service', 'required, but missing')
    """
    message, _, place = str(error).partition(" - at ")
    path = place.rpartition("`$")[2].rstrip("`")
    field = path.partition("]")[2] if path.startswith("[") else path
    field = field.lstrip(".")
    if message.startswith("Object missing required field"):
        field = f"{field}.{message.split('`')[1]}".lstrip(".")
        return Fault(field, "required, but missing", fix_for(field))
    said = message.replace("`", "").replace("got None", "got null")  # msgspec's two decoders differ
    return Fault(field, said, fix_for(field))


def unknown_field(error: msgspec.ValidationError) -> str | None:
    """Return the field that the strict type did not know, or ``None`` where the complaint is another."""
    message = str(error)
    return message.split("`")[1] if message.startswith("Object contains unknown field") else None


def fix_for(field: str) -> str:
    """Return what to do about a field, given as a path such as ``output.items[1]``."""
    for part in reversed(field.replace("[", ".").split(".")):
        if part in FIXES:
            return FIXES[part]
    return "write an object with the documented fields"
