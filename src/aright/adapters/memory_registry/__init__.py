"""A registry in memory, for tests and examples."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from aright.ports.registry import Registered, RegistryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.rollout import MlflowAlias


class MemoryRegistry:
    """Keeps versions and aliases of models; thread-safe, and as forgetful as those that it stands for.

    Args:
        models: versions by model.

    Attributes:
        failure: raised by whatever is asked, while it is there.
        loaded: versions that all serving processes have loaded; ``None`` where they are not asked.
    """

    def __init__(self, models: Mapping[str, Sequence[str]]) -> None:
        self.failure: RegistryError | None = None
        self.loaded: frozenset[str] | None = None
        self._versions = {
            (model, version): Registered(version=version)
            for model, versions in models.items()
            for version in versions
        }
        self._aliases: dict[tuple[str, str], str] = {}
        self._tags: dict[str, dict[str, str]] = {model: {} for model in models}
        self._lock = threading.Lock()

    def alias(self, at: MlflowAlias, name: str) -> str:
        """Return the version that the alias stands for."""
        self._known(at)
        return self._aliases.get((at.model, name), "")

    def version(self, at: MlflowAlias, version: str) -> Registered | None:
        """Return a version."""
        self._known(at)
        return self._versions.get((at.model, version))

    def point(self, at: MlflowAlias, name: str, version: str) -> None:
        """Let the alias stand for the version."""
        with self._lock:
            if self.version(at, version) is None:
                raise RegistryError(f"{at.model} has no version {version}", permanent=True)
            self._aliases[at.model, name] = version

    def tag(self, at: MlflowAlias, version: str, tags: Mapping[str, str]) -> None:
        """Write tags on a version, or on the model."""
        with self._lock:
            self._known(at)
            if not version:
                self._tags[at.model].update(tags)
                return
            known = self.version(at, version)
            if known is None:
                raise RegistryError(f"{at.model} has no version {version}", permanent=True)
            tagged = Registered(version=version, tags={**known.tags, **tags})
            self._versions[at.model, version] = tagged

    def model_tags(self, at: MlflowAlias) -> Mapping[str, str]:
        """Return what is written on the model."""
        self._known(at)
        return dict(self._tags[at.model])

    def warm(self, at: MlflowAlias) -> frozenset[str] | None:
        """Return what it was told."""
        self._known(at)
        return self.loaded

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _known(self, at: MlflowAlias) -> None:
        if self.failure is not None:
            raise self.failure
        if at.model not in self._tags:
            raise RegistryError(f"there is no registered model {at.model}", permanent=True)
