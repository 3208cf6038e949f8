"""The catalog's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.core.model.catalog import Catalog


class CatalogFiles(Protocol):
    """Reads what services there are and what they promise."""

    def read(self, files: Sequence[Path], environment: Mapping[str, str] | None = None) -> Catalog:
        """Return what the files say together, with all that is wrong in any of them.

        Args:
            files: read as one catalog, in this order.
            environment: gives secrets, by name; without one (a look at files where they are not used) secrets
                stay empty, and a missing variable is no error.

        Raises ``OSError`` where a file cannot be read; what is in it never raises.
        """
        ...
