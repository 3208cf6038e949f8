"""The real cloudevents package tells a real aright of changes: structured, in batches and in binary mode."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from aright.core.model.times import from_datetime
from tests.contract.running_aright import Running, running, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def aright(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("aright")) as server:
        yield server


def event(number: str, **data: Any) -> CloudEvent:
    attributes = {
        "id": number,
        "source": "/ci/weiß",
        "type": "dev.aright.change.deploy",
        "specversion": "1.0",
        "time": AT,
        "subject": f"shop-{number}/api",
        "datacontenttype": "application/json",
    }
    return CloudEvent(attributes, {"what": "api", "before": "1.3", "after": "1.4", **data})


def send(aright: Running, message: Any) -> Any:
    headers = {name.replace("-", "_"): value for name, value in message.headers.items()}
    return aright.post("/v1/changes", bytes(message.body), **headers)


def changes(aright: Running, number: str) -> Any:
    return wait_for(lambda: aright.get("/v1/changes", service=f"shop-{number}"), "the change")


def holds(change: Any, number: str) -> None:
    assert (change["what"], change["before"], change["after"]) == ("api", "1.3", "1.4")
    assert change["key"] == f"/ci/weiß {number}"
    assert change["at"] == from_datetime(AT)


@pytest.mark.parametrize("write", [to_structured_event, to_binary_event], ids=["structured", "binary"])
def test_one_event(aright: Running, write: Any) -> None:
    number = write.__name__
    answer = send(aright, write(event(number)))
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 1
    (change,) = changes(aright, number)
    holds(change, number)


def test_a_batch(aright: Running) -> None:
    bodies = [bytes(to_structured_event(event(number)).body) for number in ("b1", "b2")]
    answer = aright.post(
        "/v1/changes",
        b"[" + b",".join(bodies) + b"]",
        content_type="application/cloudevents-batch+json; charset=utf-8",
    )
    assert answer.json()["accepted"] == 2
    for number in ("b1", "b2"):
        (change,) = changes(aright, number)
        holds(change, number)


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"{", {}, 400, "no JSON"),
        (b"{}", {"content_encoding": "gzip"}, 415, "uncompressed"),
        (b'"' + b"a" * (1 << 20) + b'"', {}, 413, "larger than"),
        (b"{}", {"ce_type": "com.example.other"}, 422, "is no change"),
        (b"", {}, 422, "no service is named"),
        (b"{}", {"content_type": "text/plain"}, 415, "is not read here"),
    ],
)
def test_what_is_no_change_says_why(
    aright: Running, body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    given = {
        "ce_specversion": "1.0",
        "ce_id": "x",
        "ce_source": "/ci",
        "ce_type": "dev.aright.change.deploy",
        "content_type": "application/json",
        **headers,
    }
    answer = aright.post("/v1/changes", body, **given)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
