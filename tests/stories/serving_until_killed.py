"""Run by test_kill_server: serves, and kills itself at a durable step that it is told.

Reads lines of a store, an address to page at and the number of durable steps to live for (0: all it is asked
to). For each it forks a child (imports are paid for once) and writes its process id, then "gone" and how it
ended. A durable step is a sync of a file or a commit of the database; death comes before or after it.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Engine, event

from aright.bootstrap import Options, build
from aright.cli.serve import _listen, _run
from tests.contract.fake_pagerduty import KEY
from tests.unit.engine.failing_shop import START, quick

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import HasFileno

TOKEN = "token-of-the-story"


class Fuse:
    """Ends the process, at once and for good, when it has burned down."""

    def __init__(self, length: int) -> None:
        self._left = length

    def burn(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_both_sides(self, act: Callable[[int | HasFileno], None]) -> Callable[[int | HasFileno], None]:
        @wraps(act)
        def burning(descriptor: int | HasFileno) -> None:
            self.burn()
            act(descriptor)
            self.burn()

        return burning


def serve(store: str, pager: str, length: int) -> None:
    fuse = Fuse(length)
    os.fsync = fuse.on_both_sides(os.fsync)  # type: ignore[assignment]  # nobody names its argument
    os.fdatasync = fuse.on_both_sides(os.fdatasync)  # type: ignore[assignment]  # as above
    event.listen(Engine, "commit", fuse.burn)
    aright = build(
        Options(
            store=Path(store),
            clock="driven",
            clock_start=START,
            pagerduty_url=pager,
            pagerduty_key=KEY,
            token=TOKEN,
            settings=msgspec.structs.replace(quick(), tidy_every=1),
        )
    )
    listening = _listen("127.0.0.1", 0)
    _run(aright, listening, f"http://127.0.0.1:{listening.getsockname()[1]}")


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        store, pager, length = line.split()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                serve(store, pager, int(length))
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        tell(str(child))
        _, status = os.waitpid(child, 0)
        tell(f"gone {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
