"""The sender's thread: what it outlives, and where its spool is."""

from __future__ import annotations

import logging
import tempfile
from typing import TYPE_CHECKING

from aright.sdk import meter
from aright.sdk.courier import Courier
from aright.sdk.settings import spool_place
from tests.unit.sdk.fake_door import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from aright.sdk import Client
    from tests.unit.sdk.fake_door import FakeDoor

    Make = Callable[..., Client]


def test_where_the_spool_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("ARIGHT_SPOOL_DIR", raising=False)
    assert spool_place(None).startswith(f"{tmp_path}/aright-spool-")
    monkeypatch.setenv("ARIGHT_SPOOL_DIR", "/var/spool/shop")
    assert spool_place(None) == "/var/spool/shop"
    assert spool_place("/elsewhere") == "/elsewhere"
    assert spool_place("") == ""


def test_a_spool_that_cannot_be_opened_is_told_and_done_without(
    door: FakeDoor, make_client: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    door.cut = True
    client = make_client(spool_dir=tmp_path / "file" / "spool")
    client.prediction(id="a")
    assert not client.flush(0.1)
    assert client.stats().queued == 1
    assert "no spool on disk (NotADirectoryError)" in caplog.text
    door.cut = False
    assert client.flush(5)
    assert door.ids()[-1] == "a"


def test_a_full_spool_is_counted(door: FakeDoor, make_client: Make) -> None:
    door.cut = True
    client = make_client(spool_bytes=10)
    client.prediction()
    assert not client.flush(0.1)
    assert client.stats().dropped == {"spool_full": 1}


def test_a_log_handler_that_calls_the_client_does_not_lock_it_up(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    flushed: list[bool] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            client.outcome("ticket", unit="on-call", text=record.getMessage())
            flushed.append(client.flush(30))
            client.stats()

    handler = Handler()
    logging.getLogger("aright.sdk").addHandler(handler)
    try:
        door.answers.append(Answer(400))
        client.prediction()
        assert client.flush(5)
        assert client.flush(5)
    finally:
        logging.getLogger("aright.sdk").removeHandler(handler)
    assert flushed == [False]
    assert len(door.rows("/v1/outcomes")) == 1


def test_a_sample_that_fails_holds_no_rows_up(
    door: FakeDoor, make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise ValueError

    monkeypatch.setattr(meter, "resident_bytes", broken)
    now = [0]
    client = make_client(process_metrics=True, clock=lambda: now[0])
    client.prediction(id="a")
    now[0] = 10_000_000
    assert client.flush(5)
    assert door.ids() == ["a"]
    assert client.stats().errors == 1


def test_the_sender_outlives_its_own_mistakes(
    door: FakeDoor, make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_courier: Courier) -> bool:
        raise ZeroDivisionError

    client = make_client()
    with monkeypatch.context() as patched:
        patched.setattr(Courier, "round", broken)
        client.prediction(id="a")
        assert not client.flush(0.05)
        assert client.stats().errors >= 1
    assert client.flush(5)
    assert door.ids() == ["a"]
