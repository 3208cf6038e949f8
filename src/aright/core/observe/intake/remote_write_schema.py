"""Remote-write's protobuf messages, as far as they are read.

Series, histograms and exemplars stay bytes: what is not looked at need not be taken apart.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from google.protobuf.message import DecodeError

from aright.core.observe.intake.protobuf_classes import Fields, message_classes
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from google.protobuf.message import Message

FIX: Final = "send what Prometheus sends: a Snappy block of the message that Content-Type names"

_PACKAGE: Final = "aright_remote_write"
_MESSAGES: Final[dict[str, Fields]] = {
    "FirstRequest": (("timeseries", 1, "*bytes"),),
    "FirstSeries": (
        ("labels", 1, "*Label"),
        ("samples", 2, "*Sample"),
        ("exemplars", 3, "*bytes"),
        ("histograms", 4, "*bytes"),
    ),
    "Label": (("name", 1, "string"), ("value", 2, "string")),
    "Sample": (("value", 1, "double"), ("timestamp", 2, "int64")),
    "SecondRequest": (("symbols", 4, "*string"), ("timeseries", 5, "*bytes")),
    "SecondSeries": (
        ("labels_refs", 1, "*uint32"),
        ("samples", 2, "*Sample"),
        ("histograms", 3, "*bytes"),
        ("exemplars", 4, "*bytes"),
        ("metadata", 5, "Metadata"),
    ),
    "References": (("numbers", 1, "*uint32"),),
    "Metadata": (("type", 1, "int32"),),
}
"""By name."""


def parse(name: str, body: bytes) -> Message:
    """Return a message of the schema; raises ``UnreadableError``.

    >>> len(parse("FirstRequest", bytes.fromhex("0a00" "0a00")).timeseries)
    2
    """
    try:
        return message_class(name).FromString(body)
    except DecodeError as error:
        raise UnreadableError(f"the body is no such message: {str(error)[:200]}", FIX) from error


def message_class(name: str) -> type[Message]:
    """Return the class that reads a message of the schema."""
    return _classes()[name]


@cache
def _classes() -> dict[str, type[Message]]:
    """Return the classes, made when the first body comes."""
    return message_classes(_PACKAGE, _MESSAGES)
