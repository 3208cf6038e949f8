"""A third party goes from euros to cents, and from `en` to `en-US`: told once, in words."""

from __future__ import annotations

import json
import math
import random

import msgspec
import pytest

from aright.bootstrap import Options, build
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND
from aright.engine.contract_operations import ContractDetail, ContractView
from aright.engine.settings import Settings
from tests.unit.server.client import Client

START = 1_767_225_600_000_000  # midnight
WIDTH = 10 * MINUTE
TOKEN = {"Authorization": "Bearer story-token"}
PRICES, TERMS = "GET /v1/prices/{}", "GET /v1/terms"
CHANGES = 24 * HOUR + 10 * MINUTE
BACK = CHANGES + 120 * MINUTE


class House:
    """aright on a store of its own, a service that asks a third party, and what is asked over HTTP."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.chance = random.Random(11)
        self.window = 0
        self.open()

    def open(self) -> None:
        options = Options(
            store=self.folder,
            clock="driven",
            clock_start=START,
            token="story-token",
            settings=Settings(width=WIDTH, lateness=10 * SECOND, tidy_every=7 * DAY, flush_every=6 * HOUR),
        )
        self.aright = build(options)
        self.client = Client(self.aright.app)

    def again(self) -> None:
        self.aright.stop()
        self.open()

    def until(self, end) -> None:
        """Let windows pass, with payloads that follow the hour of the day."""
        while self.window * WIDTH < end:
            start = self.window * WIDTH
            rows = [
                {
                    "time": START + start + place * 10 * SECOND,
                    "service": "shop",
                    "dependency": "pricing",
                    "endpoint": endpoint,
                    "status": 200,
                    "body": body(start),
                }
                for endpoint, body in ((PRICES, self.price), (TERMS, self.term))
                for place in range(20)
            ]
            sent = "\n".join(json.dumps(row) for row in rows).encode()
            headers = {**TOKEN, "Content-Type": "application/x-ndjson"}
            answer = self.client.ask("POST", "/v1/payloads", headers=headers, content=sent)
            assert answer.status_code == 200, answer.text
            self.window += 1
            to = START + self.window * WIDTH + 10 * SECOND
            moved = self.client.ask("POST", "/v1/clock", headers=TOKEN, json={"to": to})
            assert moved.status_code == 200, moved.text

    def price(self, at):
        course = math.sin(2 * math.pi * at / (24 * HOUR))
        euros = round(math.exp(self.chance.gauss(3 + 0.5 * course, 0.4)), 2)
        lang = self.chance.choices(["en", "de", "fr"], [4 + course, 2, 1])[0]
        if CHANGES <= at < BACK:
            return {"price": round(euros * 100), "lang": f"{lang}-{'US' if lang == 'en' else lang.upper()}"}
        return {"price": euros, "lang": lang}

    def term(self, at):
        course = math.cos(2 * math.pi * at / (24 * HOUR))
        return {
            "term": f"t-{self.chance.randrange(10**5)}",
            "hits": self.chance.randrange(round(40 + 20 * course)),
        }

    def ask(self, path):
        answer = self.client.ask("GET", path, headers=TOKEN)
        assert answer.status_code == 200, answer.text
        return answer

    def contracts(self):
        return msgspec.json.decode(self.ask("/v1/contracts").content, type=list[ContractView])


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = House(tmp_path_factory.mktemp("third-party"))
    yield made
    made.aright.stop()


def test_a_day_of_any_hour_is_quiet(house):
    house.until(12 * HOUR)
    house.again()
    house.until(CHANGES)
    assert house.ask("/v1/incidents").json() == []
    assert house.ask("/v1/notices").json() == []
    assert [(view.endpoint, view.standing) for view in house.contracts()] == [
        (PRICES, "holds"),
        (TERMS, "holds"),
    ]
    assert all(view.windows > 50 for view in house.contracts())


def test_the_break_is_told_once_in_words(house):
    house.until(CHANGES + 40 * MINUTE)
    house.again()
    house.until(BACK)
    (incident,) = house.ask("/v1/incidents").json()
    (alert,) = [alert for alert in incident["alerts"] if alert["harm"]]
    assert alert["key"] == f"shop/contract/pricing {PRICES}"
    assert abs(alert["since"] - START - CHANGES) <= WIDTH
    assert "`price` " in alert["text"]
    assert "went from 2 decimals to 0" in alert["text"]
    assert "×10" in alert["text"] or "×9" in alert["text"]
    assert "`lang` has values never seen before, such as `" in alert["text"]
    assert alert["text"].endswith(" since 00:10")
    lines = house.ask(f"/v1/incidents/{incident['key']}/timeline").json()
    assert sum("decimals" in line["text"] for line in lines if line["kind"] == "alert") == 1
    house.client.post("/enter", {"token": "story-token", "name": "Ada", "next": "/"}, on="/enter")
    page = house.client.get(f"/incidents/{incident['key']}").text
    assert page.count("went from 2 decimals to 0") >= 2  # among what moved, and in the timeline
    broken, held = house.contracts()
    assert (broken.standing, held.standing) == ("broken", "holds")
    series = house.ask(f"/v1/signals?service=shop&start={START}&end={START + BACK}").json()
    assert {point["name"] for point in series} == {f"contract:pricing {PRICES}", f"contract:pricing {TERMS}"}


def test_what_was_learnt_is_told_path_by_path(house):
    broken, _ = house.contracts()
    shown = msgspec.json.decode(house.ask(f"/v1/contracts/{broken.id}").content, type=ContractDetail)
    words = {each.path: each.words for each in shown.paths}
    assert "number with 2 decimals" in words["price"]
    assert "one of `de`, `en`, `fr`" in words["lang"]
    schema = house.ask(f"/v1/contracts/{broken.id}/schema").json()
    assert schema["required"] == ["lang", "price"]


def test_it_says_so_when_the_contract_holds_again(house):
    house.until(BACK + 80 * MINUTE)
    broken, _ = house.contracts()
    assert broken.standing == "holds"
    told = [notice["alert"]["text"] for notice in house.ask("/v1/notices").json()]
    assert len([text for text in told if "as before again since" in text]) == 1
    assert len(house.ask("/v1/incidents").json()) == 1


def test_a_change_that_was_meant_is_accepted(house):
    _, terms = house.contracts()
    refused = house.client.ask("POST", f"/v1/contracts/{terms.id}/accept", headers=TOKEN)
    assert refused.status_code == 409
