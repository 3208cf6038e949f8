"""Serves aright as `aright serve` does, in one child after the other, so that imports are paid for once.

Reads lines of JSON, each what a server is told; forks, and writes the child's process id. What the child says
comes next, then "gone" and how it ended.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path

import msgspec

from aright.bootstrap import Options, build
from aright.cli.check import usable_catalog
from aright.cli.serve import _listen, _run


class Order(msgspec.Struct):
    """What a server is told."""

    store: str
    catalog: str
    token: str
    state: str = ""
    respond: bool = False
    name: str = ""
    port: int = 0


def serve(order: Order) -> None:
    listening = _listen("127.0.0.1", order.port)
    options = Options(
        store=Path(order.store),
        catalog=usable_catalog((Path(order.catalog),), os.environ),
        token=order.token,
        state=order.state,
        respond=order.respond,
        name=order.name,
    )
    _run(build(options), listening, f"http://127.0.0.1:{listening.getsockname()[1]}")


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the keyboard's is for whoever started all of it
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            code = 1
            try:
                serve(msgspec.json.decode(line, type=Order))
                code = 0
            except BaseException:  # noqa: BLE001 - what follows is the end of the process
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        tell(str(child))
        _, status = os.waitpid(child, 0)
        tell(f"gone {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
