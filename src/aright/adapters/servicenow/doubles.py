"""Tickets that were made twice: the later ones are cancelled, and say which one counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.adapters.servicenow.errors import WireError
from aright.adapters.servicenow.ticket import CANCELLED, DOUBLE, NAMES

if TYPE_CHECKING:
    from aright.adapters.servicenow.config import ServiceNowConfig
    from aright.adapters.servicenow.ticket import Ticket
    from aright.adapters.servicenow.wire import Wire

_NOT_FOR_US: Final = frozenset({400, 403, 404, 422})
"""Answers to a change that this user may not make, or that nobody can."""


def cancel(
    config: ServiceNowConfig, wire: Wire, double: Ticket, kept: Ticket | None, *, until: float
) -> bool:
    """Cancel a double; return whether it is, else people must: no message waits for tidiness.

    Raises ``WireError`` where trying again may help.
    """
    where = kept.number if kept else "another ticket"
    said = f"{DOUBLE}{where}: it was made twice because an answer was lost on the way. Work goes on there."
    fields = {
        "state": CANCELLED,
        "close_code": config.close_code,
        "close_notes": said,
        "work_notes": said,
    }
    try:
        wire.update(config.table, double.sys_id, fields, NAMES, until=until)
    except WireError as error:
        if error.status not in _NOT_FOR_US:
            raise
        return False
    return True
