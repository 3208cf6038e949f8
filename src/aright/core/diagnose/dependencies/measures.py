"""What a metric measures, told by the words of its name as the conventions of the field have them.

Prometheus, OpenTelemetry and the RED method (requests, errors, duration) name what others see of a service;
all else that a process reports is of its own: processor, memory, queues, threads. Names of services are never
looked at.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

_DURATIONS: Final = frozenset({"latency", "latencies", "duration", "durations", "elapsed", "rt"})
_ANSWERS: Final = frozenset({"response", "request", "requests", "responses"})
_FAILED: Final = frozenset(
    {"error", "errors", "failure", "failures", "failed", "5xx", "exceptions", "timeouts", "unavailability"}
)
_WELL: Final = frozenset({"availability", "success", "successes", "successful"})
_TRAFFIC: Final = frozenset(
    {"requests", "calls", "rps", "qps", "ops", "throughput", "workload", "invocations"}
)
_SHARES: Final = frozenset({"rate", "ratio", "share", "percent", "pct", "percentage", "fraction"})
_OUTWARD: Final = frozenset({"client", "outbound", "egress", "upstream"})
_HIGH: Final = frozenset({"p75", "p90", "p95", "p99", "p999", "max", "quantile", "median", "p50"})
_OF_NOTHING: Final = frozenset({"uptime", "created", "timestamp", "epoch", "boot", "limit", "quota"})
_EDGES: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+")


class Measure(StrEnum):
    """What a metric measures.

    The first five are seen from without; ``CALLING`` is what a service sees of those it calls, and ``OWN`` is
    of the service itself.
    """

    DURATION = "duration"
    TAIL = "tail of durations"
    FAILURES = "failures"
    FAILURE_SHARE = "share of failures"
    SUCCESS_SHARE = "share of successes"
    TRAFFIC = "traffic"
    CALLING = "calling others"
    OWN = "own"
    NOTHING = "nothing"


EXTERNAL: Final = frozenset(
    {Measure.DURATION, Measure.TAIL, Measure.FAILURES, Measure.FAILURE_SHARE, Measure.SUCCESS_SHARE}
)
"""What others see of a service, and what may be a target's harm."""


@lru_cache(maxsize=4_096)
def measure_of(name: str) -> Measure:
    """Return what a metric measures.

    >>> [measure_of(name).value for name in ("latency_ms_p99", "http.server.request.duration", "requests")]
    ['tail of durations', 'duration', 'traffic']
    >>> [measure_of(name).value for name in ("availability", "errors", "error_rate", "CpuUsageRate(%)")]
    ['share of successes', 'failures', 'share of failures', 'own']
    >>> measure_of("rpc.client.duration").value, measure_of("uptime_seconds").value
    ('calling others', 'nothing')
    """
    words = frozenset(_EDGES.sub(" ", name.partition("{")[0]).lower().split())
    if not words or words & _OF_NOTHING:
        return Measure.NOTHING
    if words & _DURATIONS or ("time" in words and words & _ANSWERS):
        kind = (
            Measure.TAIL
            if any(word in _HIGH or word[:2] in {"p9", "p7"} for word in words)
            else Measure.DURATION
        )
    elif words & _FAILED:
        kind = Measure.FAILURE_SHARE if words & _SHARES or "%" in name else Measure.FAILURES
    elif words & _WELL:
        kind = Measure.SUCCESS_SHARE
    elif words & _TRAFFIC:
        kind = Measure.TRAFFIC
    else:
        return Measure.OWN
    return Measure.CALLING if words & _OUTWARD else kind
