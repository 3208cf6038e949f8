from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser

import msgspec
import pytest

from aright.core.model.incident import State
from aright.web.assets import assets
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web import example
from tests.unit.web.fake import busy, empty

EVIDENCE = "/incidents/INC-7/evidence/E2?read=1"
PAGES = (
    "/",
    "/incidents/INC-7",
    "/incidents/INC-8",
    "/incidents/INC-3",
    "/incidents/INC-7/post-mortem",
    EVIDENCE,
)


@pytest.fixture
def operations():
    return busy()


@pytest.fixture
def client(operations):
    return Client(app_of(operations)).enter()


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.fields: list[str] = []
        self.labels: set[str] = set()
        self.inline: list[str] = []
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.inline += [f"<{tag} {name}>" for name in found if name.startswith("on") or name == "style"]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in found) else []
        self.loads += [found[name] for name in ("src", "href") if tag in {"script", "link"} and name in found]
        self.labels |= {found["for"]} if tag == "label" else set()
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        if tag == "input" and found.get("type") != "hidden":
            self.fields.append(found.get("id") or "nameless")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("resolved", [False, True])
def test_pages_are_sound(path, resolved):
    client = Client(app_of(busy(resolved=resolved))).enter()
    answer = client.get(path)
    page = Page(answer.text)

    assert answer.status_code == 200
    assert page.inline == [], "the content security policy forbids what stands inline"
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert set(page.fields) <= page.labels, "a field has no label"
    assert page.headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    for load in page.loads:
        assert load.startswith("/static/"), "nothing comes from elsewhere"
        assert client.get(load).headers["cache-control"].endswith("immutable")


