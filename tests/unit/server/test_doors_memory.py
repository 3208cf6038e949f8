"""Memory of bodies that went."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace

import pytest

from aright.server.doors_memory import keep_freed_memory


@pytest.fixture(autouse=True)
def _forget() -> None:
    keep_freed_memory.cache_clear()


def test_glibc_is_told_what_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def mallopt(option: int, value: int) -> int:
        asked.append((option, value))
        return 1

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=mallopt))
    assert keep_freed_memory()
    assert keep_freed_memory()
    assert asked == [(-3, 32 << 20), (-1, 128 << 20)]


def test_other_libraries_and_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    assert not keep_freed_memory()
    keep_freed_memory.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory()
