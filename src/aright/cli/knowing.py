"""Names that a command was given, held against those that aright knows: one misspelt is told of."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEAR: Final = 3
_SHOWN: Final = 10


class _Known(msgspec.Struct):
    key: str


def warn_of_unknown(service: str) -> None:
    """Say on standard error where the catalog has no such service; one that cannot tell is left alone."""
    try:
        known = [each.key for each in Remote().get("/v1/services", list[_Known])]
    except FailedError:
        return
    if known and service not in known:
        print(unknown(service, known), file=sys.stderr)


def unknown(service: str, known: Sequence[str]) -> str:
    """Return that a service is not known, with names that are near, else with those there are.

    >>> unknown("shpo", ["shop", "till"])
    "no service 'shpo' is in the catalog: did you mean shop?"
    >>> unknown("bank", ["shop", "till"])
    "no service 'bank' is in the catalog, which has: shop, till"
    """
    near = get_close_matches(service, known, n=_NEAR)
    if near:
        return f"no service {service!r} is in the catalog: did you mean {' or '.join(near)}?"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"no service {service!r} is in the catalog, which has: {', '.join(sorted(known)[:_SHOWN])}{more}"