@pytest.mark.parametrize("path", [*PAGES, "/enter", "/nowhere", "/static/app.css", "/v1/status", "/health"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    if not path.startswith("/static"):
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_stays_within_its_budget(client, path):
    text = client.get(path, Accept_Encoding="identity").text
    page = Page(text)
    loaded = {load.removeprefix("/static/").split("?")[0] for load in page.loads}
    sizes = {
        kind: sum(len(assets()[name].zipped) for name in loaded if name.endswith(kind))
        for kind in (".js", ".css")
    }

    assert sizes[".js"] <= 60_000
    assert sizes[".css"] <= 10_000
    assert len(gzip.compress(text.encode())) <= 100_000 - sum(sizes.values())


def test_pages_are_sent_compressed(client):
    assert client.get("/incidents/INC-7", Accept_Encoding="gzip").headers["content-encoding"] == "gzip"
    plain = client.get("/static/app.css", Accept_Encoding="identity")
    assert "content-encoding" not in plain.headers
    tag = plain.headers["etag"]
    assert client.get("/static/app.css", If_None_Match=tag).status_code == 304
    assert client.get("/static/app.css?v=old").headers["cache-control"] == "no-cache"
    assert client.get("/static/../render.py").status_code == 404


def test_the_incident_page_tells_the_whole_story(client):
    text = client.get("/incidents/INC-7").text

    for said in (
        "region = north",
        "SEV2",
        "412 of 1,330 users hit",
        "profiles empty",
        "triaged",
        "Ada is on it",
        "Speaks against acting",
        "Version 2026.47 was deployed 18 min before the onset",
        "hash chain whole",
        "aright/ranker/INC-7",
        "last error: connection refused",
        "next due in",
        "Dry run",
    ):
        assert said in text, said
    assert example.SECRET not in text


def test_an_incident_without_a_diagnosis_says_what_is_under_way(client):
    text = client.get("/incidents/INC-8").text

    assert "Being looked into" in text
    assert text.count('class="waiting"') == 5
    assert "as soon as the steps have found any" in text
    assert "0.10\u202f% → 0.90\u202f%" in text
    assert "offered no action" in text


def test_an_empty_engine_says_what_to_do_first():
    client = Client(app_of(empty())).enter()

    assert "Nothing has been sent yet" in client.get("/").text
    calm = empty()
    calm.register(example.SERVICE)
    assert "All is well" in Client(app_of(calm)).enter().get("/").text


def test_what_is_not_there_is_a_page_for_people_and_json_for_programs(client):
    for path in ("/incidents/INC-99", "/incidents/INC-99/post-mortem", "/nowhere"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "<h1>Not here</h1>" in answer.text
    assert client.get("/incidents/INC-99/series").status_code == 404
    assert client.post("/incidents/INC-99/acknowledge", {}).status_code == 404
    assert client.post("/incidents/INC-7/explode", {}).status_code == 404


def test_a_broken_chain_shows(operations, client):
    lines = operations.events["INC-7"]
    lines[2] = msgspec.structs.replace(lines[2], text="nothing happened")

    assert "hash chain is broken" in client.get("/incidents/INC-7").text


def test_verbs_lead_back_to_the_page(operations, client):
    for verb, where in (("acknowledge", ""), ("note", "#timeline"), ("resolve", "")):
        if verb == "resolve":
            hasty = client.post("/incidents/INC-8/resolve", {"confirm": "shop"})
            assert hasty.status_code == 409
            assert "No mitigation has been verified" in hasty.text
        service = operations.incident("INC-8").service
        answer = client.post(f"/incidents/INC-8/{verb}", {"text": "seen", "confirm": service})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/incidents/INC-8{where}"
    assert operations.incident("INC-8").acknowledged_by == "Ada"
    refused = client.post("/incidents/INC-7/review", {})
    assert refused.status_code == 409
    reviewed = client.post(
        "/incidents/INC-8/review", {}, Referer="http://aright.test/incidents/INC-8/post-mortem"
    )
    assert reviewed.headers["location"] == "/incidents/INC-8/post-mortem"
    client.post("/incidents/INC-8/close", {})
    assert operations.incident("INC-8").state is State.CLOSED
    again = client.post(
        "/incidents/INC-8/review", {}, Referer="http://aright.test/incidents/INC-8/post-mortem"
    )
    assert again.status_code == 409


def test_an_empty_note_is_told_beside_its_field(client):
    answer = client.post("/incidents/INC-7/note", {"text": " "})

    assert answer.status_code == 409
    assert "Write something first." in answer.text


def test_the_typed_confirmation_decides(operations, client):
    where = "/incidents/INC-7/mitigate"
    dry = client.post(where, {"action": "restore", "dry_run": "1"})
    wrong = client.post(where, {"action": "restore", "confirm": "Ranker"})
    missing = client.post(where, {"action": "restore"})

    assert dry.headers["location"] == "/incidents/INC-7#act"
    assert wrong.status_code == missing.status_code == 409
    assert "is not the service" in wrong.text
    assert 'role="alert"' in wrong.text
    assert operations.incident("INC-7").state is State.TRIAGED
    assert client.post(where, {"action": "restore", "confirm": "ranker"}).status_code == 303
    assert operations.incident("INC-7").state is State.MONITORING
    undo = client.post("/incidents/INC-7/undo", {"mitigation": "M3", "confirm": "no"})
    assert undo.status_code == 409
    assert client.post("/incidents/INC-7/undo", {"mitigation": "M3", "confirm": "ranker"}).status_code == 303


def test_series_are_what_the_pictures_show(client):
    series = client.get("/incidents/INC-7/series").json()

    assert [panel["title"] for panel in series["panels"]] == [
        "Click quality",
        "Complaint rate",
        "Fallback share",
        "Latency",
        "CPU",
        "Memory (RSS)",
    ]
    assert all(len(line["values"]) == len(series["x"]) for p in series["panels"] for line in p["lines"])
    assert [mark["kind"] for mark in series["marks"]] == ["onset", "declared"]


def test_programs_may_read_pages_too(operations):
    assert Client(app_of(operations)).ask("GET", "/", headers=BEARER).status_code == 200
