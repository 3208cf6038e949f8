"""Which two versions a replay compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.shadow.weighing import FEWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.change import Change
    from aright.core.model.service import Service


@dataclass(frozen=True)
class Versions:
    """Two versions of a service's model.

    Attributes:
        previous: the older one.
        version: the one that serves now.
        changed: whether the older one served the reference; else the one of now did, and the older one is
            only known to have served before.
    """

    previous: str
    version: str
    changed: bool


def versions_of(
    reference: pa.Table, current: pa.Table, changes: Sequence[Change], service: Service, *, fallback: str = ""
) -> Versions | None:
    """Return the versions to compare; ``None`` where only one is known, or none.

    The version of now is the one that serves most current rows. The one before served most reference rows; it
    is another one that the reference has enough rows of, where there is one. Else the reference was served by
    the version of now, and the one before is what a change says, the latest first, or the service's catalog.

    Args:
        reference: rows of before.
        current: rows of now.
        changes: what was changed.
        service: whose rows.
        fallback: the version that the catalog names.

    >>> from aright.core.model.service import Service
    >>> old, new = (pa.table({"version": [name] * 40}) for name in "67")
    >>> versions_of(old, new, (), Service(key="s"))
    Versions(previous='6', version='7', changed=True)
    >>> versions_of(new, new, (), Service(key="s"), fallback="5")
    Versions(previous='5', version='7', changed=False)
    """
    now, before = _counts(current), _counts(reference)
    if not now:
        return None
    version = now[0][0]
    other = next((name for name, rows in before if name != version and rows >= FEWEST), "")
    own = dict(before).get(version, 0)
    if other and (dict(before)[other] >= own or own < FEWEST or _more(now, version, before)):
        return Versions(other, version, changed=True)
    told = sorted(
        (each for each in changes if each.service == service.key and each.after == version and each.before),
        key=lambda each: -each.at,
    )
    previous = next((each.before for each in told if each.before != version), other or fallback)
    if not previous or previous == version or own < FEWEST:
        return None
    return Versions(previous, version, changed=False)


def _more(now: Sequence[tuple[str, int]], version: str, before: Sequence[tuple[str, int]]) -> bool:
    """Return whether a version serves more than twice the share that it served before."""
    share = dict(now)[version] / sum(rows for _, rows in now)
    return share > 2.0 * dict(before).get(version, 0) / max(sum(rows for _, rows in before), 1)


def _counts(rows: pa.Table) -> list[tuple[str, int]]:
    """Return the versions that users were served by, with their rows, the most frequent first."""
    if "version" not in rows.column_names or not rows.num_rows:
        return []
    column = rows["version"].cast(pa.string())
    if "arm" in rows.column_names:
        served = pc.fill_null(pc.not_equal(rows["arm"].cast(pa.string()), "shadow"), fill_value=True)
        column = column.filter(served)
    counts = pc.value_counts(column.drop_null()).to_pylist()
    found = [(str(each["values"]), int(each["counts"])) for each in counts]
    return sorted(found, key=lambda each: (-each[1], each[0]))
