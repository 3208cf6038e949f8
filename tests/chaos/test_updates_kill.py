"""Status updates over restarts, as the benchmark has it, for few of them."""

from __future__ import annotations

from bench.response_updates import figures


def test_no_update_is_missed_silently_or_told_twice():
    found = figures(quick=True)
    assert [figure.name for figure in found if figure.ok is False] == []
