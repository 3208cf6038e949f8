"""Replaying: a case's stored inputs on the version before and the one of now, to tell data from model.

What was replayed before is not replayed again: a replay is known by all that it was made of.
"""

from __future__ import annotations

import zlib
from contextlib import ExitStack, closing
from hashlib import blake2b
from time import monotonic
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.core.diagnose.shadow.answers import as_served
from aright.core.diagnose.shadow.replayed import replayed
from aright.core.diagnose.shadow.versions import versions_of
from aright.engine.stored_inputs import Store, stored_inputs
from aright.ports.replayer import ReplayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose import Case
    from aright.core.diagnose.shadow.pool import Ints
    from aright.core.diagnose.shadow.versions import Versions
    from aright.core.model.evidence import Replayed
    from aright.core.model.replay import Output, Replay, Stored
    from aright.engine.world import World
    from aright.ports.replayer import Running

CHUNK: Final = 32
"""Inputs run on one version before the other has its turn, so that time that is up leaves pairs."""

SHARE: Final = 0.9
"""Part of a step's budget that a replay takes: the rest is for the words."""


def replay(world: World, case: Case, *, budget_s: float, last: Replayed | None = None) -> Replayed | None:
    """Return what stored inputs of a case say, run on two versions; ``None`` where they cannot be.

    That is where its service does not say how a version is run, where only one version is known, or where no
    input is stored on either side. Raises ``ReplayError`` where a version cannot be run at all.

    Args:
        world: the ports.
        case: whose rows.
        budget_s: how long it may take (s); the service's own limit holds as well.
        last: of the last round; it is returned where nothing that it was made of has changed.
    """
    how = case.service.replay
    replayer = world.replayers.get(how.way) if how is not None else None
    if how is None or replayer is None:
        return None
    until = monotonic() + min(how.seconds, SHARE * budget_s)
    versions = versions_of(case.reference, case.current, case.changes, case.service, fallback=how.previous)
    if versions is None:
        return None
    stores = stored_inputs(world, case, versions)
    if not all(len(each) for each in stores):
        return None
    made_of = fingerprint(how, versions, stores)
    if last is not None and last.inputs == made_of:
        return last
    with ExitStack() as opened:
        old, new = (
            opened.enter_context(
                closing(
                    replayer.open(how, service=case.service.key, version=version, seconds=until - monotonic())
                )
            )
            for version in (versions.previous, versions.version)
        )
        asking = _Asking(stores, old, new, until)
        found = replayed(
            stores[0].rows,
            stores[1].rows,
            asking,
            versions=(versions.previous, versions.version),
            rng=np.random.default_rng(zlib.crc32(case.incident.encode())),
            changed=versions.changed,
        )
    return found if asking.over else msgspec.structs.replace(found, inputs=made_of)


def fingerprint(how: Replay, versions: Versions, stores: tuple[Store, Store]) -> str:
    """Return what tells whether two replays are made of the same: what is run, on what, against what.

    Truths are part of it, for labels that come late change what answers are worth; the spans are, by their
    rows. How long a replay may take is not: one that time has cut short has no such mark.
    """
    made_of = blake2b(digest_size=16)
    told = (how.way, how.target, how.inputs, versions.previous, versions.version, versions.changed)
    made_of.update(msgspec.json.encode(told))
    for store in stores:
        made_of.update(msgspec.json.encode((store.rows.unit.tolist(), store.rows.served, store.rows.truth)))
        store.table_told(made_of.update)
        for name, document in sorted(store.documents.items()):
            made_of.update(f"{name} {len(document)} ".encode())
            made_of.update(document)
    return made_of.hexdigest()


class _Asking:
    """Runs rows of both sides on both versions until time is up.

    Attributes:
        over: whether it is, or a version has failed since.
    """

    def __init__(self, stores: tuple[Store, Store], old: Running, new: Running, until: float) -> None:
        self._stores, self._old, self._new, self._until = stores, old, new, until
        self.over = False
        self._any = False

    def __call__(self, rows: Ints, *, current: bool) -> tuple[list[Output], list[Output]]:
        """Return both versions' answers, to fewer rows than asked for when time is up.

        A version that fails later ends the replay, and what it answered before counts; one that fails at once
        raises ``ReplayError``.
        """
        store = self._stores[current]
        old: list[Output] = []
        new: list[Output] = []
        for at in range(0, len(rows), CHUNK):
            if self.over:
                break
            inputs = store.inputs(rows[at : at + CHUNK])
            try:
                mine, theirs = self._run(self._old, inputs), self._run(self._new, inputs)
            except ReplayError:
                if not self._any:
                    raise
                self.over = True
                break
            self._any = True
            old += [as_served(each, store.like) for each in mine]
            new += [as_served(each, store.like) for each in theirs]
        return old, new

    def _run(self, version: Running, inputs: Sequence[Stored]) -> tuple[Output, ...]:
        left = self._until - monotonic()
        if left <= 0:
            raise ReplayError("time was up before any input was replayed: give it longer (within)")
        return version.run(inputs, seconds=left)
