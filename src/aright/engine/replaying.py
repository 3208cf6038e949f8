"""Replaying: a case's stored inputs on the version before and the one of now, to tell data from model."""

from __future__ import annotations

import zlib
from contextlib import ExitStack, closing
from time import monotonic
from typing import TYPE_CHECKING, Final

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
    from aright.core.model.evidence import Replayed
    from aright.core.model.replay import Output, Stored
    from aright.engine.world import World
    from aright.ports.replayer import Running

CHUNK: Final = 32
"""Inputs run on one version before the other has its turn, so that time that is up leaves pairs."""

SHARE: Final = 0.9
"""Part of a step's budget that a replay takes: the rest is for the words."""


def replay(world: World, case: Case, *, budget_s: float) -> Replayed | None:
    """Return what stored inputs of a case say, run on two versions; ``None`` where they cannot be.

    That is where its service does not say how a version is run, where only one version is known, or where no
    input is stored on either side. Raises ``ReplayError`` where a version cannot be run at all.

    Args:
        world: the ports.
        case: whose rows.
        budget_s: how long it may take (s); the service's own limit holds as well.
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
    with ExitStack() as opened:
        old, new = (
            opened.enter_context(
                closing(
                    replayer.open(how, service=case.service.key, version=version, seconds=until - monotonic())
                )
            )
            for version in (versions.previous, versions.version)
        )
        return replayed(
            stores[0].rows,
            stores[1].rows,
            _Asking(stores, old, new, until),
            versions=(versions.previous, versions.version),
            rng=np.random.default_rng(zlib.crc32(case.incident.encode())),
            changed=versions.changed,
        )


class _Asking:
    """Runs rows of both sides on both versions until time is up."""

    def __init__(self, stores: tuple[Store, Store], old: Running, new: Running, until: float) -> None:
        self._stores, self._old, self._new, self._until = stores, old, new, until
        self._over = False
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
            if self._over:
                break
            inputs = store.inputs(rows[at : at + CHUNK])
            try:
                mine, theirs = self._run(self._old, inputs), self._run(self._new, inputs)
            except ReplayError:
                if not self._any:
                    raise
                self._over = True
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
