"""The three services and their third party, each by itself: requests are made in process, spans kept."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from aright.drill import tracing
from aright.drill.babel import names
from aright.drill.babel.calling import Peer, Told
from aright.drill.babel.chat import PATIENCE, Chat
from aright.drill.babel.desk import CAPACITY, Desk
from aright.drill.babel.messages import Answer, Text
from aright.drill.babel.phrases import PHRASES, translate
from aright.drill.babel.plan import FIELD, OPENING, Fault, make_plan
from aright.drill.babel.provider import VERSION_HEADER, Provider
from aright.drill.babel.translation import PIN_PATH, ROLL_BACK_PATH, Translation, trusted
from aright.drill.moment import TIME_HEADER, TOOK_HEADER, Clock
from aright.drill.times import SECOND
from aright.drill.webhook import UNDO, Order, RefusedError
from aright.drill.wire.client import Reply
from aright.drill.wire.server import Request

FAULTS = list(FIELD)
TEXT = "Je n'arrive plus à me connecter."


def asked(provider: Provider, at: int, text: str = TEXT, **headers: str) -> tuple[Answer, dict[str, object]]:
    body = msgspec.json.encode(Text(id="r", text=text))
    answer = provider.handle(Request("POST", names.PROVIDER_PATH, {TIME_HEADER: str(at), **headers}, body))
    assert answer.status == 200
    assert int(dict(answer.headers)[TOOK_HEADER]) > 1_000
    return msgspec.json.decode(answer.body, type=Answer), msgspec.json.decode(answer.body)


class AThirdParty:
    """Stands for the third party as the translation service calls it."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.version = ""
        self.asked = 0

    async def ask(self, tracer, parent, ask: Text, at: int, *, attempt: int) -> Told:
        self.asked += 1
        headers = {TIME_HEADER: str(at), VERSION_HEADER: self.version}
        reply = self.provider.handle(Request("POST", "/", headers, msgspec.json.encode(ask)))
        return Told(status=200, body=reply.body, at=at + int(dict(reply.headers)[TOOK_HEADER]))


class Lanes:
    """Stands for connections to another service, which answers as it is told to."""

    def __init__(self, status: int, took: int) -> None:
        self.status, self.took = status, took
        self.headers: list[dict[str, str]] = []

    async def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        self.headers.append(headers)
        return Reply(self.status, b"{}", {TOOK_HEADER: str(self.took)})


@pytest.fixture
def kept(monkeypatch):
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "OTLPSpanExporter", lambda **_: exporter)
    return exporter


def tracer(kept: InMemorySpanExporter, service: str = "s") -> tracing.Tracing:
    return tracing.Tracing(service, "1", "http://127.0.0.1:9", "t")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_answer_is_valid_and_not_trusted(fault):
    plan = make_plan(2, fault)
    provider = Provider(plan)
    before, whole = asked(provider, plan.onset - 1)
    assert trusted(before, TEXT)
    after, changed = asked(provider, plan.onset)
    assert not trusted(after, TEXT)
    assert changed.keys() == whole.keys()
    assert getattr(after, FIELD[fault]) != getattr(before, FIELD[fault])
    pinned, _ = asked(provider, plan.onset + 1, **{VERSION_HEADER: names.PINNED})
    assert trusted(pinned, TEXT)


def test_without_a_fault_only_a_field_is_added():
    plan = make_plan(2, Fault.NONE)
    before, after = (set(asked(Provider(plan), at)[1]) for at in (plan.start, plan.onset))
    assert after - before == {"glossary"}
    assert trusted(asked(Provider(plan), plan.onset)[0], TEXT)
    assert set(asked(Provider(make_plan(3, Fault.NONE)), plan.onset)[1]) == before


def test_nearly_all_phrases_are_trusted_as_they_come():
    provider = Provider(make_plan(1, Fault.NONE))
    texts = [theirs.replace("0000", "48213") for pairs in PHRASES.values() for theirs, _ in pairs]
    good = [trusted(asked(provider, OPENING, text)[0], text) for text in texts for _ in range(5)]
    assert sum(good) >= 0.95 * len(good)
    with pytest.raises(KeyError):
        translate("Jag förstår inte")


def test_translation_asks_again_and_then_helps_itself(kept):
    plan = make_plan(2, Fault.LANGUAGE)
    provider, traces = AThirdParty(Provider(plan)), tracer(kept, names.TRANSLATION)
    service = Translation(plan, (traces, traces), provider)  # type: ignore[arg-type]  # stands for ThirdParty
    status, _, done = asyncio.run(service.translate({}, Text(id="a", text=TEXT), plan.start))
    assert (status, provider.asked) == (200, 1)
    assert done - plan.start < SECOND
    statuses: Counter[int] = Counter()
    for number in range(20):
        status, _, done = asyncio.run(service.translate({}, Text(id=f"b{number}", text=TEXT), plan.onset))
        statuses[status] += 1
        assert done - plan.onset > SECOND // 2
    assert provider.asked == 1 + 20 * 3
    assert statuses[503] > 5
    assert statuses[200] > 5
    traces.flush()
    served = [span for span in kept.get_finished_spans() if span.kind is SpanKind.SERVER]
    assert len(served) == 21
    assert served[0].resource.attributes["service.name"] == names.TRANSLATION
    traces.close()


