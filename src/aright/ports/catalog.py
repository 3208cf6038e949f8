"""The catalog's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.core.model.catalog import Catalog
    from aright.core.model.times import Micros


class CatalogFiles(Protocol):
    """Reads what services there are and what they promise."""

    def read(
        self,
        files: Sequence[Path],
        environment: Mapping[str, str] | None = None,
        *,
        now: Micros | None = None,
        strict: bool = True,
    ) -> Catalog:
        """Return what the files say together, with all that is wrong in any of them.

        Args:
            files: read as one catalog, in this order.
            environment: gives secrets, by name; without one (a look at files where they are not used) secrets
                stay empty, and a missing variable is no error.
            now: shifts of the weeks after it are looked at (µs, UTC); ``None`` does without.
            strict: whether a time to come at which a page would reach nobody is an error, and not a warning.

        Raises ``OSError`` where a file cannot be read; what is in it never raises.
        """
        ...
