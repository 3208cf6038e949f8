"""Payloads: endpoints without ids, privacy, and a sample that is bounded."""

from __future__ import annotations

import gzip
import json
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.sdk.endpoints import endpoint_of
from aright.sdk.payloads import LARGEST, Watcher
from aright.sdk.privacy import Privacy

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.sdk import Client
    from tests.unit.sdk.fake_door import FakeDoor

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/v1/rates", "/v1/rates"),
        ("/v1/orders/8731", "/v1/orders/{}"),
        ("/v1/orders/ord_12345/lines", "/v1/orders/{}/lines"),
        ("/commits/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commits/{}"),
        ("/u/3F2504E0-4F89-41D3-9A0C-0305E82C3301.json", "/u/{}.json"),
        ("/u/ada@example.org;v=1?token=abc#top", "/u/{}"),
        ("/oauth2/en-US/v10", "/oauth2/en-US/v10"),
        ("/" + "x" * 41, "/{}"),
        ("", "/"),
        ("/a" * 20, "/a" * 12 + "/…"),
    ],
)
def test_an_endpoint_names_no_one_thing(path: str, told: str) -> None:
    assert endpoint_of("get", path) == f"GET {told}"


def test_private_fields_are_masked_with_their_type_kept() -> None:
    private = Privacy(mask=["secret"], drop=["notes"])
    document = {"Se_cret": {"a": 1}, "in": [{"SECRET": 7.5}, {"secret": None}], "notes": "x", "ok": "y"}
    kept = json.loads(private.text(document))
    assert kept == {"Se_cret": {}, "in": [{"SECRET": 0.0}, {"secret": None}], "ok": "y"}


def test_a_document_without_secrets_goes_as_it_was_written() -> None:
    body = '{"price": 12.50, "big": 123456789012345678901234567890}'
    assert Privacy().text(body) == body


def test_one_name_may_be_given_as_a_text() -> None:
    assert Privacy(mask="token").text({"token": "x", "t": "y"}) == '{"token":"***","t":"y"}'


@settings(deadline=None, max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_nothing_else_is_altered(document: object) -> None:
    assert json.loads(Privacy(mask=["no such name"]).text([document])) == [document]


def test_no_secret_survives_in_any_spelling(door: FakeDoor, make_client: Callable[..., Client]) -> None:
    client = make_client()
    client.payload("bank", "POST /login", b'{"passw\\u006frd": "hunter2", "accessToken": "t0k3n"}')
    client.payload("bank", "POST /login", "no JSON at all")
    client.payload("bank", "POST /login", "[" * 100_000)
    assert client.flush(5)
    (row,) = door.rows("/v1/payloads")
    assert json.loads(row["body"]) == {"password": "***", "accessToken": "***"}
    assert client.stats().dropped == {"unreadable": 2}


def test_a_payload_arrives_as_the_wire_has_it(door: FakeDoor, make_client: Callable[..., Client]) -> None:
    client = make_client(version="7", drop_fields=["debug"])
    client.payload(
        "rates",
        "GET /v1/rates/{}",
        {"price": 1.5, "debug": "x"},
        direction="request",
        status=200,
        latency_ms=3.5,
        trace_id="t",
        time=1_790_000_000_000_000,
    )
    assert client.flush(5)
    assert door.rows("/v1/payloads") == [
        {
            "time": 1_790_000_000_000_000,
            "service": "shop",
            "dependency": "rates",
            "endpoint": "GET /v1/rates/{}",
            "body": '{"price":1.5}',
            "direction": "request",
            "status": 200,
            "latency_ms": 3.5,
            "version": "7",
            "trace_id": "t",
        }
    ]


def test_an_unknown_keyword_is_counted_and_spares_the_host(make_client: Callable[..., Client]) -> None:
    client = make_client()
    client.payload("rates", "GET /", "{}", colour="red")  # type: ignore[call-arg]  # as a host may
    client.watch_httpx(None, colour="red")  # type: ignore[arg-type,call-arg]  # as a host may
    client.watch_requests(None)  # type: ignore[arg-type]  # as a host may
    assert client.stats().dropped == {"unreadable": 1}
    assert client.stats().errors == 2


class Taken:
    """What a watcher hands on."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.failures: list[str] = []
        self.now = 0.0

    def watcher(self, **how: Any) -> Watcher:
        def report(dependency: str, endpoint: str, body: object, **_: object) -> None:
            if body == b"boom":
                raise RuntimeError
            assert isinstance(body, bytes)
            self.bodies.append(body)

        return Watcher(report, lambda what, _: self.failures.append(what), seconds=lambda: self.now, **how)


def through(watcher: Watcher, *parts: object, headers: dict[str, str] | None = None) -> None:
    exchange = watcher.exchange("GET", "rates", "/v1", 200, None)
    tap = watcher.tap(exchange, headers or JSON, encoded=True) if exchange else None
    if tap:
        for part in parts:
            tap.pass_by(part)
        tap.end()
        tap.end()


def test_a_busy_endpoint_is_sampled_at_a_steady_rate_and_leaves_others_theirs() -> None:
    taken = Taken()
    watcher = taken.watcher(per_second=2.0)
    for second in range(20):
        taken.now = float(second)
        for _ in range(100):
            through(watcher, b"{}")
    assert len(taken.bodies) == 10 + 2 * 19
    assert watcher.exchange("GET", "rates", "/v2", 200, None) is not None


def test_all_endpoints_share_a_bound_of_bytes() -> None:
    taken = Taken()
    watcher = taken.watcher(per_second=1e6)
    for _ in range(200):
        through(watcher, b"x" * LARGEST)
    assert len(taken.bodies) == 5 * (1 << 20) // LARGEST
    taken.now = 1.0
    for _ in range(200):
        through(watcher, b"x" * LARGEST)
    assert len(taken.bodies) == 6 * (1 << 20) // LARGEST
    more = Taken()
    watcher = more.watcher(per_second=1e6, bytes_per_second=1e9)
    for _ in range(200):
        through(watcher, b"x" * LARGEST)
    assert len(more.bodies) == 200


def test_endpoints_that_are_remembered_are_bounded() -> None:
    watcher = Taken().watcher()
    for number in range(2000):
        watcher.exchange("GET", f"host{number:x}", "/", 200, None)
    assert len(watcher._left) == 500


def test_a_share_is_taken_by_chance() -> None:
    chances = iter([0.1, 0.9, 0.49, 0.5])
    taken = Taken()
    watcher = taken.watcher(share=0.5, chance=lambda: next(chances))
    for _ in range(4):
        through(watcher, b"{}")
    assert len(taken.bodies) == 2


@pytest.mark.parametrize(
    ("headers", "parts", "taken"),
    [
        (JSON, [b'{"a"', b":1}"], [b'{"a":1}']),
        ({"content-type": "text/html"}, [b"<p>"], []),
        ({"content-type": "application/x-ndjson"}, [b"{}\n{}"], []),
        (JSON | {"content-length": str(LARGEST + 1)}, [b"{}"], []),
        (JSON, [b"x" * LARGEST, b"x"], []),
        (JSON, ["text", b"{}"], []),
        (JSON, [], []),
        (JSON | {"content-encoding": "gzip"}, [gzip.compress(b"{}")], [b"{}"]),
        (JSON | {"content-encoding": "gzip"}, [gzip.compress(b" " * (LARGEST + 1))], []),
        (JSON | {"content-encoding": "gzip"}, [gzip.compress(b"{}")[:-4]], []),
        (JSON | {"content-encoding": "br"}, [b"{}"], []),
    ],
)
def test_only_whole_json_within_bounds_is_taken(
    headers: dict[str, str], parts: list[object], taken: list[bytes]
) -> None:
    seen = Taken()
    through(seen.watcher(), *parts, headers=headers)
    assert seen.bodies == taken
    assert not seen.failures


def test_what_fails_is_told_and_spares_the_host() -> None:
    seen = Taken()
    through(seen.watcher(), b"boom")
    through(seen.watcher(), b"no gzip", headers=JSON | {"content-encoding": "gzip"})
    assert seen.failures == ["a payload", "a payload"]


def test_the_trace_under_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    context = types.SimpleNamespace(trace_id=255, is_valid=True)
    span = types.SimpleNamespace(get_span_context=lambda: context)
    monkeypatch.setitem(
        sys.modules, "opentelemetry.trace", types.SimpleNamespace(get_current_span=lambda: span)
    )
    exchange = Taken().watcher().exchange("GET", "rates", "/", 200, None)
    assert exchange is not None
    assert exchange.trace_id == f"{255:032x}"
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", types.SimpleNamespace())
    exchange = Taken().watcher().exchange("GET", "rates", "/", 200, None)
    assert exchange is not None
    assert not exchange.trace_id
