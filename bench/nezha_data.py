"""Nezha's published recording of one day, translated into tables: nothing is chosen, renamed or mended."""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from aright.core.model.columns import LOG_FIELDS, PROCESS_FIELDS, SPAN_FIELDS
from aright.core.model.times import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.times import Micros

ARCHIVE: Final = "nezha-trainticket-2023-01-29.tar.xz"
CACHE: Final = Path(__file__).resolve().parent.parent / ".bench" / "nezha"
LEVELS: Final = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}
LEVEL: Final = re.compile(r"^\S+ +(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b")
HEAD: Final = 64
"""Characters of a line in which its level is looked for."""


@dataclass(frozen=True)
class Fault:
    """One fault that was injected.

    Attributes:
        at: when (µs, UTC).
        host: the pod.
        sort: what was done to it.
    """

    at: Micros
    host: str
    sort: str


@dataclass(frozen=True, eq=False)
class Recording:
    """All of the day: columns of ``PROCESS_FIELDS``, ``SPAN_FIELDS`` and ``LOG_FIELDS``, ordered by time."""

    faults: tuple[Fault, ...]
    metrics: pa.Table
    spans: pa.Table
    logs: pa.Table


def load(folder: Path) -> Recording:
    """Return the recording of the archive in ``folder``; parsed once, kept as Parquet under ``.bench/``."""
    names = ("metrics", "spans", "logs")
    if not (CACHE / "faults.json").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        faults, tables = _parse(folder / ARCHIVE)
        for name, table in zip(names, tables, strict=True):
            pq.write_table(table, CACHE / f"{name}.parquet")
        (CACHE / "faults.json").write_text(json.dumps([[f.at, f.host, f.sort] for f in faults]))
    kept = json.loads((CACHE / "faults.json").read_text())
    metrics, spans, logs = (pq.read_table(CACHE / f"{name}.parquet") for name in names)
    return Recording(tuple(Fault(*fault) for fault in kept), metrics, spans, logs)


def service_of(pod: str) -> str:
    """Return the deployment of a pod, as Kubernetes names it: DEPLOYMENT-HASH-HASH.

    >>> service_of("cart-5dc8d4f9fd-46997")
    'cart'
    """
    return pod.rsplit("-", 2)[0] if pod.count("-") > 1 else pod


def _parse(archive: Path) -> tuple[list[Fault], tuple[pa.Table, ...]]:
    faults: list[Fault] = []
    rows: dict[str, list[tuple[object, ...]]] = {"metric": [], "trace": [], "log": []}
    read = {"metric": _metrics, "trace": _spans, "log": _logs}
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member)
            folder = Path(member.name).parent.name
            if file is None:
                continue
            text = io.TextIOWrapper(file, "utf-8", errors="replace", newline="")
            if folder in read:
                rows[folder].extend(read[folder](csv.DictReader(text)))
            elif member.name.endswith("fault_list.json"):
                faults = [_fault(each) for hour in json.load(text).values() for each in hour]
    metrics = _table(rows["metric"], ("time", "service", "host", "name", "value"), PROCESS_FIELDS)
    of_spans = ("time", "service", "trace_id", "id", "parent_id", "name", "kind", "duration_ms", "host")
    of_logs = ("time", "service", "severity", "body", "trace_id", "span_id", "host")
    spans = _table(rows["trace"], of_spans, SPAN_FIELDS)
    logs = _table(rows["log"], of_logs, LOG_FIELDS)
    return sorted(faults, key=lambda fault: fault.at), (metrics, spans, logs)


def _fault(row: dict[str, str]) -> Fault:
    at = datetime.fromisoformat(f"{row['inject_time']}+00:00")
    return Fault(int(at.timestamp()) * SECOND, row["inject_pod"], row["inject_type"])


def _metrics(rows: Iterator[dict[str, str]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        host = row.get("PodName") or ""
        service = service_of(host) if host else row["ServiceName"]
        at = int(row["TimeStamp"]) * SECOND
        for name, value in row.items():
            if name not in {"Time", "TimeStamp", "PodName", "ServiceName"} and value not in {"", "NaN"}:
                yield at, service, host or None, name, float(value)


def _spans(rows: Iterator[dict[str, str]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        start, end = int(row["StartTimeUnixNano"]), int(row["EndTimeUnixNano"])
        parent = None if row["ParentID"] == "root" else row["ParentID"]
        host = row["PodName"]
        yield (
            *(start // 1000, service_of(host), row["TraceID"], row["SpanID"], parent, row["OperationName"]),
            *("internal", (end - start) / 1e6, host),
        )


def _logs(rows: Iterator[dict[str, str]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        host = row["PodName"]
        if not row["TimeUnixNano"].isdigit():
            continue  # the heading, repeated
        body = _line(row["Log"])
        found = LEVEL.match(body[:HEAD])
        severity = LEVELS[found[1]] if found else None
        at = int(row["TimeUnixNano"]) // 1000
        yield at, service_of(host), severity, body, row["TraceID"] or None, row["SpanID"] or None, host


def _line(text: str) -> str:
    """Return the line that a container wrote, of the JSON object that its runtime wraps it in."""
    try:
        found, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return text
    return str(found.get("log", text)).rstrip("\n") if isinstance(found, dict) else text


def _table(
    rows: list[tuple[object, ...]], columns: tuple[str, ...], fields: dict[str, pa.DataType]
) -> pa.Table:
    """Lay rows out in order of time, each once: files overlap."""
    unique = sorted(dict.fromkeys(rows), key=lambda row: str(row[0]).zfill(20))
    arrays = {
        name: pa.array([row[columns.index(name)] for row in unique], kind)
        if name in columns
        else pa.nulls(len(unique), kind)
        for name, kind in fields.items()
    }
    return pa.table(arrays)
