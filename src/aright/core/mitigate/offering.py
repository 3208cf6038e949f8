"""What a service can be put right with: what its team offers, and its alias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.service import Action

if TYPE_CHECKING:
    from aright.core.model.service import Service

ALIAS: Final = "alias"
"""The action that moves the alias of the version that serves all; aright carries it out itself."""


def offered(service: Service) -> tuple[Action, ...]:
    """Return the actions of a service; one that names its registry can always go back to another version.

    >>> from aright.core.model.rollout import MlflowAlias, Rollout
    >>> from aright.core.model.service import Service
    >>> at = MlflowAlias(mlflow="http://registry.example", model="m")
    >>> [each.title for each in offered(Service(key="s", rollout=Rollout(registry=at)))]
    ['Move champion of m back to the version before']
    """
    registry = service.rollout.registry if service.rollout is not None else None
    if registry is None or any(each.remedy == "roll_back_model" for each in service.actions):
        return service.actions
    return (
        *service.actions,
        Action(
            id=ALIAS,
            title=f"Move {registry.alias} of {registry.model} back to the version before",
            remedy="roll_back_model",
            url="",
            secret="",  # nothing is sent to anybody
            undo_url=ALIAS,
        ),
    )


def by_alias(action: Action) -> bool:
    """Return whether aright carries an action out itself, through the registry."""
    return action.id == ALIAS and not action.url
