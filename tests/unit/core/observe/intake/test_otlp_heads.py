"""Spans that begin as nearly all do are read like those that do not."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.observe.intake.otlp_heads import heads_of
from aright.core.observe.intake.otlp_proto import ProtoCodec
from tests.unit.core.observe.intake.otlp_bodies import traces

IDS = st.binary(min_size=8, max_size=8)
SPANS = st.fixed_dictionaries(
    {
        "trace_id": st.one_of(st.binary(min_size=16, max_size=16), st.just(bytes(16))),
        "span_id": IDS,
        "parent_span_id": st.one_of(st.just(b""), IDS),
        "name": st.one_of(st.just("work"), st.text(max_size=200)),
        "kind": st.integers(0, 5),
        "trace_state": st.sampled_from(["", "", "", "a=b"]),
        "end_time_unix_nano": st.integers(0, 2**64 - 1),
    }
)
PARENT = b"\x22\x08laterone"


def encoded(*spans):
    return [each.SerializeToString() for each in traces(*spans).resource_spans[0].scope_spans[0].spans]


def columns(entries):
    found = ProtoCodec().spans(entries)
    lists = (found.kind.tolist(), found.start.tolist(), found.end.tolist(), list(found.name))
    return [*(ids.to_pylist() for ids in (found.trace_id, found.span_id, found.parent_id)), *lists]


def heads(*entries):
    sizes = np.array(list(map(len, entries)))
    starts = np.array([0, *accumulate(sizes.tolist())][:-1])
    return heads_of(np.frombuffer(b"".join(entries) + b"\x00", np.uint8), starts, sizes)


@settings(deadline=None, max_examples=60)
@given(st.lists(SPANS, min_size=1, max_size=4))
def test_spans_together_are_read_as_each_is_behind_an_odd_one(spans):
    odd = encoded({"trace_state": "odd"})[0]
    entries = encoded(*spans)
    assert heads(odd, *entries) is None
    assert columns(entries) == [column[1:] for column in columns([odd, *entries])]


def test_a_usual_head_is_read_at_a_look():
    usual = {"name": "work", "kind": 2, "parent_span_id": b"parentid"}
    found = heads(*encoded(usual, {**usual, "parent_span_id": b""}))
    assert found is not None
    assert found.parent_id.to_pylist() == [b"parentid".hex(), None]
    assert found.parents == 1


def test_what_comes_again_counts_last():
    usual = encoded({"kind": 2, "parent_span_id": b"parentid"}, {"kind": 2})
    assert heads(*usual) is not None
    assert columns([usual[0] + PARENT, usual[1]])[2] == [b"laterone".hex(), None]
    assert columns([usual[0], usual[1] + PARENT])[2] == [b"parentid".hex(), b"laterone".hex()]
    again = b"\x0a\x10" + b"another trace id"
    assert columns([usual[0] + again, usual[1]])[0][0] == b"another trace id".hex()


def test_a_head_cut_off_or_in_another_order_is_none():
    usual = encoded({"kind": 2})[0]
    assert heads(usual) is not None
    assert heads(usual[:50]) is None
    assert heads(usual[18:28] + usual[:18] + usual[28:]) is None
    assert heads(b"") is None
    assert heads() is None


def test_the_last_time_there_is_harms_no_other_span():
    late = {"kind": 2, "end_time_unix_nano": 2**64 - 1}
    assert columns(encoded({}, late, {}))[5][1] == 2**64 - 1
