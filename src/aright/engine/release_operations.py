"""What may be asked about releases: a part of ``Operations``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from aright.core.model.release import Release

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.alias import AliasKept
    from aright.core.model.incident import TimelineEvent


class GateCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check of a gate.

    Attributes:
        name: which.
        state: ``passed`` | ``failed`` | ``not_run``.
        text: what it found, in one sentence.
    """

    name: str
    state: str
    text: str = ""


class GateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What ``aright gate --out`` writes.

    Attributes:
        schema: of this shape; 1.
        service: whose version was looked at.
        version: the version.
        closed: whether it must not pass.
        checks: what was looked at.
    """

    schema: int = 1
    service: str = ""
    version: str = ""
    closed: bool = False
    checks: tuple[GateCheck, ...] = ()


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A release that somebody asks for.

    Attributes:
        service: whose.
        version: the candidate.
        by: who asks.
        stable: the version that serves now; read from the registry, or from what was served, where empty.
        model: the model's name; empty where the service has one.
        gate: what the gate said.
        force: let it past a closed gate, and on to all users without waiting for looks.
        confirm: the service's name; needed with ``force``.
        dry_run: only say what would be done.
    """

    service: str
    version: str
    by: str = ""
    stable: str = ""
    model: str = ""
    gate: GateReport | None = None
    force: bool = False
    confirm: str = ""
    dry_run: bool = False


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A release that was begun, or would be.

    Attributes:
        release: as it stands; its key is empty after a dry run.
        steps: what is going to be done, in order, one sentence each.
        warnings: what speaks against it, one sentence each.
    """

    release: Release
    steps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a person orders of a release.

    Attributes:
        what: ``approve`` | ``pause`` | ``resume`` | ``roll_back`` | ``promote`` | ``stop``.
        by: who.
        text: why.
        confirm: the service's name; needed for what moves traffic or the alias.
        dry_run: only say what would be done.
    """

    what: str
    by: str = ""
    text: str = ""
    confirm: str = ""
    dry_run: bool = False


class ReleaseOperations(Protocol):
    """Everything here may be called from any thread and blocks until it is committed."""

    def start(self, wanted: Start) -> Started:
        """Begin a release; raises ``UnknownError`` and ``RefusedError``."""
        ...

    def releases(
        self, *, service: str | None = None, under_way: bool = False, limit: int = 100
    ) -> Sequence[Release]:
        """Return releases, the newest first."""
        ...

    def release(self, key: str) -> Release:
        """Return a release; raises ``UnknownError``."""
        ...

    def ledger(self, key: str) -> Sequence[TimelineEvent]:
        """Return what was done and why, oldest first, hash-chained; raises ``UnknownError``."""
        ...

    def order(self, key: str, order: Order) -> Started:
        """Carry out an order; raises ``UnknownError`` and ``RefusedError``."""
        ...

    def aliases(self, *, service: str | None = None) -> Sequence[AliasKept]:
        """Return the aliases that are kept, by key."""
        ...
