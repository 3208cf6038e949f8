from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.sdk import Client
from tests.unit.sdk.fake_door import TOKEN, FakeDoor, open_door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def door() -> Iterator[FakeDoor]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def make_client(door: FakeDoor, tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Make clients that talk to ``door``, spool in a folder of the test's, and are closed after it."""
    made: list[Client] = []

    def make(**options: object) -> Client:
        settings: dict[str, object] = {
            "service": "shop",
            "spool_dir": tmp_path / "spool",
            "process_metrics": False,
            "flush_seconds": 3600.0,
        }
        client = Client(door.url, TOKEN, **{**settings, **options})  # type: ignore[arg-type]  # free-form options
        made.append(client)
        return client

    yield make
    for client in made:
        client.close(1.0)
