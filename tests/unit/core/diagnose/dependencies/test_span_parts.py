"""Parts of the judging of requests: cutting traces, contexts, shares and origins."""

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.dependencies.log_lines import places_of, writers_of
from aright.core.diagnose.dependencies.span_contexts import contexts_of
from aright.core.diagnose.dependencies.span_facts import COUNTS, Seen, Thing, facts_of
from aright.core.diagnose.dependencies.span_origins import Events, passed_on
from aright.core.diagnose.dependencies.span_requests import NONE, requests_of
from aright.core.diagnose.dependencies.span_shifts import outbreaks_of, usual_of
from aright.core.model.columns import LOG_FIELDS, SPAN_FIELDS
from tests.unit.core.diagnose.dependencies.shop import table


def spans_of(*rows):
    """(id, parent, service, start ms, duration ms) each."""
    return table(
        [
            {"id": id_, "parent_id": parent, "service": service, "time": start * 1_000, "duration_ms": lasted}
            | {"trace_id": "t", "name": "x", "kind": "internal"}
            for id_, parent, service, start, lasted in rows
        ],
        SPAN_FIELDS,
    )


def cut(*rows):
    services = [row[2] for row in rows]
    return requests_of(spans_of(*rows), np.array([sorted(set(services)).index(each) for each in services]))


def test_own_time_is_without_the_union_of_calls():
    found = cut(
        ("a", None, "front", 0, 100),
        ("b", "a", "back", 10, 30),
        ("c", "a", "back", 30, 30),
        ("d", "a", "back", 90, 50),
        ("e", "b", "back", 12, 5),
    )
    assert found.own_ms.tolist() == [40.0, 30.0, 30.0, 50.0]
    assert found.of.tolist() == [0, 1, 2, 3, 1]
    assert found.parent.tolist() == [NONE, 0, 0, 0]


def test_wait_beyond_the_callees_time_is_a_gap_and_no_own_time():
    found = cut(("a", None, "front", 0, 100), ("b", "a", "front", 10, 60), ("c", "b", "back", 20, 10))
    assert found.own_ms.tolist() == [40.0, 10.0]
    assert found.gap_ms.tolist()[1] == 50.0
    assert np.isnan(found.gap_ms[0])


def test_a_span_with_more_below_it_does_not_only_wait():
    found = cut(
        ("a", None, "front", 0, 100),
        ("b", "a", "front", 10, 60),
        ("c", "b", "back", 20, 10),
        ("d", "b", "front", 40, 10),
    )
    assert found.own_ms.tolist() == [90.0, 10.0]
    assert np.isnan(found.gap_ms).all()


def test_rings_lone_spans_and_no_spans():
    ring = cut(("a", "b", "front", 0, 1), ("b", "a", "front", 0, 1))
    assert len(ring) == 0
    assert ring.of.tolist() == [NONE, NONE]
    own = cut(("a", "a", "front", 0, 1), ("b", "lost", "front", 0, 1))
    assert own.of.tolist() == [0, 1]
    assert len(cut()) == 0


def test_spans_whose_parent_is_missing_go_to_the_request_around_them_or_to_one_of_their_own():
    found = cut(
        ("a", None, "front", 0, 100),
        ("c", "lost", "front", 10, 20),
        ("d", "gone", "back", 30, 5),
        ("e", "gone", "back", 40, 5),
        ("f", "lost", "front", 200, 5),
    )
    assert found.of.tolist() == [0, 0, 1, 1, 2]
    assert found.parent.tolist() == [NONE, NONE, NONE]


def test_lines_go_to_their_span_else_to_the_latest_request_of_the_trace():
    rows = [("a", None, "front", 0, 10), ("b", "a", "back", 2, 3), ("c", "a", "back", 6, 3)]
    spans, requests = spans_of(*rows), cut(*rows)
    logs = table(
        [
            {"time": at, "service": service, "trace_id": trace, "span_id": span, "body": ""}
            for at, service, trace, span in [
                (1_000, "front", "t", "c"),
                (7_000, "back", "t", None),
                (3_000, "back", "t", "lost"),
                (1_000, "back", "t", None),
                (1_000, "side", "t", None),
                (1_000, "back", None, None),
            ]
        ],
        LOG_FIELDS,
    )
    trace = spans["trace_id"].combine_chunks().take(pa.array(requests.first))
    found = writers_of(logs, requests, trace, places_of(spans).take(pa.array(requests.first)))
    assert found.tolist() == [2, 2, 1, 1, NONE, NONE]


