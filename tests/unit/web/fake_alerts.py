"""Alerts and silences that are what a test puts there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.page.silencing import SilenceError, check
from aright.engine.operations import RefusedError, UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.foreign_alert import ForeignAlert
    from aright.core.model.silence import Muted, Silence


class FakeAlerts:
    """Kept in lists, in the order of the lists."""

    def __init__(self) -> None:
        self.kept: list[ForeignAlert] = []
        self.kept_silences: list[Silence] = []
        self.held: list[Muted] = []

    def told(
        self, *, incident: str | None = None, service: str | None = None, limit: int = 200
    ) -> Sequence[ForeignAlert]:
        found = [each for each in self.kept if incident in {None, each.incident}]
        return [each for each in found if service in {None, each.service}][:limit]

    def silences(self, *, ended: bool = False, limit: int = 200) -> Sequence[Silence]:
        return [each for each in self.kept_silences if ended or not each.ended_by][:limit]

    def silence(self, made: Silence) -> Silence:
        try:
            check(made)
        except SilenceError as wrong:
            raise RefusedError(str(wrong)) from wrong
        kept = msgspec.structs.replace(made, key=f"SIL-{len(self.kept_silences) + 1}")
        self.kept_silences.append(kept)
        return kept

    def end_silence(self, key: str, *, by: str) -> Silence:
        for at, known in enumerate(self.kept_silences):
            if known.key == key:
                self.kept_silences[at] = msgspec.structs.replace(known, ended_by=by)
                return self.kept_silences[at]
        raise UnknownError(f"there is no silence {key!r}")

    def muted(self, *, limit: int = 200) -> Sequence[Muted]:
        return self.held[:limit]
