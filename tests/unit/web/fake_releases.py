"""Releases in memory, with the rules that their pages rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.incident.chain import seal
from aright.core.model.incident import TimelineEvent
from aright.core.model.release import UNDER_WAY, ReleaseState
from aright.engine.operations import Happening, RefusedError, UnknownError
from aright.engine.release_operations import Order, Start, Started

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.alias import AliasKept
    from aright.core.model.release import Release
    from aright.engine.happenings import Happenings

_TO = {
    "roll_back": ReleaseState.ROLLING_BACK,
    "promote": ReleaseState.PROMOTING,
    "stop": ReleaseState.STOPPED,
}


class FakeReleases:
    """Kept in a dictionary, the newest first."""

    def __init__(self, happenings: Happenings) -> None:
        self.happenings = happenings
        self.kept: dict[str, Release] = {}
        self.lines: dict[str, list[TimelineEvent]] = {}
        self.kept_aliases: list[AliasKept] = []
        self.at = 0

    def start(self, wanted: Start) -> Started:
        raise RefusedError(f"{wanted.service} has no rollout.")

    def releases(
        self, *, service: str | None = None, under_way: bool = False, limit: int = 100
    ) -> Sequence[Release]:
        return [
            each
            for each in self.kept.values()
            if service in {None, each.service} and (each.state in UNDER_WAY or not under_way)
        ][:limit]

    def release(self, key: str) -> Release:
        if key not in self.kept:
            raise UnknownError(f"There is no release {key[:40]!r}.")
        return self.kept[key]

    def ledger(self, key: str) -> Sequence[TimelineEvent]:
        self.release(key)
        return self.lines.get(key, [])

    def order(self, key: str, order: Order) -> Started:
        release = self.release(key)
        if order.dry_run:
            return Started(
                release=release,
                steps=(f"The router is told to give all to `{release.stable}`.", "The alias is read back."),
                warnings=("No harm is shown.",),
            )
        if order.what not in {"pause", "resume", "stop"} and order.confirm != release.service:
            raise RefusedError(
                f"{order.confirm[:40]!r} is not the service's name.", f"Type {release.service}."
            )
        if release.state not in UNDER_WAY:
            raise RefusedError(f"{key} has ended.")
        changes: dict[str, object] = {}
        if order.what in {"pause", "resume"}:
            changes["paused_by"] = order.by if order.what == "pause" else ""
        if order.what == "approve":
            changes["approved"] = (*release.approved, "promoting")
        if order.what in _TO:
            changes["state"] = _TO[order.what]
        if order.what == "stop":
            changes |= {"ended_at": self.at, "outcome": f"{order.by} stopped it.", "share": 0.0}
        self.kept[key] = msgspec.structs.replace(release, **changes)
        lines = self.lines.setdefault(key, [])
        line = TimelineEvent(
            incident=key, number=len(lines) + 1, at=self.at, kind=order.what, text=f"{order.by} ordered it.",
            by=order.by, key=True,
        )  # fmt: skip
        lines.append(seal(line, lines[-1].hash if lines else ""))
        self.happenings.tell(Happening(kind="release", key=key))
        return Started(release=self.kept[key])

    def aliases(self, *, service: str | None = None) -> Sequence[AliasKept]:
        return [each for each in self.kept_aliases if service in {None, each.service}]
