"""OTLP's protobuf messages, as far as they are read, shaped for columns.

https://github.com/open-telemetry/opentelemetry-proto (v1). protobuf allows to read a message with another
schema than it was written with, where numbers and wire types agree. Two things follow:

- What need not be taken apart is ``bytes``: attributes, which are most of a span and mostly repeat.
- Where a field is *repeated* in the schema, the values of several messages that are laid one behind the other
  end up in one list: one parse gives a column, in a third of the time that it takes to ask each of a thousand
  objects for the field. ``MARK`` behind each message keeps rows apart where a field is missing in some.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from aright.core.observe.intake.protobuf_classes import Fields, message_classes

if TYPE_CHECKING:
    from google.protobuf.message import Message

MARK: Final = b"\xff"
"""Stands behind each row's values: no id, no UTF-8 text and no message is this one byte."""

MARK_INT: Final = 127
"""The like among enumerations and scales."""

MARK_TIME: Final = 0xFFF9_5A17_C2F4_906B
"""The like among times, as one that lies far ahead, and the bits of floating-point numbers, as a NaN that
nobody writes; all bits set is what some send for a time that they do not know."""

MARK_WHOLE: Final = 0x8E3D_5A17_C2F4_906B
"""The like among whole numbers: any of them may be sent, this one is unlikely."""

_PACKAGE: Final = "aright.otlp"

_MESSAGES: Final[dict[str, Fields]] = {
    # requests of all three kinds have the same shape
    "Request": (("parts", 1, "*bytes"),),
    "Part": (("resource", 1, "*bytes"), ("scopes", 2, "*bytes")),
    "Scope": (("items", 2, "*bytes"),),
    "Resource": (("attributes", 1, "*bytes"),),
    "KeyValue": (("key", 1, "bytes"), ("value", 2, "AnyValue")),
    "AnyValue": (
        ("string", 1, "|bytes"),
        ("bool", 2, "|bool"),
        ("int", 3, "|int64"),
        ("double", 4, "|double"),
        ("array", 5, "|Array"),
        ("map", 6, "|Map"),
        ("bytes", 7, "|bytes"),
    ),
    "Array": (("values", 1, "*AnyValue"),),
    "Map": (("values", 1, "*KeyValue"),),
    "Status": (("message", 2, "bytes"), ("code", 3, "int32")),
    "Event": (("name", 2, "bytes"), ("attributes", 3, "*bytes")),
    "Spans": (
        ("trace_id", 1, "*bytes"),
        ("span_id", 2, "*bytes"),
        ("parent_id", 4, "*bytes"),
        ("name", 5, "*bytes"),
        ("kind", 6, "*int32"),
        ("start", 7, "*fixed64"),
        ("end", 8, "*fixed64"),
        ("attributes", 9, "*bytes"),
        ("events", 11, "*bytes"),
        ("status", 15, "*bytes"),
    ),
    "Logs": (
        ("time", 1, "*fixed64"),
        ("severity", 2, "*int32"),
        ("severity_text", 3, "*bytes"),
        ("body", 5, "*bytes"),
        ("attributes", 6, "*bytes"),
        ("trace_id", 9, "*bytes"),
        ("span_id", 10, "*bytes"),
        ("observed", 11, "*fixed64"),
    ),
    "Metric": (
        ("name", 1, "bytes"),
        ("unit", 3, "bytes"),
        ("gauge", 5, "|Points"),
        ("sum", 7, "|Points"),
        ("histogram", 9, "|Points"),
        ("exponential", 10, "|Points"),
        ("summary", 11, "|Points"),
    ),
    "Points": (("points", 1, "*bytes"), ("temporality", 2, "int32"), ("monotonic", 3, "bool")),
    "Numbers": (
        ("start", 2, "*fixed64"),
        ("time", 3, "*fixed64"),
        ("double", 4, "*fixed64"),  # its bits: a mark among them is no number
        ("int", 6, "*fixed64"),
        ("attributes", 7, "*bytes"),
        ("flags", 8, "*int32"),
    ),
    "Histogram": (
        ("start", 2, "fixed64"),
        ("time", 3, "fixed64"),
        ("count", 4, "fixed64"),
        ("sum", 5, "?double"),
        ("counts", 6, "*fixed64"),
        ("bounds", 7, "*double"),
        ("attributes", 9, "*bytes"),
        ("flags", 10, "int32"),
    ),
    "Exponential": (
        ("attributes", 1, "*bytes"),
        ("start", 2, "fixed64"),
        ("time", 3, "fixed64"),
        ("count", 4, "fixed64"),
        ("sum", 5, "?double"),
        ("scale", 6, "sint32"),
        ("zeros", 7, "fixed64"),
        ("positive", 8, "Buckets"),
        ("negative", 9, "Buckets"),
        ("flags", 10, "int32"),
        ("threshold", 14, "double"),
    ),
    "Buckets": (("offset", 1, "sint32"), ("counts", 2, "*uint64")),
    "Summary": (
        ("start", 2, "fixed64"),
        ("time", 3, "fixed64"),
        ("count", 4, "fixed64"),
        ("sum", 5, "?double"),
        ("quantiles", 6, "*Quantile"),
        ("attributes", 7, "*bytes"),
        ("flags", 8, "int32"),
    ),
    "Quantile": (("share", 1, "double"), ("value", 2, "double")),
}
"""By name."""


@cache
def _classes() -> dict[str, type[Message]]:
    """Return the classes, made when the first body comes."""
    return message_classes(_PACKAGE, _MESSAGES)


def message_class(name: str) -> type[Message]:
    """Return the class that reads a message with our schema.

    >>> span = message_class("Spans").FromString(bytes.fromhex("2a0161" "2a0162"))
    >>> list(span.name)
    [b'a', b'b']
    """
    return _classes()[name]


@cache
def mark_of(name: str, unmarked: frozenset[str] = frozenset()) -> bytes:
    r"""Return what is laid behind each message of a columnar schema: one mark in each of its fields.

    Fields that every message has once need none.

    >>> list(message_class("Spans").FromString(mark_of("Spans")).name)
    [b'\xff']
    """
    mark = message_class(name)()
    for field, _, said in _MESSAGES[name]:
        if field not in unmarked:
            value = {"*bytes": MARK, "*fixed64": MARK_TIME}.get(said, MARK_INT)
            getattr(mark, field).append(MARK_WHOLE if field == "int" else value)
    return bytes(mark.SerializeToString())
