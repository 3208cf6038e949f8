"""Where the state is, as the command line and the environment say it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aright.cli.failure import FailedError

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE: Final = "ARIGHT_STATE"


def state_address(said: str, file: Path | None) -> str:
    """Return the address of a shared state; empty for the store's own.

    Args:
        said: on the command line, which everybody on the machine can read: so no password may be in it.
        file: that holds the address.

    Raises:
        FailedError: it holds a password, or the file cannot be read.
    """
    if file is not None:
        try:
            return file.read_text().strip()
        except OSError as missing:
            raise FailedError(f"the state's address cannot be read: {missing}", code=2) from missing
    if said and _has_password(said):
        raise FailedError(
            "a password on the command line is seen by everybody on this machine: "
            f"put the whole address into {VARIABLE}, or into a file for --state-file",
            code=2,
        )
    return said or os.environ.get(VARIABLE, "")


def _has_password(address: str) -> bool:
    try:
        return urlsplit(address).password is not None
    except ValueError:
        return True  # what it is cannot be told, so it is not repeated either