def test_the_version_is_pinned_by_a_webhook_and_let_go_again(kept):
    plan = make_plan(2, Fault.LANGUAGE)
    provider = AThirdParty(Provider(plan))
    releases = (tracer(kept), tracer(kept))
    service = Translation(plan, releases, provider)  # type: ignore[arg-type]  # stands for ThirdParty
    order = Order(action="a", remedy="pin_dependency", parameters={"dependency": names.PROVIDER})
    assert "would ask" in service.carry_out(PIN_PATH, msgspec.structs.replace(order, dry_run=True))
    assert provider.version == ""
    service.carry_out(PIN_PATH, order)
    assert provider.version == names.PINNED
    status, _, _ = asyncio.run(service.translate({}, Text(id="a", text=TEXT), plan.onset))
    assert (status, provider.asked) == (200, 1)
    assert "latest" in service.carry_out(PIN_PATH + UNDO, order)
    assert provider.version == ""
    with pytest.raises(RefusedError, match="no versions"):
        service.carry_out(PIN_PATH, msgspec.structs.replace(order, parameters={"dependency": "x"}))
    with pytest.raises(RefusedError, match="no webhook"):
        service.carry_out("/mitigations/else", order)


def test_a_release_trusts_hardly_any_answer_until_it_is_rolled_back(kept):
    plan = make_plan(2, Fault.RELEASE)
    provider = AThirdParty(Provider(plan))
    first, second = tracer(kept, "first"), tracer(kept, "second")
    service = Translation(plan, (first, second), provider)  # type: ignore[arg-type]  # stands for ThirdParty

    def asks(at: int) -> int:
        before = provider.asked
        for number in range(20):
            asyncio.run(service.translate({}, Text(id=f"{at}{number}", text=TEXT), at))
        return provider.asked - before

    assert asks(plan.onset - SECOND) < 30
    assert asks(plan.onset) > 40
    order = Order(action="a", remedy="roll_back_change", parameters={})
    assert "would serve" in service.carry_out(ROLL_BACK_PATH, msgspec.structs.replace(order, dry_run=True))
    service.carry_out(ROLL_BACK_PATH, order)
    assert asks(plan.onset + SECOND) < 30
    service.carry_out(ROLL_BACK_PATH + UNDO, order)
    assert asks(plan.onset + 2 * SECOND) > 40
    first.flush()
    second.flush()
    served = [span for span in kept.get_finished_spans() if span.kind is SpanKind.SERVER]
    assert sum(span.resource.attributes["service.name"] == "second" for span in served) == 40


def chat(kept: InMemorySpanExporter, translation: Lanes, desk: Lanes, seed: int = 2):
    plan = make_plan(seed, Fault.NONE)
    releases = (tracer(kept), tracer(kept))
    peers = [
        Peer(names.HOSTS[name], path, lanes, patience=patience)  # type: ignore[arg-type]  # stands for Connections
        for name, path, lanes, patience in (
            (names.TRANSLATION, names.TRANSLATE, translation, PATIENCE),
            (names.DESK, names.TICKETS, desk, 8 * SECOND),
        )
    ]
    service = Chat(plan, releases, peers[0], peers[1])
    status, _, done = asyncio.run(service.chat({}, Text(id="a", text=TEXT), plan.onset))
    for each in releases:
        each.flush()
        each.close()
    return (
        status,
        done - plan.onset,
        {span.name + str(k): span for k, span in enumerate(kept.get_finished_spans())},
    )


def test_chatbot_answers_with_what_it_was_translated(kept):
    status, took, spans = chat(kept, Lanes(200, 200_000), Lanes(201, 1_000))
    assert status == 200
    assert 200_000 < took < SECOND
    client, server = spans.values()
    assert client.parent.span_id == server.context.span_id
    assert client.attributes["server.address"] == names.HOSTS[names.TRANSLATION]
    assert client.end_time - client.start_time == 202_000 * 1_000


def test_chatbot_gives_up_after_two_timeouts_and_hands_over(kept):
    translation, desk = Lanes(200, 3 * SECOND), Lanes(201, 50_000)
    status, took, spans = chat(kept, translation, desk)
    assert status == 504
    assert 4 * SECOND < took < 5 * SECOND
    first, second, ticket, server = spans.values()
    assert first.attributes["error.type"] == "TimeoutError"
    assert first.end_time - first.start_time == 2_000_000_000
    assert second.attributes["http.request.resend_count"] == 1
    assert ticket.attributes["server.address"] == names.HOSTS[names.DESK]
    assert not server.status.is_ok
    assert all("traceparent" in headers for headers in (*translation.headers, *desk.headers))


def test_help_desk_turns_away_what_is_too_much(kept):
    traces = tracer(kept)
    peer = Peer("h", names.TRANSLATE, Lanes(503, 1_000), patience=SECOND)  # type: ignore[arg-type]
    desk = Desk(traces, peer)

    async def play() -> list[tuple[int, object, int]]:
        return [await desk.take({}, Text(id=str(k), text=TEXT), OPENING) for k in range(CAPACITY + 3)]

    taken = asyncio.run(play())
    assert Counter(status for status, _, _ in taken) == {201: CAPACITY, 503: 3}
    assert taken[0][1] == {"translated": False}
    traces.close()


def test_what_cannot_be_sent_is_counted(monkeypatch):
    class Refusing(InMemorySpanExporter):
        def export(self, spans):
            raise OSError("gone")

    monkeypatch.setattr(tracing, "OTLPSpanExporter", lambda **_: Refusing())
    traces = tracing.Tracing("s", "1", "http://127.0.0.1:9", "t")
    tracing.end(traces.serve({}, "/x", OPENING), OPENING + 1, 200)
    _, lost = traces.flush()
    assert lost >= 1
    traces.close()


def test_each_request_has_its_own_time():
    clock = Clock(5)
    assert clock() == 5

    async def one(at: int) -> int:
        clock.set(at)
        await asyncio.sleep(0)
        return clock()

    async def both() -> list[int]:
        return list(await asyncio.gather(one(20), one(10)))

    assert asyncio.run(both()) == [20, 10]
    assert (clock(), clock.latest) == (20, 20)
