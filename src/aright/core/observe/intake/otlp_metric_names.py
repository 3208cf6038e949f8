"""What a metric is called: current names for what was called otherwise, and a few attributes in the name.

https://opentelemetry.io/docs/specs/semconv/general/metrics. Names that have been given up are read as those
that took their place, so that a library's upgrade does not look like a new metric.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.observe.intake.bounds import MAX_NAME
from aright.core.observe.intake.otlp_resource import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.observe.intake.otlp_body import Value


class Named(NamedTuple):
    """What a metric is called, and by what its values are multiplied."""

    name: str
    factor: float = 1.0


_MILLI: Final = 1e-3

_RENAMED: Final[dict[str, Named]] = {
    "http.server.duration": Named("http.server.request.duration", _MILLI),
    "http.client.duration": Named("http.client.request.duration", _MILLI),
    "http.server.response.size": Named("http.server.response.body.size"),
    "http.server.request.size": Named("http.server.request.body.size"),
    "rpc.server.duration": Named("rpc.server.call.duration", _MILLI),
    "rpc.client.duration": Named("rpc.client.call.duration", _MILLI),
    "process.runtime.cpython.cpu.utilization": Named("process.cpu.utilization"),
    "process.runtime.cpython.cpu_time": Named("process.cpu.time"),
    "process.runtime.cpython.memory": Named("process.memory.usage"),
    "process.runtime.cpython.thread_count": Named("process.thread.count"),
    "process.threads": Named("process.thread.count"),
    "process.open_file_descriptors": Named("process.unix.file_descriptor.count"),
    "process.open_file_descriptor.count": Named("process.unix.file_descriptor.count"),
    "process.runtime.jvm.memory.usage": Named("jvm.memory.used"),
    "process.runtime.jvm.cpu.utilization": Named("jvm.cpu.recent_utilization"),
    "llm.usage.tokens": Named("gen_ai.client.token.usage"),
}

_ALSO: Final[dict[str, Named]] = {
    "process.memory.usage": Named("rss_bytes"),
    "process.cpu.utilization": Named("cpu_percent", 100.0),
}
"""Names under which every process has them, whatever it is measured with."""

_TELLING: Final = ("state", "type", "direction")
"""Last words of attributes whose values are different quantities: free and used, heap and non-heap."""

_PARTS: Final = ("process.cpu.", "process.memory.")
"""Metrics whose series are parts of one quantity, or say that it is another."""

_PROCESS_MEMORY: Final = {"rss": "process.memory.usage", "vms": "process.memory.virtual"}


def name_of(metric: str) -> Named:
    """Return how a metric is called now.

    >>> name_of("http.server.duration"), name_of("queue.depth")
    (Named(name='http.server.request.duration', factor=0.001), Named(name='queue.depth', factor=1.0))
    """
    return _RENAMED.get(metric, Named(metric))


def level_name(name: str, attributes: Mapping[str, Value]) -> str:
    """Return a level's name, with the attributes that tell it from other quantities.

    >>> level_name("system.memory.usage", {"system.memory.state": "used", "host.id": "a"})
    'system.memory.usage{state=used}'
    >>> level_name("process.memory.usage", {"type": "vms"})
    'process.memory.virtual'
    """
    if name.startswith(_PARTS):
        kind = text_of(attributes.get("type"))
        return _PROCESS_MEMORY.get(kind, name) if name == "process.memory.usage" else name
    told = [
        f"{word}={text_of(value)[:40]}"
        for key, value in sorted(attributes.items())
        if (word := key.rpartition(".")[2]) in _TELLING and text_of(value)
    ]
    return f"{name}{{{','.join(told)}}}"[:MAX_NAME] if told else name


def also(name: str) -> Named | None:
    """Return under which further name a metric is known, or ``None``.

    >>> also("process.memory.usage").name
    'rss_bytes'
    """
    return _ALSO.get(name)
