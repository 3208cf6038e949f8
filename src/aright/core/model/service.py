"""A service, as the catalog knows it."""

from __future__ import annotations

import msgspec


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A way to put a service right that its team has offered: a signed webhook.

    Attributes:
        id: short name, unique within the service.
        title: what it does, for people.
        remedy: the remediation class it serves: ``restore_source`` | ``roll_back_model``.
        url: where the signed POST goes.
        secret: the HMAC-SHA256 key; never shown or logged.
        undo_url: where the undoing POST goes; empty when it cannot be undone.
    """

    id: str
    title: str
    remedy: str
    url: str
    secret: str
    undo_url: str = ""


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
