"""Reading OTLP on one core: ``python -m bench.otlp [--json] [--data DIR]``.

Beside protobuf's bare parse of the same bodies; each figure is of the least CPU-seconds of turns taken.
"Fixed columns" are a span's ids, times, name, kind, status and resource as Arrow, its attributes still bytes;
"read" is all that the doors do with a body: attributes chosen and written as JSON, rows checked, one table.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import read
from aright.core.observe.intake.otlp_resource import chunks_of, codec_of
from aright.core.observe.intake.otlp_traces import Batch
from aright.core.observe.intake.quarantine import Quarantine
from aright.server.doors_memory import keep_freed_memory
from bench import otlp_bodies as bodies
from bench.report import Figure, at_least, print_report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BODIES = 4
ROUNDS = 15
PAIRED_ROUNDS = 60  # of what a goal compares: a few quiet moments for both, even on a busy machine
LIMIT = 1 << 26


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all of it as one JSON object at the end")
    parser.add_argument("--data", type=Path, help="ignored: every benchmark takes it, this one makes its own")
    options = parser.parse_args()
    pa.set_cpu_count(1)
    figures = [*of_spans(), *of_model_calls(), *of_metrics(), *of_logs()]
    return 0 if print_report("otlp", figures, options.json) else 1


def of_spans() -> list[Figure]:
    """Measure batches of 512 spans with twelve attributes."""
    made = [bodies.traces(seed) for seed in range(BODIES)]
    bare, fixed = _rates(
        made, bodies.ROWS, ExportTraceServiceRequest.FromString, _fixed, rounds=PAIRED_ROUNDS
    )
    beside, dicts, whole = _rates(
        made,
        bodies.ROWS,
        ExportTraceServiceRequest.FromString,
        _into_dicts,
        lambda body: _read(body, Kind.SPANS, bodies.ROWS),
    )
    (json,) = _rates(
        [_as_json(body) for body in made],
        bodies.ROWS,
        lambda body: _read(body, Kind.SPANS, bodies.ROWS, Format.OTLP_JSON),
    )
    return [
        Figure("spans: bare parse, spans/s", bare),
        Figure("spans: fixed columns, spans/s", fixed),
        at_least("spans: fixed columns against the bare parse", fixed / bare, 0.33),
        Figure("spans: read, spans/s", whole),
        Figure("spans: read against the bare parse", whole / beside),
        Figure("spans: parse, then all attributes into dicts, against the bare parse", dicts / beside),
        Figure("spans: read from JSON, spans/s", json),
    ]


def of_model_calls() -> list[Figure]:
    """Measure batches of 512 spans that are predictions, too."""
    made = [bodies.model_calls(seed) for seed in range(BODIES)]
    (whole,) = _rates(made, bodies.ROWS, lambda body: _read(body, Kind.SPANS, bodies.ROWS))
    return [Figure("calls to models: read as spans and predictions, spans/s", whole)]


def of_metrics() -> list[Figure]:
    """Measure bodies of 440 points."""
    made = [bodies.metrics(seed) for seed in range(BODIES)]
    bare, whole = _rates(
        made,
        bodies.POINTS,
        ExportMetricsServiceRequest.FromString,
        lambda body: _read(body, Kind.PROCESS, bodies.POINTS),
    )
    return [
        Figure("metrics: bare parse, points/s", bare),
        Figure("metrics: read, points/s", whole),
        Figure("metrics: read against the bare parse", whole / bare),
    ]


def of_logs() -> list[Figure]:
    """Measure batches of 512 log records."""
    made = [bodies.logs(seed) for seed in range(BODIES)]
    bare, whole = _rates(
        made,
        bodies.ROWS,
        ExportLogsServiceRequest.FromString,
        lambda body: _read(body, Kind.LOGS, bodies.ROWS),
    )
    return [
        Figure("logs: bare parse, records/s", bare),
        Figure("logs: read, records/s", whole),
        Figure("logs: read against the bare parse", whole / bare),
    ]


def _rates(
    made: Sequence[bytes], rows: int, *actions: Callable[[bytes], object], rounds: int = ROUNDS
) -> list[float]:
    """Return rows per CPU-second of each action, at work on nothing else for some bodies; all take turns."""
    keep_freed_memory()  # as the doors do
    best = [[math.inf] * len(made) for _ in actions]
    for _ in range(rounds):
        for action, least in zip(actions, best, strict=True):
            for at in (*range(len(made)), *range(len(made))):
                began = time.process_time()
                action(made[at])
                least[at] = min(least[at], time.process_time() - began)
    return [len(made) * rows / sum(least) for least in best]


def _fixed(body: bytes) -> dict[str, pa.Array]:
    codec = codec_of(Format.OTLP_PROTO)
    (chunk,) = chunks_of(body, codec, Quarantine())
    return Batch(chunk, codec).fixed()


def _read(body: bytes, kind: Kind, rows: int, form: Format = Format.OTLP_PROTO) -> pa.Table | None:
    frame = Frame(kind=kind, format=form, encoding=Encoding.IDENTITY, received_at=bodies.NOW, body=body)
    found = read(frame, limit_bytes=LIMIT)
    if found.good != rows or found.bad_count:
        raise SystemExit(f"{found.good} of {rows} rows were taken: the figure would say nothing")
    return found.rows


def _into_dicts(body: bytes) -> list[dict[str, object]]:
    """Do what comes to mind first."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "") for pair in span.attributes}
        for part in request.resource_spans
        for scope in part.scope_spans
        for span in scope.spans
    ]


def _as_json(body: bytes) -> bytes:
    """Return OTLP's JSON, whose ids are in hex."""
    request = ExportTraceServiceRequest.FromString(body)
    text: str = MessageToJson(request, indent=None, use_integers_for_enums=True)
    for span in request.resource_spans[0].scope_spans[0].spans:
        for raw in filter(None, (span.trace_id, span.span_id, span.parent_span_id)):
            text = text.replace(f'"{_base64(raw)}"', f'"{raw.hex()}"')
    return text.encode()


def _base64(raw: bytes) -> str:
    return str(b64encode(raw), "ascii")


if __name__ == "__main__":
    sys.exit(main())
