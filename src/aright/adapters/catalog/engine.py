"""Settings of the engine, and how many false alarms a team accepts, as `aright.yaml` says them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.findings import shown
from aright.core.model.settable import SETTABLE, Settable
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from aright.adapters.catalog.reading import Reader

_SPANS: Final = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY, "quarter": 90 * DAY, "year": 365 * DAY}
_RATE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) (?:per|a) (" + "|".join(_SPANS) + ")")


def read_engine(reader: Reader) -> dict[str, int | float]:
    """Return what a file sets, by the setting's name."""
    found: dict[str, int | float] = {}
    for name, one in SETTABLE.items():
        if not reader.has(name):
            continue
        if one.kind == "rate":
            found[name] = read_rate(reader, name, one) or 0.0
        elif one.kind == "span":
            found[name] = reader.span(name, -1, low=int(one.low), high=int(one.high))
        else:
            count = reader.number(name, -1.0, low=one.low, high=one.high)
            found[name] = -1 if count is None else int(count)
    return {name: value for name, value in found.items() if SETTABLE[name].low <= value}


def read_rate(reader: Reader, name: str, one: Settable) -> float:
    """Return how many a month (or day) a field accepts, such as ``1 per month``; 0 where it says nothing."""
    text = reader.text(name)
    if not text:
        return 0.0
    written = _RATE.fullmatch(text)
    rate = float(written[1]) * one.per / _SPANS[written[2]] if written else 0.0
    if one.low <= rate <= one.high:
        return rate
    reader.tell(
        name,
        f"{name} is {shown(text)!r}",
        "it says how many false alarms are accepted, and that cannot be none: whoever sees errs at times",
        f"Write a number and a span: {name}: 1 per {'month' if one.per > DAY else 'day'}",
    )
    return 0.0
