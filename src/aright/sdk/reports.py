"""Reports on their way: read with care, encoded in the caller's thread, and put into the pipeline."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from aright.sdk.lifetime import end_with_worker
from aright.sdk.pipeline import Pipeline
from aright.sdk.reader import CarefulReader, Reader
from aright.sdk.rows import ChangeEvent, Outcome, Payload, Prediction, Process, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.sdk.lanes import Lane
    from aright.sdk.settings import Settings
    from aright.sdk.tally import Tally

T = TypeVar("T", Prediction, Outcome, Process, ChangeEvent, Payload)


class Reports:
    """What a client reports, in one process.

    Args:
        settings: of the client.

    Attributes:
        pipeline: where rows wait and are sent from.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._begin()

    @property
    def tally(self) -> Tally:
        """What became of rows so far."""
        return self.pipeline.tally

    def name(self) -> str:
        """Return an id that no other row has."""
        return f"{self._prefix}-{next(self._numbers):x}"

    def renew(self) -> None:
        """In a forked child: begin anew; the parent sends what is the parent's."""
        parents = self.pipeline
        self._begin()
        parents.disown()

    def put(self, lane: Lane, build: Callable[[Reader], T]) -> T | None:
        """Read, encode and queue a row; a row that cannot be encoded is read once more with care."""
        if self._settings.problem:
            self.tally.drop("off", "reporting is off")
            return None
        for kind in (Reader, CarefulReader):
            reader = kind()
            try:
                row = build(reader)
                encoded = encode(row)
            except Exception:  # noqa: BLE001, S112 - whatever a host's objects do; the count is below
                continue
            if reader.altered:
                self.altered(reader.altered)
            self.pipeline.put(lane, encoded)
            return row
        self.tally.drop("unreadable", "a call's arguments could not be read: pass plain text and numbers")
        return None

    def altered(self, values: int) -> None:
        """Count values that were converted or left out."""
        self.tally.add("altered", values)
        self.tally.warn(
            "altered", "values were converted or left out: the wire takes text, numbers, booleans and None"
        )

    def _begin(self) -> None:
        self.pipeline = Pipeline(self._settings, started=end_with_worker)
        self._prefix = os.urandom(8).hex()
        self._numbers = count()
