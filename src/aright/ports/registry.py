"""Registries: which version of a model an alias stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.rollout import MlflowAlias


class RegistryError(Exception):
    """A registry did not do what was asked; its text says why and what to do next.

    Attributes:
        permanent: asking again will not help.
    """

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One version of a model, as its registry has it.

    Attributes:
        version: its name there.
        ready: whether the registry says that it can be served.
        source: where its artifact is; empty where not told.
        run: the run that made it; empty where not told.
        tags: what is written on it.
    """

    version: str
    ready: bool = True
    source: str = ""
    run: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class Registry(Protocol):
    """Reads and moves aliases; keeps no history and has no compare-and-set, so the caller does."""

    def alias(self, at: MlflowAlias, name: str) -> str:
        """Return the version that the alias stands for, empty for none; raises ``RegistryError``."""
        ...

    def version(self, at: MlflowAlias, version: str) -> Registered | None:
        """Return a version, ``None`` where there is none; raises ``RegistryError``."""
        ...

    def point(self, at: MlflowAlias, name: str, version: str) -> None:
        """Let the alias stand for the version; raises ``RegistryError``, also where there is no such version.

        Returned without an error, it was accepted; whether it still stands is for the caller to read back.
        """
        ...

    def tag(self, at: MlflowAlias, version: str, tags: Mapping[str, str]) -> None:
        """Write tags on a version, or on the model where ``version`` is empty; raises ``RegistryError``."""
        ...

    def model_tags(self, at: MlflowAlias) -> Mapping[str, str]:
        """Return what is written on the model itself, such as who may move its aliases."""
        ...

    def warm(self, at: MlflowAlias) -> frozenset[str] | None:
        """Return the versions that every serving process has loaded, ``None`` where none of them is asked."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
