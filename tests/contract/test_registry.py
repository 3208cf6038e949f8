"""Registries: one battery on the one in memory and on a real MLflow server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.memory_registry import MemoryRegistry
from aright.adapters.mlflow_registry import MlflowRegistry
from aright.core.model.rollout import MlflowAlias
from aright.ports.registry import RegistryError
from tests.contract.running_mlflow import new_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.ports.registry import Registry

    Check = Callable[[Registry, MlflowAlias], None]

AT = MlflowAlias(mlflow="http://registry.example", model="cards")


def an_alias_moves_and_is_read_back(asked: Registry, at: MlflowAlias) -> None:
    assert asked.alias(at, "champion") == ""
    asked.point(at, "champion", "1")
    assert asked.alias(at, "champion") == "1"
    asked.point(at, "champion", "2")
    asked.point(at, "champion", "2")
    assert asked.alias(at, "champion") == "2"
    assert asked.alias(at, "candidate") == ""


def versions_are_there_or_not(asked: Registry, at: MlflowAlias) -> None:
    found = asked.version(at, "1")
    assert found is not None
    assert (found.version, found.ready) == ("1", True)
    assert asked.version(at, "77") is None
    assert asked.version(at, "../1") is None


def an_alias_does_not_move_to_what_is_not_there(asked: Registry, at: MlflowAlias) -> None:
    asked.point(at, "kept", "1")
    with pytest.raises(RegistryError) as refused:
        asked.point(at, "kept", "77")
    assert refused.value.permanent
    assert asked.alias(at, "kept") == "1"


def tags_are_written_on_versions_and_on_the_model(asked: Registry, at: MlflowAlias) -> None:
    asked.tag(at, "1", {"aright.why": "REL-1", "aright.moved_by": "ada"})
    asked.tag(at, "", {"aright.writer": "a1 5"})
    found = asked.version(at, "1")
    assert found is not None
    assert found.tags["aright.why"] == "REL-1"
    assert asked.model_tags(at)["aright.writer"] == "a1 5"
    with pytest.raises(RegistryError):
        asked.tag(at, "77", {"a": "b"})


def a_model_that_is_not_there_is_named(asked: Registry, at: MlflowAlias) -> None:
    ghost = msgspec.structs.replace(at, model="ghost")
    asks: tuple[Callable[[], object], ...] = (
        lambda: asked.alias(ghost, "champion"),
        lambda: asked.model_tags(ghost),
        lambda: asked.point(ghost, "champion", "1"),
        lambda: asked.tag(ghost, "", {"a": "b"}),
    )
    for ask in asks:
        with pytest.raises(RegistryError, match="ghost"):
            ask()
    assert asked.warm(at) is None


BATTERY: tuple[Check, ...] = (
    an_alias_moves_and_is_read_back,
    versions_are_there_or_not,
    an_alias_does_not_move_to_what_is_not_there,
    tags_are_written_on_versions_and_on_the_model,
    a_model_that_is_not_there_is_named,
)


@pytest.mark.parametrize("check", BATTERY, ids=lambda check: check.__name__)
def test_in_memory(check: Check) -> None:
    made = MemoryRegistry({"cards": ("1", "2")})
    check(made, AT)
    made.close()


def test_a_real_mlflow_server(mlflow: str) -> None:
    new_model(mlflow, "cards")
    made = MlflowRegistry(30.0)
    for check in BATTERY:
        check(made, MlflowAlias(mlflow=mlflow, model="cards"))
    made.close()


def test_what_fails_in_memory_fails_everywhere() -> None:
    made = MemoryRegistry({"cards": ("1",)})
    made.failure = RegistryError("the registry is gone")
    with pytest.raises(RegistryError, match="gone"):
        made.alias(AT, "champion")
