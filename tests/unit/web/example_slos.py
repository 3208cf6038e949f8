"""SLOs in every state that they can be in."""

from __future__ import annotations

import msgspec

from aright.core.model.slo import Burn, Forecast, Indicator, Slo, Standing
from aright.core.model.times import HOUR, MINUTE

replace = msgspec.structs.replace
FINE = Standing(
    slo=Slo(key="own", service="ranker", indicator=Indicator(signal="fallback_share"), objective=0.995),
    at=0,
    n=9_000,
    bad=9,
    good=0.999,
    budget_left=0.8,
    burns=(Burn(span=5 * MINUTE, n=9, rate=0.2), Burn(span=HOUR, n=9, rate=0.31)),
    page=False,
    ticket=False,
)


def named(name, **changes):
    return replace(FINE, slo=replace(FINE.slo, key=name), **changes)


SPENT = named("spent", budget_left=-0.4, good=0.993, forecast=Forecast(after=0, low=0, high=0))
PAGE = named(
    "page", budget_left=0.1, page=True, forecast=Forecast(after=190 * MINUTE, low=3 * HOUR, high=4 * HOUR)
)
TICKET = named("ticket", budget_left=0.5, ticket=True)
NEW = named("new", budget_left=None, good=None, burns=(Burn(span=HOUR, n=0, rate=0),))


ALL = (FINE, SPENT, PAGE, TICKET, NEW)
