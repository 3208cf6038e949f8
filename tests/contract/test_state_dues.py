"""What is due, in every state: rows stay until they are done, and move when scheduled again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.core.model.message import Due
from tests.contract.keeping import KINDS, make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aright.ports.state import State


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    made = make(request.param, tmp_path)
    yield made
    made.close()


def test_due_rows_stay_until_done_and_move_when_scheduled_again(state: State):
    with state.transaction() as tx:
        assert tx.next_due() is None
        for key, at in (("b", 20), ("a", 20), ("c", 10)):
            tx.schedule(Due(key=key, task="verify", subject="INC-1", due_at=at))
        assert tx.next_due() == 10
        assert [due.key for due in tx.take_due(20)] == ["c", "a", "b"]
        assert [due.key for due in tx.take_due(20, limit=1)] == ["c"]
        tx.schedule(Due(key="c", task="update", subject="INC-2", due_at=30))
        assert [due.key for due in tx.take_due(20)] == ["a", "b"]
        tx.done("a")
        tx.done("a")
        (b, c) = tx.take_due(30)
    assert b == Due(key="b", task="verify", subject="INC-1", due_at=20)
    assert c == Due(key="c", task="update", subject="INC-2", due_at=30)


def test_due_rows_can_be_taken_by_task(state: State):
    with state.transaction() as tx:
        for key, task in (("a", "diagnose"), ("b", "verify"), ("c", "diagnose")):
            tx.schedule(Due(key=key, task=task, subject="INC-1", due_at=10))
        assert [due.key for due in tx.take_due(10, only="diagnose")] == ["a", "c"]
        assert [due.key for due in tx.take_due(10, but=("diagnose",))] == ["b"]
        assert [due.key for due in tx.take_due(10, only="update")] == []
        assert [due.key for due in tx.take_due(9, but=("update", "diagnose"))] == []
