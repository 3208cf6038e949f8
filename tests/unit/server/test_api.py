from __future__ import annotations

import msgspec
import pytest

from aright.core.model.guard import Guard
from aright.core.model.incident import Incident, Mitigation, State, TimelineEvent
from aright.core.model.postmortem import PostMortem
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web import example, example_times
from tests.unit.web.fake import busy, empty


@pytest.fixture
def operations():
    return busy()


@pytest.fixture
def client(operations):
    return Client(app_of(operations))


def ask(client, method, path, json=None):
    return client.ask(method, path, headers=BEARER, json=json)


def error(answer):
    return msgspec.json.decode(answer.content)["error"]


def test_health_alone_is_open(client):
    assert client.get("/health").json() == {"status": "ok"}
    for path in ("/v1/status", "/v1/incidents", "/openapi.json", "/v1/events", "/v1/signals?service=ranker"):
        answer = client.get(path)
        assert answer.status_code == 401, path
        assert set(error(answer)) == {"problem", "fix"}
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "authorization",
    ["Bearer wrong", "Bearer ", "Basic cmlnaHQ6dG9rZW4=", "right-token", "Bearer " + "x" * 5_000],
)
def test_a_wrong_token_is_refused(client, authorization):
    assert client.get("/v1/status", Authorization=authorization).status_code == 401


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/incidents", list[Incident]),
        ("/v1/incidents/INC-7", Incident),
        ("/v1/incidents/INC-7/timeline", list[TimelineEvent]),
        ("/v1/guards", list[Guard]),
    ],
)
def test_what_is_read_decodes_as_the_engine_has_it(client, path, kind):
    answer = ask(client, "GET", path)

    assert answer.status_code == 200
    assert msgspec.json.decode(answer.content, type=kind) is not None
    assert answer.headers["cache-control"] == "no-store"


def test_the_newest_incident_comes_first(client):
    found = ask(client, "GET", "/v1/incidents").json()

    assert [each["key"] for each in found] == ["INC-8", "INC-7", "INC-3"]
    assert ask(client, "GET", "/v1/incidents?service=scorer").json()[0]["key"] == "INC-3"


