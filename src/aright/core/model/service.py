"""A service, as the catalog knows it."""

from __future__ import annotations

from typing import Final

import msgspec

TYPES: Final = ("recommender", "classifier", "fraud", "translation", "llm", "vision", "other")
"""What a service may be."""

REMEDIES: Final = ("restore_source", "roll_back_model")
"""What an action may do."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A way to put a service right that its team has offered: a signed webhook.

    Attributes:
        id: short name, unique within the service.
        title: what it does, for people.
        remedy: the remediation class it serves: ``restore_source`` | ``roll_back_model``.
        url: where the signed POST goes.
        secret: the HMAC-SHA256 key; never shown or logged, not even by ``repr``.
        undo_url: where the undoing POST goes; empty when it cannot be undone.

    >>> Action(id="a", title="t", remedy="restore_source", url="https://x", secret="hidden")
    Action(id='a', remedy='restore_source', url='https://x')
    """

    id: str
    title: str
    remedy: str
    url: str
    secret: str
    undo_url: str = ""

    def __repr__(self) -> str:
        return f"Action(id={self.id!r}, remedy={self.remedy!r}, url={self.url!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Leave the secret out of what rich prints, too."""
        return [("id", self.id), ("remedy", self.remedy), ("url", self.url)]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What aright knows of one AI-powered service.

    Attributes:
        key: its name.
        type: recommender | classifier | fraud | translation | llm | vision | other.
        tier: 1 (the business stops without it) to 4.
        owners: who answers for it.
        segments: attributes to watch as segments; empty means "find them".
        quality: graded outcome kinds whose mean is the service's quality, such as ``click``.
        actions: offered mitigations.
        users_per_day: people served a day, for severity; 0 means "use what was seen".
    """

    key: str
    type: str = "other"
    tier: int = 2
    owners: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    users_per_day: int = 0
