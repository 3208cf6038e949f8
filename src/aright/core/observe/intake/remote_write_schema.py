"""Remote-write's protobuf messages, as far as they are read.

Series, histograms and exemplars stay bytes: what is not looked at need not be taken apart.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from google.protobuf.message import Message

FIX: Final = "send what Prometheus sends: a Snappy block of the message that Content-Type names"

_PACKAGE: Final = "aright_remote_write"
_MESSAGES: Final[dict[str, tuple[tuple[str, int, str], ...]]] = {
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
"""Field, number, type; ``*`` is repeated."""

_SCALARS: Final = {
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "string": FieldDescriptorProto.TYPE_STRING,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
}

_NESTED: Final = FieldDescriptorProto.TYPE_MESSAGE


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
    file = FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, said in fields:
            kind = said.removeprefix("*")
            many = kind != said
            added = message.field.add(name=field, number=number, type=_SCALARS.get(kind, _NESTED))
            added.label = FieldDescriptorProto.LABEL_REPEATED if many else FieldDescriptorProto.LABEL_OPTIONAL
            if kind not in _SCALARS:
                added.type_name = f".{_PACKAGE}.{kind}"
    pool = DescriptorPool()
    pool.Add(file)
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES}
