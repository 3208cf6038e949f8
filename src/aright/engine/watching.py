"""What a watch is made of, besides predictions and their outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.engine.calls import CallsPart
from aright.engine.contracts import ContractsPart
from aright.engine.counting import CountingPart
from aright.engine.estimating import Labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.engine.parts import Make

PARTS: Final[Sequence[Make]] = (CallsPart, CountingPart, ContractsPart, Labels)
"""One for each kind of rows that has signals of its own."""
