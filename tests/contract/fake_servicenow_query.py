"""Encoded queries of ServiceNow's Table API, as far as clients of incidents write them.

Conditions are joined by ``^``, alternatives by ``^OR``; ``ORDERBY`` and ``ORDERBYDESC`` sort. A
condition on a field that does not exist is dropped, as by default there: a slip returns every record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Record = dict[str, str]
    Holds = Callable[[str], bool]

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
    groups: list[list[tuple[str, Holds]]] = []
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
    for group in groups:
        found = _those(found, group)
    for field, down in reversed(orders):
        found.sort(key=lambda record: record.get(field, ""), reverse=down)
    return found


def _condition(part: str) -> tuple[str, Holds] | None:
    match = _CONDITION.fullmatch(part)
    return (match["field"], _HOLDS[match["how"]](match["value"])) if match else None


def _those(records: list[Record], group: list[tuple[str, Holds]]) -> list[Record]:
    if len(group) == 1:
        ((field, holds),) = group
        return [record for record in records if holds(record.get(field, ""))]
    return [each for each in records if any(holds(each.get(field, "")) for field, holds in group)]


def _among(value: str) -> Holds:
    values = frozenset(value.split(","))
    return lambda has: has in values


def _not_among(value: str) -> Holds:
    values = frozenset(value.split(","))
    return lambda has: has not in values


_HOLDS: Final[dict[str, Callable[[str], Holds]]] = {
    "=": lambda value: lambda has: has == value,
    "!=": lambda value: lambda has: has != value,
    ">": lambda value: lambda has: has > value,
    ">=": lambda value: lambda has: has >= value,
    "<": lambda value: lambda has: has < value,
    "<=": lambda value: lambda has: has <= value,
    "IN": _among,
    "NOT IN": _not_among,
    "LIKE": lambda value: lambda has: value.lower() in has.lower(),
    "STARTSWITH": lambda value: lambda has: has.lower().startswith(value.lower()),
    "ISEMPTY": lambda _: lambda has: not has,
    "ISNOTEMPTY": lambda _: bool,
}
