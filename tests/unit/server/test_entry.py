from __future__ import annotations

import pytest

from aright.server.auth import KnownTokens, digest
from aright.server.sessions import COOKIE
from tests.unit.server.client import BEARER, TOKEN, Client, Clock, app_of, form_token
from tests.unit.web.fake import busy


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(clock):
    return app_of(clock=clock)


def link(app, next_path="/incidents/INC-7", by="Ada"):
    answer = Client(app).ask("POST", "/v1/entry", headers=BEARER, json={"next": next_path, "by": by})
    return answer.json()["path"]


def test_strangers_are_led_to_the_door_and_back(app):
    stranger = Client(app)
    sent = stranger.get("/incidents/INC-7")

    assert sent.status_code == 303
    assert sent.headers["location"] == "/enter?next=/incidents/INC-7"
    door = stranger.get(sent.headers["location"])
    form = {"form_token": form_token(door.text), "token": TOKEN, "name": "Ada", "next": "/incidents/INC-7"}
    entered = stranger.ask("POST", "/enter", form=form)
    assert entered.status_code == 303
    assert entered.headers["location"] == "/incidents/INC-7"
    assert "click rate" in stranger.get("/incidents/INC-7").text


def test_the_session_cookie_is_out_of_reach(app):
    client = Client(app)
    answer = client.post("/enter", {"token": TOKEN}, on="/enter")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie


def test_a_wrong_token_is_told_at_the_door(app):
    client = Client(app)
    answer = client.post("/enter", {"token": "guess", "next": "/incidents/INC-7"}, on="/enter")

    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert 'value="/incidents/INC-7"' in answer.text
    assert "guess" not in answer.text


def test_guessing_is_slowed_down_and_time_heals(app, clock):
    client = Client(app)
    answers = [client.post("/enter", {"token": f"guess {i}"}, on="/enter").status_code for i in range(11)]

    assert answers == [401] * 10 + [429]
    late = client.post("/enter", {"token": TOKEN}, on="/enter")
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) <= 60
    Client(app, address="10.0.0.2").enter()
    clock.at += 61
    client.enter()


def test_an_entry_link_works_once(app):
    path = link(app)
    first, second = Client(app), Client(app)

    assert first.get(path).status_code == 200
    assert "click rate" in first.get("/incidents/INC-7").text
    assert "Ada" in first.get("/").text
    again = second.get(path)
    assert again.status_code == 410
    assert "has been used" in again.text
    assert second.get("/").status_code == 303


def test_an_entry_link_grows_stale(app, clock):
    path = link(app)
    clock.at += 601

    assert Client(app).get(path).status_code == 410


def test_a_preview_does_not_spend_the_link(app):
    path = link(app)
    assert Client(app).ask("HEAD", path).status_code == 204

    assert Client(app).get(path).status_code == 200


def test_an_entry_link_needs_a_token_and_stays_here(app):
    assert Client(app).ask("POST", "/v1/entry", json={}).status_code == 401
    client = Client(app).enter()
    assert client.ask("POST", "/v1/entry", json={}).status_code == 401, "a session must not make links"
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil"):
        assert link(app, elsewhere).endswith("?next=/")
    hostile = Client(app).get(link(app).split("?")[0] + '?next=/"><script>alert(1)</script>')
    assert "<script>alert" not in hostile.text


def test_links_from_other_sites_are_repeated_from_here(app):
    """A strict cookie does not travel with the first request of a link followed elsewhere."""
    answer = Client(app).get("/incidents/INC-7?from=1", Sec_Fetch_Site="cross-site")

    assert answer.status_code == 200
    assert 'content="0; url=/incidents/INC-7?from=1"' in answer.text


def test_a_form_without_its_token_does_nothing(app):
    client = Client(app).enter()
    for form in ({}, {"form_token": "0" * 64}, {"form_token": "é"}):
        answer = client.ask("POST", "/incidents/INC-7/resolve", form=form or {"x": "y"})
        assert answer.status_code == 403
        assert "not one of aright" in answer.text


def test_another_sessions_form_token_does_not_fit(app):
    ada, bob = Client(app).enter("Ada"), Client(app).enter("Bob")
    stolen = form_token(bob.get("/").text)

    assert ada.ask("POST", "/incidents/INC-7/resolve", form={"form_token": stolen}).status_code == 403


def test_a_form_that_says_it_comes_from_elsewhere_is_refused(app):
    client = Client(app).enter()

    answer = client.post("/incidents/INC-7/acknowledge", {}, Sec_Fetch_Site="cross-site")
    assert answer.status_code == 403
    assert client.post("/incidents/INC-7/acknowledge", {}, Sec_Fetch_Site="same-origin").status_code == 303


def test_a_bearer_token_does_not_post_forms(app):
    answer = Client(app).ask("POST", "/incidents/INC-7/acknowledge", headers=BEARER, form={"form_token": ""})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"a=b&" * 60, 400),
        ("application/x-www-form-urlencoded", b"a=%ff", 400),
        ("application/x-www-form-urlencoded", b"\xff=1", 400),
        ("application/x-www-form-urlencoded", b"a=" + b"b" * 70_000, 413),
    ],
)
def test_a_body_that_is_no_form_is_told(app, content_type, body, status):
    client = Client(app).enter()
    answer = client.ask("POST", "/leave", headers={"Content-Type": content_type}, content=body)

    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_leaving_ends_the_session_on_the_server(app):
    client = Client(app).enter()
    cookie = client.cookies[COOKIE]
    assert client.post("/leave", {}).status_code == 303

    thief = Client(app)
    thief.cookies.set(COOKIE, cookie)
    assert thief.get("/").status_code == 303


def test_a_session_ends_when_it_is_idle(app, clock):
    client = Client(app).enter()
    clock.at += 11 * 3600
    assert client.get("/").status_code == 200
    clock.at += 11 * 3600
    assert client.get("/").status_code == 200
    clock.at += 13 * 3600
    assert client.get("/").status_code == 303


def test_a_session_ends_with_its_token():
    from aright.server.app import build_app  # noqa: PLC0415  only here are the tokens changed

    tokens = KnownTokens(TOKEN)
    client = Client(build_app(busy(), tokens)).enter()
    assert client.get("/").status_code == 200
    tokens._keys = frozenset({digest("another")})

    assert client.get("/").status_code == 303


def test_a_name_can_be_changed_and_is_what_timelines_show(app):
    client = Client(app).enter("")
    assert "on call" in client.get("/").text
    client.post("/me", {"name": "Grace <b>"})
    page = client.get("/").text

    assert "Grace &lt;b&gt;" in page
    assert "Grace <b>" not in page
