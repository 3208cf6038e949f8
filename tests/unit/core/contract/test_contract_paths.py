import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract.paths import ELEMENT, ENTRY, ROOT, child, is_data_key, parent_of, split

KEYS = st.text(max_size=20)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.one_of(KEYS, st.sampled_from([ELEMENT, ENTRY]).map(lambda step: (step,))), min_size=1, max_size=5
    )
)
def test_a_path_says_its_steps_and_its_parent(steps):
    path, parents = ROOT, []
    for step in steps:
        parents.append(path)
        path = ("" if path == ROOT else path) + step[0] if isinstance(step, tuple) else child(path, step)

    assert split(path) == [step[0] if isinstance(step, tuple) else step for step in steps]
    assert parent_of(path) == parents[-1]


def test_keys_are_cut_and_escaped():
    path = child("a", "x" * 500 + "\n")

    assert len(path) < 80
    assert "\n" not in child("$", "a\nb")


def test_a_broken_path_says_where():
    with pytest.raises(ValueError, match="character 1"):
        split("a!b")


@pytest.mark.parametrize(
    ("key", "data"),
    [("4711", True), ("2026-11-23T10:00", True), ("x" * 80, True), ("name", False), ("iso3", False)],
)
def test_data_is_told_from_names(key, data):
    assert is_data_key(key) is data
