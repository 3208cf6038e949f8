"""`aright slo …`: where promises stand, what was kept of them, and what could be promised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import cyclopts
import msgspec

from aright.cli.check import DEFAULT, usable_catalog
from aright.cli.remote import Remote
from aright.core.model.slo import Attainment, Proposal, Standing, span_text
from aright.core.model.times import iso

app = cyclopts.App(
    name="slo", help="SLOs: standing, reports, proposals, exports.", result_action="return_value"
)

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
FOUND = 3
SCHEMA = 1


def _show(name: str, value: object) -> None:
    told = {"schema": SCHEMA, name: value}
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())


def _share(share: float | None, digits: int = 3) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"


@app.command(name="list")
def list_(*, service: str = "", as_json: AsJson = False) -> int:
    """List SLOs with what is left of their budgets; leaves with 3 where one is overspent.

    Args:
        service: of one service alone.
        as_json: print JSON.
    """
    query = f"?{urlencode({'service': service})}" if service else ""
    found = Remote().get(f"/v1/slos{query}", list[Standing])
    if as_json:
        _show("slos", found)
    else:
        for standing in found:
            print(_line(standing))
        if not found:
            print("no SLOs: name some in aright.yaml and start with `aright serve --catalog aright.yaml`")
    return FOUND if any(each.budget_left is not None and each.budget_left < 0 for each in found) else 0


def _line(standing: Standing) -> str:
    slo = standing.slo
    alerting = "page" if standing.page else "ticket" if standing.ticket else ""
    fastest = max((burn.rate for burn in standing.burns if burn.n), default=0.0)
    return (
        f"{slo.key:<24} {slo.service:<20} {_share(standing.good)} of {100 * slo.objective:.7g} % "
        f"over {span_text(slo.window)}  left {_share(standing.budget_left, 0)}  "
        f"burns ≤ {fastest:.1f}×  {alerting}"
    ).rstrip()


@app.command
def show(name: str, *, as_json: AsJson = False) -> int:
    """Show one SLO: its budget, how fast it burns, when it is empty.

    Args:
        name: its name.
        as_json: print JSON.
    """
    from aright.core.detect.slo_alerts import forecast_text  # noqa: PLC0415  pulls in numpy

    standing = Remote().get(f"/v1/slos/{quote(name, safe='')}", Standing)
    if as_json:
        _show("slo", standing)
        return 0
    slo = standing.slo
    print(_line(standing))
    print(f"  counts {slo.indicator.signal} of {slo.indicator.segment} ({slo.source})")
    print(
        f"  {standing.bad:,.0f} of {standing.n:,.0f} are bad; the budget: {forecast_text(standing.forecast)}"
    )
    for burn in standing.burns:
        said = f"{burn.rate:.2f} times as fast as allowed" if burn.n else "nothing counted"
        print(f"  over {span_text(burn.span):<10} {said}")
    for rule in slo.rules:
        print(f"  {'pages' if rule.page else 'ticket'} at {rule.words}")
    return 0


@app.command
def report(
    name: str = "",
    *,
    period: Literal["day", "week", "month", "quarter"] = "month",
    count: int = 6,
    as_json: AsJson = False,
) -> int:
    """Report what was attained in each period of the calendar, UTC.

    Leaves with 3 where an objective was missed in the last whole period.

    Args:
        name: of this SLO; of all where left out.
        period: how long a period is.
        count: how many, the running one too.
        as_json: print JSON.
    """
    remote = Remote()
    names = [name] if name else [each.slo.key for each in remote.get("/v1/slos", list[Standing])]
    query = urlencode({"period": period, "count": count})
    found = {
        each: remote.get(f"/v1/slos/{quote(each, safe='')}/report?{query}", list[Attainment])
        for each in names
    }
    if as_json:
        _show("report", found)
    else:
        for each, periods in found.items():
            print(each)
            for attained in periods:
                print(_attained(attained))
    missed = any(len(periods) > 1 and periods[-2].met is False for periods in found.values())
    return FOUND if missed else 0


def _attained(attained: Attainment) -> str:
    start = iso(attained.start)[:10]
    if attained.good is None or attained.spent is None:
        return f"  {start}  nothing counted"
    met = "met" if attained.met else "missed"
    interval = f"95 %: {_share(attained.low)} to {_share(attained.high)}"
    return (
        f"  {start}  {_share(attained.good)} ({interval})  {met:<6}  budget spent {_share(attained.spent, 0)}"
    )


@app.command
def propose(service: str, *, as_json: AsJson = False) -> int:
    """Propose targets from history: what was met, and what the next nine would cost.

    Args:
        service: whose.
        as_json: print JSON.
    """
    query = urlencode({"service": service})
    found = Remote().get(f"/v1/slo-proposals?{query}", list[Proposal])
    if as_json:
        _show("proposals", found)
        return 0
    for proposal in found:
        print(f"{proposal.signal}: {proposal.text}")
    if not found:
        print(
            "nothing that hurts users was counted lately: send predictions with status, fallback or outcomes"
        )
    return 0


@app.command
def rules(*files: Path) -> int:
    """Print Prometheus recording and alerting rules for the SLOs of catalog files.

    Args:
        files: read as one catalog; aright.yaml where none is given.
    """
    from aright.core.detect.slo_rules import rules as written  # noqa: PLC0415

    print(written(usable_catalog(files or (DEFAULT,)).slos), end="")
    return 0


@app.command
def dashboard() -> int:
    """Print a Grafana dashboard as JSON; it chooses services and SLOs from what Prometheus has."""
    from aright.core.detect.slo_dashboard import dashboard as drawn  # noqa: PLC0415

    print(json.dumps(drawn(), indent=2, ensure_ascii=False))
    return 0
