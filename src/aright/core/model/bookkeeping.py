"""What the engine must remember across a restart, and what was set aside."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far the engine has come.

    Attributes:
        key: always ``engine``.
        position: log position up to which rows are in segments.
        closed_to: end of the last closed window (µs, UTC); 0 before the first.
        counted: log position up to which rows had been taken when that window was closed; 0 where the same as
            ``position``.
        clock: ``wall`` or ``driven``; a driven server refuses a store of the other kind.
        now: the driven clock's time (µs, UTC); 0 for the wall clock.
        store: id of the folder that the log is in; empty for the embedded store.
    """

    key: str
    position: int
    closed_to: Micros
    clock: str
    now: Micros = 0
    counted: int = 0
    store: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a service's detector knew after a window, so that a restart goes over later points alone.

    Attributes:
        key: the service's name.
        service: the same.
        upto: end of that window (µs, UTC).
        width: of windows (µs).
        body: as the detector froze it.
    """

    key: str
    service: str
    upto: Micros
    width: Micros
    body: bytes


class BadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that could not be taken, kept aside for reading.

    Attributes:
        row: its number within the body, from 0.
        field: the field that is wrong; empty when the whole row is.
        problem: what is wrong.
        fix: what to do.
        text: the row as it came, cut to 500 characters.
    """

    row: int
    field: str
    problem: str
    fix: str
    text: str = ""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """The bad rows of one body.

    Attributes:
        key: position of the frame and kind.
        at: when it came (µs, UTC).
        kind: what its rows were meant to be.
        count: bad rows in it.
        rows: at most the first 20.
    """

    key: str
    at: Micros
    kind: str
    count: int
    rows: tuple[BadRow, ...]


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token's hash; the token itself is shown once and never kept.

    Attributes:
        key: SHA-256 of the token, hex.
        name: what it is for.
        created_at: when (µs, UTC).
    """

    key: str
    name: str
    created_at: Micros
