from __future__ import annotations

import gzip

import pytest

from aright.core.model.release import ReleaseState
from aright.web.assets import assets
from tests.unit.server.client import Client, app_of
from tests.unit.server.test_pages import Page
from tests.unit.web.fake import empty, releasing

PAGES = ("/releases", "/releases?service=ranker", *(f"/releases/REL-{number}" for number in range(10, 16)))


@pytest.fixture
def operations():
    return releasing()


@pytest.fixture
def client(operations):
    return Client(app_of(operations)).enter()


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_sound_and_within_their_budget(client, path):
    answer = client.get(path, Accept_Encoding="identity")
    page = Page(answer.text)
    loaded = {load.removeprefix("/static/").split("?")[0] for load in page.loads}

    assert answer.status_code == 200
    assert page.inline == [], "the content security policy forbids what stands inline"
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert set(page.fields) <= page.labels, "a field has no label"
    assert page.headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    sizes = sum(len(assets()[name].zipped) for name in loaded)
    assert len(gzip.compress(answer.text.encode())) <= 100_000 - sizes
    assert "no-store" in answer.headers["cache-control"]


def test_nobody_looks_without_entering(operations):
    stranger = Client(app_of(operations))
    assert stranger.get("/releases/REL-12").headers["location"].startswith("/enter?next=")
    assert stranger.ask("POST", "/releases/REL-12/pause", form={}).headers["location"].startswith("/enter")


def test_the_list_says_what_to_do_first():
    assert "aright release start" in Client(app_of(empty())).enter().get("/releases").text


def test_one_press_pauses_and_goes_on(operations, client):
    answer = client.post("/releases/REL-12/pause", {})
    assert (answer.status_code, answer.headers["location"]) == (303, "/releases/REL-12")
    assert operations.releases.release("REL-12").paused_by == "Ada"
    assert "Go on" in client.get("/releases/REL-12").text
    client.post("/releases/REL-12/resume", {})
    assert operations.releases.release("REL-12").paused_by == ""


def test_the_name_letter_by_letter_rolls_back(operations, client):
    where = "/releases/REL-12/roll_back"
    wrong = client.post(where, {"confirm": "Card-check"})
    assert wrong.status_code == 409
    assert "is not the service&#39;s name" in wrong.text
    assert 'role="alert"' in wrong.text
    assert operations.releases.release("REL-12").state is ReleaseState.CANARY

    done = client.post(where, {"confirm": "card-check", "text": "complaints"})
    assert done.headers["location"] == "/releases/REL-12#act"
    assert operations.releases.release("REL-12").state is ReleaseState.ROLLING_BACK


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(operations, client):
    answer = client.post("/releases/REL-12/roll_back", {"dry_run": "1"})
    assert answer.status_code == 200
    assert "The router is told to give all to <code>2026.46.0</code>." in answer.text
    assert "data-live" not in answer.text, "what was asked for stays until it was read"
    assert operations.releases.release("REL-12").state is ReleaseState.CANARY


def test_what_is_refused_is_told_where_its_form_is_gone(client):
    answer = client.post("/releases/REL-11/promote", {"confirm": "card-check"})
    assert answer.status_code == 409
    assert "REL-11 has ended." in answer.text


def test_forms_of_others_and_orders_that_are_none_are_refused(client):
    assert client.post("/releases/REL-12/pause", {"form_token": "00"}).status_code == 403
    assert client.post("/releases/REL-12/explode", {}).status_code == 404
    assert client.post("/releases/REL-99/pause", {}).status_code == 404
    assert client.get("/releases/REL-99").status_code == 404
