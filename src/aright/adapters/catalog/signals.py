"""Names of series that SLOs, runbooks and pages may refer to."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.findings import shown
from aright.core.model.signal import Bad
from aright.core.observe.catalogue import CATALOGUE, kind_of

if TYPE_CHECKING:
    from aright.adapters.catalog.findings import Findings

NAMED: Final[dict[str, Bad]] = {"estimate": Bad.DOWN, "contract": Bad.UP}
"""Families of series beside the catalogue: estimated quality, broken contracts."""

IN_UNITS: Final = ("process", "latency")
"""Families that are judged though they are no shares: they may page, and no objective can count them."""

_LONGEST: Final = 200


def check_signal(name: str, line: int, said: Findings, *, counted: bool = True) -> bool:
    """Return whether there may be such a series, of shares where it is ``counted``; tell where not."""
    family = name.partition(":")[0]
    if not counted and family in IN_UNITS and len(name) <= _LONGEST:
        return True
    if family in CATALOGUE and not CATALOGUE[family].judged:
        why = "it is no share, so nothing of it is good or bad"
        said.tell(line, f"{shown(name)} is shown and not judged", why, "Give a signal that is a share")
        return False
    if len(name) <= _LONGEST and family in {*CATALOGUE, *NAMED}:
        return True
    known = sorted({*CATALOGUE, *NAMED})
    near = get_close_matches(family, known, n=1, cutoff=0.6)
    fix = f"Write {near[0]}{name[len(family) :]}" if near else f"There are {', '.join(known)}"
    said.tell(line, f"{shown(name)} is no signal", "nothing would ever be counted", shown(fix))
    return False


def worse(name: str) -> Bad:
    """Return which way a series gets worse.

    >>> worse("quality:click").value, worse("contract:rates").value
    ('down', 'up')
    """
    family = name.partition(":")[0]
    return NAMED[family] if family in NAMED else kind_of(name).bad