def test_what_is_not_there_says_how_to_find_what_is(client):
    for path in ("/v1/incidents/INC-99", "/v1/incidents/INC-99/timeline", "/v1/services/nobody"):
        answer = ask(client, "GET", path)
        assert answer.status_code == 404
        assert "GET" in error(answer)["problem"] + error(answer)["fix"]
    assert ask(client, "GET", "/v1/nothing").status_code == 404
    assert error(ask(client, "DELETE", "/v1/incidents"))["fix"]
    assert ask(client, "DELETE", "/v1/incidents").status_code == 405
    for path in ("predictions", "outcomes"):
        answer = ask(client, "GET", f"/v1/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_post_mortem_is_there_once_it_is_resolved(client):
    before = ask(client, "GET", "/v1/incidents/INC-7/post-mortem")
    ask(client, "POST", "/v1/incidents/INC-7/resolve", {"by": "Ada", "text": "over", "confirm": "ranker"})
    after = ask(client, "GET", "/v1/incidents/INC-7/post-mortem")

    assert before.status_code == 404
    assert msgspec.json.decode(after.content, type=PostMortem).key == "INC-7"


def test_verbs_move_the_incident(client, operations):
    by = {"by": "Ada"}
    assert ask(client, "POST", "/v1/incidents/INC-8/acknowledge", by).json()["acknowledged_by"] == "Ada"
    ask(client, "POST", "/v1/incidents/INC-8/note", {**by, "text": "looking"})
    refused = ask(client, "POST", "/v1/incidents/INC-8/resolve", by)
    assert refused.status_code == 409
    service = operations.incident("INC-8").service
    ask(client, "POST", "/v1/incidents/INC-8/resolve", {**by, "confirm": service})
    ask(client, "POST", "/v1/incidents/INC-8/review", by)
    closed = msgspec.json.decode(ask(client, "POST", "/v1/incidents/INC-8/close", by).content, type=Incident)

    assert closed.state is State.CLOSED
    kinds = [event.kind for event in operations.timeline("INC-8")]
    assert kinds == ["acknowledged", "note", "resolved", "reviewed", "closed"]


def test_a_verb_without_a_body_is_done_by_the_program(client, operations):
    answer = client.ask("POST", "/v1/incidents/INC-8/acknowledge", headers=BEARER)

    assert answer.status_code == 200
    assert operations.incident("INC-8").acknowledged_by == "api"


def test_a_mitigation_needs_the_service_name_letter_by_letter(client, operations):
    wrong = ask(client, "POST", "/v1/incidents/INC-7/mitigate", {"action": "restore", "confirm": "Ranker"})
    dry = ask(client, "POST", "/v1/incidents/INC-7/mitigate", {"action": "restore", "dry_run": True})
    done = ask(client, "POST", "/v1/incidents/INC-7/mitigate", {"action": "restore", "confirm": "ranker"})

    assert wrong.status_code == 409
    assert "ranker" in error(wrong)["problem"]
    assert msgspec.json.decode(dry.content, type=Mitigation).dry_run
    assert msgspec.json.decode(done.content, type=Mitigation).status == "sent"
    undone = ask(client, "POST", "/v1/incidents/INC-7/undo", {"action": "M3", "confirm": "ranker"})
    assert undone.json()["status"] == "undone"
    assert operations.incident("INC-7").state is State.MONITORING


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("POST", "/v1/incidents/INC-7/note", b'{"by": 3}', "by"),
        ("POST", "/v1/incidents/INC-7/note", b'{"text": "  "}', "note"),
        ("POST", "/v1/incidents/INC-7/note", b'{"txet": "x"}', "txet"),
        ("POST", "/v1/incidents/INC-7/note", b"{", "truncated"),
        ("POST", "/v1/incidents/INC-7/note", b'{"text": "\xff\xfe"}', "utf-8"),
        ("POST", "/v1/incidents/INC-7/note", b"[" * 100_000, "body"),
        ("POST", "/v1/clock", b'{"to": "tomorrow"}', "to"),
        ("POST", "/v1/clock", b"", "to"),
        ("GET", "/v1/signals", b"", "service"),
        ("GET", "/v1/signals?service=ranker&start=yesterday", b"", "yesterday"),
        ("GET", "/v1/signals?service=ranker&start=2026-11-23T10:00:00", b"", "start"),
        ("GET", "/v1/signals?service=ranker&segment=north", b"", "attribute:value"),
        ("GET", "/v1/notices?limit=many", b"", "limit"),
        ("GET", "/v1/notices?nonsense=1", b"", "nonsense"),
        ("PUT", "/v1/services/x", b'{"tier": 9}', "tier"),
        ("PUT", "/v1/services/x", b'{"type": "recommendr"}', "recommender"),
        (
            "PUT",
            "/v1/services/x",
            b'{"actions": [{"id": "a", "title": "A", "remedy": "reboot", "url": "https://x"}]}',
            "roll_back_model",
        ),
        ("PUT", "/v1/services/x", b'{"key": "y"}', "path"),
        ("PUT", "/v1/services", b'[{"tier": 1}]', "key"),
    ],
)
def test_a_request_that_does_not_fit_names_what_and_how(client, method, path, body, named):
    answer = client.ask(method, path, headers=BEARER, content=body)

    assert answer.status_code == 400, answer.text
    told = error(answer)
    assert named == "start" or named.lower() in (told["problem"] + told["fix"]).lower()
    assert told["fix"]


def test_a_body_too_large_is_refused_before_it_is_read(client):
    answer = client.ask("POST", "/v1/incidents/INC-7/note", headers=BEARER, content=b" " * (1 << 20) + b"{}")

    assert answer.status_code == 413


