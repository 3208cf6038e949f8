"""Reading and moving aliases of MLflow's registry.

Setting an alias there is an upsert: no compare-and-set, no history, the last write wins. Nothing is ever
deleted from here, since deleting a version drops its aliases without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from aright.adapters.mlflow_registry.asking import Asking, RefusedAnswerError
from aright.adapters.mlflow_registry.wire import ModelAnswer, Nothing, Version, VersionAnswer, Warm
from aright.ports.registry import Registered, RegistryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.rollout import MlflowAlias

_READY: Final = {"READY", ""}
"""A registry that says nothing of a version's status has no other."""

_UNKNOWN: Final = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})
"""What MLflow calls it where an alias or a version is not there, one or the other by how it is asked."""

_LONGEST_TAG: Final = 4_900
"""Characters: MLflow takes 5,000 and refuses the whole call beyond."""

T = TypeVar("T", bound=msgspec.Struct)


class MlflowRegistry:
    """One client for all registries; may be called from many threads.

    Args:
        seconds: how long an answer may take.
    """

    def __init__(self, seconds: float = 5.0) -> None:
        self._asking = Asking(seconds)

    def alias(self, at: MlflowAlias, name: str) -> str:
        """Return the version that the alias stands for; empty for none."""
        found = self._found(at, "registered-models/alias", VersionAnswer, name=at.model, alias=name)
        if found is None:
            self._asking.get(at, "registered-models/get", ModelAnswer, name=at.model)  # or says what is wrong
            return ""
        return str(found.model_version.version)

    def version(self, at: MlflowAlias, version: str) -> Registered | None:
        """Return a version."""
        if not version.isascii() or not version.isdigit():
            return None  # MLflow numbers its versions
        found = self._found(at, "model-versions/get", VersionAnswer, name=at.model, version=version)
        return _registered(found.model_version) if found is not None else None

    def point(self, at: MlflowAlias, name: str, version: str) -> None:
        """Let the alias stand for the version."""
        body = {"name": at.model, "alias": name, "version": version}
        self._asking.post(at, "registered-models/alias", body, Nothing)

    def tag(self, at: MlflowAlias, version: str, tags: Mapping[str, str]) -> None:
        """Write tags on a version, or on the model."""
        path = "model-versions/set-tag" if version else "registered-models/set-tag"
        named = {"name": at.model, **({"version": version} if version else {})}
        for key, value in tags.items():
            self._asking.post(at, path, {**named, "key": key, "value": value[:_LONGEST_TAG]}, Nothing)

    def model_tags(self, at: MlflowAlias) -> Mapping[str, str]:
        """Return what is written on the model."""
        found = self._asking.get(at, "registered-models/get", ModelAnswer, name=at.model)
        return {tag.key: tag.value for tag in found.registered_model.tags}

    def warm(self, at: MlflowAlias) -> frozenset[str] | None:
        """Return the versions that every serving process says it has loaded; ``None`` where none is asked."""
        if not at.ready:
            return None
        said = [frozenset(self._asking.plain(url, Warm).versions) for url in at.ready]
        return frozenset.intersection(*said)

    def close(self) -> None:
        """Let go of connections."""
        self._asking.close()

    def _found(self, at: MlflowAlias, path: str, answer: type[T], **query: str) -> T | None:
        try:
            return self._asking.get(at, path, answer, **query)
        except RefusedAnswerError as refused:
            if refused.code in _UNKNOWN:
                return None
            raise RegistryError(str(refused), permanent=refused.permanent) from refused


def _registered(version: Version) -> Registered:
    return Registered(
        version=str(version.version),
        ready=version.status in _READY,
        source=version.source or "",
        run=version.run_id or "",
        tags={tag.key: tag.value for tag in version.tags},
    )
