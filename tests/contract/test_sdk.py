"""The SDK in a living host: threads, asyncio, forks, kills and exits; and what the server reads of it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import read
from aright.sdk import Client, configure, current, lifetime
from tests.unit.sdk.fake_door import TOKEN, FakeDoor, open_door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., Client]

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # Python 3.12 on fork


@pytest.fixture
def door() -> Iterator[FakeDoor]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def make_client(door: FakeDoor, tmp_path: Path) -> Iterator[Make]:
    made: list[Client] = []

    def make(**options: object) -> Client:
        made.append(client_of(door.url, tmp_path / "spool", **options))
        return made[-1]

    yield make
    for client in made:
        client.close(1.0)


def client_of(url: str, spool: Path, **options: object) -> Client:
    given: dict[str, object] = {"process_metrics": False, "flush_seconds": 3600.0, **options}
    return Client(url, TOKEN, service="shop", spool_dir=spool, **given)  # type: ignore[arg-type]  # free-form options


@pytest.fixture
def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def in_child(act: Callable[[], None]) -> int:
    """Fork, act in the child, and return the child's id; it leaves with 0 when nothing was raised."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return child


def leave(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(url: str, spool: Path, body: str) -> int:
    """Run a host that makes a client and then does what ``body`` says; return its exit code."""
    text = f"""
        import os
        from aright.sdk import Client
        client = Client({url!r}, {TOKEN!r}, service="shop", spool_dir={str(spool)!r}, process_metrics=False,
                        flush_seconds=3600.0, exit_seconds=0.5)
    """
    script = textwrap.dedent(text) + textwrap.dedent(body)
    return subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode


def test_what_is_sent_is_what_the_server_reads(door: FakeDoor, make_client: Make) -> None:
    now = time.time_ns() // 1000
    client = make_client(model="m", version="1", host="h", clock=lambda: now, process_metrics=True)
    for number in range(50):
        client.prediction(
            unit=f"u{number}",
            attributes={"region": "eu"},
            features={"a.x": number, "b": "t", "c": None, "d": float("nan"), "e": True},
            items=["i", "j"] if number % 2 else None,
            score=0.5,
            confidence=0.25,
            latency_ms=3.5,
            status=200,
            fallback=False,
            text="" if number % 3 else "long " * 50,
        )
        client.outcome("click", number / 50, unit=f"u{number}")
    client.change("deploy", "api", before="1", after="2")
    client.measure(queue_depth=4, threads=2)
    assert client.flush(5)
    kinds = {
        "/v1/predictions": (Kind.PREDICTIONS, Format.MSGPACK, 50),
        "/v1/outcomes": (Kind.OUTCOMES, Format.MSGPACK, 50),
        "/v1/process": (Kind.PROCESS, Format.MSGPACK, 1),
        "/v1/changes": (Kind.CHANGES, Format.CLOUDEVENTS, 1),
    }
    encodings = {None: Encoding.IDENTITY, "zstd": Encoding.ZSTD, "gzip": Encoding.GZIP}
    assert {request.path for request in door.requests} == set(kinds)
    for request in door.requests:
        kind, form, rows = kinds[request.path]
        encoding = encodings[request.headers.get("Content-Encoding")]
        frame = Frame(kind=kind, format=form, encoding=encoding, received_at=now, body=request.body)
        taken = read(frame, limit_bytes=1 << 24)
        assert (taken.good, taken.bad_count, taken.bad, taken.notes) == (rows, 0, (), ())


def test_many_threads(door: FakeDoor, make_client: Make) -> None:
    client = make_client()

    def work(thread: int) -> None:
        for number in range(400):
            client.prediction(id=f"{thread}:{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush(10)
    ids = door.ids()
    assert len(ids) == len(set(ids)) == 3200
    for thread_number in range(8):
        own = [int(name.partition(":")[2]) for name in ids if name.startswith(f"{thread_number}:")]
        assert own == list(range(400))


def test_asyncio_goes_on_while_the_server_hangs(door: FakeDoor, make_client: Make) -> None:
    client = make_client()

    async def answer(number: int) -> str:
        await asyncio.sleep(0)
        return client.prediction(id=str(number))

    async def serve() -> bool:
        door.gate.clear()
        client.prediction(id="0")
        flushing = asyncio.create_task(asyncio.to_thread(client.flush, 10.0))
        await asyncio.to_thread(door.wait, lambda d: d.requests)
        await asyncio.gather(*(answer(number) for number in range(1, 1500)))
        assert not flushing.done()
        door.gate.set()
        return await flushing and await asyncio.to_thread(client.flush, 10.0)

    assert asyncio.run(serve())
    assert sorted(map(int, door.ids())) == list(range(1500))


def test_calls_return_while_the_server_hangs_and_the_queue_is_full(door: FakeDoor, make_client: Make) -> None:
    door.gate.clear()
    client = make_client(queue_rows=100, flush_seconds=0.01)
    client.prediction()
    door.wait(lambda d: d.requests)
    began = time.perf_counter()
    for _ in range(2000):
        client.prediction(features={"a": 1.0})
    assert time.perf_counter() - began < 2  # a call that waited for the server would take ten seconds
    assert client.stats().dropped == {"queue_full": 1900}


def test_after_a_fork_each_side_sends_its_own_once(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    door.gate.clear()
    client.prediction(id="under way")
    threading.Thread(target=client.flush, daemon=True).start()
    door.wait(lambda d: d.requests)
    client.prediction(id="queued")

    def child() -> None:
        assert client.stats().accepted == 0
        client.prediction(id="child's")
        assert client.flush(10)
        assert client.stats().sent == 1

    forked = in_child(child)
    client.prediction(id="after")
    door.gate.set()
    assert leave(forked) == 0
    assert client.flush(10)
    assert Counter(door.ids()) == Counter(["under way", "queued", "after", "child's"])
    assert client.stats().sent == 3
    peers = {request.peer: {row["id"] for row in request.rows} for request in door.requests}
    assert {"child's"} in peers.values()  # over a connection of its own


def test_made_up_ids_differ_after_a_fork(door: FakeDoor, make_client: Make) -> None:
    client = make_client()

    def child() -> None:
        client.prediction()
        assert client.flush(10)

    assert leave(in_child(child)) == 0
    client.prediction()
    assert client.flush(10)
    assert len(set(door.ids())) == 2


def test_a_fork_leaves_the_parents_spool_to_the_parent(
    door: FakeDoor, make_client: Make, tmp_path: Path
) -> None:
    door.cut = True
    client = make_client()
    client.prediction(id="parent's")
    client.flush(0.2)
    assert client.stats().spooled == 1

    def child() -> None:
        client.prediction(id="child's")
        client.close(1.0)
        assert client.stats().spooled == 1

    assert leave(in_child(child)) == 0
    assert len(list((tmp_path / "spool").iterdir())) == 2
    door.cut = False
    assert client.flush(10)
    assert door.ids() == ["parent's"]  # its lock was not lost to the child, nor is the child's file its own
    client.close()
    heir = make_client()
    assert heir.flush(10)
    assert door.ids() == ["parent's", "child's"]
    assert heir.stats().recovered == 1


def test_a_multiprocessing_worker_delivers_as_it_ends(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    client.prediction(id="before")
    worker = multiprocessing.get_context("fork").Process(target=lambda: client.prediction(id="worker's"))
    worker.start()
    worker.join(20)
    assert worker.exitcode == 0
    assert client.flush(10)
    assert sorted(door.ids()) == ["before", "worker's"]


def test_a_fork_waits_for_modules_being_loaded() -> None:
    forked = threading.Event()

    def fork() -> None:
        leave(in_child(lambda: None))
        forked.set()

    with lifetime._LOADING:
        forking = threading.Thread(target=fork)
        forking.start()
        assert not forked.wait(0.05)
    assert forked.wait(10)
    forking.join()


def test_rows_are_delivered_at_exit(door: FakeDoor, tmp_path: Path) -> None:
    body = """
        for number in range(3):
            client.prediction(id=str(number))
        client.outcome("click", 1, unit="u")
    """
    assert run(door.url, tmp_path, body) == 0
    assert door.ids() == ["0", "1", "2"]
    assert len(door.rows("/v1/outcomes")) == 1


def test_at_exit_without_a_server_rows_go_to_disk_for_the_next_process(
    free_port: int, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{free_port}"
    assert run(url, tmp_path, "for n in range(3): client.prediction(id=str(n))") == 0
    with open_door(free_port) as door:
        assert run(url, tmp_path, "client.prediction(id='3')") == 0
        assert door.ids() == ["0", "1", "2", "3"]
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_hangs_holds_the_exit_up_for_a_bounded_time(door: FakeDoor, tmp_path: Path) -> None:
    door.gate.clear()
    began = time.monotonic()
    assert run(door.url, tmp_path, "client.prediction(id='a')") == 0
    assert time.monotonic() - began < 8  # exit_seconds is 0.5 here, and a request may take ten
    door.gate.set()
    heir = client_of(door.url, tmp_path)
    assert heir.flush(10)
    heir.close()
    assert door.ids() == ["a", "a"]  # under way when the process ended: sent again, under the same id


def test_a_killed_process_leaves_a_readable_spool(free_port: int, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port}"
    body = """
        for n in range(20):
            client.prediction(id=str(n))
            while client.stats().spooled <= n:
                client.flush(0.01)
        os.kill(os.getpid(), 9)
    """
    assert run(url, tmp_path, body) == -signal.SIGKILL
    with open_door(free_port) as door:
        heir = client_of(url, tmp_path)
        heir.prediction(id="20")
        assert heir.flush(10)
        heir.close()
        assert door.ids() == [str(number) for number in range(21)]


def test_one_client_for_the_whole_process(door: FakeDoor, tmp_path: Path) -> None:
    first = configure(door.url, TOKEN, service="shop", spool_dir=tmp_path, process_metrics=False)
    assert current() is first
    current().prediction(id="a")
    second = configure(door.url, TOKEN, service="search", spool_dir=tmp_path, process_metrics=False)
    assert current() is second
    assert door.ids() == ["a"]  # the first was closed, and delivered
    second.close()


def test_it_stands_alone() -> None:
    script = "import sys, aright.sdk; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    own = {name for name in loaded if name.startswith("aright") and not name.startswith("aright.sdk")}
    assert own == {"aright"}
    assert not {"numpy", "pyarrow", "psutil", "http.client", "ssl", "asyncio", "cramjam", "tempfile"} & set(
        loaded
    )
