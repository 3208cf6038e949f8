import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract import Limits, Sample, merge_summaries
from aright.core.contract.summary import Summary, channel_of, decode, encode

AT = 1_795_442_520_000_000

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**300, 10**310),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["2026-11-23", "12.50", "99999-99-99", "0" * 500, "\ud800"]),
)
HOSTILE = st.recursive(
    st.one_of(SCALARS, st.binary(max_size=3), st.builds(object)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=6), st.integers(), st.none()), inner, max_size=5),
    ),
    max_leaves=20,
)
ORDERLY = st.fixed_dictionaries(
    {"a": st.sampled_from(["x", "y"]), "n": st.integers(0, 50), "l": st.lists(st.integers(0, 9), max_size=3)},
    optional={"o": st.fixed_dictionaries({"p": st.sampled_from([1.5, 2.25])})},
)


def collected(documents, limits=None):
    sample = Sample(start=0, limits=limits or Limits())
    for document in documents:
        sample.add(document, AT)
    return sample.summary()


@settings(deadline=None, max_examples=80)
@given(st.lists(HOSTILE, max_size=8))
def test_hostile_documents_never_raise_and_stay_readable(documents):
    summary = collected(documents)

    assert summary.documents == len(documents)
    merged = merge_summaries([summary, summary])
    assert merged.documents == 2 * len(documents)


@settings(deadline=None, max_examples=30)
@given(st.lists(ORDERLY, min_size=2, max_size=30), st.integers(1, 29))
def test_parts_together_are_the_whole(documents, cut):
    whole = collected(documents)

    parts = merge_summaries([collected(documents[:cut]), collected(documents[cut:])])

    assert parts.documents == whole.documents
    assert parts.paths.keys() == whole.paths.keys()
    for path, found in whole.paths.items():
        other = parts.paths[path]
        for name, count in found.counts.items():
            if not name.startswith("pair"):
                assert other.counts.get(name, 0) == count, (path, name)
        assert other.cells == found.cells
        assert {name: channel.counts for name, channel in other.channels.items()} == {
            name: channel.counts for name, channel in found.channels.items()
        }
    for name, sums in whole.sums.items():
        if name.startswith(("pair", "place")) and "sum of" not in name:
            assert parts.sums.get(name, sums) == pytest.approx(sums)


PATCHY = st.recursive(
    st.sampled_from([None, 1, "x", True, 2.5]),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3), st.lists(inner, max_size=2)
    ),
    max_leaves=6,
)


def counted(summary):
    """Return all bases and counts but those of neighbours, which patchy elements have none of."""
    return {
        path: (
            {name: n for name, n in found.bases.items() if n and name != "pair"},
            {name: k for name, k in found.counts.items() if k and not name.startswith("pair")},
        )
        for path, found in summary.paths.items()
    }


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), PATCHY, max_size=3), min_size=2, max_size=8), st.data()
)
def test_fields_that_a_part_lacks_are_missing_in_the_whole(documents, data):
    cuts = data.draw(st.lists(st.integers(0, len(documents)), min_size=1, max_size=3).map(sorted))
    whole = counted(collected(documents))
    ends = [0, *cuts, len(documents)]

    parts = [collected(documents[begin:end]) for begin, end in itertools.pairwise(ends)]

    assert counted(merge_summaries(parts)) == whole
    assert counted(merge_summaries([parts[0], merge_summaries(parts[1:])])) == whole
    assert counted(collected(documents, Limits(buffer=2))) == whole


def test_a_field_that_came_late_was_not_always_there():
    early = collected([{"o": {}}, {"o": {"l": []}}])
    late = collected([{"o": {"new": 1}, "gone": 2}])

    both = merge_summaries([early, late])

    assert both.paths["o.new"].bases == {"parent": 3, "present": 1, "value": 1, "digits": 1, "number": 1}
    assert both.paths["gone"].bases["parent"] == 3
    assert late.paths["gone"].bases["parent"] == 1


def test_folding_on_the_way_changes_nothing():
    documents = [{"a": i % 7, "s": f"k{i % 5}", "l": [i, i + 1]} for i in range(60)]

    early = collected(documents, Limits(buffer=20))

    whole = collected(documents)
    assert {path: (found.counts, found.cells) for path, found in early.paths.items()} == {
        path: (found.counts, found.cells) for path, found in whole.paths.items()
    }


