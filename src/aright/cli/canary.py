"""`aright canary …`: what a canary will take, before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlencode

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.core.model.release import Metric, Policy
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import HOUR, MINUTE

if TYPE_CHECKING:
    from aright.core.mitigate.canary import CanaryPlan

app = cyclopts.App(name="canary", help="Canaries: plan them beforehand.", result_action="return_value")

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
Names = Annotated[list[str] | None, cyclopts.Parameter(consume_multiple=False, negative="")]
SCHEMA = 1
USAGE = 2
_SPAN = 6 * HOUR


class _Point(msgspec.Struct):
    name: str
    start: int
    width: int
    n: float
    total: float
    version: str = ""
    segment: Segment = ALL


class _Status(msgspec.Struct):
    now: int


class _Rollout(msgspec.Struct):
    policy: Policy = Policy()


class _Service(msgspec.Struct):
    rollout: _Rollout | None = None


@app.command
def plan(
    service: str = "",
    *,
    users_per_minute: float = 0.0,
    base: Names = None,
    steps: str = "",
    margin: float = 0.0,
    parts: int = 0,
    seed: int = 0,
    as_json: AsJson = False,
) -> int:
    """Tell how long a canary will take, how soon a doubling is found, and whom it meets until then.

    Args:
        service: take policy, traffic and rates of this service from the running server.
        users_per_minute: users of both versions; needed without a service.
        base: a metric and the share of users that it fails for, such as error_share=2%; once for each.
        steps: shares of the canary in per cent, such as 1,5,25,50.
        margin: how many times as often a good release may fail; what the last step rules out.
        parts: parts of equal size that are watched one by one.
        seed: of the simulated releases.
        as_json: print JSON.
    """
    import numpy as np  # noqa: PLC0415  a tenth of a second that --help need not pay

    from aright.core.mitigate.canary import plan_canary  # noqa: PLC0415

    policy, traffic, rates = _of_service(service) if service else (Policy(), 0.0, {})
    rates |= dict(map(_rate, base or []))
    policy = _changed(policy, rates, steps, margin)
    if not users_per_minute and not traffic:
        raise FailedError("how much traffic is there? Give --users-per-minute, or a service.", code=USAGE)
    try:
        found = plan_canary(
            policy,
            units_per_minute=users_per_minute or traffic,
            base_rates=rates or {"error_share": 0.02},
            parts=parts,
            random=np.random.default_rng(seed),
        )
    except ValueError as bad:
        raise FailedError(str(bad), code=USAGE) from bad
    if as_json:
        told = {"schema": SCHEMA, "plan": found}
        print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        print("\n".join(_lines(found)))
    return 0


def _changed(policy: Policy, rates: dict[str, float], steps: str, margin: float) -> Policy:
    shares = tuple(_share(step) for step in steps.split(",")) if steps else policy.steps
    last = margin or policy.step_margins[-1]
    if last <= 1:
        raise FailedError("a margin must be above 1: 1.5 lets half as many failures more through", code=USAGE)
    if not all(0 < share < 1 for share in shares) or list(shares) != sorted(set(shares)):
        raise FailedError(f"steps must rise between 0 and 100 %, not {steps}", code=USAGE)
    if len(shares) == len(policy.step_margins):
        margins = (*(max(one, last) for one in policy.step_margins[:-1]), last)
    else:
        margins = (*(last * 2.0 ** (len(shares) - 1 - at) for at in range(len(shares) - 1)), last)
    metrics = tuple(Metric(name=name) for name in rates) or policy.metrics
    return msgspec.structs.replace(policy, steps=shares, step_margins=margins, metrics=metrics)


def _rate(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    if not name:
        raise FailedError(f"{text!r} is no base rate: write one as error_share=2%", code=USAGE)
    try:
        return name, float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        raise FailedError(f"{value!r} in {text!r} is no number: write it as 2% or 0.02", code=USAGE) from None


def _share(text: str) -> float:
    try:
        return float(text.strip().removesuffix("%")) / 100
    except ValueError:
        raise FailedError(f"{text!r} is no step: write them in per cent, as 1,5,25,50", code=USAGE) from None


def _of_service(name: str) -> tuple[Policy, float, dict[str, float]]:
    """Return a service's policy, its users a minute and the rates of its metrics over the last hours."""
    remote = Remote()
    service = remote.get(f"/v1/services/{quote(name, safe='')}", _Service)
    policy = service.rollout.policy if service.rollout else Policy()
    end = remote.get("/v1/status", _Status).now
    rates: dict[str, float] = {}
    traffic = 0.0
    for metric in policy.metrics:
        span = {"service": name, "name": metric.name, "start": max(end - _SPAN, 0), "end": end}
        points = [
            each
            for each in remote.get(f"/v1/signals?{urlencode(span)}", list[_Point])
            if not each.version and each.segment == ALL and each.n > 0
        ]
        if not points:
            continue
        units = sum(each.n for each in points)
        traffic = max(traffic, units / (sum(each.width for each in points) / MINUTE))
        # A rate of nothing seen is not 0: half a failure more, so that the plan has an end.
        rates[metric.name] = min(max(sum(each.total for each in points), 0.5) / units, 0.999)
    if not rates:
        raise FailedError(
            f"nothing was counted of {name} in the last six hours: give --users-per-minute and --base", code=1
        )
    return policy, traffic, rates


def _lines(found: CanaryPlan) -> list[str]:
    lines = ["share   rules out   left after (median / 9 of 10)   alone, in the mean"]
    lines += [
        f"{100 * step.share:>4.3g} %   {step.margin:>7.3g}×   "
        f"{_minutes(step.median, found) + ' / ' + _minutes(step.late, found):<29}   {_span(step.expected)}"
        for step in found.steps
    ]
    lines += [
        "",
        f"An equal is let through to all in {100 * found.promoted:.0f} of 100 releases.",
        (
            f"A doubling is rolled back after {_minutes(found.found, found)} (9 of 10: "
            f"{_minutes(found.found_late, found)}), mostly at {100 * found.found_at:.3g} %, "
            f"when {found.exposed:,.0f} users have met it."
        ),
    ]
    if found.part_found is not None:
        lines.append(
            f"One part that is 5 times worse is found after {_span(found.part_found)} of the last step."
        )
    lines.append(
        f"By {found.releases:,} simulated releases of {_span(found.simulated)}; the last column and parts by "
        "Wald's equation."
    )
    return lines


def _minutes(value: float | None, found: CanaryPlan) -> str:
    return f"over {_span(found.simulated)}" if value is None else _span(value)


def _span(minutes: float) -> str:
    if minutes >= 2880:
        return f"{minutes / 1440:,.1f} days"
    return f"{minutes / 60:,.1f} hours" if minutes >= 120 else f"{minutes:,.3g} minutes"
