from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract.cells import CAPACITY, cells_of, merge_cells

COUNTS = st.dictionaries(st.text(max_size=4), st.integers(1, 50), max_size=60)


@settings(deadline=None, max_examples=60)
@given(st.lists(COUNTS, min_size=1, max_size=4))
def test_merging_few_values_is_exact(parts):
    whole = sum((Counter(part) for part in parts), Counter())

    assert merge_cells(cells_of(part) for part in parts) == cells_of(whole)


def test_many_values_are_bounded_and_the_frequent_kept():
    parts = [{f"{part}-{i}": 1 for i in range(900)} | {"often": 40} for part in range(4)]

    merged = merge_cells(cells_of(part) for part in parts)

    assert len(merged.counts) <= CAPACITY
    assert merged.n == 4 * 940
    assert merged.counts["often"] == 160
    assert not merged.exact


def test_the_sample_of_the_rest_is_fair():
    unique = cells_of({f"v{i}": 1 for i in range(4_000)})
    twice = cells_of({f"v{i}": 2 for i in range(4_000)})

    assert unique.light()[0] == unique.light()[1]
    rows, distinct = twice.light()
    assert rows == 2 * distinct > 0
