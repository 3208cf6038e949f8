"""The scoring services and what splits cards between them, each by itself."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import msgspec
import numpy as np
import pytest

from aright.drill.failure import AnswerError
from aright.drill.fraud import names
from aright.drill.fraud.balancer import SHARE, Balancer, haproxy
from aright.drill.fraud.messages import Decision, Label, Serving
from aright.drill.fraud.payers import LABELLED_AFTER, Payers, rendered
from aright.drill.fraud.plan import Fault, Nature, make_plan
from aright.drill.fraud.router import Router
from aright.drill.fraud.scorer import Scorer
from aright.drill.fraud.scoring import Scoring
from aright.drill.fraud.versions import train
from aright.drill.moment import TIME_HEADER, Clock
from aright.drill.times import MINUTE, SECOND
from aright.drill.webhook import sign
from aright.drill.wire.client import Connections, Reply, render
from aright.drill.wire.server import Request, Response, listen

PLAN = make_plan(2, Fault.GOOD)
SECRET = "only the team knows"


class Reports:
    """Keeps what a service tells the SDK."""

    def __init__(self) -> None:
        self.predictions: list[dict[str, Any]] = []
        self.outcomes: list[tuple[str, float, dict[str, Any]]] = []

    def prediction(self, **said):
        self.predictions.append(said)

    def outcome(self, kind, value, **said):
        self.outcomes.append((kind, value, said))


class Following:
    def __init__(self, nature: Nature | None) -> None:
        self.current = ("3", Scorer(train(PLAN, "3", nature))) if nature else ("", None)
        self.version = self.current[0]


def scoring(arm="stable", nature: Nature | None = Nature.GOOD):
    reports = Reports()
    return Scoring(arm, Following(nature), reports, Clock(PLAN.start)), reports  # type: ignore[arg-type]  # stand-ins


def requests(messages):
    """Return rendered requests as a service gets them."""
    made = []
    for message in messages:
        head, _, body = message.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        made.append(Request("POST", lines[0].split()[1], headers, body))
    return made


def answered(service, messages):
    return [Reply(answer.status, answer.body) for answer in map(service.score, requests(messages))]


def test_payments_are_decided_reported_and_labelled():
    service, reports = scoring()
    payers = Payers(PLAN)
    asked = payers.pay(PLAN.start, PLAN.start + MINUTE)
    assert 1_300 < len(asked) < 1_700
    decisions = payers.read(asked, answered(service, rendered(asked)))
    assert payers.served(PLAN.start, PLAN.start + MINUTE).right > 0.9
    row = reports.predictions[0]
    assert (row["id"], row["arm"], row["version"], row["pair"]) == (asked[0].payment.id, "stable", "3", "")
    assert set(row["features"]) == set(names.FEATURES)
    assert set(names.ATTRIBUTES) <= set(row["attributes"])
    assert payers.labels(PLAN.start + LABELLED_AFTER[0]) == []
    labels = payers.labels(PLAN.start + 10 * MINUTE)
    assert payers.labels(PLAN.start + 10 * MINUTE) == []
    service.label(Request(body=msgspec.json.encode(labels)))
    graded = {said["prediction_id"] for kind, _, said in reports.outcomes if kind == names.CORRECT}
    assert graded == {one.id for one in decisions if one.approved}
    assert {kind for kind, _, _ in reports.outcomes} == {names.CORRECT, names.COMPLAINT}


def test_a_small_share_of_refusals_is_let_through_and_seen():
    service, _ = scoring(nature=Nature.UNITS)
    payers = Payers(PLAN)
    asked = payers.pay(PLAN.start, PLAN.start + MINUTE)
    decisions = payers.read(asked, answered(service, rendered(asked)))
    refused = [one for one in decisions if one.score >= 0.5]
    held_out = [one for one in refused if one.approved]
    assert 0.02 < len(held_out) / len(refused) < 0.09
    wrong = [one for one in payers.labels(PLAN.start + 10 * MINUTE) if one.kind == names.COMPLAINT]
    assert len(wrong) > 100  # honest payers who were turned away


def test_copies_are_told_as_such_and_their_labels_are_those_of_what_was_shown():
    stable, _ = scoring()
    candidate, reports = scoring("canary", Nature.UNITS)
    payers = Payers(PLAN)
    asked = payers.pay(PLAN.start, PLAN.start + 10 * SECOND)
    decisions = payers.read(asked, answered(stable, rendered(asked)))
    payers.copied(asked, answered(candidate, rendered(asked, decisions)), decisions)
    row = reports.predictions[0]
    assert (row["arm"], row["pair"], row["id"]) == ("shadow", asked[0].payment.id, f"{asked[0].payment.id}-s")
    labels = [one for one in payers.labels(PLAN.start + 10 * MINUTE) if one.kind == names.CORRECT]
    copies = [one.value for one in labels if one.answer.endswith("-s")]
    shown = [one.value for one in labels if not one.answer.endswith("-s")]
    assert len(copies) == len(shown) > 0
    assert np.mean(copies) < np.mean(shown) - 0.2


def test_what_payers_are_served_is_told_by_version_and_time():
    payers = Payers(PLAN)
    asked = payers.pay(PLAN.start, PLAN.start + 10 * SECOND)
    payers.read(asked, answered(scoring()[0], rendered(asked)))
    everything = payers.decided_by("3", PLAN.start, PLAN.start + MINUTE)
    assert everything == payers.served(PLAN.start, PLAN.start + MINUTE)
    assert everything.payments == payers.asked == len(asked)
    assert payers.decided_by("4", PLAN.start, PLAN.start + MINUTE) == (0, 1.0)
    assert payers.served(0, 1) == (0, 1.0)


def test_a_service_without_a_version_says_so():
    service, _ = scoring(nature=None)
    payers = Payers(PLAN)
    asked = payers.pay(PLAN.start, PLAN.start + 10 * SECOND)
    assert msgspec.json.decode(service.serving(Request()).body, type=Serving).version == ""
    with pytest.raises(AnswerError, match="503"):
        payers.read(asked, answered(service, rendered(asked)))


def order(share, *, secret=SECRET, body=None):
    told = body if body is not None else msgspec.json.encode({"share": share})
    at = str(time.time_ns() // 10**9)
    headers = {"x-aright-timestamp": at, "x-aright-signature": sign(secret, at, told)}
    return Request("POST", SHARE, headers, told)


def test_the_own_router_keeps_cards_where_they_are_while_the_share_grows():
    router = Router({}, SECRET)
    cards = [f"card-{k:05d}" for k in range(20_000)]
    moved: set[str] = set()
    for share in (0.01, 0.05, 0.25, 0.5):
        answer = router.handle(order(share))
        assert isinstance(answer, Response)
        assert answer.status == 200
        there = {card for card in cards if router.side(card) == names.CANARY}
        assert len(there) / len(cards) == pytest.approx(share, rel=0.15)
        assert moved <= there
        moved = there
    router.handle(order(0.0))
    assert all(router.side(card) == names.STABLE for card in cards)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (order(0.5, secret="other"), 401),
        (order(2.0), 422),
        (order(0, body=b"half"), 422),
    ],
)
def test_the_own_router_refuses_what_is_not_signed_or_no_share(request_, status):
    router = Router({}, SECRET)
    answer = router.handle(request_)
    assert isinstance(answer, Response)
    assert (answer.status, router.share) == (status, 0.0)


def test_the_own_router_tells_its_share_and_can_be_asked_without_doing():
    router = Router({}, SECRET)
    router.handle(order(0.25))
    router.handle(order(0, body=b'{"share":0.5,"dry_run":true}'))
    told = router.handle(Request("GET", SHARE))
    assert isinstance(told, Response)
    assert told.body == b'{"share":0.25}'


needs_haproxy = pytest.mark.skipif(
    haproxy() is None and not os.environ.get("CI"), reason="HAProxy is not installed: apt-get install haproxy"
)


@pytest.mark.parametrize("own", [pytest.param(False, marks=needs_haproxy), True])
def test_what_splits_cards_serves_and_sends_a_card_to_one_side(tmp_path, own):
    async def play():
        sides: dict[str, set[str]] = {names.STABLE: set(), names.CANARY: set()}

        def serving(role):
            def handle(request: Request) -> Response:
                assert request.headers[TIME_HEADER] == "7"
                sides[role].add(request.headers[names.CARD])
                return Response(b'{"by":"%s"}' % role.encode())

            return handle

        listeners = {role: await listen(serving(role)) for role in sides}
        balancer = Balancer(own=own)
        try:
            ports = {role: one.port for role, one in listeners.items()}
            await balancer.open(tmp_path, ports)
            connections = Connections("router", balancer.port, lanes=2)
            cards = [f"card-{k:05d}" for k in range(400)]
            asked = [
                render("POST", names.SCORE, b"{}", {names.CARD: card, TIME_HEADER: "7"}) for card in cards * 2
            ]
            assert {one.status for one in await connections.exchange(asked)} == {200}
            assert (len(sides[names.STABLE]), len(sides[names.CANARY])) == (400, 0)
            await send_half(balancer, connections)
            sides[names.STABLE].clear()
            await connections.exchange(asked)
            assert not sides[names.STABLE] & sides[names.CANARY]
            assert 120 < len(sides[names.CANARY]) < 280
            connections.close()
        finally:
            await balancer.close()
            for one in listeners.values():
                await one.close()

    asyncio.run(play())


async def send_half(balancer, connections):
    traffic = balancer.traffic("hidden")
    if "webhook" in traffic:
        wanted = order(0.5, secret=balancer.secret)
        reply = await connections.send("POST", SHARE, wanted.body, wanted.headers)
        assert reply.status == 200
        return
    reader, writer = await asyncio.open_unix_connection(traffic["haproxy"]["socket"])
    server = f"{names.BACKEND}/{names.CANARY}"
    writer.write(f"set server {server} weight 256\n".encode())
    assert (await reader.read()).strip() == b""
    writer.close()


def test_messages_are_read_as_they_are_written():
    label = Label(1, names.CORRECT, 1.0, "a", "c", "fraud")
    assert msgspec.json.decode(msgspec.json.encode([label]), type=list[Label]) == [label]
    decision = Decision(approved=True, score=0.1, version="1", id="a")
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision
