"""Spans: columns, attributes, and what is set aside, whichever encoding they come in."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.columns import SPAN_FIELDS
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import UnreadableError, otlp_resource, read
from aright.core.observe.intake.otlp_attributes import MAX_ATTRIBUTES, MAX_VALUE
from aright.core.observe.intake.otlp_body import MAX_ENTRY
from aright.core.observe.intake.otlp_schema import message_class
from tests.unit.core.observe.intake.otlp_bodies import NANO, NOW, SHOP, TRACE, read_otlp, traces

FORMATS = pytest.mark.parametrize("form", [Format.OTLP_PROTO, Format.OTLP_JSON])
DAY = 86_400_000_000_000


def rows_of(found):
    return [] if found.rows is None else found.rows.to_pylist()


@FORMATS
def test_a_span_fills_the_columns(form):
    request = traces(
        {
            "parent_span_id": b"parentid",
            "name": "GET /orders/{id}",
            "kind": 2,
            "attributes": {"http.route": "/orders/{id}", "http.response.status_code": 503, "tries": 2},
            "status": (2, "overloaded"),
        },
        {
            "kind": 3,
            "attributes": {"peer.service": "bank", "http.status_code": "200", "http.target": "/a/17?b"},
        },
    )
    first, second = rows_of(read_otlp(request, form))
    assert list(first) == list(SPAN_FIELDS)
    assert first["time"].timestamp() * 1e6 == NOW
    assert (first["service"], first["version"], first["host"]) == ("shop", "1.4", "node-7")
    assert (first["trace_id"], first["id"], first["parent_id"]) == (
        TRACE.hex(),
        "0" * 15 + "1",
        b"parentid".hex(),
    )
    assert (first["kind"], first["status"], first["message"]) == ("server", "error", "overloaded")
    assert (first["http_status"], first["route"], first["peer"]) == (503, "/orders/{id}", None)
    assert first["duration_ms"] == 5.0
    assert json.loads(first["attributes"])["tries"] == 2
    assert (second["peer"], second["http_status"], second["route"]) == ("bank", 200, "/a/{}")
    assert (second["kind"], second["status"], second["parent_id"]) == ("client", "unset", None)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.text(max_size=200) | st.integers(-(2**63), 2**63 - 1) | FINITE | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ATTRIBUTES = st.dictionaries(st.text(min_size=1, max_size=140), VALUES, max_size=6)


@settings(deadline=None, max_examples=30)
@given(st.lists(ATTRIBUTES, min_size=1, max_size=5), st.sampled_from([Format.OTLP_PROTO, Format.OTLP_JSON]))
def test_attributes_come_back_as_they_were(attributes, form):
    found = rows_of(read_otlp(traces(*({"attributes": each} for each in attributes)), form))
    kept = [json.loads(row.get("attributes") or b"{}") for row in found]
    for got, sent in zip(kept, attributes, strict=True):
        for key, value in sent.items():
            if not isinstance(value, list | dict):
                assert got[key] == (value if not isinstance(value, float) else pytest.approx(value))
            assert key in got


@FORMATS
def test_numbers_that_json_does_not_have_are_null(form):
    (row,) = rows_of(
        read_otlp(traces({"attributes": {"a": float("inf"), "b": float("nan"), "c": 1.5}}), form)
    )
    assert json.loads(row["attributes"]) == {"a": None, "b": None, "c": 1.5}


@FORMATS
def test_attributes_are_bounded(form):
    many = {f"key{number}": "x" * 100 for number in range(1_000)}
    long, wide, deep = rows_of(
        read_otlp(
            traces(
                {"attributes": {"long": "y" * 10_000, "after": 1}},
                {"attributes": many},
                {"attributes": {"deep": [[[[[[[[[1]]]]]]]]], "raw": b"\x00\xff", "nothing": None}},
            ),
            form,
        )
    )
    assert json.loads(long["attributes"]) == {"long": "y" * MAX_VALUE, "after": 1}
    assert MAX_ATTRIBUTES - 200 < len(wide["attributes"]) <= MAX_ATTRIBUTES + 2
    assert set(json.loads(wide["attributes"]).items()) <= set(many.items())
    kept = json.loads(deep["attributes"])
    assert kept == {"deep": [[[[[[[]]]]]]], "raw": "AP8=", "nothing": None}


@FORMATS
def test_a_list_too_long_is_kept_as_cut_text(form):
    (row,) = rows_of(read_otlp(traces({"attributes": {"all": ["z" * 1_000] * 50}}), form))
    assert json.loads(row["attributes"])["all"].startswith('["zzz')
    assert len(row["attributes"]) < 3 * MAX_VALUE


@FORMATS
def test_rows_out_of_bounds_are_set_aside_and_the_others_kept(form):
    found = read_otlp(
        traces(
            {"name": "good"},
            {"trace_id": bytes(16)},
            {"span_id": b"short"},
            {"start_time_unix_nano": 0},
            {"start_time_unix_nano": 2**64 - 2},
            {"start_time_unix_nano": NANO - 31 * DAY},
            {"start_time_unix_nano": NANO, "end_time_unix_nano": 0},
        ),
        form,
    )
    assert [row["name"] for row in rows_of(found)] == ["good", "work"]
    assert rows_of(found)[1]["duration_ms"] == 0
    assert (found.good, found.bad_count) == (2, 5)
    assert [bad.row for bad in found.bad] == [1, 2, 3, 4, 5]


@FORMATS
def test_a_service_is_named_or_unknown_or_refused(form):
    assert rows_of(read_otlp(traces({}, resource={}), form))[0]["service"] == "unknown_service"
    found = read_otlp(traces({}, {}, resource={"service.name": "a\nb"}), form)
    assert (found.good, found.bad_count, found.rows) == (0, 2, None)
    assert "OTEL_SERVICE_NAME" in found.bad[0].fix


def test_more_services_than_there_may_be_are_refused():
    request = traces({}, resource={"service.name": "s0"})
    for number in range(1, 102):
        request.resource_spans.extend(traces({}, resource={"service.name": f"s{number}"}).resource_spans)
    found = read_otlp(request)
    assert (found.good, found.bad_count) == (100, 2)


def test_spans_of_many_resources_keep_their_owners():
    request = traces()
    for number in range(40):
        resource = {**SHOP, "service.name": f"s{number % 20}"}
        request.resource_spans.extend(traces({"name": f"n{number}"}, resource=resource).resource_spans)
    rows = rows_of(read_otlp(request))
    assert all(int(row["name"][1:]) % 20 == int(row["service"][1:]) for row in rows)


@FORMATS
def test_many_chunks_are_one_table(form, monkeypatch):
    monkeypatch.setattr(otlp_resource, "_CHUNK", 100)
    spans = [{"name": f"n{number}", "attributes": {"at": number}} for number in range(950)]
    rows = rows_of(read_otlp(traces(*spans), form))
    assert [json.loads(row["attributes"])["at"] for row in rows] == list(range(950))
    assert rows[949]["name"] == "n949"


@FORMATS
def test_a_failed_span_tells_its_exception(form):
    events = [("retry", {}), ("exception", {"exception.message": "no answer"})]
    quiet, failed, mute = rows_of(
        read_otlp(
            traces({"events": events}, {"events": events, "status": (2, "")}, {"status": (2, "")}), form
        )
    )
    assert (quiet["message"], failed["message"], mute["message"]) == (None, "no answer", None)


def test_broken_utf8_in_one_span_harms_no_other():
    body = traces({"name": "abc", "attributes": {"key": "def"}}, {}).SerializeToString()
    broken = body.replace(b"abc", b"a\xffc").replace(b"def", b"\xff\xfe!").replace(b"key", b"k\xc3y")
    first, second = rows_of(read_otlp(broken))
    assert first["name"] == "a\ufffdc"
    assert json.loads(first["attributes"]) == {"k\ufffdy": "\ufffd\ufffd!"}
    assert second["name"] == "work"


@pytest.mark.parametrize(
    "odd", ['"quoted"', "c:\\dir", "two\nlines", "é", "\x7f", "\u2028", "x" * 123, "x" * 124]
)
def test_texts_that_json_escapes_come_back_as_they_were(odd):
    attributes = {"plain": "a", "odd": odd, odd[:100]: "b", "after": "c"}
    first, second = rows_of(read_otlp(traces({"attributes": attributes}, {"attributes": {"plain": "a"}})))
    assert json.loads(first["attributes"]) == attributes
    assert json.loads(second["attributes"]) == {"plain": "a"}


def test_empty_values_are_not_taken_for_missing_rows():
    """A sender may write fields that protobuf would leave out."""
    body = traces({}, {}).SerializeToString()
    found = read_otlp(
        body.replace(b"\x2a\x04work", b"\x22\x00\x2a\x00\x30\x00")
    )  # parent, name and kind, all empty
    assert [(row["name"], row.get("parent_id"), row["kind"]) for row in rows_of(found)] == [
        ("", None, "internal")
    ] * 2


def test_enumerations_that_nobody_knows_are_the_first_one():
    body = traces({"kind": 1, "status": (1, "")}, {"kind": 1}).SerializeToString()
    assert body.count(b"\x30\x01") == 2
    odd = body.replace(b"\x30\x01", b"\x30" + b"\x7e", 1).replace(b"\x18\x01", b"\x18\x09")
    assert [(row["kind"], row["status"]) for row in rows_of(read_otlp(odd))] == [("internal", "unset")] * 2
    span = traces({"kind": 3}).resource_spans[0].scope_spans[0].spans[0].SerializeToString()
    negative = span.replace(b"\x30\x03", b"\x30" + b"\xff" * 9 + b"\x01")
    found = read_otlp(b"\x0a" + _sized(b"\x12" + _sized((b"\x12" + _sized(negative)) * 2)))
    assert [row["kind"] for row in rows_of(found)] == ["internal"] * 2


def test_a_span_too_large_is_set_aside_alone():
    found = read_otlp(traces({"attributes": {"a": "x" * MAX_ENTRY}}, {}))
    assert (found.good, found.bad_count) == (1, 1)


def test_nothing_is_a_request_without_rows():
    for body in (b"", traces().SerializeToString()):
        found = read_otlp(body)
        assert (found.rows, found.good, found.bad_count) == (None, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"\x0a\x00" * 30_000,  # resources
        b"\x0a\x04\x12\x02\x12\x00" * 30_000,
        b"\x0a\x90\x80\x40" + b"\x12\x8c\x80\x40" + b"\x12\x00" * (1 << 19),  # spans of one scope
        b"\x0a\x05\x12\x03\x12\x01\x0a",  # a span cut off
        b"\xff" * 10,
        b"\x0b",
        b"\x0a\x7f",
        b"\x0a\x02\x12\x07",
        b"{}",
    ],
)
def test_hostile_protobuf_is_refused(body):
    with pytest.raises(UnreadableError) as refused:
        read_otlp(body)
    assert refused.value.fix


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": 1}]}]}]}',
        b'{"resourceSpans": [{"resource": {"attributes": [[]]}}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + b'{"attributes": [' * 500 + b"]}]}]}",
        b"[" * 100_000,
    ],
)
def test_hostile_json_is_refused(body):
    with pytest.raises(UnreadableError) as refused:
        read_otlp(body, Format.OTLP_JSON)
    assert refused.value.fix


def test_nested_deeply_is_cut_or_refused():
    value = b""
    for _ in range(40):
        value = b"\x2a" + _sized(b"\x0a" + _sized(value))
    pair = b"\x0a\x01a\x12" + _sized(value)
    span = traces({}).resource_spans[0].scope_spans[0].spans[0].SerializeToString() + b"\x4a" + _sized(pair)
    body = b"\x0a" + _sized(b"\x12" + _sized(b"\x12" + _sized(span)))
    assert json.loads(rows_of(read_otlp(body))[0]["attributes"])["a"] is not None
    for _ in range(100):
        value = b"\x2a" + _sized(b"\x0a" + _sized(value))
    span = b"\x4a" + _sized(b"\x0a\x01a\x12" + _sized(value))
    with pytest.raises(UnreadableError):
        read_otlp(b"\x0a" + _sized(b"\x12" + _sized(b"\x12" + _sized(span))))


def _sized(inner: bytes) -> bytes:
    size, head = len(inner), bytearray()
    while size > 0x7F:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*head, size]) + inner


SPAN = traces({"attributes": {"a": "b", "c": 3}, "events": [("e", {"f": "g"})], "status": (2, "no")})


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_damaged_bodies_are_read_or_refused(data):
    body = bytearray(SPAN.SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    frame = Frame(
        kind=Kind.SPANS,
        format=Format.OTLP_PROTO,
        encoding=Encoding.IDENTITY,
        received_at=NOW,
        body=bytes(body),
    )
    with contextlib.suppress(UnreadableError):
        found = read(frame, limit_bytes=1 << 20)
        assert found.good <= 1
        if found.rows is not None:
            found.rows.validate(full=True)


def test_json_is_read_as_lenient_senders_write_it():
    body = {
        "resourceSpans": [
            {
                "resource": None,
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": TRACE.hex().upper(),
                                "spanId": "00000000000000AB",
                                "name": None,
                                "kind": "SPAN_KIND_CLIENT",
                                "startTimeUnixNano": NANO,
                                "endTimeUnixNano": "no number",
                                "status": {"code": "STATUS_CODE_ERROR"},
                                "attributes": [
                                    {"key": "a", "value": {"intValue": "12"}},
                                    {"key": "b", "value": {"doubleValue": "NaN"}},
                                    {"key": "c", "value": {"intValue": "x"}},
                                    {"key": "d", "value": {"doubleValue": "x"}},
                                    {"key": "e"},
                                ],
                                "unknown": 1,
                            },
                            {"traceId": "xyz", "kind": 99, "status": None, "startTimeUnixNano": str(NANO)},
                        ]
                    },
                    {},
                ],
            },
            {},
        ]
    }
    found = read_otlp(json.dumps(body).encode(), Format.OTLP_JSON)
    (row,) = rows_of(found)
    assert (row["kind"], row["status"], row["id"]) == ("client", "error", "00000000000000ab")
    assert json.loads(row["attributes"]) == {"a": 12, "b": None, "c": 0, "d": 0.0, "e": None}
    assert found.bad_count == 1


def test_json_too_large_or_of_too_many_is_refused(monkeypatch):
    with pytest.raises(UnreadableError, match="larger"):
        read_otlp(b" " * ((16 << 20) + 1), Format.OTLP_JSON)
    with pytest.raises(UnreadableError, match="more than"):
        read_otlp(b'{"resourceSpans": [' + b"{}," * 20_000 + b"{}]}", Format.OTLP_JSON)
    many = b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + b"{}," * 500_000 + b"{}]}]}]}"
    with pytest.raises(UnreadableError, match="more than"):
        read_otlp(many, Format.OTLP_JSON)


def test_the_schema_is_part_of_opentelemetrys():
    from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status  # noqa: PLC0415 - one test needs it

    for ours, theirs in (("Spans", Span), ("Status", Status), ("Event", Span.Event)):
        numbers = {field.number: field for field in theirs.DESCRIPTOR.fields}
        for field in message_class(ours).DESCRIPTOR.fields:
            assert field.number in numbers, (ours, field.name)
