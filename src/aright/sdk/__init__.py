"""What a monitored service imports: small, stands alone, never blocks and never raises into the host.

    from aright.sdk import Client

    client = Client("http://localhost:8321", token, service="shop", model="ranker", version="7")
    shown = client.prediction(unit=user, attributes={"region": "eu"}, items=products, latency_ms=12.5)
    client.outcome("click", 1.0, prediction_id=shown)

Where one client per process is enough, ``configure(…)`` makes it and ``current()`` returns it everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec

from aright.sdk.client import Client
from aright.sdk.follow import Follower, follow_alias
from aright.sdk.hold_out import held_out
from aright.sdk.images import image_features
from aright.sdk.tally import Stats
from aright.sdk.texts import text_features

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Client",
    "Follower",
    "Stats",
    "configure",
    "current",
    "follow_alias",
    "held_out",
    "image_features",
    "text_features",
]

_P = ParamSpec("_P")
_current: list[Client] = []


def _as_current(make: Callable[_P, Client]) -> Callable[_P, Client]:
    def configured(*args: _P.args, **kwargs: _P.kwargs) -> Client:
        """Make the client of this process, with the arguments of ``Client``; one made before is closed."""
        client = make(*args, **kwargs)
        before, _current[:] = _current[:], [client]
        for old in before:
            old.close()
        return client

    return configured


configure = _as_current(Client)


def current() -> Client:
    """Return the client of this process; without ``configure``, one made from the environment alone."""
    return _current[0] if _current else configure()
