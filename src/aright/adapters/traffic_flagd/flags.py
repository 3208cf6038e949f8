"""Splitting traffic by a flag of two variants; who gets which is flagd's, sticky by the bucket's key."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from aright.adapters.traffic_flagd.file import read, replace
from aright.adapters.traffic_flagd.flag import Flag, flag_of, with_flag
from aright.core.mitigate.shares import met, percent
from aright.core.model.rollout import FlagdTraffic
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import TrafficConfig

_TURNS: Final = 3


class FlagdFile:
    """Writes the flag's weights; thread-safe, and safe against other writers that replace the file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def share(self, at: TrafficConfig) -> float:
        """Return what the flag's weights give to the candidate; raises ``TrafficError``."""
        at = _own(at)
        return flag_of(read(at.file), at).share

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:  # noqa: ARG002 - may be repeated
        """Replace the file by one with other weights, and read it back; raises ``TrafficError``."""
        at = _own(at)
        with self._lock:
            for _ in range(_TURNS):
                text = read(at.file)
                before = flag_of(text, at)
                wanted = before.sending(share)
                if wanted == before:
                    return f"{_told(at, wanted, share)}, as before"
                if replace(at.file, text, with_flag(text, at, wanted)):
                    return self._read_back(at, wanted, before, share)
        raise TrafficError(f"{at.file} is being written by others again and again; find out by whom")

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Say what would be written, having read what there is; raises ``TrafficError``."""
        at = _own(at)
        before = flag_of(read(at.file), at)
        return f"would write: {_told(at, before.sending(share), share)}; it is {percent(before.share)}"

    def warning(self, at: TrafficConfig) -> str:  # noqa: ARG002 - the port's
        """Say how long it takes."""
        return "flagd reads the file again after a while (5 s as it comes): until then, nothing moves."

    def _read_back(self, at: FlagdTraffic, wanted: Flag, before: Flag, share: float) -> str:
        after = flag_of(read(at.file), at)
        if after.share != wanted.share:
            raise TrafficError(
                f"{at.file} gives {percent(after.share)} to {at.canary}, although "
                f"{percent(wanted.share)} was "
                "written: something else writes it, too. Find what does."
            )
        return f"{_told(at, wanted, share)}; it was {percent(before.share)}"


def _own(at: TrafficConfig) -> FlagdTraffic:
    assert isinstance(at, FlagdTraffic)  # noqa: S101 - bootstrap hands each way its own
    return at


def _told(at: FlagdTraffic, flag: Flag, share: float) -> str:
    return (
        f"{at.canary} of {at.flag} gets {met(share, flag.share)}, by weights {flag.canary} to {flag.stable}"
    )
