"""The grading service and the resizer by themselves: what they answer, report, keep and let others do."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from aright.drill import tracing
from aright.drill.messages import FLUSH, Flushed
from aright.drill.moment import TIME_HEADER, TOOK_HEADER, Clock
from aright.drill.serving import Served
from aright.drill.times import SECOND
from aright.drill.vision import names
from aright.drill.vision.belts import Belts
from aright.drill.vision.grading import Grading
from aright.drill.vision.messages import REPLAY, REVIEWS, STREAMS, Grade, Review
from aright.drill.vision.mitigation import PIN_PATH, RAW_PATH, ROLL_BACK_PATH, Orders
from aright.drill.vision.plan import Fault, make_plan
from aright.drill.vision.process import Desk
from aright.drill.vision.resizer import Resizer
from aright.drill.vision.versions import make_versions
from aright.drill.webhook import UNDO, Webhooks, sign
from aright.drill.wire.client import Reply
from aright.drill.wire.server import Request, Response

SECRET = "only the team knows"


class Reports:
    """Keeps what a service tells the SDK."""

    def __init__(self) -> None:
        self.predictions: list[dict[str, Any]] = []
        self.outcomes: list[tuple[str, float, dict[str, Any]]] = []
        self.changes: list[tuple[Any, ...]] = []
        self.payloads: list[tuple[str, str, Any, dict[str, Any]]] = []

    def prediction(self, **said):
        self.predictions.append(said)

    def outcome(self, kind, value, **said):
        self.outcomes.append((kind, value, said))

    def change(self, *said, time):
        self.changes.append((*said, time))

    def payload(self, dependency, endpoint, body, **about):
        self.payloads.append((dependency, endpoint, body, about))


class Near:
    """A resizer without a network between."""

    def __init__(self, resizer) -> None:
        self.resizer = resizer

    async def send(self, _method, _path, body, headers):
        status, told, done = await self.resizer.handle(headers, body, int(headers[TIME_HEADER]))
        return Reply(status, told, {TOOK_HEADER: str(done - int(headers[TIME_HEADER]))})


@cache
def eyes(seed, fault):
    return make_versions(make_plan(seed, fault))


class Bench:
    """Both services of a seed, and who orders things of them."""

    def __init__(self, monkeypatch, fault, seed=3) -> None:
        self.spans = InMemorySpanExporter()
        monkeypatch.setattr(tracing, "OTLPSpanExporter", lambda **_: self.spans)
        self.traces = [tracing.Tracing(name, "1", "http://127.0.0.1:9", "t") for name in ("g", "r1", "r2")]
        self.plan = make_plan(seed, fault)
        self.belts = Belts(self.plan, 30)
        self.clock, self.client = Clock(self.plan.start), Reports()
        client: Any = self.client
        near: Any = Near(Resizer(self.plan, (self.traces[1], self.traces[2])))
        self.grading = Grading(self.plan, eyes(seed, fault), self.traces[0], near, client, self.clock)
        webhooks = Webhooks(
            Orders(self.grading, lambda: self.clock.latest).carry_out,
            secret=SECRET,
            now=lambda: self.clock.latest,
            wall=lambda: 0,
        )
        self.desk = Desk(self.grading, webhooks, client, SECRET, self.clock)
        others = {
            REVIEWS: self.desk.review,
            STREAMS: self.desk.streams,
            "/mitigations": self.desk.order,
            REPLAY: self.desk.replay,
        }
        self.served = Served(
            self.clock, names.GRADE, self.grading.handle, lambda: Flushed(sent=True, dropped=2), others
        )

    def grade(self, start, seconds):
        """Grade what goes by from ``start``, and return the share that is right of those hit."""
        end = start + seconds * SECOND
        rows, requests = self.belts.shots(start, end, self.grading.raw)

        async def ask():
            return [await awaited(self.served.handle(request_of(each))) for each in requests]

        replies = [Reply(each.status, each.body) for each in asyncio.run(ask())]
        self.belts.read(rows, replies)
        return self.belts.accuracy(start, end, hit=self.plan.fault is Fault.FIRMWARE)

    def signed(self, path, body):
        at = str(self.clock.latest // SECOND)
        headers = {"x-aright-timestamp": at, "x-aright-signature": sign(SECRET, at, body)}
        return self.served.handle(Request("POST", path, headers, body))

    def order(self, path, parameters, **told):
        order = {"action": "a", "remedy": "r", "parameters": parameters, "key": path + str(parameters)} | told
        answer = self.signed(path, msgspec.json.encode(order))
        return answer.status, answer.body.decode()


async def awaited(answer: Any) -> Response:
    told: Response = await answer
    return told


def request_of(raw: bytes) -> Request:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    method, path, _ = lines[0].split(" ")
    return Request(method, path, dict(line.split(": ", 1) for line in lines[1:]), body)


@pytest.fixture
def bench(monkeypatch):
    return lambda fault: Bench(monkeypatch, fault)


def test_a_grade_is_reported_with_what_the_camera_says_and_kept_for_replays(bench):
    made = bench(Fault.FIRMWARE)
    assert made.grade(made.plan.start, 20) >= 0.85
    answer, kept = made.client.payloads[:2]
    first = next(each for each in made.client.predictions if each["trace_id"] == kept[3]["trace_id"])
    assert set(first["attributes"]) == set(names.ATTRIBUTES)
    assert first["features"]["image.software"] == first["attributes"][names.FIRMWARE]
    assert {"image.blur", "resized.image.brightness"} <= set(first["features"])
    assert abs(sum(first["probabilities"].values()) - 1) < 1e-5
    assert answer[0] == names.HOST
    assert msgspec.json.decode(answer[2])["layout"] == "rgb24"
    assert kept[:2] == (names.SERVICE, f"POST {names.GRADE}")
    assert kept[3] == {"direction": "request", "trace_id": first["trace_id"]}
    for each in made.traces:
        each.flush()
    spans = made.spans.get_finished_spans()
    assert {span.name for span in spans} == {"POST /grade", "POST", "POST /v1/resize"}
    assert len({span.context.trace_id for span in spans}) == len(made.client.predictions)


def test_raw_pictures_of_the_firmware_bring_accuracy_back(bench):
    made = bench(Fault.FIRMWARE)
    at, firmware = made.plan.onset, names.FIRMWARES[made.plan.make][1]
    assert made.grade(at, 30) <= 0.5
    wanted = {"attribute": names.FIRMWARE, "value": firmware}
    assert made.order(RAW_PATH, wanted, dry_run=True) == (
        200,
        f'{{"done":"would take the sensor\'s raw pictures of cameras with {firmware}"}}',
    )
    assert made.desk.streams(Request()).body == b"[]"
    assert made.order(RAW_PATH, wanted)[0] == 200
    assert msgspec.json.decode(made.desk.streams(Request()).body) == [firmware]
    assert made.grade(at + 60 * SECOND, 30) >= 0.85
    assert made.order(RAW_PATH + UNDO, wanted)[0] == 200
    assert made.grade(at + 120 * SECOND, 30) <= 0.5
    assert made.order(RAW_PATH, {"attribute": names.HOUSE, "value": "x"})[0] == 422


def test_asking_for_a_layout_undoes_the_resizers_change(bench):
    made = bench(Fault.RESIZER)
    assert made.grade(made.plan.onset - 10 * SECOND, 10) >= 0.85
    assert made.grade(made.plan.onset, 10) <= 0.5
    assert made.order(PIN_PATH, {"dependency": names.HOST}, dry_run=True)[0] == 200
    assert made.order(PIN_PATH, {"dependency": names.HOST})[0] == 200
    assert made.grade(made.plan.onset + 10 * SECOND, 10) >= 0.85
    assert made.order(PIN_PATH + UNDO, {"dependency": names.RESIZER})[0] == 200
    assert made.grade(made.plan.onset + 20 * SECOND, 10) <= 0.5
    assert made.order(PIN_PATH, {"dependency": "elsewhere"})[0] == 422
    assert made.order("/mitigations/none", {})[0] == 404


def test_a_worse_version_is_told_of_and_rolled_back(bench):
    made = bench(Fault.BAD_MODEL)
    made.grade(made.plan.onset - 5 * SECOND, 5)
    assert made.grade(made.plan.onset, 30) <= 0.85
    assert [change[:4] for change in made.client.changes] == [("model_version", names.MODEL, *names.VERSIONS)]
    back = {"version": names.VERSIONS[0], "from_version": names.VERSIONS[1]}
    assert made.order(ROLL_BACK_PATH, back, dry_run=True)[0] == 200
    assert made.order(ROLL_BACK_PATH, back)[0] == 200
    assert made.client.changes[1][2:4] == names.VERSIONS[::-1]
    assert made.grading.serving(made.plan.onset + SECOND) == names.VERSIONS[0]
    assert made.order(ROLL_BACK_PATH + UNDO, back)[0] == 200
    assert made.grading.serving(made.plan.onset) == names.VERSIONS[1]
    assert made.order(ROLL_BACK_PATH, {"version": "9"})[0] == 422


def test_stored_pictures_are_graded_again_by_any_version_and_nothing_is_reported(bench):
    made = bench(Fault.BAD_MODEL)
    made.grade(made.plan.onset, 10)
    kept = [body for name, _, body, _ in made.client.payloads if name == names.SERVICE]
    before = len(made.client.predictions)
    inputs = [{"id": str(k), "payload": msgspec.json.decode(each)} for k, each in enumerate(kept)]
    traces = [about["trace_id"] for name, _, _, about in made.client.payloads if name == names.SERVICE]
    stored = [each["probabilities"] for each in made.client.predictions if each["trace_id"] in traces]

    def again(version):
        asked = {"service": "s", "version": version, "inputs": [*inputs, {"id": "none"}]}
        return made.signed(REPLAY, msgspec.json.encode(asked))

    told = msgspec.json.decode(again(names.VERSIONS[1]).body)
    assert told["version"] == names.VERSIONS[1]
    served = [max(each, key=lambda kind: each[kind]) for each in stored]
    assert [each["output"]["label"] for each in told["outputs"][:-1]] == served
    assert told["outputs"][-1] == {"id": "none", "error": "no picture was stored for it"}
    older = msgspec.json.decode(again(names.OLDEST).body)["outputs"][:-1]
    assert sum(a["output"] != {"label": b} for a, b in zip(older, served, strict=True)) > 0
    assert again("1999").status == 404
    assert made.served.handle(Request("POST", REPLAY, {}, b"{}")).status == 401
    assert len(made.client.predictions) == before
    assert 0.3 * before < len(kept) < 0.7 * before


def test_reviewers_come_late_and_say_what_is_on_the_picture(bench):
    made = bench(Fault.NONE)
    made.grade(made.plan.start, 30)
    assert not made.belts.reviews(made.plan.start)
    told = made.belts.reviews(made.plan.start + 300 * SECOND)
    assert 0.6 * made.belts.asked <= len(told) <= 0.95 * made.belts.asked
    assert all(10 * SECOND <= each.time - made.plan.start <= 102 * SECOND for each in told)
    assert np.mean([each.correct for each in told]) >= 0.85
    body = msgspec.json.encode([*told[:1], Review(5, "v0-1", 0.0, "plum")])
    assert made.served.handle(Request("POST", REVIEWS, {}, body)).status == 200
    assert made.client.outcomes[1] == (
        names.CORRECT,
        0.0,
        {"prediction_id": "v0-1", "label": "plum", "time": 5},
    )


def test_what_is_not_served_is_not_found_and_flushing_says_how_it_went(bench):
    made = bench(Fault.NONE)
    assert made.served.handle(Request("GET", "/elsewhere")).status == 404

    async def flush():
        return await awaited(made.served.handle(Request("POST", FLUSH)))

    assert msgspec.json.decode(asyncio.run(flush()).body, type=Flushed) == Flushed(sent=True, dropped=2)
    assert msgspec.json.decode(b'{"kind":"plum","confidence":1.0}', type=Grade).kind == "plum"
