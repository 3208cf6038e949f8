"""The client's own books: where each row went, and one warning for each thing that went wrong."""

from __future__ import annotations

import logging
import threading
from typing import Final

import msgspec

LOG: Final = logging.getLogger("aright.sdk")


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """Where the rows went.

    No row is unaccounted for: ``accepted + recovered == sent + rejected + queued + spooled + lost``, where
    ``lost`` is that part of ``dropped`` which had been accepted before (spool_full, spool_damaged, exit).

    Attributes:
        accepted: rows taken into the queue.
        sent: rows in batches that the server acknowledged.
        quarantined: of these, rows that the server put aside as unreadable.
        rejected: rows in batches that the server refused (4xx); they are never tried again.
        spooled: rows that wait on disk now.
        queued: rows that wait in memory now.
        recovered: rows taken over from a spool that an earlier process left.
        dropped: rows lost, by reason: queue_full | too_large | incomplete | unreadable | closed | off |
            spool_full | spool_damaged | exit.
        altered: values left out or rewritten because the wire has no form for them.
        errors: failures inside the client that the host was spared.
    """

    accepted: int = 0
    sent: int = 0
    quarantined: int = 0
    rejected: int = 0
    spooled: int = 0
    queued: int = 0
    recovered: int = 0
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    altered: int = 0
    errors: int = 0


class Tally:
    """Counts that many threads add to, and warnings that are given once each."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # re-entrant: a signal handler may report in the midst of a report
        self._counts: dict[str, int] = {}
        self._dropped: dict[str, int] = {}
        self._told: set[str] = set()

    def add(self, name: str, rows: int = 1) -> None:
        """Add to one of the plain counts of ``Stats``."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + rows

    def drop(self, reason: str, advice: str, rows: int = 1) -> None:
        """Count lost rows under a reason; the first time, say what to do about it."""
        if rows:
            with self._lock:
                self._dropped[reason] = self._dropped.get(reason, 0) + rows
            self.warn(f"drop:{reason}", advice)

    def error(self, what: str, error: BaseException) -> None:
        """Count a failure of the client's own. Only its type is told: its text may hold the caller's data."""
        self.add("errors")
        self.warn(f"error:{what}", f"{what} failed ({type(error).__name__}); the service goes on without it")

    def warn(self, key: str, text: str) -> None:
        """Log a warning, once per key for the life of the client."""
        with self._lock:
            if key in self._told:
                return
            self._told.add(key)
        LOG.warning("%s. This is said once; client.stats() keeps count.", text.rstrip(". "))

    def stats(self, *, accepted: int, queued: int, spooled: int) -> Stats:
        """Return the counts as they stand."""
        with self._lock:
            return Stats(
                accepted=accepted,
                queued=queued,
                spooled=spooled,
                dropped=dict(self._dropped),
                **self._counts,
            )