def test_contexts_are_chains_and_a_new_chain_is_compared_where_several_were_known():
    # operations: 0, 1, 2 are roots that call 9; 3 is a root that nobody knew
    roots, calls = [0] * 4 + [1] * 4 + [2] * 4 + [3], [9] * 13
    operation = np.array(roots + calls)
    parent = np.array([NONE] * 13 + list(range(13)))
    judged = np.zeros(26, bool)
    judged[[3, 12, 16, 25]] = True
    found = contexts_of(operation, parent, judged)
    assert found.compared[12] == NONE
    assert found.compared[25] != NONE
    serving = found.request[found.serves == found.compared[25]]
    assert sorted(serving.tolist()) == [13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24]
    assert sorted(found.request[found.serves == found.compared[16]].tolist()) == [13, 14, 15]


def test_rings_of_requests_have_contexts_too():
    found = contexts_of(np.array([0, 1, 0, 1]), np.array([1, 0, 3, 2]), np.array([False, False, True, True]))
    assert len(found.compared) == 4


def test_occurrences_beyond_the_scale_are_not_told_apart():
    seen = Seen(
        request=np.zeros(100, np.int64),
        thing=np.zeros(100, np.int64),
        time=np.arange(100),
        things=[Thing(source="logs", what="log", name="x")],
    )
    facts = facts_of([seen])
    assert facts.time.tolist() == [count - 1 for count in COUNTS.tolist()]
    assert (
        len(
            facts_of(
                [Seen(request=np.zeros(0, int), thing=np.zeros(0, int), time=np.zeros(0, int), things=[])]
            )
        )
        == 0
    )


def test_what_varies_between_blocks_anyway_has_to_vary_more():
    total = np.full((1, 8), 50.0)
    still = usual_of(np.full((1, 8), 10.0), total)
    restless = usual_of(np.array([[2.0, 18.0, 4.0, 16.0, 3.0, 17.0, 10.0, 10.0]]), total)
    now = np.array([30.0]), np.array([100.0])
    assert still.score(*now)[0] > 2 * restless.score(*now)[0] > 0
    assert still.score(np.array([5.0]), np.array([100.0]))[0] < -2


def test_scores_of_unchanged_shares_are_about_normal():
    chance = np.random.default_rng(7)
    before = chance.binomial(40, 0.2, (4_000, 16)).astype(float)
    usual = usual_of(before, np.full((4_000, 16), 40.0))
    score = usual.score(chance.binomial(60, 0.2, 4_000).astype(float), np.full(4_000, 60.0))
    assert abs(float(score.mean())) < 0.1
    assert float((np.abs(score) > 3.0).mean()) < 0.006


def test_what_broke_out_in_one_block_is_known():
    hits = np.array([[0.0, 0.0, 8.0, 0.0], [0.0, 0.0, 1.0, 0.0], [9.0, 9.0, 10.0, 9.0]])
    total = np.full((3, 4), 10.0)
    assert outbreaks_of(hits, total, usual_of(hits, total)).tolist() == [True, False, False]


def events(*rows):
    shift, request, time, score = zip(*rows, strict=True)
    return Events(
        shift=np.array(shift), request=np.array(request), time=np.array(time), score=np.array(score, float)
    )


PARENT = np.array([NONE, 0, 1])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 0, 9, 5.0), (1, 2, 3, 5.0)], [True, False]),
        ([(0, 1, 9, 5.0), (1, 1, 3, 5.0)], [False, False]),
        ([(0, 0, 9, 12.0), (1, 2, 3, 5.0)], [False, False]),
        ([(0, 0, 9, 5.0)], [False]),
    ],
)
def test_what_a_callee_shows_explains_it_if_it_is_unusual_enough(rows, expected):
    nothing = np.zeros(3, np.int64)
    assert passed_on(events(*rows), PARENT, nothing, np.arange(3)).tolist() == expected


def test_without_links_the_earlier_in_the_trace_is_the_origin():
    found = passed_on(
        events((0, 0, 9, 5.0), (1, 2, 3, 5.0), (2, 2, 4, 5.0), (3, 1, 1, 2.0), (4, 3, 0, 5.0)),
        np.full(4, NONE),
        np.array([0, 0, 0, 1]),
        np.arange(4),
    )
    assert found.tolist() == [True, False, False, False, False]


def test_endless_rings_of_requests_end():
    ring = np.array([1, 0])
    assert passed_on(events((0, 0, 1, 3.0)), ring, np.zeros(2, int), np.arange(2)).tolist() == [True]
