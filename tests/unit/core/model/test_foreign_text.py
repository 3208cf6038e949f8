"""What others answer does nothing where it is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aright.core.model.foreign_text import harmless


@given(st.one_of(st.binary(max_size=2_000), st.text(max_size=2_000)), st.integers(1, 300))
def test_it_is_one_short_printable_line(told: bytes | str, most: int) -> None:
    found = harmless(told, most)

    assert len(found) <= most
    assert found.isprintable()


def test_words_stay() -> None:
    assert harmless("no\tway\r\nout\x00") == "no way out"
