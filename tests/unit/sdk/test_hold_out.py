"""Who is held out."""

from __future__ import annotations

import pytest

from aright.sdk import held_out


def test_a_unit_is_held_out_everywhere_or_nowhere() -> None:
    units = [f"u{n}" for n in range(20_000)]
    first = [held_out(unit, 0.02, salt="one") for unit in units]
    more = [held_out(unit, 0.1, salt="one") for unit in units]
    other = [held_out(unit, 0.02, salt="two") for unit in units]

    assert 300 < sum(first) < 500
    assert first == [held_out(unit, 0.02, salt="one") for unit in units]
    assert all(wide for small, wide in zip(first, more, strict=True) if small)
    assert sum(a and b for a, b in zip(first, other, strict=True)) < 30


def test_none_all_and_neither() -> None:
    assert not held_out("u", 0.0, salt="")
    assert held_out("\ud800", 1.0, salt="x" * 99)
    with pytest.raises(ValueError, match="one in a hundred"):
        held_out("u", 5, salt="")
