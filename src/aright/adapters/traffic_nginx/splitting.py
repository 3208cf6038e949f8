"""Splitting traffic by a file that nginx includes: the last resort, since a reload cuts connections."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.adapters.traffic_nginx.block import WHOLE, block, share_of
from aright.adapters.traffic_nginx.process import main_process, reload
from aright.core.mitigate.shares import met, parts, percent
from aright.core.model.foreign_text import harmless
from aright.core.model.rollout import NginxTraffic
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import TrafficConfig

SETTLING: Final = 5.0
"""Seconds that nginx may take to start new workers."""

_MOST: Final = 64 << 10


class NginxSplit:
    """Writes the file and reloads; thread-safe.

    Args:
        settling: how long nginx may take to start new workers (seconds).
    """

    def __init__(self, settling: float = SETTLING) -> None:
        self._settling = settling
        self._lock = threading.Lock()

    def share(self, at: TrafficConfig) -> float:
        """Return what the file says; raises ``TrafficError``."""
        at = _own(at)
        return share_of(at, _read(at.file))

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:  # noqa: ARG002 - may be repeated
        """Write, reload and wait for new workers; else put the file back. Raises ``TrafficError``."""
        at = _own(at)
        with self._lock:
            before, wanted = _read(at.file), block(at, share)
            was, process = share_of(at, before), main_process(at.pid_file)
            told = f"{at.canary} gets {met(share, parts(share, WHOLE) / WHOLE)}"
            if share_of(at, wanted) == was:
                return f"{told}, as before; nginx was not reloaded"
            _write(at.file, wanted)
            if not reload(process, self._settling):
                _write(at.file, before)
                raise TrafficError(
                    f"nginx started no new workers within {self._settling:g} s, so "
                    f"{harmless(at.file)} was put back. "
                    "Its error log, or `nginx -t`, says what it cannot read.",
                    permanent=True,
                )
            return f"{told}; it was {percent(was)}. nginx was reloaded: {self.warning(at)}"

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Say what would be written, having read what there is; raises ``TrafficError``."""
        at = _own(at)
        was, process = self.share(at), main_process(at.pid_file)
        there = met(share, parts(share, WHOLE) / WHOLE)
        how = f"would write {harmless(at.file)} and reload process {process.pid}"
        return f"{how}: {at.canary} would get {there}; it gets {percent(was)}"

    def warning(self, at: TrafficConfig) -> str:  # noqa: ARG002 - the port's
        """Say what a reload costs."""
        return (
            "a reload of nginx cuts connections that clients keep (32 of 1,387 requests failed when "
            "it was measured): "
            "clients must try again. Any other way to split traffic is better."
        )


def _own(at: TrafficConfig) -> NginxTraffic:
    assert isinstance(at, NginxTraffic)  # noqa: S101 - bootstrap hands each way its own
    return at


def _read(file: str) -> str:
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as opened:
            return opened.read(_MOST)
    except OSError as error:
        raise TrafficError(
            f"{harmless(file)} cannot be read ({error.strerror or type(error).__name__}). Write a "
            "split_clients block "
            "there, include it in nginx's configuration, and let aright write it.",
            permanent=True,
        ) from error


def _write(file: str, text: str) -> None:
    """Replace the file, so that nginx never reads half of it."""
    place = Path(file).resolve()
    made = ""
    try:
        handle, made = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            new.write(text)
            os.fchmod(new.fileno(), place.stat().st_mode & 0o7777)
            new.flush()
            os.fsync(new.fileno())
        Path(made).replace(place)
        made = ""
    except OSError as error:
        raise TrafficError(
            f"{harmless(file)} cannot be written ({error.strerror or type(error).__name__}). Let "
            "aright write it and "
            "its folder (a new file takes the old one's place).",
            permanent=True,
        ) from error
    finally:
        if made:
            Path(made).unlink(missing_ok=True)
