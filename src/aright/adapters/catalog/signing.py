"""Keys that requests are signed with: catalogs name environment variables, and never hold them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.adapters.catalog.reading import Reader

_SECRET: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,99})\}")


def read_secret(reader: Reader, environment: Mapping[str, str] | None) -> str:
    """Return the value of the variable that ``secret`` names; the file itself must not hold it."""
    written = reader.text("secret", needed=True)
    if not written:
        return ""
    named = _SECRET.fullmatch(written)
    if not named:
        reader.tell(
            "secret",
            "secret is written out",
            "whoever can read the catalog could then sign requests; count it as known and change it",
            "Put it into an environment variable and write secret: ${NAME}",
        )
        return ""
    if environment is None:
        return ""
    value = environment.get(named[1], "")
    if not value:
        reader.tell(
            "secret",
            f"the environment variable {named[1]} is not set",
            "requests cannot be signed without it",
            f"Set {named[1]} where aright is started",
        )
    return value
