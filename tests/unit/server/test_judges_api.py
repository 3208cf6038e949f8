"""Judges for others over HTTP; the bodies are those that Flagger and Kayenta send."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from aright.core.model.release import Call
from aright.engine.judge_operations import Question
from tests.unit.server.client import BEARER, TOKEN, Client, app_of
from tests.unit.web.fake import FakeOperations, busy

FLAGGER = {
    "name": "ranker",
    "namespace": "test",
    "phase": "Progressing",
    "checksum": "85d557f47b",
    "metadata": {"stable": "8", "canary": "9", "since": "2026-11-24T00:00:00Z", "share": "0.05"},
}
KAYENTA = {
    "canaryConfig": {
        "name": "cards",
        "metrics": [
            {
                "name": "errors",
                "query": {"type": "prometheus"},
                "groups": ["errors"],
                "analysisConfigurations": {"canary": {"direction": "increase", "critical": True}},
            }
        ],
        "classifier": {"groupWeights": {"errors": 100.0}},
        "judge": {"name": "RemoteJudge-v1.0"},
    },
    "scoreThresholds": {"pass": 95, "marginal": 75},
    "metricSetPairList": [
        {
            "name": "errors",
            "id": "1",
            "tags": {},
            "values": {"control": [1.0, "NaN", *[1.0] * 30], "experiment": [2.0] * 32},
            "scopes": {"control": {"startTimeIso": "2026-11-24T00:00:00Z", "stepMillis": 60000}},
            "attributes": {},
        }
    ],
}


@pytest.fixture
def operations() -> FakeOperations:
    return busy()


@pytest.fixture
def client(operations: FakeOperations) -> Client:
    return Client(app_of(operations))


def test_argo_reads_a_call_and_numbers(client: Client, operations: FakeOperations) -> None:
    query = "stable=8&canary=9&since=7&metric=error_share&metric=declined&share=0.05"
    path = f"/v1/judge/argo?service=ranker&{query}"
    answer = client.ask("GET", path, headers=BEARER)

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert (data["call"], data["hold"], data["units"]) == ("hold", "inconclusive", [900, 100])
    assert data["harm"] == pytest.approx(148.4, abs=0.1)
    assert operations.judges.asked == [
        Question(
            service="ranker",
            stable="8",
            candidate="9",
            since=7,
            metrics=("error_share", "declined"),
            share=0.05,
        )
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/judge/argo?service=s"), ("POST", "/v1/judge/flagger"), ("POST", "/judge")],
)
def test_nobody_is_judged_for_without_a_token(client: Client, method: str, path: str) -> None:
    assert client.ask(method, path, json={}).status_code == 401


@pytest.mark.parametrize(
    ("hook", "agreed"),
    [
        ("confirm-rollout", {Call.GO}),
        ("confirm-traffic-increase", {Call.GO}),
        ("confirm-promotion", {Call.GO}),
        ("pre-rollout", {Call.GO, Call.HOLD}),
        ("rollout", {Call.GO, Call.HOLD}),
        ("", {Call.GO, Call.HOLD}),
        ("rollback", {Call.ROLL_BACK}),
        ("event", set(Call)),
        ("post-rollout", set(Call)),
    ],
)
def test_each_hook_of_flagger_is_answered_as_it_reads_the_answer(
    client: Client, operations: FakeOperations, hook: str, agreed: set[Call]
) -> None:
    for call in Call:
        operations.judges.call = call
        body: dict[str, Any] = FLAGGER | {"metadata": {**FLAGGER["metadata"], "hook": hook}}  # type: ignore[dict-item]  # it is one
        answer = client.ask("POST", "/v1/judge/flagger", headers=BEARER, json=body)

        assert answer.status_code == (200 if call in agreed else 412)
        assert answer.json()["reason"] == "It is so."
    assert operations.judges.asked[-1].share == 0.05


def test_a_hook_names_its_service_by_its_own_name_or_in_its_metadata(
    client: Client, operations: FakeOperations
) -> None:
    client.ask("POST", "/v1/judge/flagger", headers=BEARER, json={"name": "a", "type": "rollout"})
    told = {"name": "a", "metadata": {"service": "b", "metrics": "error_share, declined"}}
    client.ask("POST", "/v1/judge/flagger", headers=BEARER, json=told)

    assert [each.service for each in operations.judges.asked] == ["a", "b"]
    assert operations.judges.asked[1].metrics == ("error_share", "declined")


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"hook": "whenever"}, "is no hook of Flagger"),
        ({"share": "much"}, "is no number"),
        ({"share": "2"}, "is not in [0, 1)"),
        ({"step": "nan"}, "is no number"),
        ({"step": "inf"}, "is no number"),
        ({"since": "yesterday"}, "is no instant"),
    ],
)
def test_what_does_not_fit_is_named(client: Client, metadata: dict[str, str], said: str) -> None:
    body = {"name": "a", "metadata": metadata}
    answer = client.ask("POST", "/v1/judge/flagger", headers=BEARER, json=body)

    assert answer.status_code == 400
    assert said in answer.text


def test_a_token_in_the_address_lets_flagger_in(client: Client) -> None:
    basic = {"Authorization": f"Basic {b64encode(f'aright:{TOKEN}'.encode()).decode()}"}

    assert client.ask("POST", "/v1/judge/flagger", headers=basic, json={"name": "a"}).status_code == 200


def test_without_a_release_nothing_is_judged(client: Client) -> None:
    answer = client.ask("GET", "/v1/judge/argo?service=none", headers=BEARER)

    assert answer.status_code == 409
    assert "under way" in answer.text


def test_kayenta_gets_a_result_of_its_own_shape(client: Client) -> None:
    answer = client.ask("POST", "/judge", headers=BEARER, json=KAYENTA)

    assert answer.status_code == 200
    told = answer.json()
    assert told["score"]["classification"] == "Fail"
    assert told["score"]["score"] == 0.0
    assert told["groupScores"] == [
        {"name": "errors", "score": 0.0, "classification": "", "classificationReason": ""}
    ]
    (result,) = told["results"]
    assert (result["name"], result["id"], result["classification"]) == ("errors", "1", "High")
    assert result["critical"] is True
    assert result["resultMetadata"]["pairs"] == 31


def test_too_many_metrics_are_refused(client: Client) -> None:
    pairs = [{"name": str(at)} for at in range(300)]
    answer = client.ask("POST", "/judge", headers=BEARER, json={"metricSetPairList": pairs})

    assert answer.status_code == 400
    assert "at most 200" in answer.text
