"""Senders of the ingest benchmark: threads with one kept-alive connection each."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from bench.ingest_bodies import CONTENT_TYPES
from bench.ingest_server import TOKEN


@dataclass
class Sent:
    """What came of a load.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: seconds from the moment that a body was due to its acknowledgement.
        refused: answers other than 200.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0

    def quantile(self, q: float) -> float:
        """Return a quantile of the latencies (seconds)."""
        return float(np.quantile(self.latencies, q))


class Sender:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> bool:
        """Send a whole request; return whether it was acknowledged."""
        self._socket.sendall(request)
        answer = self._socket.recv(65_536)
        while b"\r\n\r\n" not in answer or not answer.rstrip().endswith(b"}"):
            answer += self._socket.recv(65_536)
        return answer.startswith(b"HTTP/1.1 200")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def request(body: bytes, form: str) -> bytes:
    """Return an HTTP request around a body."""
    head = (
        f"POST /v1/predictions HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: {CONTENT_TYPES[form]}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def as_fast_as_it_goes(port: int, requests: list[bytes], *, total: int, senders: int) -> Sent:
    """Send ``total`` requests, each sender its next as soon as its last was acknowledged."""
    return _run(port, requests, total=total, senders=senders, rate=None)


def at_a_rate(port: int, requests: list[bytes], *, rate: float, seconds: float, senders: int) -> Sent:
    """Send ``rate`` requests per second at random moments (a Poisson process), whatever the answers take.

    Latency counts from the moment that a request was due, also when every sender was busy then.
    """
    return _run(port, requests, total=int(rate * seconds), senders=senders, rate=rate)


def _run(port: int, requests: list[bytes], *, total: int, senders: int, rate: float | None) -> Sent:
    gaps = np.random.default_rng(3).exponential(1 / rate, total) if rate else np.zeros(total)
    due = (time.perf_counter() + 0.05 + np.cumsum(gaps)).tolist()
    numbers = count()
    sent = Sent()
    lock = threading.Lock()

    def live() -> None:
        sender = Sender(port)
        mine = []
        refused = 0
        while (number := next(numbers)) < total:
            if rate:
                time.sleep(max(due[number] - time.perf_counter(), 0))
            begin = due[number] if rate else time.perf_counter()
            refused += not sender.send(requests[number % len(requests)])
            mine.append(time.perf_counter() - begin)
        sender.close()
        with lock:
            sent.latencies += mine
            sent.refused += refused

    threads = [threading.Thread(target=live) for _ in range(senders)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.seconds = time.perf_counter() - begin
    return sent
