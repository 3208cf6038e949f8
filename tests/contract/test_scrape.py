"""Scraping: what any target may do to it, and a real aright that reads the real Prometheus' own metrics."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_log import MemoryLog
from aright.adapters.memory_state.state import MemoryState
from aright.adapters.scrape import HttpScraper
from aright.core.model.catalog import Catalog
from aright.core.model.frame import Kind
from aright.core.model.service import Scrape, Service
from aright.core.model.times import SECOND
from aright.core.observe.intake import read
from aright.engine.intake import Intake
from aright.engine.scraping import Scraping
from aright.ports.scraper import Scraped, ScrapeError
from tests.contract.running_aright import running, wait_for
from tests.contract.running_prometheus import needs_prometheus, prometheus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = 1_795_000_000_000_000
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.show(self)  # type: ignore[attr-defined]  # given by the test

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""


@contextmanager
def showing(show: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    server.block_on_close = False
    server.show = show  # type: ignore[attr-defined]  # read by Page
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/metrics"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def target(url: str, **fields: Any) -> Scrape:
    return Scrape(url=url, every=5 * SECOND, **fields)


@pytest.fixture
def scraper() -> Iterator[HttpScraper]:
    made = HttpScraper(largest=1_000_000, longest=0.5)
    yield made
    made.close()


def test_what_is_shown_is_read_with_the_token(scraper: HttpScraper, tmp_path: Path) -> None:
    asked: list[dict[str, str]] = []

    def show(handler: BaseHTTPRequestHandler) -> None:
        asked.append({name.lower(): value for name, value in handler.headers.items()})
        answer(handler, gzip.compress(b"up 1\n"), content_type=OPENMETRICS, content_encoding="gzip")

    token = tmp_path / "token"
    token.write_text("s3cret\n")
    with showing(show) as url:
        got = scraper.scrape(target(url, bearer_token_file=str(token)))
        token.write_text("renewed")
        scraper.scrape(target(url, bearer_token_file=str(token)))
    assert got == Scraped(body=b"up 1\n", openmetrics=True)
    assert [each["authorization"] for each in asked] == ["Bearer s3cret", "Bearer renewed"]
    assert asked[0]["accept"].startswith(
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4"
    )
    assert asked[0]["x-prometheus-scrape-timeout-seconds"] == "0.5"


def slowly(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    pause = threading.Event()
    try:
        while True:
            handler.wfile.write(b"m 1\n")
            pause.wait(0.05)
    except OSError:
        """The scraper hung up, as it should."""


@pytest.mark.parametrize(
    ("show", "words"),
    [
        (lambda handler: answer(handler, b"", 404), "answers 404"),
        (lambda handler: answer(handler, b"", 302, location="http://elsewhere/"), "answers 302"),
        (lambda handler: answer(handler, b"x" * 2_000_000), "shows more than 1,000,000 bytes"),
        (
            lambda handler: answer(handler, gzip.compress(b"x" * 2_000_000), content_encoding="gzip"),
            "shows more than 1,000,000 bytes",
        ),
        (lambda handler: answer(handler, b"no gzip", content_encoding="gzip"), "cannot be read"),
        (lambda handler: answer(handler, gzip.compress(b"x" * 9)[:-1], content_encoding="gzip"), "cut off"),
        (lambda handler: answer(handler, b"x", content_encoding="br"), "'br', which is not read"),
        (lambda handler: answer(handler, b"cut", content_length="100"), "cannot be read"),
        (slowly, "takes too long"),
        (lambda _handler: threading.Event().wait(0.8), "cannot be read"),
    ],
    ids=["gone", "elsewhere", "large", "bomb", "damaged", "half", "brotli", "cut off", "slow", "silent"],
)
def test_what_cannot_be_read_says_why(scraper: HttpScraper, show: Any, words: str) -> None:
    with showing(show) as url, pytest.raises(ScrapeError, match=words):
        scraper.scrape(target(url))


def test_a_token_that_is_not_there_is_told_without_its_text(scraper: HttpScraper, tmp_path: Path) -> None:
    with pytest.raises(ScrapeError, match="the token of http://x cannot be read"):
        scraper.scrape(target("http://x", bearer_token_file=str(tmp_path / "none")))
    (tmp_path / "odd").write_text("s3cret\x00é")
    with pytest.raises(ScrapeError, match="is no token") as told:
        scraper.scrape(target("http://x", bearer_token_file=str(tmp_path / "odd")))
    assert "s3cret" not in str(told.value)
    with pytest.raises(ScrapeError, match="cannot be read"):
        scraper.scrape(target("http://127.0.0.1:1/metrics"))


class Played:
    """A scraper that shows what it is told to, or fails."""

    def __init__(self) -> None:
        self.shown: dict[str, bytes] = {}
        self.asked: list[str] = []

    def scrape(self, target: Scrape) -> Scraped:
        self.asked.append(target.url)
        if target.url not in self.shown:
            raise ScrapeError(f"{target.url} is away")
        return Scraped(body=self.shown[target.url], openmetrics=False)

    def close(self) -> None:
        """There is nothing to let go of."""


def test_targets_are_read_when_it_is_time_and_their_health_is_a_metric() -> None:
    state, log, clock, scraper = MemoryState(), MemoryLog(), DrivenClock(NOW), Played()
    with state.transaction() as tx:
        tx.put(Service(key="shop", scrape=(target("http://a:1/m"), target("http://b:2/m", job="worker"))))
    scraper.shown["http://a:1/m"] = b"queue 7\n"
    scraping = Scraping(state, scraper, Intake(log).accept, clock)
    for second in range(21):
        clock.set(NOW + second * SECOND)
        scraping.turn()
        wait_for(lambda: not scraping._busy, "all that is due to be read")
    scraping.stop()
    frames = [frame for _, frame in log.read(0)]
    assert len(frames) == len(scraper.asked)
    assert all(scraper.asked.count(url) in {4, 5} for url in ("http://a:1/m", "http://b:2/m"))
    found: dict[str, set[float]] = {}
    for frame in frames:
        assert frame.kind is Kind.PROCESS
        rows = read(frame, limit_bytes=1_000).rows
        assert rows is not None
        for row in rows.to_pylist():
            found.setdefault(f"{row['host']} {row['name']}", set()).add(row["value"])
    assert found["a:1 queue"] == {7.0}
    assert found["a:1 up"] == {1.0}
    assert found["b:2 up"] == {0.0}


@needs_prometheus
def test_aright_reads_the_metrics_of_the_real_prometheus(tmp_path: Path) -> None:
    with prometheus(tmp_path, "global: {scrape_interval: 1h}\n") as own:
        scrape = Scrape(url=f"http://{own}/metrics", every=SECOND)
        gone = Scrape(url="http://127.0.0.1:1/metrics", every=SECOND)
        services = (Service(key="watchtower", scrape=(scrape,)), Service(key="ruin", scrape=(gone,)))
        with running(tmp_path, catalog=Catalog(services=services, slos=(), findings=())) as aright:
            wait_for(lambda: 1.0 in aright.levels("watchtower", "up"), "its health")
            wait_for(lambda: 0.0 in aright.levels("ruin", "up"), "the health of what is not there")
            wait_for(
                lambda: any(aright.levels("watchtower", "cpu_percent")), "the rate of a counter", seconds=90
            )
            assert max(aright.levels("watchtower", "rss_bytes")) > 1e6
            assert max(aright.levels("watchtower", "go_goroutines")) > 1
            assert aright.get("/v1/quarantine") == []
