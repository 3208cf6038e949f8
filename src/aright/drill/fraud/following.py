"""Following an alias of the registry."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import httpx
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

M = TypeVar("M")

SECONDS: Final = 5.0


class _Version(msgspec.Struct):
    version: str
    source: str


class _Answer(msgspec.Struct):
    model_version: _Version


class Follower(Generic[M]):
    """Keeps what an alias stands for loaded."""

    def __init__(self, url: str, model: str, alias: str, load: Callable[[str], M], poll: float) -> None:
        self._url = f"{url}/api/2.0/mlflow/registered-models/alias"
        self._asked = {"name": model, "alias": alias}
        self._load = load
        self._poll = poll
        self.version = ""
        self.model: M | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Follow no more."""
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        with httpx.Client(timeout=SECONDS) as client:
            while not self._over.wait(self._poll):
                try:
                    told = client.get(self._url, params=self._asked)
                    if told.status_code == 200:
                        self._take(msgspec.json.decode(told.content, type=_Answer).model_version)
                except httpx.HTTPError:
                    continue

    def _take(self, told: _Version) -> None:
        if told.version != self.version:
            self.model = self._load(told.source)
            self.version = told.version


def follow_alias(
    url: str, model: str, alias: str, load: Callable[[str], M], *, poll: float = 0.1
) -> Follower[M]:
    """Return a follower."""
    return Follower(url, model, alias, load, poll)
