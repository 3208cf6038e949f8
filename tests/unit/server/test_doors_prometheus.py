"""Remote-write at the door: what its senders are answered."""

from __future__ import annotations

import cramjam
import pytest

from aright.adapters.memory_log import MemoryLog
from aright.core.model.frame import Encoding, Format, Kind
from aright.engine.intake import Intake
from aright.ports.log import LogFullError
from bench.remote_write_bodies import first, second
from tests.unit.server.knocking import NOW, Client, doors

PATH = "/api/v1/write"
FIRST = "application/x-protobuf"
SECOND = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
LABELS = {"__name__": "up", "job": "shop", "instance": "a"}


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def client(log: MemoryLog) -> Client:
    return Client(doors(Intake(log).accept))


def squeezed(body: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(body))


def post(client: Client, body: bytes, content_type: str, **headers: str):
    return client.post(PATH, squeezed(body), content_type=content_type, content_encoding="snappy", **headers)


@pytest.mark.parametrize("content_type", [FIRST, "application/x-protobuf; proto=prometheus.WriteRequest"])
def test_a_first_message_is_kept_as_it_came(client: Client, log: MemoryLog, content_type: str) -> None:
    body = first([LABELS], NOW // 1_000, [1.0])
    answer = post(client, body, content_type)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not [name for name in answer.headers if name.startswith("x-prometheus")]
    ((_, frame),) = log.read(0)
    assert (frame.kind, frame.format, frame.encoding) == (
        Kind.PROCESS,
        Format.REMOTE_WRITE_1,
        Encoding.SNAPPY,
    )
    assert frame.body == squeezed(body)


def test_a_sender_of_the_second_is_told_how_much_was_written(client: Client) -> None:
    answer = post(client, second([LABELS] * 2, NOW // 1_000, [1.0, 0.0], [2, 2]), SECOND)
    assert answer.status_code == 204
    assert answer.headers["x-prometheus-remote-write-samples-written"] == "2"
    assert answer.headers["x-prometheus-remote-write-histograms-written"] == "0"
    assert answer.headers["x-prometheus-remote-write-exemplars-written"] == "0"


def test_what_was_set_aside_is_an_error_that_is_not_tried_again(client: Client, log: MemoryLog) -> None:
    body = second([LABELS, {"__name__": "up"}], NOW // 1_000, [1.0, 1.0], [0, 0])
    answer = post(client, body, SECOND)
    assert answer.status_code == 400
    assert answer.headers["x-prometheus-remote-write-samples-written"] == "1"
    assert answer.text.startswith(
        "1 of 2 samples were set aside, the others are kept. no label names its service:"
    )
    assert log.end() > 0


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "application/x-protobuf;proto=io.prometheus.write.v3.Request"],
)
def test_other_messages_are_declined_so_that_senders_try_another(client: Client, content_type: str) -> None:
    answer = post(client, first([LABELS], NOW // 1_000, [1.0]), content_type)
    assert answer.status_code == 415
    assert "application/x-protobuf" in answer.text


def test_nonsense_is_dropped_and_a_stranger_refused(client: Client) -> None:
    assert client.post(PATH, b"nonsense", content_type=FIRST, content_encoding="snappy").status_code == 400
    assert post(client, b"\xff\xff", FIRST).status_code == 400
    answer = post(client, b"", FIRST, authorization="Bearer wrong")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_full_log_asks_to_send_again(log: MemoryLog) -> None:
    def full(_frame: object):
        raise LogFullError("the disk is full")

    answer = post(Client(doors(full)), first([LABELS], NOW // 1_000, [1.0]), FIRST)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
