"""Readers of foreign formats, by format: heavy imports wait until a body of the format comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.frame import Format
    from aright.core.observe.intake.found import Reader

READERS: Final[Mapping[Format, Reader]] = {}
"""By format; rows in aright's own formats are read by ``read`` itself."""
