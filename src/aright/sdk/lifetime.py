"""Lifetime: what happens to clients when the process forks or ends.

Clients are held here until they are closed, so that one which goes out of scope still delivers.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Watched(NamedTuple):
    """A client's own answers to the two events, and how long its end may take (seconds)."""

    exit_seconds: float
    close: Callable[[float], None]
    renew: Callable[[], None]


_WATCHED: Final[dict[int, Watched]] = {}


_LOADING: Final = threading.Lock()
_LATE: Final = ("http.client", "email.utils", "encodings.idna", "tempfile", "fcntl", "cramjam")
"""What only the sender needs; ``encodings.idna`` is what looking up a host's name loads."""


def load() -> None:
    """Load, in the sender's thread, what the host's start-up is spared.

    A fork waits for it: a child in which a module is half loaded, by a thread that it does not have, would
    wait for that module for ever. All later imports of these modules find them loaded.
    """
    with _LOADING:
        for name in _LATE:
            with suppress(ImportError):
                import_module(name)


def watch(key: int, watched: Watched) -> None:
    """Have a client told of forks and of the end of the process, until ``unwatch``."""
    _WATCHED[key] = watched


def unwatch(key: int) -> None:
    """Forget a client that is closed."""
    _WATCHED.pop(key, None)


def end_with_worker() -> None:
    """Have a multiprocessing worker close its clients: it ends by ``os._exit``, which skips atexit functions.

    Called when a sender starts, since a worker forgets the finalizers it inherited.
    """
    workers = sys.modules.get("multiprocessing.process")
    if workers is None or workers.parent_process() is None:
        return
    from multiprocessing.util import Finalize  # noqa: PLC0415 - only where multiprocessing is in use

    Finalize(None, _close_all, exitpriority=10)


def _close_all() -> None:
    """Close all clients; the slowest one's limit holds for all of them together."""
    watched = list(_WATCHED.values())
    deadline = time.monotonic() + max((each.exit_seconds for each in watched), default=0.0)
    for each in watched:
        each.close(max(0.0, min(each.exit_seconds, deadline - time.monotonic())))


def _renew_all() -> None:
    _LOADING.release()
    for each in list(_WATCHED.values()):
        each.renew()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_LOADING.acquire, after_in_parent=_LOADING.release, after_in_child=_renew_all)