def test_secrets_go_in_and_never_come_out(client, operations):
    body = {
        "type": "fraud",
        "actions": [
            {
                "id": "a",
                "title": "A",
                "remedy": "roll_back_model",
                "url": "https://x.example/a",
                "secret": "top-s3cret",
            }
        ],
    }
    put = ask(client, "PUT", "/v1/services/payments", body)
    got = ask(client, "GET", "/v1/services/payments")
    everything = ask(client, "GET", "/v1/services").text + put.text + got.text

    assert operations.catalog["payments"].actions[0].secret == "top-s3cret"
    assert "top-s3cret" not in everything
    assert example.SECRET not in everything
    back = ask(client, "PUT", "/v1/services/payments", got.json())
    assert back.status_code == 200
    assert operations.catalog["payments"].actions[0].secret == "top-s3cret"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"secret": ""}, "secret"),
        ({"url": "file:///etc/passwd"}, "web address"),
        ({"undo_url": "javascript:1"}, "web address"),
    ],
)
def test_an_action_that_could_not_work_is_refused(client, change, problem):
    action = {
        "id": "a",
        "title": "A",
        "remedy": "restore_source",
        "url": "https://x.example",
        "secret": "s",
        **change,
    }
    answer = ask(client, "PUT", "/v1/services/new", {"actions": [action]})

    assert answer.status_code == 400
    assert problem in error(answer)["problem"]
    twice = ask(
        client, "PUT", "/v1/services/new", {"actions": [{**action, "secret": "s", "url": "https://x"}] * 2}
    )
    assert twice.status_code == 400


def test_several_services_are_put_at_once(client, operations):
    answer = ask(client, "PUT", "/v1/services", [{"key": "one"}, {"key": "two/parts", "tier": 1}])

    assert answer.status_code == 200
    assert operations.catalog["two/parts"].tier == 1
    assert ask(client, "GET", "/v1/services/two/parts").json()["tier"] == 1


def test_signals_are_cut_by_time_name_and_segment(client):
    path = "/v1/signals?service=ranker&start=2026-11-23T10:00:00Z&end=2026-11-23T10:01:00Z"
    everything = ask(client, "GET", path).json()
    one = ask(client, "GET", path + "&name=quality:click&segment=region:north").json()

    assert len(everything) == 2 * 3
    assert [point["start"] for point in one] == [example_times.BASE, example_times.BASE + example_times.WIDTH]
    assert {(point["name"], point["segment"]["value"]) for point in one} == {("quality:click", "north")}
    two = ask(client, "GET", path + "&name=quality:click&name=fallback_share").json()
    assert {point["name"] for point in two} == {"quality:click", "fallback_share"}


def test_the_clock_is_driven_and_never_goes_back(client, operations):
    on = ask(client, "POST", "/v1/clock", {"to": operations.at + 60_000_000})
    back = ask(client, "POST", "/v1/clock", {"to": 5})

    assert on.json()["now"] == operations.at
    assert back.status_code == 409


def test_an_empty_engine_answers_with_nothing(client):
    nothing = Client(app_of(empty()))
    for path in ("incidents", "guards", "notices", "changes", "quarantine", "services"):
        assert ask(nothing, "GET", f"/v1/{path}").json() == []
    assert ask(client, "GET", "/v1/quarantine").json()[0]["rows"][0]["field"] == "time"
    assert ask(client, "GET", "/v1/changes?service=ranker").json()[0]["kind"] == "deploy"


def test_a_session_may_read_the_api_but_change_nothing(client):
    client.enter()

    assert client.get("/v1/incidents").status_code == 200
    assert client.ask("POST", "/v1/incidents/INC-7/acknowledge", json={}).status_code == 401


def test_a_failure_shows_nothing_of_the_inside(operations, client):
    def broken():
        raise RuntimeError("a secret path /srv/x")

    operations.status = broken
    answer = ask(client, "GET", "/v1/status")

    assert answer.status_code == 500
    assert "secret path" not in answer.text
    assert error(answer)["fix"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_metrics_of_processes_are_read_by_name_where_they_are_sent(client):
    asked = ask(client, "GET", "/v1/process?service=ranker&name=rss_bytes")
    assert asked.status_code == 200
    assert {point["name"] for point in asked.json()} == {"rss_bytes"}
    assert ask(client, "GET", "/v1/process").status_code == 400
