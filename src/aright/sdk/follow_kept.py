"""What a follower keeps loaded, as a value: each event gives the next one, so that readers need no lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Generic, TypeVar

import msgspec
from msgspec.structs import replace

M = TypeVar("M")

FIRST_RETRY: Final = 0.5
LONGEST_RETRY: Final = 30.0
"""Seconds until a version that failed to load is tried again: the first time, and at most."""

LOADS_AT_ONCE: Final = 2
"""So that a load that nobody wants any longer, or that hangs, does not hold up the one that is wanted."""


class Failure(msgspec.Struct, frozen=True):
    """A version that failed to load.

    Attributes:
        times: how often in a row.
        retry_at: from when on it may be tried again (monotonic s).
        why: what kept it.
    """

    times: int
    retry_at: float
    why: str


class Kept(msgspec.Struct, Generic[M], frozen=True, eq=False, kw_only=True):
    """Versions by what they are to the follower; ``""`` is no version.

    Attributes:
        keep: versions that stay loaded, the serving one among them; an announced one comes on top.
        current: the version that serves, and its model.
        warm: all that are loaded, coldest first.
        wanted: what the alias stands for.
        announced: what will be wanted soon.
        loading: versions under way.
        failed: of the wanted and the announced one, why it could not be loaded.

    >>> kept = Kept[str](keep=2).wants("1")
    >>> kept.due(0.0)
    '1'
    >>> kept = kept.begins("1").loads("1", "first").wants("2")
    >>> kept.current, kept.due(0.0)
    (('1', 'first'), '2')
    >>> kept.begins("2").loads("2", "second").current
    ('2', 'second')
    """

    keep: int
    current: tuple[str, M | None] = ("", None)
    warm: tuple[tuple[str, M], ...] = ()
    wanted: str = ""
    announced: str = ""
    loading: frozenset[str] = frozenset()
    failed: Mapping[str, Failure] = {}

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that are loaded, the one used last first."""
        return tuple(version for version, _ in reversed(self.warm))

    def wants(self, version: str) -> Kept[M]:
        """Return what is kept once the alias stands for a version; for none, what serves goes on serving."""
        return self if version == self.wanted else _settled(replace(self, wanted=version))

    def announces(self, version: str) -> Kept[M]:
        """Return what is kept once a version is announced."""
        return self if version == self.announced else _settled(replace(self, announced=version))

    def due(self, now: float) -> str:
        """Return the version to load now (monotonic s), the wanted before the announced; ``""`` for none."""
        room = LOADS_AT_ONCE - len(self.loading)
        if room > 0 and self._lacks(self.wanted, now):
            return self.wanted
        return self.announced if not self.loading and self._lacks(self.announced, now) else ""

    def begins(self, version: str) -> Kept[M]:
        """Return what is kept once a load is under way."""
        return replace(self, loading=self.loading | {version})

    def loads(self, version: str, model: M) -> Kept[M]:
        """Return what is kept once a version is loaded; one that came too late is the first to go."""
        others = tuple(pair for pair in self.warm if pair[0] != version)
        warm = ((version, model), *others)
        return _settled(replace(self, warm=warm, loading=self.loading - {version}))

    def fails(self, version: str, why: str, now: float) -> Kept[M]:
        """Return what is kept once a load has failed: what serves goes on serving."""
        before = self.failed.get(version)
        times = 1 if before is None else before.times + 1
        pause = min(LONGEST_RETRY, FIRST_RETRY * 2.0 ** min(times - 1, 16))
        failed = {**self.failed, version: Failure(times, now + pause, why)}
        return _settled(replace(self, failed=failed, loading=self.loading - {version}))

    def inherited(self) -> Kept[M]:
        """Return what a forked child has of it: the models, but no load that is under way."""
        return replace(self, loading=frozenset(), failed={})

    def problem(self) -> str:
        """Return what keeps the wanted or the announced version from being loaded; empty for nothing."""
        serving = f"; version {self.current[0]} goes on serving" if self.current[0] else ""
        for version in (self.wanted, self.announced):
            if failure := self.failed.get(version):
                return f"version {version} cannot be loaded ({failure.why}){serving}; it is tried again"
        if self.wanted in ("", self.current[0], *self.loading) or len(self.loading) < LOADS_AT_ONCE:
            return ""
        busy = " and ".join(sorted(self.loading))
        return f"version {self.wanted} waits until versions {busy} are loaded{serving}"

    def _lacks(self, version: str, now: float) -> bool:
        if not version or version in self.loading or version in dict(self.warm):
            return False
        failure = self.failed.get(version)
        return failure is None or failure.retry_at <= now


def _settled(kept: Kept[M]) -> Kept[M]:
    """Return it with the wanted version serving where it is loaded, and without what is too much."""
    models = dict(kept.warm)
    current = kept.current
    if kept.wanted in models:
        current = (kept.wanted, models.pop(kept.wanted))
        models[kept.wanted] = current[1]  # now the hottest
    spare = [version for version in models if version not in {current[0], kept.announced}]
    for version in spare[: max(0, len(spare) - kept.keep + 1)]:
        del models[version]
    awaited = {kept.wanted, kept.announced} - models.keys()
    failed = {version: failure for version, failure in kept.failed.items() if version in awaited}
    return replace(kept, current=current, warm=tuple(models.items()), failed=failed)