def test_a_summary_reads_back():
    summary = collected([{"a": 1.5, "b": ["x"], "when": "2026-11-23T14:00:00Z"}] * 3)

    assert decode(encode(summary)) == summary
    assert collected([]) == Summary(start=0)


def test_what_is_looked_at_is_bounded():
    deep: dict[str, object] = {}
    for _ in range(3_000):
        deep = {"d": deep}
    wide = {f"key {i} {'x' * 200}": 1 for i in range(60)}
    long = {"t": "x" * 1_000_000, "l": list(range(100_000))}

    summary = collected([deep, long, *({f"f{turn}_{i}": 1 for i in range(60)} for turn in range(20)), wide])

    assert len(summary.paths) <= 512 + 2
    assert summary.dropped > 0
    assert max(map(len, summary.paths)) < 120
    assert summary.paths["t"].channels["length"].maximum == 1_000_000
    assert summary.paths["l"].channels["length"].maximum == 100_000
    assert summary.paths["l[]"].bases["present"] == 64


def test_a_document_of_too_many_nodes_is_cut():
    summary = collected([{"a": [{"b": [0] * 60} for _ in range(60)]}], Limits(nodes=100))

    assert summary.paths["a"].channels["length"].maximum == 60


def test_objects_by_id_are_one_path():
    summary = collected(
        [{"rates": {str(1_000 + i + turn): {"v": 1.0} for i in range(3)}} for turn in range(9)]
    )

    assert set(summary.paths) == {"$", "rates", "rates{}", "rates{}.v"}


def test_presence_is_of_the_object_that_holds_it():
    summary = collected([{"o": {"p": 1}}, {"o": {}}, {}, {"o": None}])

    assert summary.paths["o.p"].bases["parent"] == 2
    assert summary.paths["o.p"].counts["parent:present"] == 1
    assert summary.paths["o"].counts["present:null"] == 1


def test_numbers_of_one_record_are_related():
    documents = [{"net": i + 1.0, "tax": (i + 1) * 0.2, "gross": (i + 1) * 1.2} for i in range(20)]

    sums = collected(documents).sums

    assert sums["plus\x1fnet\x1ftax\x1fgross"] == [20, 20] or sums["plus\x1fgross\x1fnet\x1ftax"]
    assert any(name.startswith("ratio") for name in sums)


def test_arrays_are_related_to_what_holds_them():
    documents = [{"total": 3.0 * n, "items": [{"x": 3.0}] * n} for n in range(1, 9)]

    sums = collected(documents).sums

    pair = (
        sums["pair\x1fsum of items[].x\x1ftotal"]
        if "pair\x1fsum of items[].x\x1ftotal" in sums
        else sums["pair\x1ftotal\x1fsum of items[].x"]
    )
    assert pair == [8, 0, 8]


def test_order_and_repeats_in_arrays():
    summary = collected([{"l": [3, 2, 2, 1], "s": ["a", "b"]}] * 4)

    falls = summary.paths["l[]"]
    assert (falls.counts["pair:falls"], falls.counts["pair:equals"], falls.bases["pair"]) == (8, 4, 12)
    assert summary.paths["l"].counts["elements:repeated"] == 4
    assert summary.paths["s[]"].counts.get("pair:falls", 0) == 0


def test_times_are_held_against_their_documents():
    summary = collected([{"t": AT // 1_000_000 - 60, "ms": AT // 1_000, "iso": "2026-11-23T14:00:00Z"}] * 3)

    assert summary.paths["t"].channels["age"].maximum == pytest.approx(60)
    assert summary.paths["ms"].counts["number:epoch ms"] == 3
    assert summary.paths["iso"].channels["age"].maximum == pytest.approx(120)
    assert any(name.startswith("gap") for name in summary.sums)


def test_a_channel_counts_up_to_its_cuts():
    channel = channel_of(np.array([1.0, 2.0, 3.0, math.nan]))

    assert channel is not None
    assert channel.under([0.5, 2.0, 9.0]) == [0, 2, 3]
    assert channel_of(np.array([math.inf])) is None


def test_the_farthest_numbers_are_counted_and_not_summed():
    summary = collected(
        [{"n": n, "m": -n, "t": "9e305", "l": [n, -n]} for n in (1.7e308, -1.7e308, 10**400, 5)]
    )

    assert summary.paths["n"].channels["number"].n == 1
    assert summary.paths["n"].bases["present"] == 4
