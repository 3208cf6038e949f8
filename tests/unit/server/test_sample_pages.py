"""Samples on the incident's page and their pictures: shown as what they are, to visitors alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import FakeOperations, busy
from tests.unit.web.test_samples import png, samples

if TYPE_CHECKING:
    from aright.core.model.samples import Samples


@pytest.fixture
def operations() -> FakeOperations:
    made = busy()
    made.sampled["INC-7"] = kept()
    return made


def kept(data: bytes = b"") -> Samples:
    return samples("INC-7", data=data or png())


@pytest.fixture
def client(operations: FakeOperations) -> Client:
    return Client(app_of(operations)).enter()


def test_the_page_shows_inputs_before_beside_now_with_nothing_that_could_run(client: Client) -> None:
    page = client.get("/incidents/INC-7").text
    part = page[page.index('id="samples"') : page.index("</section>", page.index('id="samples"'))]
    assert "Inputs, before beside now" in part
    assert "a few of 5,678 answers of before and 1,234 of now, private parts masked" in part
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in part
    assert "<script>" not in part
    assert "the same one, before and now." in part
    assert "None like it was seen before." in part
    assert re.findall(r'<img src="([^"]+)"', part) == [
        f"/incidents/INC-7/samples/{each}" for each in range(4)
    ]
    assert all("alt=" in each for each in re.findall(r"<img [^>]+>", part))


def test_without_samples_the_page_has_no_place_for_them(client: Client) -> None:
    assert 'id="samples"' not in client.get("/incidents/INC-8").text


def test_a_picture_is_given_out_as_one_and_nothing_else(client: Client, operations: FakeOperations) -> None:
    answer = client.get("/incidents/INC-7/samples/0")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.content == png()
    operations.sampled["INC-7"] = kept(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    assert client.get("/incidents/INC-7/samples/0").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["INC-7/samples/99", "INC-7/samples/x", "INC-7/samples/-1", "INC-7/samples/99999", "INC-9999/samples/0"],
)
def test_what_is_not_there_is_said_so(client: Client, path: str) -> None:
    assert client.get(f"/incidents/{path}").status_code == 404


def test_nobody_sees_a_picture_who_may_not_see_the_incident(operations: FakeOperations) -> None:
    answer = Client(app_of(operations)).get("/incidents/INC-7/samples/0")
    assert answer.status_code == 303


def test_the_api_gives_out_the_same_samples(operations: FakeOperations) -> None:
    client = Client(app_of(operations))
    answer = client.get("/v1/incidents/INC-7/samples", **BEARER)
    assert answer.status_code == 200
    found = msgspec.json.decode(answer.content, type=type(kept()))
    assert found == kept()
    assert client.get("/v1/incidents/INC-8/samples", **BEARER).status_code == 404
    assert client.get("/v1/incidents/INC-7/samples").status_code == 401
