"""What OTLP's doors answer: in the encoding of the request, as its exporters understand it."""

from __future__ import annotations

import json
from concurrent.futures import Future
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from aright.adapters.memory_log import MemoryLog
from aright.core.model.bookkeeping import BadRow
from aright.core.model.frame import Kind
from aright.engine.intake import Acceptance, Intake
from aright.ports.log import LogFullError
from tests.unit.core.observe.intake.otlp_bodies import NANO, as_json, logs, metrics, traces
from tests.unit.server.knocking import NOW, Client, doors

PROTOBUF = {"content_type": "application/x-protobuf"}
JSON = {"content_type": "application/json"}
HALF: dict[str, Any] = {
    "/v1/traces": (traces({}, {"span_id": b""}), ExportTraceServiceResponse, "rejected_spans"),
    "/v1/metrics": (
        metrics({"name": "a", "points": [{"as_int": 1}, {"as_int": 1, "time_unix_nano": 1}]}),
        ExportMetricsServiceResponse,
        "rejected_data_points",
    ),
    "/v1/logs": (logs({}, {"time_unix_nano": 1}), ExportLogsServiceResponse, "rejected_log_records"),
}


@pytest.fixture
def intake():
    return Intake(MemoryLog())


@pytest.fixture
def client(intake):
    return Client(doors(intake.accept))


@pytest.mark.parametrize("path", HALF)
def test_what_is_not_taken_is_told_in_protobuf(client, path):
    request, response, field = HALF[path]
    answer = client.post(path, request.SerializeToString(), **PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-protobuf")
    told = response.FromString(answer.content).partial_success
    assert getattr(told, field) == 1
    assert told.error_message


@pytest.mark.parametrize("path", HALF)
def test_what_is_not_taken_is_told_in_json(client, path):
    request, _, field = HALF[path]
    answer = client.post(path, as_json(request), **JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    first, *others = field.split("_")
    told = answer.json()["partialSuccess"]
    assert told[first + "".join(other.capitalize() for other in others)] == "1"
    assert told["errorMessage"]


def test_all_taken_is_an_empty_answer(client, intake):
    whole = traces({})
    assert client.post("/v1/traces", whole.SerializeToString(), **PROTOBUF).content == b""
    assert client.post("/v1/traces", as_json(whole), **JSON).json() == {}
    assert client.post("/v1/traces", b"", **PROTOBUF).content == b""
    assert [portion.tables[Kind.SPANS].num_rows for portion in intake.take(10)] == [1, 1]


def test_none_taken_is_no_error_either(client):
    answer = client.post("/v1/traces", traces({"start_time_unix_nano": 1}).SerializeToString(), **PROTOBUF)
    assert answer.status_code == 200
    assert ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans == 1


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"content_encoding": "br"}, 415, 3),
        ({"authorization": "Bearer wrong"}, 401, 16),
        ({"content_encoding": "gzip"}, 400, 3),
        ({}, 400, 3),
    ],
)
def test_errors_are_a_status_in_the_encoding_of_the_request(client, given, status, code):
    answer = client.post("/v1/traces", b"\x0a\x7f", **PROTOBUF, **given)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/x-protobuf")
    told = Status.FromString(answer.content)
    assert told.code == code
    assert told.message
    answer = client.post("/v1/traces", b"[", **JSON, **given)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json()["code"] == code
    assert answer.json()["message"]


def test_other_content_types_are_refused(client):
    answer = client.post("/v1/traces", b"", content_type="text/plain")
    assert answer.status_code == 415
    assert "application/x-protobuf" in answer.json()["message"]


def test_a_body_too_large_is_refused():
    answer = Client(doors(Intake(MemoryLog()).accept, max_body=100)).post("/v1/logs", b"x" * 101, **PROTOBUF)
    assert (answer.status_code, Status.FromString(answer.content).code) == (413, 8)


def test_a_full_log_asks_to_come_again():
    def accept(_):
        raise LogFullError("the disk is behind")

    answer = Client(doors(accept)).post("/v1/traces", traces({}).SerializeToString(), **PROTOBUF)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert Status.FromString(answer.content).code == 14


def test_long_complaints_fit_their_lengths():
    """Lengths beyond 127 take two bytes, and so do counts."""

    def accept(_):
        bad = tuple(BadRow(row=row, field="", problem="p" * 100, fix="f" * 100) for row in range(20))
        durable: Future[int] = Future()
        durable.set_result(1)
        return Acceptance(accepted=1, bad_count=70_000, bad=bad, durable=durable)

    answer = Client(doors(accept)).post("/v1/traces", b"", **PROTOBUF)
    told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert told.rejected_spans == 70_000
    assert told.error_message.startswith("entry 0: ppp")
    assert len(told.error_message) > 1_000


def test_notes_are_told_without_a_count(client):
    fields = {"start_time_unix_nano": NANO, "attributes": {"gen_ai.operation.name": "chat"}}
    far = {**fields, "end_time_unix_nano": NANO + 3_600_000_000_000}
    answer = client.post("/v1/traces", traces(far).SerializeToString(), **PROTOBUF)
    told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert told.rejected_spans == 0
    assert "of a prediction" in told.error_message
    assert json.loads(client.post("/v1/traces", as_json(traces(far)), **JSON).content)[
        "partialSuccess"
    ].keys() == {"errorMessage"}
    assert NOW * 1_000 == NANO
