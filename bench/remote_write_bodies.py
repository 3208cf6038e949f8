"""Remote-write messages as Prometheus sends them, written by protobuf's own library."""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

START: Final = 1_795_000_000_000
"""Time of the first sample (ms)."""


def labels_of(number: int) -> dict[str, str]:
    """Return the labels of one of many series: a third levels, a third counters, a third buckets."""
    bounds = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
    name, more = (
        (f"shop_queue_length_{number % 20}", {}),
        (f"shop_http_requests_{number % 20}_total", {"code": str(200 + number % 5), "method": "GET"}),
        ("shop_http_request_duration_seconds_bucket", {"le": bounds[number % 12], "method": "GET"}),
    )[number % 3]
    return {
        "__name__": name,
        "cluster": "eu-west-1",
        "handler": f"/api/v1/products/{number // 60}",
        "instance": f"10.0.{number % 7}.{number % 250}:8080",
        "job": "shop",
        "namespace": "production",
        "pod": f"shop-7d9c5b5d9f-{number % 7:05d}",
        **more,
    }


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def sample(time: int, value: float) -> bytes:
    """Return a sample; as in proto3, a value of zero is not written."""
    told = b"\x09" + struct.pack("<d", value) if value else b""
    return told + b"\x10" + _varint(time)


def first(series: Sequence[Mapping[str, str]], time: int, values: Sequence[float]) -> bytes:
    """Return a ``prometheus.WriteRequest`` of one sample for each series."""
    told = []
    for labels, value in zip(series, values, strict=True):
        pairs = b"".join(
            _field(1, _field(1, name.encode()) + _field(2, text.encode())) for name, text in labels.items()
        )
        told.append(_field(1, pairs + _field(2, sample(time, value))))
    return b"".join(told)


def second(
    series: Sequence[Mapping[str, str]], time: int, values: Sequence[float], kinds: Sequence[int]
) -> bytes:
    """Return an ``io.prometheus.write.v2.Request`` of one sample for each series."""
    table: dict[str, int] = {"": 0}
    told = []
    for labels, value, kind in zip(series, values, kinds, strict=True):
        refs = b"".join(
            _varint(table.setdefault(text, len(table))) for pair in labels.items() for text in pair
        )
        kind_field = _field(5, b"\x08" + _varint(kind)) if kind else b""
        told.append(_field(5, _field(1, refs) + _field(2, sample(time, value)) + kind_field))
    return b"".join(_field(4, text.encode()) for text in table) + b"".join(told)


def exposition(series: Sequence[Mapping[str, str]], values: Sequence[float]) -> bytes:
    """Return the same in Prometheus' text format."""
    lines = []
    for labels, value in zip(series, values, strict=True):
        told = ",".join(f'{name}="{text}"' for name, text in labels.items() if name != "__name__")
        lines.append(f"{labels['__name__']}{{{told}}} {value:g}\n")
    return "".join(lines).encode()


@cache
def bare_classes() -> dict[str, Any]:
    """Return protobuf's own classes of the two messages, by version."""
    scalar = {"string": 9, "double": 1, "int64": 3, "uint32": 13}
    shapes: dict[str, tuple[tuple[str, int, str], ...]] = {
        "Label": (("name", 1, "string"), ("value", 2, "string")),
        "Sample": (("value", 1, "double"), ("timestamp", 2, "int64")),
        "Series1": (("labels", 1, "*Label"), ("samples", 2, "*Sample")),
        "Request1": (("timeseries", 1, "*Series1"),),
        "Metadata": (("type", 1, "uint32"), ("help_ref", 3, "uint32")),
        "Series2": (("labels_refs", 1, "*uint32"), ("samples", 2, "*Sample"), ("metadata", 5, "Metadata")),
        "Request2": (("symbols", 4, "*string"), ("timeseries", 5, "*Series2")),
    }
    file = FileDescriptorProto(name="bench.proto", package="bench", syntax="proto3")
    for name, fields in shapes.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            bare = kind.removeprefix("*")
            message.field.add(
                name=field,
                number=number,
                label=3 if kind != bare else 1,
                type=scalar.get(bare, 11),
                type_name=None if bare in scalar else f".bench.{bare}",
            )
    pool = DescriptorPool()
    pool.Add(file)
    return {
        version: GetMessageClass(pool.FindMessageTypeByName(f"bench.Request{version[0]}"))
        for version in ("1.0", "2.0")
    }
