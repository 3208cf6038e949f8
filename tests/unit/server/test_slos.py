"""SLOs over HTTP, and the metrics that Prometheus scrapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.core.detect.slo_metrics import METRICS
from aright.core.model.service import Escalation, Runbook, Scrape, Service
from aright.core.model.slo import (
    RULES,
    Attainment,
    Burn,
    Forecast,
    Indicator,
    Proposal,
    Slo,
    Standing,
)
from aright.core.model.times import DAY, HOUR, MINUTE
from aright.core.model.training import Training
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import FakeOperations, busy

if TYPE_CHECKING:
    import httpx

SLO = Slo(
    key="answers", service="ranker", indicator=Indicator(signal="error_share"), objective=0.99, rules=RULES
)
STANDING = Standing(
    slo=SLO,
    at=5,
    n=1000,
    bad=4,
    good=0.996,
    budget_left=0.6,
    burns=(Burn(span=5 * MINUTE, n=10, rate=2), Burn(span=HOUR, n=0, rate=0)),
    page=True,
    ticket=False,
    forecast=Forecast(after=DAY, low=HOUR, high=None),
    counted=900,
    counted_bad=3,
)
FRESH = msgspec.structs.replace(
    STANDING, slo=msgspec.structs.replace(SLO, key="fresh"), good=None, budget_left=None, forecast=None
)
ATTAINED = Attainment(start=0, end=DAY, n=10, bad=1, good=0.9, low=0.6, high=0.99, met=False, spent=10)
PROPOSAL = Proposal(
    service="ranker",
    signal="error_share",
    window=DAY,
    days=3,
    n=1,
    good=1,
    proposed=0.99,
    text="fine",
    ladder=(),
)


def kept() -> FakeOperations:
    made = busy()
    made.slos.kept = [STANDING, FRESH]
    made.slos.attained = [ATTAINED, ATTAINED]
    made.slos.proposed = [PROPOSAL]
    return made


def ask(path: str, made: FakeOperations | None = None, **headers: str) -> httpx.Response:
    return Client(app_of(made or kept())).ask("GET", path, headers=headers or BEARER)


def test_where_slos_stand() -> None:
    found = msgspec.json.decode(ask("/v1/slos").content, type=list[Standing])
    assert found == [STANDING, FRESH]
    assert ask("/v1/slos?service=nobody").json() == []
    assert ask("/v1/slos/answers").json()["slo"]["objective"] == 0.99
    assert ask("/v1/slos/other").status_code == 404


def test_what_they_attained_and_what_history_proposes() -> None:
    assert len(ask("/v1/slos/answers/report?count=1").json()) == 1
    assert ask("/v1/slos/other/report").status_code == 404
    assert "day, week" in ask("/v1/slos/answers/report?period=year").text
    assert "1 to 400" in ask("/v1/slos/answers/report?count=0").text
    assert ask("/v1/slo-proposals?service=ranker").json()[0]["proposed"] == 0.99
    assert ask("/v1/slo-proposals").status_code == 400


def test_metrics_need_a_token_and_name_each_thing_once() -> None:
    assert ask("/metrics", Accept="*/*").status_code == 401
    answer = ask("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert {line.split()[2] for line in lines if line.startswith("# TYPE")} == set(METRICS)
    assert len([line for line in lines if line.startswith("# HELP")]) == len(METRICS)
    told = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    labels = '{service="ranker",slo="answers"}'
    assert float(told[f"aright_slo_budget_left_ratio{labels}"]) == 0.6
    assert float(told[f"aright_sli_events_total{labels}"]) == 900
    assert float(told[f"aright_sli_bad_total{labels}"]) == 3
    assert float(told[f"aright_slo_budget_empty_seconds{labels}"]) == 86_400
    assert told['aright_slo_burn_rate{service="ranker",slo="answers",window="5m"}'] == "2"
    assert 'aright_slo_burn_rate{service="ranker",slo="answers",window="1h"}' not in told, "nothing counted"
    assert told['aright_slo_alerting{service="ranker",slo="answers",action="page"}'] == "1"
    assert int(told['aright_incidents_open{service="ranker"}']) >= 1
    assert 'aright_sli_ratio{service="ranker",slo="fresh"}' not in told


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_metrics_are_only_read(method: str) -> None:
    assert Client(app_of(kept())).ask(method, "/metrics", headers=BEARER).status_code == 405


def test_putting_a_service_keeps_what_only_the_catalog_says() -> None:
    made = kept()
    runbook, step = Runbook(title="r", url="https://x"), Escalation(after=0, notify=("a",))
    made.register(
        Service(
            key="cook",
            dependencies=("oven",),
            page_signals=("coverage",),
            latency_limits=(300.0,),
            runbooks=(runbook,),
            escalation=(step,),
        )
    )
    client = Client(app_of(made))
    answer = client.ask("PUT", "/v1/services/cook", headers=BEARER, json={"tier": 1})
    assert answer.json()["tier"] == 1
    service = made.catalog["cook"]
    assert (service.tier, service.dependencies, service.latency_limits) == (1, ("oven",), (300.0,))
    client.ask("PUT", "/v1/services/cook", headers=BEARER, json={"dependencies": []})
    assert made.catalog["cook"].dependencies == ()
    assert (service.runbooks, service.escalation, service.page_signals) == (
        (runbook,),
        (step,),
        ("coverage",),
    )
    assert answer.json()["runbooks"] == [{"title": "r", "url": "https://x", "signal": ""}]


def test_what_a_service_is_told_to_read_is_not_changed_over_the_network() -> None:
    made = kept()
    told = Scrape(url="http://inside/metrics", every=15_000_000, bearer_token_file="/run/token")
    where = Training(mlflow="http://inside/", basic_auth_file="/run/pair")
    made.register(Service(key="cook", scrape=(told,), training=where))
    client = Client(app_of(made))
    as_it_is = client.ask("GET", "/v1/services", headers=BEARER).json()
    [cook] = [each for each in as_it_is if each["key"] == "cook"]
    assert client.ask("PUT", "/v1/services/cook", headers=BEARER, json=cook).status_code == 200
    cook["scrape"][0]["url"] = "http://elsewhere/"
    refused = client.ask("PUT", "/v1/services/cook", headers=BEARER, json=cook)
    assert (refused.status_code, made.catalog["cook"].scrape) == (400, (told,))
    assert "catalog file" in refused.json()["error"]["fix"]
    elsewhere = {"training": {"mlflow": "http://elsewhere/", "basic_auth_file": "/run/pair"}}
    refused = client.ask("PUT", "/v1/services/cook", headers=BEARER, json=elsewhere)
    assert (refused.status_code, made.catalog["cook"].training) == (400, where)
    assert client.ask("PUT", "/v1/services/cook", headers=BEARER, json={}).status_code == 200
    assert made.catalog["cook"].training == where


@pytest.mark.parametrize("body", [{"approves": "left"}, {"false_pages": -1}, {"near_threshold": -0.1}])
def test_what_decides_is_held_to_what_it_can_be(body: dict[str, object]) -> None:
    refused = Client(app_of(kept())).ask("PUT", "/v1/services/cook", headers=BEARER, json=body)
    assert refused.status_code == 400
    assert next(iter(body)) in refused.json()["error"]["problem"]
