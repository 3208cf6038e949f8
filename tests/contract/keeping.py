"""What the batteries for states put into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.adapters.memory_state.state import MemoryState
from aright.adapters.sql.postgres import PostgresState
from aright.adapters.sql.sqlite import SqliteState
from aright.core.model.change import Change
from aright.core.model.incident import Incident, TimelineEvent
from aright.core.model.incident import State as Stands
from aright.core.model.message import Message
from aright.core.model.sheet import Sheet
from aright.core.model.signal import ALL, Segment, SignalPoint
from tests.contract.running_postgres import shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aright.ports.state import State, Transaction

KINDS = ("memory", "sqlite", "postgres")


def make(kind: str, folder: Path) -> State:
    if kind == "postgres":
        return PostgresState(shared().emptied())
    return MemoryState() if kind == "memory" else SqliteState(folder / "state.db")


def change(key: str, service: str = "shop") -> Change:
    return Change(key=key, at=1, service=service, kind="deploy")


def incident(key: str, state: Stands) -> Incident:
    return Incident(key=key, service="shop", state=state, title="t", opened_at=1, began_at=0)


def message(key: str, *, urgency: int = 2, due_at: int = 0, dedup_key: str = "") -> Message:
    return Message(
        id=key,
        channel="pagerduty",
        dedup_key=dedup_key or key,
        incident="INC-1",
        urgency=urgency,
        body=b'{"a": 1}',
        due_at=due_at,
    )


def sheet(
    start: int,
    *,
    width: int = 1,
    body: bytes = b"x",
    version: str = "",
    segment: Segment = ALL,
    service: str = "shop",
) -> Sheet:
    return Sheet(service=service, start=start, width=width, body=body, version=version, segment=segment)


def line(text: str, incident: str = "INC-1") -> TimelineEvent:
    return TimelineEvent(incident=incident, number=0, at=5, kind="note", text=text, refs=("E1",))


def point(start: int, name: str = "fallback_share", total: float = 1.0, **kwargs: str) -> SignalPoint:
    segment = Segment("region", kwargs["region"]) if "region" in kwargs else ALL
    return SignalPoint(
        service=kwargs.get("service", "shop"),
        name=name,
        version=kwargs.get("version", ""),
        segment=segment,
        start=start,
        width=30,
        n=10,
        total=total,
    )


class BoomError(Exception):
    pass


def roll_back(state: State, do: Callable[[Transaction], object]) -> None:
    def then_fail() -> None:
        with state.transaction() as tx:
            do(tx)
            raise BoomError

    with pytest.raises(BoomError):
        then_fail()
