"""`aright token …`: who may use the doors."""

from __future__ import annotations

from pathlib import Path

import cyclopts

from aright.cli.failure import FailedError
from aright.cli.serve import DEFAULT_STORE
from aright.cli.state import state_address
from aright.core.model.times import iso

app = cyclopts.App(
    name="token",
    help="Make, list and revoke tokens of a store on this machine.",
    result_action="return_value",
)


@app.command
def new(name: str, *, pagerduty: bool = False, store: Path = DEFAULT_STORE) -> int:
    """Make a token and print it once.

    Args:
        name: what it is for.
        pagerduty: makes it of 32 letters and digits, to be the routing key of an Events API v2 client.
        store: the server's store.
    """
    from aright.bootstrap import open_tokens  # noqa: PLC0415

    print(open_tokens(*_existing(store)).make(name, short=pagerduty))
    return 0


@app.command(name="list")
def list_(*, store: Path = DEFAULT_STORE) -> int:
    """List tokens by name; the tokens themselves are not kept.

    Args:
        store: the server's store.
    """
    from aright.bootstrap import open_tokens  # noqa: PLC0415

    for token in open_tokens(*_existing(store)).all():
        print(f"{token.key[:12]}  {token.name:<24} since {iso(token.created_at)}")
    return 0


@app.command
def revoke(start: str, *, store: Path = DEFAULT_STORE) -> int:
    """Revoke a token.

    Args:
        start: the first characters of its hash, as `aright token list` shows them; 6 at least.
        store: the server's store.
    """
    from aright.bootstrap import open_tokens  # noqa: PLC0415

    if not open_tokens(*_existing(store)).revoke(start):
        raise FailedError(f"no single token begins with {start!r}: see `aright token list`", code=2)
    return 0


def _existing(store: Path) -> tuple[Path, str]:
    """Return the store, and the address of the state where replicas share one (ARIGHT_STATE)."""
    if address := state_address("", None):
        return store, address
    if not store.is_dir():
        raise FailedError(f"{store} is no store: give --store, or start `aright serve` once", code=2)
    return store, ""
