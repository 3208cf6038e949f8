"""Encoded queries of ServiceNow's Table API, as far as clients of incidents write them.

Conditions are joined by ``^``, alternatives by ``^OR``; ``ORDERBY`` and ``ORDERBYDESC`` sort. A
condition on a field that does not exist is dropped, as by default there: a slip returns every record.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Record = dict[str, str]

_CONDITION: Final = re.compile(
    r"(?P<field>[a-z_][a-z0-9_]*?)"
    r"(?P<how>ISNOTEMPTY|ISEMPTY|STARTSWITH|NOT IN|LIKE|!=|>=|<=|=|>|<|IN)"
    r"(?P<value>.*)",
    re.DOTALL,
)


def select(records: Iterable[Record], query: str, fields: Iterable[str]) -> list[Record]:
    """Return the records that a query asks for, in the order it asks for."""
    known = set(fields)
    found = list(records)
    groups: list[list[tuple[str, str, str]]] = []
    orders: list[tuple[str, bool]] = []
    for part in filter(None, query.split("^")):
        if part == "EQ":
            continue
        if part.startswith("ORDERBY"):
            down = part.startswith("ORDERBYDESC")
            orders.append((part.removeprefix("ORDERBYDESC" if down else "ORDERBY"), down))
            continue
        either = part.startswith("OR") and groups
        condition = _condition(part.removeprefix("OR") if either else part)
        if condition is None or condition[0] not in known:
            continue
        if either:
            groups[-1].append(condition)
        else:
            groups.append([condition])
    found = [record for record in found if all(_any(record, group) for group in groups)]
    for field, down in reversed(orders):
        found.sort(key=lambda record: record.get(field, ""), reverse=down)
    return found


def _condition(part: str) -> tuple[str, str, str] | None:
    match = _CONDITION.fullmatch(part)
    return (match["field"], match["how"], match["value"]) if match else None


def _any(record: Record, group: list[tuple[str, str, str]]) -> bool:
    return any(_HOLDS[how](record.get(field, ""), value) for field, how, value in group)


_HOLDS: Final[dict[str, Callable[[str, str], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "IN": lambda has, value: has in value.split(","),
    "NOT IN": lambda has, value: has not in value.split(","),
    "LIKE": lambda has, value: value.lower() in has.lower(),
    "STARTSWITH": lambda has, value: has.lower().startswith(value.lower()),
    "ISEMPTY": lambda has, _: not has,
    "ISNOTEMPTY": lambda has, _: bool(has),
}
