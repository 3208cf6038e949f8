"""Guards that came of incidents, judged on rows of the candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.prevent.gate.report import Check, State, plain
from aright.core.prevent.judging import judge, watched_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.model.guard import Guard


def guarded(guards: Sequence[Guard], rows: pa.Table) -> list[Check]:
    """Return a check for each guard; one with too few rows to be judged has failed, and says so.

    >>> import pyarrow as pa
    >>> guarded([], pa.table({"id": ["a"]}))[0].line
    '✓ guards: the service has none yet'
    """
    if not guards:
        return [Check(name="guards", state=State.PASSED, text="the service has none yet")]
    return [_check(guard, rows) for guard in guards]


def _check(guard: Guard, rows: pa.Table) -> Check:
    name, title = f"guard {plain(guard.key, 40)}", plain(guard.title, 200)
    seen = watched_by(guard, rows).num_rows
    if seen < guard.min_rows:
        text = f"{title}: {seen} rows are too few to judge, {guard.min_rows} are the least"
        return Check(name=name, state=State.FAILED, text=text, next="give more rows")
    breaches = judge(guard, rows)
    if breaches:
        text = f"{title}: {'; '.join(plain(each.text, 200) for each in breaches[:3])}"
        return Check(name=name, state=State.FAILED, text=text, next=f"see {plain(guard.incident, 40)}")
    return Check(name=name, state=State.PASSED, text=f"{title}: kept on {seen:,} rows")
