"""Scraping: the metrics that services show are read when it is time, and go in as any other body."""

from __future__ import annotations

import logging
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.service import Service
from aright.core.model.times import SECOND
from aright.core.observe.intake import UnreadableError
from aright.core.observe.intake.exposition import Head, head_line
from aright.ports.log import LogBrokenError, LogFullError
from aright.ports.scraper import ScrapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aright.core.model.service import Scrape
    from aright.core.model.times import Micros
    from aright.engine.intake import Acceptance
    from aright.ports.clock import Clock
    from aright.ports.scraper import Scraper
    from aright.ports.state import State

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 8
_PAUSE: Final = 0.25  # seconds
_LOOK: Final = 10 * SECOND
_EVERY: Final = 100_000


@dataclass(frozen=True)
class Target:
    """One place of one service."""

    service: str
    scrape: Scrape


class Scraping:
    """Reads each target every so often; one that is slow delays no other.

    What was read is written down as it came, with whose it is in its first line, and is on disk before it
    counts: a restart reads it again like all else. What could not be read is written down as ``up`` 0.

    Args:
        state: the catalog, looked at every ten seconds.
        scraper: reads one target.
        accept: takes a frame.
        clock: what time it is; on a driven one nothing is scraped.
    """

    def __init__(
        self, state: State, scraper: Scraper, accept: Callable[[Frame], Acceptance], clock: Clock
    ) -> None:
        self._state = state
        self._scraper = scraper
        self._accept = accept
        self._clock = clock
        self._due: dict[Target, Micros] = {}
        self._busy: set[Target] = set()
        self._wrong: set[Target] = set()
        self._looked_at: Micros | None = None
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(_AT_ONCE, "aright-scrape")
        self._thread = threading.Thread(target=self._live, name="aright-scrape", daemon=True)

    def start(self) -> None:
        """Begin to scrape."""
        if not self._clock.driven:
            self._thread.start()

    def stop(self) -> None:
        """Stop, once what is under way has been read."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._scraper.close()

    def turn(self) -> None:
        """Begin to read what is due."""
        now = self._clock.now()
        if self._looked_at is None or now - self._looked_at >= _LOOK:
            self._looked_at = now
            self._look(now)
        for target, due in self._due.items():
            if due <= now and target not in self._busy:
                self._busy.add(target)
                behind = (now - due) // target.scrape.every
                self._due[target] = due + (behind + 1) * target.scrape.every
                self._pool.submit(self._scrape, target)

    def _live(self) -> None:
        while not self._stopping.is_set():
            try:
                self.turn()
            except Exception:  # noqa: BLE001 - the watch goes on without these metrics, and says so
                _log.exception("scraping broke; it is tried again")
            self._stopping.wait(_PAUSE)

    def _look(self, now: Micros) -> None:
        """Take the catalog's targets; each has its own moment, so that not all are read at once."""
        with self._state.transaction() as tx:
            targets = targets_of(tx.list(Service, limit=_EVERY))
        known = self._due
        self._due = {target: known.get(target, now + _offset(target)) for target in targets}

    def _scrape(self, target: Target) -> None:
        try:
            self._write_down(target)
        except (LogFullError, LogBrokenError) as error:
            _log.warning("the metrics of %s were not kept: %s", target.service, error)
        except Exception:  # noqa: BLE001 - told; the next time may go well
            _log.exception("the metrics of %s were not kept", target.service)
        finally:
            self._busy.discard(target)

    def _write_down(self, target: Target) -> None:
        at = self._clock.now()
        try:
            shown = self._scraper.scrape(target.scrape)
            seconds = (self._clock.now() - at) / SECOND
            took = self._accept(
                _frame(target, at, shown.body, openmetrics=shown.openmetrics, seconds=seconds)
            )
            self._say(target, "; ".join(f"{note.problem} ({note.fix})" for note in took.notes))
        except (ScrapeError, UnreadableError) as error:
            self._say(target, str(error))
            seconds = (self._clock.now() - at) / SECOND
            self._accept(_frame(target, at, b"", up=False, seconds=seconds))

    def _say(self, target: Target, wrong: str) -> None:
        """Log what is wrong with a target once, until it is right again."""
        if not wrong:
            self._wrong.discard(target)
        elif target not in self._wrong:
            self._wrong.add(target)
            _log.warning("the metrics of %s: %s", target.service, wrong)


def targets_of(services: Iterable[Service]) -> list[Target]:
    """Return where the metrics of all services are."""
    return [Target(service.key, scrape) for service in services for scrape in service.scrape]


def _offset(target: Target) -> Micros:
    return zlib.crc32(f"{target.service} {target.scrape.url}".encode()) % min(target.scrape.every, _LOOK)


def _frame(
    target: Target, at: Micros, body: bytes, *, seconds: float, openmetrics: bool = False, up: bool = True
) -> Frame:
    head = Head(
        service=target.service,
        instance=urlsplit(target.scrape.url).netloc,
        job=target.scrape.job,
        openmetrics=openmetrics,
        up=up,
        seconds=seconds,
        metrics=target.scrape.metrics,
    )
    packer = zlib.compressobj(1, wbits=31)
    packed = packer.compress(head_line(head) + body) + packer.flush()
    return Frame(
        kind=Kind.PROCESS, format=Format.EXPOSITION, encoding=Encoding.GZIP, received_at=at, body=packed
    )
