"""What a service of a drill reports, by traces and by aright's SDK: sent, counted and ended as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.drill.messages import Flushed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aright.drill.messages import Setting
    from aright.drill.tracing import Tracing
    from aright.sdk import Client

FLUSH_SECONDS: Final = 20.0


class Reporting:
    """All by which one process reports.

    Args:
        tracings: its spans, by release.
        client: of aright's SDK, where it has one.
    """

    def __init__(self, tracings: Sequence[Tracing], client: Client | None = None) -> None:
        self._tracings = tracings
        self._client = client

    def flush(self) -> Flushed:
        """Send what waits; every tracing counts the batches that any of them lost."""
        done = [tracing.flush() for tracing in self._tracings]
        sent = all(each for each, _ in done)
        lost = max((batches for _, batches in done), default=0)
        if self._client is not None:
            sent = self._client.flush(FLUSH_SECONDS) and sent
            stats = self._client.stats()
            lost += sum(stats.dropped.values()) + stats.rejected + stats.quarantined
        return Flushed(sent=sent, dropped=lost)

    def close(self) -> None:
        """Send what is left, and stop."""
        for tracing in self._tracings:
            tracing.close()
        if self._client is not None:
            self._client.close()


def open_client(
    setting: Setting,
    folder: Path,
    clock: Callable[[], int],
    *,
    service: str,
    model: str = "",
    version: str = "",
) -> Client:
    """Return aright's SDK on the drill's time; rows that wait lie in the drill's folder.

    Args:
        setting: where aright is.
        folder: the drill's.
        clock: tells the drill's time (µs, UTC).
        service: that reports.
        model: that it serves, where it serves one.
        version: of that model.
    """
    from aright.sdk import Client  # noqa: PLC0415  not every service reports rows

    return Client(
        setting.url,
        setting.token,
        service=service,
        model=model,
        version=version,
        clock=clock,
        spool_dir=str(folder / "spool"),
    )
