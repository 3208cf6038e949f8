"""What a metric's name says of it, by the conventions of Prometheus and OpenTelemetry."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

_CUMULATIVE: Final = frozenset({"total", "sum", "bucket"})
_TIMES: Final = frozenset({"uptime", "created", "timestamp", "start", "started", "epoch", "boot"})
_LIMITS: Final = frozenset({"limit", "quota", "capacity"})
_USES: Final = frozenset(
    {"usage", "used", "current", "working", "set", "open", "in", "use", "spec", "active"}
)
_UTILISED: Final = frozenset({"utilization", "utilisation", "usage", "used", "busy", "cpu", "memory", "disk"})
_GOOD: Final = frozenset({"idle", "free", "available", "hit", "hits", "success", "ready", "healthy", "up"})
_PERCENT: Final = frozenset({"percent", "pct", "percentage"})
_SHARE: Final = frozenset({"utilization", "utilisation", "ratio", "fraction"})


class Nature(StrEnum):
    """What sort of series a metric is."""

    GAUGE = "gauge"
    CUMULATIVE = "cumulative"
    PERHAPS = "perhaps cumulative"
    LEFT_ALONE = "left alone"


@lru_cache(maxsize=4_096)
def nature(name: str) -> Nature:
    """Return what sort of series a metric is by its name.

    A ``count`` is a counter in Prometheus and a gauge in OpenTelemetry: only its values tell. Instants and
    uptimes are no measure of anything and are left alone; so are limits, which others are held against.

    >>> nature("http_requests_total").value, nature("process.thread.count").value, nature("rss_bytes").value
    ('cumulative', 'perhaps cumulative', 'gauge')
    """
    words = _words(name)
    if not words or not _TIMES.isdisjoint(words) or is_limit(name):
        return Nature.LEFT_ALONE
    if words[-1] in _CUMULATIVE:
        return Nature.CUMULATIVE
    return Nature.PERHAPS if words[-1] == "count" else Nature.GAUGE


@lru_cache(maxsize=4_096)
def is_limit(name: str) -> bool:
    """Return whether a metric is a limit of another.

    >>> is_limit("memory_limit_bytes"), is_limit("process_max_fds"), is_limit("latency_ms_max")
    (True, True, False)
    """
    words = _words(name)
    return not _LIMITS.isdisjoint(words) or "max" in words[:-1]


@lru_cache(maxsize=4_096)
def limited(name: str) -> frozenset[str]:
    """Return what a metric and its limit have in common.

    >>> limited("rss_bytes") == limited("memory_limit_bytes") == limited("rss_bytes_limit")
    True
    >>> limited("process_open_fds") == limited("process_max_fds")
    True
    """
    dropped = _LIMITS | _USES | ({"max"} if is_limit(name) else frozenset())
    return frozenset("memory" if word in {"rss", "resident"} else word for word in _words(name)) - dropped


@lru_cache(maxsize=4_096)
def natural_limit(name: str) -> float | None:
    """Return the limit that a share of a resource has by its nature, or ``None``.

    >>> natural_limit("cpu_percent"), natural_limit("process.cpu.utilization"), natural_limit("hit_ratio")
    (100.0, 1.0, None)
    """
    words = frozenset(_words(name))
    if not words.isdisjoint(_GOOD) or words.isdisjoint(_UTILISED):
        return None
    if not words.isdisjoint(_PERCENT):
        return 100.0
    return None if words.isdisjoint(_SHARE) else 1.0


def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[^A-Za-z0-9]+", name.partition("{")[0].lower()) if word)
