"""What the client does with rows that wait, are refused or come too late."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from aright.sdk import Client, Stats
from tests.unit.sdk.fake_door import TOKEN, Answer, FakeDoor

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Make = Callable[..., Client]


def test_a_full_queue_drops_and_counts(door: FakeDoor, make_client: Make) -> None:
    door.gate.clear()
    client = make_client(queue_rows=10)
    client.prediction(id="first")
    threading.Thread(target=client.flush, daemon=True).start()
    door.wait(lambda d: d.requests)  # the sender is busy with the first row
    for number in range(15):
        client.prediction(id=str(number))
    door.gate.set()
    assert client.flush(5)
    stats = client.stats()
    assert (stats.accepted, stats.sent, stats.dropped) == (11, 11, {"queue_full": 5})


def test_too_large_a_row_is_dropped(make_client: Make) -> None:
    client = make_client()
    client.prediction(text="x" * (1 << 21))
    assert client.stats().dropped == {"too_large": 1}


def test_a_full_batch_does_not_wait(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    for _ in range(1000):
        client.prediction(label="a")
    door.wait(lambda d: len(d.rows()) == 1000)
    assert door.requests[0].headers["Content-Encoding"] == "zstd"


def test_rows_leave_by_themselves_after_a_while(door: FakeDoor, make_client: Make) -> None:
    make_client(flush_seconds=0.01).prediction(id="p")
    door.wait(lambda d: d.ids() == ["p"])


def test_a_refused_batch_is_counted_and_never_sent_again(
    door: FakeDoor, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    problem = b'{"error":{"problem":"the token is unknown","fix":"run aright token"}}'
    door.answers += [Answer(401, problem), Answer(401, problem)]
    client = make_client()
    for name in ("a", "b", "c"):
        client.prediction(id=name)
        assert client.flush(5)
    stats = client.stats()
    assert (stats.sent, stats.rejected) == (1, 2)
    assert door.ids() == ["a", "b", "c"]
    told = [record for record in caplog.records if record.name == "aright.sdk"]
    assert len(told) == 1
    assert "the token is unknown: run aright token" in told[0].getMessage()
    assert told[0].levelno == logging.WARNING
    assert TOKEN not in caplog.text


def test_quarantined_rows_are_told(
    door: FakeDoor, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    door.answers.append(
        Answer(
            200,
            b'{"accepted":1,"quarantined":1,"problems":[{"row":0,"field":"time","problem":"is from 1970",'
            b'"fix":"send microseconds"}],"position":9}',
        )
    )
    client = make_client()
    client.prediction(id="a", time=1)
    client.prediction(id="b")
    assert client.flush(5)
    assert (client.stats().sent, client.stats().quarantined) == (2, 1)
    assert "time: is from 1970: send microseconds" in caplog.text


def test_a_server_that_repeats_the_token_does_not_bring_it_into_the_log(
    door: FakeDoor, make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    door.answers.append(Answer(403, f'{{"error":{{"problem":"bad {TOKEN}\\u001b[2J"}}}}'.encode()))
    client = make_client()
    client.prediction()
    assert client.flush(5)
    assert "the server refused" in caplog.text
    assert TOKEN not in caplog.text
    assert "\x1b" not in caplog.text


def test_after_close_rows_are_dropped(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    client.prediction(id="a")
    client.close(5)
    client.prediction(id="b")
    client.close(5)
    assert not client.flush(5)
    assert door.ids() == ["a"]
    assert client.stats() == Stats(accepted=1, sent=1, dropped={"closed": 1})
