"""What a Prometheus series means to aright: whose it is, and whether it is a level or has to be differenced.

https://prometheus.io/docs/practices/naming, https://prometheus.io/docs/instrumenting/exposition_formats
"""

from __future__ import annotations

import math
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.observe.intake.bounds import MAX_NAME, MAX_SERVICE, MAX_STRING, nameable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME: Final = "__name__"
SERVICE_LABELS: Final = ("service", "service_name", "job")
"""The labels that name a service, the first that is there."""

HOST_LABELS: Final = ("instance", "pod", "host")
VERSION_LABELS: Final = ("version", "app_version")

_WELL_KNOWN: Final = {"process_resident_memory_bytes": "rss_bytes"}
_UNWANTED: Final = "_created"  # when a series began: no measure of anything


class Role(StrEnum):
    """What a series is.

    A level is taken as it is. The others only ever grow, from zero at each start of their process.
    """

    LEVEL = "level"
    TOTAL = "total"  # of events
    COUNT = "count"  # of a histogram's or summary's observations
    SUM = "sum"  # of those observations
    BUCKET = "bucket"  # observations up to a bound


class Series(NamedTuple):
    """One series.

    Attributes:
        service: whose it is; empty where no label says it.
        host: which instance; ``None`` where no label says it.
        version: of the service; ``None`` where no label says it.
        name: of the metric, without the ending that tells its role.
        role: what it is.
        ident: a hash of all its labels, 64 bits.
        bound: the upper bound of a bucket; ``None`` elsewhere.
        problem: why it is not taken; empty where it is.
    """

    service: str
    host: str | None
    version: str | None
    name: str
    role: Role
    ident: int
    bound: float | None
    problem: str = ""


_ENDINGS: Final = {
    "_total": Role.TOTAL,
    "_bucket": Role.BUCKET,
    "_count": Role.COUNT,
    "_sum": Role.SUM,
}
_LEVELS: Final = frozenset({"gauge", "stateset", "info", "gaugehistogram"})


def series_of(labels: Mapping[str, str], kind: str = "") -> Series | None:
    """Return what a series means, ``None`` for one that measures nothing.

    Args:
        labels: all of them, the name too.
        kind: the metric's declared type, such as ``counter`` or ``gauge``; by its name where empty.

    >>> got = series_of({"__name__": "http_requests_total", "job": "shop", "instance": "a:80", "code": "200"})
    >>> got.service, got.host, got.name, got.role.value
    ('shop', 'a:80', 'http_requests', 'total')
    >>> got = series_of({"__name__": "wait_seconds_bucket", "service": "shop", "le": "0.5"})
    >>> got.name, got.role.value, got.bound
    ('wait_seconds', 'bucket', 0.5)
    >>> series_of({"__name__": "temperature", "job": "shop"}).role.value
    'level'
    """
    whole = labels.get(NAME, "")
    if whole.endswith(_UNWANTED) and kind in {"", "counter", "histogram", "summary"}:
        return None
    name, role, bound = _role(whole, labels, kind)
    service = _first(labels, SERVICE_LABELS) or ""
    host, version = _first(labels, HOST_LABELS), _first(labels, VERSION_LABELS)
    problem = ""
    if not nameable(name, MAX_NAME):
        problem = "the series has no usable name"
    elif not nameable(service, MAX_SERVICE):
        problem = "no label names its service"
    elif max(len(host or ""), len(version or "")) > MAX_STRING:
        problem = "a label is too long"
    return Series(service, host, version, name, role, _ident(labels.items()), bound, problem)


def _role(whole: str, labels: Mapping[str, str], kind: str) -> tuple[str, Role, float | None]:
    if kind == "counter":
        return whole.removesuffix("_total"), Role.TOTAL, None
    for ending, role in _ENDINGS.items() if kind not in _LEVELS else ():
        if whole.endswith(ending):
            bound = _number(labels.get("le", ""))
            if role is not Role.BUCKET or bound is not None:
                return whole.removesuffix(ending), role, bound if role is Role.BUCKET else None
    rank = _number(labels.get("quantile", ""))
    if rank is not None and 0 <= rank <= 1:
        return f"{whole}_p{round(100 * rank, 2):g}", Role.LEVEL, None
    return _WELL_KNOWN.get(whole, whole), Role.LEVEL, None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _first(labels: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((labels[name] for name in names if labels.get(name)), None)


def _ident(labels: Iterable[tuple[str, str]]) -> int:
    text = "\0".join(f"{name}\1{value}" for name, value in sorted(labels))
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)
