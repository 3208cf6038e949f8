"""Reading what people did with tickets, many at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.adapters.servicenow.doubles import cancel
from aright.adapters.servicenow.errors import WireError
from aright.adapters.servicenow.ticket import CLOSED, NAMES, stand, ticket_of
from aright.adapters.servicenow.words import SYSTEM
from aright.core.incident.words import cut
from aright.core.model.foreign_text import harmless
from aright.core.model.ticket import TicketNote, TicketSeen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.adapters.servicenow.config import ServiceNowConfig
    from aright.adapters.servicenow.ticket import Ticket
    from aright.adapters.servicenow.wire import Row, Wire
    from aright.core.model.outlet import ExternalRef
    from aright.core.model.ticket import TicketState

AT_ONCE: Final = 50
"""Tickets in one query: longer addresses are refused by some proxies."""

MOST_NOTES: Final = 500
"""Of one query, the newest."""

LONGEST_NOTE: Final = 2_000

_SEEN: Final = (
    "sys_id,number,state,correlation_id,correlation_display,sys_created_on,sys_created_by,sys_updated_by,"
    "assigned_to,resolved_by,closed_by,close_notes"
)
_JOURNAL: Final = "sys_id,element_id,value,sys_created_by,sys_created_on"
_STATES: Final[dict[str, TicketState]] = {
    "1": "new",
    "2": "in_progress",
    "3": "on_hold",
    "6": "resolved",
    "7": "closed",
    "8": "cancelled",
}
_PEOPLE: Final = ("assigned_to", "resolved_by", "closed_by")
_KEY: Final = re.compile(r"[0-9A-Za-z]{1,64}")
_OURS: Final = re.compile(rf"\({SYSTEM} [0-9a-f]{{12}}\)\s*$")
_NOT_SHOWN: Final = frozenset({400, 403, 404})


class Reading:
    """One look at an instance.

    Args:
        config: which table.
        wire: asks it.
        until: a monotonic time by which all of it is done (seconds).
    """

    def __init__(self, config: ServiceNowConfig, wire: Wire, until: float) -> None:
        self._config = config
        self._wire = wire
        self._until = until

    def read(self, refs: Sequence[ExternalRef]) -> list[TicketSeen]:
        """Return the tickets of these references; raises ``WireError``."""
        keys = list(dict.fromkeys(ref.id for ref in refs if _KEY.fullmatch(ref.id)))
        seen: list[TicketSeen] = []
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            rows = [row for row in self._rows(f"sys_idIN{','.join(part)}") if _value(row, "sys_id") in part]
            self._tidy([ticket_of(row) for row in rows])
            notes = self._notes(part)
            seen += [_seen(row, notes) for row in rows]
        return seen

    def _rows(self, query: str) -> list[Row]:
        table, most = self._config.table, 4 * AT_ONCE
        return self._wire.rows(table, query, _SEEN, limit=most, until=self._until)

    def _tidy(self, tickets: Sequence[Ticket]) -> None:
        """Cancel what was made of a request that was done long after its answer was lost."""
        names = sorted({ticket.correlation for ticket in tickets if ticket.correlation})
        query = f"correlation_idIN{','.join(names)}^state!=8^ORDERBYsys_created_on"
        rows = (
            self._wire.rows(self._config.table, query, NAMES, limit=4 * AT_ONCE, until=self._until)
            if names
            else []
        )
        found = [ticket_of(row) for row in rows]
        for name in names:
            standing = stand((ticket for ticket in found if ticket.correlation == name), name)
            for double in standing.doubles:
                cancel(self._config, self._wire, double, standing.ticket, until=self._until)

    def _notes(self, keys: Sequence[str]) -> list[Row]:
        """Return the journal's newest lines, oldest first; nothing where this user may not see it."""
        query = f"element_idIN{','.join(keys)}^element=work_notes^ORDERBYDESCsys_created_on"
        try:
            rows = self._wire.rows("sys_journal_field", query, _JOURNAL, limit=MOST_NOTES, until=self._until)
        except WireError as error:
            if error.status not in _NOT_SHOWN:
                raise
            return []
        return sorted(rows, key=lambda row: _value(row, "sys_created_on"))


def _seen(row: Row, journal: Sequence[Row]) -> TicketSeen:
    ours, by = _value(row, "sys_created_by"), _value(row, "sys_updated_by")
    state = _value(row, "state")
    return TicketSeen(
        id=_value(row, "sys_id"),
        state=_STATES.get(state, "on_hold"),
        number=harmless(_value(row, "number"), 100),
        word=harmless(_shown(row, "state") or state, 100),
        assignee=_person(row, "assigned_to"),
        by=harmless(by, 200),
        ended_by=_ended_by(row),
        also=_also(row),
        ours=by == ours,
        close_notes=cut(harmless(_value(row, "close_notes"), LONGEST_NOTE), LONGEST_NOTE),
        notes=tuple(_of_people(_value(row, "sys_id"), ours, journal)),
    )


def _of_people(key: str, ours: str, journal: Sequence[Row]) -> Iterator[TicketNote]:
    for line in journal:
        by, text = _value(line, "sys_created_by"), _value(line, "value")
        if _value(line, "element_id") != key or by == ours or _OURS.search(text):
            continue
        said = harmless(text, LONGEST_NOTE)
        if said:
            yield TicketNote(id=_value(line, "sys_id"), by=harmless(by, 200), text=said)


def _ended_by(row: Row) -> str:
    """Return who closed it, or who resolved it."""
    names = ("closed_by", "resolved_by") if _value(row, "state") == CLOSED else ("resolved_by",)
    return next(filter(None, (_person(row, name) for name in names)), "")


def _person(row: Row, name: str) -> str:
    return harmless(_shown(row, name), 200)


def _also(row: Row) -> dict[str, tuple[str, ...]]:
    """Return people's keys there, by their names as shown."""
    found = {_person(row, name): harmless(_value(row, name), 200) for name in _PEOPLE}
    return {shown: (key,) for shown, key in found.items() if shown and key and shown != key}


def _value(row: Row, name: str) -> str:
    return (row[name].value if name in row else "") or ""


def _shown(row: Row, name: str) -> str:
    return (row[name].display_value if name in row else "") or ""
