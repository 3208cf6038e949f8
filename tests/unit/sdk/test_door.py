"""The door: one connection kept alive, and no answer that could hurt."""

from __future__ import annotations

import socket

import pytest

from aright.sdk.door import Door, Reply, seconds
from aright.sdk.lanes import Lane, pack
from aright.sdk.settings import Settings, settle
from tests.unit.sdk.fake_door import TOKEN, Answer, FakeDoor, open_door

BATCH = pack(Lane.PREDICTION, [b"\x80"])


def settings_for(url: str, **options: float) -> Settings:
    return settle(url, TOKEN, "", Settings(service="shop", clock=lambda: 0, **options))  # type: ignore[arg-type]  # free-form


def test_one_connection_serves_many_batches(door: FakeDoor) -> None:
    sender = Door(settings_for(door.url))
    assert [sender.send(BATCH).status for _ in range(3)] == [200, 200, 200]
    assert len({request.peer for request in door.requests}) == 1
    sender.close()


def test_a_base_path_comes_first(door: FakeDoor) -> None:
    sender = Door(settings_for(f"{door.url}/team/"))
    sender.send(BATCH)
    sender.close()
    assert door.requests[0].path == "/team/v1/predictions"


def test_a_connection_found_closed_is_opened_once_more(door: FakeDoor) -> None:
    sender = Door(settings_for(door.url))
    door.answers.append(Answer(headers={"Connection": "close"}))
    assert sender.send(BATCH).taken
    assert sender.send(BATCH).taken
    door.cut = True
    assert sender.send(BATCH) == Reply(0, failure="RemoteDisconnected")
    assert [request.path for request in door.requests].count("cut") == 2  # the old connection, then a new one
    assert not sender.send(BATCH).taken
    assert [request.path for request in door.requests].count("cut") == 3  # a new one that fails is enough
    door.cut = False
    assert sender.send(BATCH).taken
    sender.close()


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sender = Door(settings_for(f"http://127.0.0.1:{free.getsockname()[1]}"))
        reply = sender.send(BATCH)
    assert reply == Reply(0, failure="ConnectionRefusedError")
    assert reply.again


def test_a_server_that_never_answers_is_given_up(door: FakeDoor) -> None:
    door.gate.clear()
    sender = Door(settings_for(door.url, request_seconds=0.1))
    assert sender.send(BATCH) == Reply(0, failure="TimeoutError")
    assert len(door.requests) == 1
    sender.close()


def test_an_endless_answer_is_not_read_to_its_end(door: FakeDoor) -> None:
    door.answers.append(Answer(200, b"x" * (1 << 20)))
    sender = Door(settings_for(door.url))
    assert sender.send(BATCH) == Reply(200)
    assert sender.send(BATCH).taken
    assert len({request.peer for request in door.requests}) == 2
    sender.close()


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        (b"", Reply(200)),
        (b"<html>", Reply(200)),
        (b"[1,2]", Reply(200)),
        (b'{"quarantined":-5}', Reply(200)),
        (b'{"quarantined":"many"}', Reply(200)),
        (b"\xff\xfe", Reply(200)),
        (b'{"quarantined":2,"problems":[{"fix":"a\\nb"}]}', Reply(200, quarantined=2, advice="a b")),
    ],
)
def test_any_answer_is_read(door: FakeDoor, body: bytes, reply: Reply) -> None:
    door.answers.append(Answer(200, body))
    sender = Door(settings_for(door.url))
    assert sender.send(BATCH) == reply
    sender.close()


def test_a_servers_words_are_bounded(door: FakeDoor) -> None:
    door.answers.append(Answer(400, b'{"error":{"problem":"' + b"y" * 50_000 + b'"}}'))
    sender = Door(settings_for(door.url))
    assert len(sender.send(BATCH).advice) == 300
    sender.close()


def test_no_redirect_is_followed_with_the_token(door: FakeDoor) -> None:
    with open_door() as elsewhere:
        door.answers.append(Answer(307, headers={"Location": f"{elsewhere.url}/v1/predictions"}))
        sender = Door(settings_for(door.url))
        reply = sender.send(BATCH)
        sender.close()
        assert (reply.taken, reply.again) == (False, False)
        assert elsewhere.requests == []


def test_retry_after_as_a_date() -> None:
    assert seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert seconds("Wed, 21 Oct 2195 07:28:00 GMT") == 3600.0
    assert seconds("nan") == 0.0
    assert seconds("1e9") == 3600.0


def test_a_disowned_socket_leaves_the_others_open(door: FakeDoor) -> None:
    """What a forked child does to its copy must not reach the parent's connection."""
    sender, copy = Door(settings_for(door.url)), Door(settings_for(door.url))
    sender.send(BATCH)
    connection = sender._connection
    assert connection is not None
    copy._connection = type(connection)("127.0.0.1", door.port)
    copy._connection.sock = socket.socket(fileno=socket.dup(connection.sock.fileno()))
    copy.disown()
    copy.close()
    assert sender.send(BATCH).taken
    assert len({request.peer for request in door.requests}) == 1
    sender.close()
