"""A made-up service that reads dials from pictures, for tests: devices of several makers, one answer each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from aright.core.diagnose.case import Case
from aright.core.model.service import Service
from aright.core.model.times import SECOND
from tests.unit.core.diagnose.simulation import START, alert

RATE = 12  # rows a second


@dataclass(frozen=True)
class Fleet:
    """What is done to the pictures, and how much of it is seen."""

    seed: int
    # none | build | build-mute | build-hidden | build-grew | everyone | harmless | loss | model | mix | trace
    fault: str = "none"
    reference_rows: int = 6_000
    lead_rows: int = 600
    current_rows: int = 3_600
    devices: int = 240
    right: float = 0.93
    right_hit: float = 0.55


def _devices(fleet, rng):
    makes = rng.choice(["A", "B", "C"], fleet.devices, p=[0.5, 0.3, 0.2])
    site = np.where(
        rng.random(fleet.devices) < 0.7,
        np.char.add("near", makes.astype(str)),
        rng.choice(["nearA", "nearB", "nearC", "far"], fleet.devices),
    )
    updated = rng.random(fleet.devices) < 0.6
    glass = rng.choice(["flat", "wide"], fleet.devices)
    return makes, site, updated, glass


def _side(fleet, rng, devices, count, start, faulty):
    makes, site, updated, glass = devices
    crowd = np.where((makes == "C") & (fleet.fault == "mix") & faulty.any(), 9.0, 1.0)
    unit = rng.choice(fleet.devices, count, p=crowd / crowd.sum())
    time = start + np.sort(rng.integers(0, count * SECOND // RATE, count))
    make, fresh = makes[unit], updated[unit] & faulty
    told = fleet.fault not in {"none", "loss", "model", "mix", "trace"}
    early = (fleet.fault == "build-grew") & (rng.random(count) < 0.03)
    build = np.char.add(
        np.char.add(make.astype(str), "-"), np.where((fresh | early) & (make != "C") & told, "2", "1")
    )
    spoilt = {
        "build": build == "A-2",
        "build-mute": build == "A-2",
        "build-hidden": build == "A-2",
        "build-grew": (build == "A-2") & faulty,
        "trace": faulty & (make == "A") & (glass[unit] == "wide"),
        "everyone": faulty,
        "loss": faulty & (make == "A"),
        "model": faulty,
    }.get(fleet.fault, np.zeros(count, dtype=bool))
    seen = spoilt & (fleet.fault in {"build", "build-hidden", "build-grew", "everyone"})
    light = rng.normal(0.5, 0.1, count) + 0.05 * (glass[unit] == "wide")
    light = np.where(seen, 0.6 * light, light)
    edge = rng.gamma(6.0, 0.02, count) * np.where(seen, 0.7, 1.0)
    weak = 0.4 if fleet.fault == "mix" else 0.04
    right = rng.random(count) < np.where(spoilt, fleet.right_hit, fleet.right - weak * (make == "C"))
    columns = {
        "id": [f"{start}-{row}" for row in range(count)],
        "time": pa.array(time, pa.timestamp("us", tz="UTC")),
        "service": ["dials"] * count,
        "version": np.where(faulty & (fleet.fault == "model"), "v2", "v1"),
        "unit": [f"d{each}" for each in unit],
        "attr.make": make,
        "attr.site": site[unit],
        "attr.glass": glass[unit],
        "attr.shift": rng.choice(["early", "late"], count),
        "feat.picture.light": pa.array(light, pa.float32()),
        "feat.picture.edge": pa.array(edge, pa.float32()),
        "feat.picture.bytes": pa.array(rng.normal(9e3, 9e2, count) + 4e4 * edge, pa.float32()),
        "feat.picture.kind": np.where(faulty & (fleet.fault == "everyone"), "webp", "png"),
        "feat.picture.build": build,
        "feat.lab.level": pa.array(rng.normal(size=count) + 0.6 * faulty, pa.float32()),
        "feat.small.light": pa.array(light + rng.normal(0, 0.01, count), pa.float32()),
        "outcome.correct": pa.array(right.astype(float), pa.float32()),
    }
    if fleet.fault == "trace":  # a failed look-up leaves a mark
        level = pa.array(rng.normal(size=count), mask=spoilt, type=pa.float32())
        columns |= {"feat.lab.level": level, "attr.note": np.where(spoilt, "fallback", "none")}
    if fleet.fault != "build-hidden":
        columns["attr.build"] = build
    return pa.table(columns), int(time[-1]) + 1


def make_fleet(fleet: Fleet, **changes) -> Case:
    """Return a case whose last rows suffer from the fault; a feature shifts for all at the same time."""
    rng = np.random.default_rng([fleet.seed, 7])
    devices = _devices(fleet, rng)
    none = np.zeros(fleet.reference_rows, dtype=bool)
    reference, between = _side(fleet, rng, devices, fleet.reference_rows, START, none)
    faulty = np.arange(fleet.current_rows) >= fleet.lead_rows
    current, end = _side(fleet, rng, devices, fleet.current_rows, between, faulty)
    return Case(
        incident="INC-1",
        service=Service(key="dials", type="vision", quality=("correct",)),
        now=end,
        reference=reference,
        current=current,
        reference_span=(START, between),
        current_span=(between, end),
        alerts=(alert("quality:correct", between),),
        **changes,
    )
