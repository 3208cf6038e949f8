"""A made-up service for tests: ten attributes, four feature sources, clicks and complaints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa

from aright.core.diagnose import diagnose
from aright.core.diagnose.case import Case
from aright.core.diagnose.losses import losses_of
from aright.core.diagnose.rows import load
from aright.core.diagnose.scene import named
from aright.core.diagnose.scope import find
from aright.core.model.alert import Alert
from aright.core.model.service import Service
from aright.core.model.times import SECOND

START = 1_800_000_000 * SECOND
RATE = 20  # rows a second


@dataclass(frozen=True)
class World:
    """What is done to the service, and how much of it is seen."""

    seed: int
    fault: str = (
        "none"  # none | empty | stale | constant | model | canary | host | pair | loss-segment | loss-global
    )
    reference_rows: int = 10_000
    current_rows: int = 3_600
    lead_rows: int = 0  # healthy rows at the beginning of the current ones
    users: int = 1_400
    click: float = 0.30
    click_hit: float = 0.12
    complaint_hit: float = 0.04
    fallback_flag: bool = False
    decoys: bool = True
    graded: float = 1.0  # share of rows whose click is known
    correlated: tuple[float, float] = (0.6, 0.8)
    hit_share: float = 0.3
    mix_shift: bool = False
    mix_worse: float = 1.0  # how much more those come who always click less
    mix_odds: float = 0.4  # how much less they click: log-odds
    attributes: int = 10
    lists: bool = False


def _people(world, rng):
    n = world.users
    hit = rng.random(n) < world.hit_share
    people = {"shelf": np.where(hit, "s3", rng.choice(["s1", "s2", "s4"], n))}
    for number, rho in enumerate(world.correlated):
        # agreement so that the two indicators correlate by rho (phi coefficient, equal margins)
        share = world.hit_share
        other = np.where(hit, rng.random(n) < share + rho * (1 - share), rng.random(n) < share * (1 - rho))
        people[f"kin{number}"] = np.where(other, "y", rng.choice(["n1", "n2"], n))
    for number, levels in enumerate((2, 3, 5, 8, 4, 6, 3)[: world.attributes - 3]):
        weights = rng.dirichlet(np.full(levels, 4.0))
        people[f"free{number}"] = rng.choice([f"v{level}" for level in range(levels)], n, p=weights)
    effect = (
        0.5 * (people["free2"] == "v0") - world.mix_odds * (people["free0"] == "v1") + rng.normal(0, 0.3, n)
    )
    return people, hit, effect


def _broken(world, people, hit, user, host, version, faulty):
    """Return which rows suffer."""
    inside = {
        "none": np.zeros(len(user), dtype=bool),
        "host": host == "h2",
        "canary": version == "v2",
        "pair": hit[user] & (people["free0"][user] == "v1"),
        "triple": hit[user] & (people["free0"][user] == "v1") & (people["free1"][user] == "v0"),
        "two": hit[user] | (people["free2"][user] == "v1"),
    }
    whole = np.ones(len(user), dtype=bool)
    everyone = whole if world.fault in {"model", "loss-global"} else hit[user]
    return faulty & inside.get(world.fault, everyone)


def _features(world, rng, user, seconds, broken, faulty):
    count = len(user)
    norm = 1.0 + 0.2 * rng.normal(size=world.users)[user]
    age = 60 * rng.random(count)
    if world.fault == "stale" and broken.any():
        age = np.where(broken, 60.0 + seconds - seconds[faulty].min() + 3 * rng.random(count), age)
    empty = (broken & (world.fault == "empty")) | (rng.random(count) < 0.01)
    decoy = faulty & world.decoys
    tax = np.where(decoy & (rng.random(count) < 0.5), np.nan, rng.normal(size=count))
    high = norm > 1.0
    return high, {
        "feat.people.norm": pa.array(
            np.where(broken & (world.fault == "constant"), 0.0, norm), mask=empty, type=pa.float32()
        ),
        "feat.people.age": pa.array(age, mask=empty, type=pa.float32()),
        "feat.basket.size": pa.array(
            rng.gamma(2.0, 1.0, count) + np.where(decoy, 0.8, 0.0), type=pa.float32()
        ),
        "feat.tax.rate": pa.array(tax, mask=np.isnan(tax), type=pa.float32()),
        "feat.store.kind": pa.array(rng.choice(["a", "b", "c"], count)).dictionary_encode(),
        "feat.clock.seconds": pa.array(seconds, type=pa.float64()),
    }


def _lists(rng, broken):
    weights = 1.0 / np.arange(1, 201) ** 0.5
    items = rng.choice(200, (len(broken), 5), p=weights / weights.sum())
    items[broken] = rng.integers(0, 12, (int(broken.sum()), 5))
    return [[f"i{each}" for each in row] for row in items]


def _side(world, rng, people, hit, effect, count, start, faulty):
    weights = np.ones(world.users)
    if world.mix_shift and faulty.any():
        weights[people["free2"] == "v0"] = 4.0
    if faulty.any():
        weights[people["free0"] == "v1"] *= world.mix_worse
    user = rng.choice(world.users, count, p=weights / weights.sum())
    time = start + np.sort(rng.integers(0, count * SECOND // RATE, count))
    seconds = (time - START) / SECOND
    host = rng.choice(["h1", "h2", "h3"], count)
    fresh = faulty & ((world.fault == "model") | ((world.fault == "canary") & (rng.random(count) < 0.25)))
    version = np.where(fresh, "v2", "v1")
    broken = _broken(world, people, hit, user, host, version, faulty)
    high, features = _features(world, rng, user, seconds, broken, faulty)
    odds = np.log(world.click / (1 - world.click)) + effect[user] + 0.3 * high
    clicked = rng.random(count) < 1 / (1 + np.exp(-odds))
    clicked &= ~(broken & (rng.random(count) < 1 - world.click_hit / world.click))
    known = rng.random(count) < world.graded
    complaint = rng.random(count) < np.where(broken, world.complaint_hit, 0.004)
    columns = {
        "id": [f"{start}-{row}" for row in range(count)],
        "time": pa.array(time, pa.timestamp("us", tz="UTC")),
        "service": ["shop"] * count,
        "version": pa.array(version).dictionary_encode(),
        "arm": pa.array(["stable"] * count).dictionary_encode(),
        "host": pa.array(host).dictionary_encode(),
        "unit": [f"u{each}" for each in user],
        "status": pa.array([200] * count, pa.int32()),
        "latency_ms": pa.array(rng.gamma(4.0, 5.0, count), pa.float32()),
        **{f"attr.{name}": pa.array(values[user]).dictionary_encode() for name, values in people.items()},
        **features,
        "outcome.click": pa.array(clicked.astype(float), mask=~known, type=pa.float32()),
        "outcome.complaint": pa.array(complaint.astype(float), type=pa.float32()),
    }
    if world.fallback_flag:
        columns["fallback"] = pa.array(broken | (rng.random(count) < 0.004))
    if world.lists:
        columns["items"] = pa.array(_lists(rng, broken), pa.list_(pa.string()))
    return pa.table(columns), int(time[-1]) + 1


@lru_cache(maxsize=8)
def _tables(world: World) -> tuple[pa.Table, pa.Table, int, int]:
    """Return reference and current rows, where the former end, and where the latter do."""
    rng = np.random.default_rng(world.seed)
    people, hit, effect = _people(world, rng)
    none = np.zeros(world.reference_rows, dtype=bool)
    reference, between = _side(world, rng, people, hit, effect, world.reference_rows, START, none)
    faulty = np.arange(world.current_rows) >= world.lead_rows
    current, end = _side(world, rng, people, hit, effect, world.current_rows, between, faulty)
    return reference, current, between, end


def make_case(world: World, **changes) -> Case:
    """Return a case: reference rows, then current ones whose last rows suffer from the world's fault."""
    reference, current, between, end = _tables(world)
    return Case(
        incident="INC-1",
        service=Service(key="shop", type="recommender", quality=("click",)),
        now=end,
        reference=reference,
        current=current,
        reference_span=(START, between),
        current_span=(between, end),
        alerts=(alert("quality:click", between), alert("events:complaint", between)),
        **changes,
    )


def alert(signal: str, at: int, *, harm: bool = True) -> Alert:
    """Return an alert of a signal."""
    return Alert(
        key=f"shop|{signal}",
        service="shop",
        signal=signal,
        harm=harm,
        at=at,
        since=at,
        before=0.7,
        now=0.8,
        low=0.75,
        high=0.85,
        units=500.0,
        log_e=12.0,
        threshold=8.0,
        rule="test",
    )


@cache
def diagnosed(world: World):
    """Return a world's diagnosis, made once."""
    return diagnose(make_case(world))


def scope_name(world: World) -> str:
    """Return what the scope step alone says of a world: a segment's name, or its reach."""
    case = make_case(world)
    rows = load(case.reference, case.current)
    finding, _ = find(rows, losses_of(case, rows))
    return named(rows, finding.part) or finding.reach.value
