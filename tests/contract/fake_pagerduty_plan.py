"""What goes wrong between a client and PagerDuty, by a seed: the same seed, the same mishaps."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from tests.contract.listening import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.listening import Request


@dataclass
class Mishaps:
    """Shares of all requests that meet a mishap.

    Attributes:
        seed: of the mishaps.
        drops: the line is cut, half before the request is processed and half after it was.
        limited: 429.
        errors: 500, 502 or 503, likewise half before and half after.
        slow: the answer takes ``seconds``.
        met: how often each was met.
    """

    seed: int
    drops: float = 0.0
    limited: float = 0.0
    errors: float = 0.0
    slow: float = 0.0
    seconds: float = 0.02
    reset: int = 1
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._lock = threading.Lock()

    def around(self, answer: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
        """Return an ``answer`` that meets them."""

        def mishandled(request: Request) -> Reply:
            mishap, bad = self._next()
            if mishap == "slow":
                time.sleep(self.seconds)
            elif mishap == "limited":
                told = {
                    "ratelimit-limit": "120",
                    "ratelimit-remaining": "0",
                    "ratelimit-reset": str(self.reset),
                }
                return Reply(429, b'{"status":"throttle exceeded"}', told)
            elif mishap == "before":
                return bad
            reply = answer(request)
            return bad if mishap == "after" else reply

        return mishandled

    def _next(self) -> tuple[str, Reply]:
        with self._lock:
            chance = self._random.random()
            error = Reply(self._random.choice((500, 502, 503)), b"<html>oops</html>")
            half = "before" if self._random.random() < 0.5 else "after"
            for name, share in (
                ("drop", self.drops),
                ("limited", self.limited),
                ("error", self.errors),
                ("slow", self.slow),
            ):
                if chance < share:
                    self.met[f"{name} {half}" if name in {"drop", "error"} else name] += 1
                    if name == "drop":
                        return half, Reply(drop=True)
                    return (half, error) if name == "error" else (name, error)
                chance -= share
            self.met["none"] += 1
            return "", error
