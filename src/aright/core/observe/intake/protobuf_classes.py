"""Protobuf messages of our own schemas, made when the first body comes: no generated code, nothing to import.

protobuf allows to read a message with another schema than it was written with, where numbers and wire types
agree; what need not be taken apart is ``bytes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

Fields: TypeAlias = tuple[tuple[str, int, str], ...]
"""A message's fields: name, number, type; a type that is no scalar is another message. ``*`` is repeated; of
those with ``|`` one is there, the one with ``?`` may be: ``WhichOneof("value")`` tells."""

_SCALARS: Final = {
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "string": FieldDescriptorProto.TYPE_STRING,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "sint32": FieldDescriptorProto.TYPE_SINT32,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
    "fixed64": FieldDescriptorProto.TYPE_FIXED64,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
}


def message_classes(package: str, messages: Mapping[str, Fields]) -> dict[str, type[Message]]:
    """Return the classes of all messages of a schema, by name.

    Args:
        package: tells schemas apart.
        messages: their fields, by name.

    >>> made = message_classes("example", {"Pair": (("left", 1, "int32"), ("more", 2, "*bytes"))})
    >>> pair = made["Pair"].FromString(bytes.fromhex("0807" "120161"))
    >>> pair.left, list(pair.more)
    (7, [b'a'])
    """
    file = FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, number, said in fields:
            kind = said.lstrip("*|?")
            added = message.field.add(
                name=field,
                number=number,
                label=FieldDescriptorProto.LABEL_REPEATED
                if said.startswith("*")
                else FieldDescriptorProto.LABEL_OPTIONAL,
                type=_SCALARS.get(kind, FieldDescriptorProto.TYPE_MESSAGE),
            )
            if kind not in _SCALARS:
                added.type_name = f".{package}.{kind}"
            if said.startswith("|"):
                added.oneof_index = 0
            elif said.startswith("?"):
                added.proto3_optional, added.oneof_index = True, 0
        if any(said.startswith(("|", "?")) for _, _, said in fields):
            message.oneof_decl.add(name="value")
    pool = DescriptorPool()
    pool.Add(file)
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}
