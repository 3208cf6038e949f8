"""RootCauseBench's files as what aright is given: telemetry and changes, others' states among them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.change import Change
from aright.core.model.columns import LOG_FIELDS, PROCESS_FIELDS, SPAN_FIELDS
from aright.core.model.times import MINUTE, Micros, from_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOOKBACK: Final = 30 * MINUTE
"""Judged before the alarm, or half of what there is where that is less."""

AFTER: Final = 5 * MINUTE
"""Judged after the alarm: the diagnosis is made then, and knows of nothing later."""

SEVERITIES: Final = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "WARNING": 13, "ERROR": 17, "FATAL": 21}
"""OpenTelemetry's numbers of its words."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is known of an incident, for scoring alone.

    Attributes:
        commit: the guilty commit, or ``none``.
        service: the first failing service.
        remedy: the remediation class.
        decoys: commits that are innocent and look guilty.
    """

    commit: str
    service: str
    remedy: str
    decoys: frozenset[str]


def incidents(data: Path) -> list[Path]:
    """Return the folders of the incidents, by name."""
    return sorted(each.parent for each in data.glob("*/alert.json"))


def truth(folder: Path) -> Truth:
    """Read what an incident is scored by."""
    told = _json(folder / "ground_truth.json")
    return Truth(
        commit=told["root_cause_commit"],
        service=told["first_failing_service"],
        remedy=told["remediation"],
        decoys=frozenset(told["decoy_deploy_commits"]),
    )


def telemetry(folder: Path, *, late: Micros = 0) -> Telemetry:
    """Read an incident as of a few minutes after its alarm; ``late`` shifts the alarm (µs)."""
    alert = _json(folder / "alert.json")
    metrics, spans, logs = _metrics(folder), _spans(folder), _logs(folder)
    at = _micros(alert["fired_at"]) + late
    start = min(_micros(row["time"]) for row in (*metrics, *logs))
    begin = at - min(LOOKBACK, (at - start) // 2)
    end = at + AFTER
    return Telemetry(
        target=alert["service"],
        signal=alert["metric"],
        at=at,
        reference=(start, begin),
        current=(begin, end),
        metrics=_table(PROCESS_FIELDS, metrics, end),
        spans=_table(SPAN_FIELDS, spans, end),
        logs=_table(LOG_FIELDS, logs, end),
        changes=tuple(each for each in (*changes(folder), *_states(folder)) if each.at < end),
    )


def changes(folder: Path) -> list[Change]:
    """Read deploys with their commit, flags, and commits that no deploy is known to have brought."""
    commits = {each["sha"]: each for each in _json(folder / "context" / "commits.json")}
    deploys = _json(folder / "context" / "deploys.json")
    deployed = {each["commit_sha"] for each in deploys}
    found = [_deploy(each, commits.get(each["commit_sha"], {})) for each in deploys]
    found += [_commit(each) for sha, each in commits.items() if sha not in deployed]
    return [*found, *(_flag(each) for each in _json(folder / "context" / "flags.json"))]


def _states(folder: Path) -> list[Change]:
    """Read what the providers' status feed told."""
    path = folder / "status_feed.json"
    if not path.exists():
        return []
    feed = _json(path)
    return [
        Change(
            key=f"{feed['source']} {number}",
            at=_micros(each["timestamp"]),
            service=feed["source"],
            kind="other",
            what="status",
            after=each["status"],
            title=feed["component"],
            detail=each["detail"],
        )
        for number, each in enumerate(feed["events"])
    ]


def _deploy(told: Mapping[str, str], commit: Mapping[str, Any]) -> Change:
    return Change(
        key=told["commit_sha"],
        at=_micros(told["timestamp"]),
        service=told["service"],
        kind="deploy",
        what=told["service"],
        after=told["version"],
        title=commit.get("message", ""),
        detail=_detail(commit),
    )


def _commit(told: Mapping[str, Any]) -> Change:
    return Change(
        key=told["sha"],
        at=_micros(told["timestamp"]),
        service="",
        kind="other",
        title=told["message"],
        detail=_detail(told),
    )


def _detail(commit: Mapping[str, Any]) -> str:
    """Return the diff, or where there is none, the files as ``git diff`` heads them."""
    if commit.get("diff"):
        return str(commit["diff"])
    return "\n".join(f"diff --git a/{name} b/{name}" for name in commit.get("files_changed", ()))


def _flag(told: Mapping[str, str]) -> Change:
    before, _, after = told["change"].partition("->")
    return Change(
        key=f"flag {told['flag']}",
        at=_micros(told["timestamp"]),
        service=told["service"],
        kind="flag",
        what=told["flag"],
        before=before,
        after=after,
    )


def _metrics(folder: Path) -> list[dict[str, Any]]:
    with (folder / "metrics.csv").open(newline="") as file:
        return [
            {
                "time": row["timestamp"],
                "service": row["service"],
                "name": row["metric"],
                "value": float(row["value"]),
            }
            for row in csv.DictReader(file)
        ]


def _logs(folder: Path) -> list[dict[str, Any]]:
    fixed = ("timestamp", "service", "severity_text", "msg", "trace_id")
    return [
        {
            "time": row["timestamp"],
            "service": row["service"],
            "severity": SEVERITIES.get(row.get("severity_text", ""), 0),
            "body": row["msg"],
            "trace_id": row.get("trace_id"),
            "attributes": _packed({name: value for name, value in row.items() if name not in fixed}),
        }
        for row in map(json.loads, (folder / "logs.ndjson").read_text().splitlines())
    ]


def _spans(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    trace = ""
    for row in _json(folder / "traces.json"):
        trace = trace if row["trace_id"] == "same" else row["trace_id"]  # a word of the files for "as above"
        found.append(
            {
                "time": row["start"],
                "service": row["service"],
                "trace_id": trace,
                "id": row["span_id"],
                "parent_id": row["parent_id"],
                "name": row["name"],
                "kind": "server",
                "duration_ms": row["duration_ms"],
                "status": row["status"].lower(),
                "message": row.get("error"),
                "attributes": _packed(row.get("attributes", {})),
            }
        )
    return found


def _table(fields: Mapping[str, pa.DataType], rows: Sequence[Mapping[str, Any]], end: Micros) -> pa.Table:
    """Return the rows before ``end`` as a table; what they lack is null."""
    kept = [{**row, "time": _micros(row["time"])} for row in rows if _micros(row["time"]) < end]
    columns = {name: [row.get(name) for row in kept] for name in fields}
    return pa.table(
        {
            name: pa.array(columns[name], pa.int64()).cast(kind)
            if name == "time"
            else pa.array(columns[name]).cast(kind)
            if columns[name]
            else pa.array([], kind)
            for name, kind in fields.items()
        }
    )


def _packed(values: Mapping[str, Any]) -> bytes | None:
    return json.dumps(values).encode() if values else None


def _json(path: Path) -> Any:
    return json.loads(path.read_text())


def _micros(text: str) -> Micros:
    return from_datetime(datetime.fromisoformat(text))
