"""The gate of a release, as a team's CI runs it: ``aright gate`` in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.drill.failure import StageError
from aright.drill.fraud import names
from aright.drill.fraud.scoring import found_of
from aright.drill.fraud.versions import folder_of
from aright.drill.fraud.world import features_of, make_payments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aright.drill.fraud.plan import Plan

CASES: Final = 4_000
"""Labelled payments of the past that versions are held against each other on."""

CLOSED: Final = 3
"""Exit code of a gate that is closed."""

SECONDS: Final = 120.0
"""Wall seconds that a gate may take."""

_FILE: Final = "cases.ndjson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """What the gate said of a version.

    Attributes:
        closed: whether it must not pass.
        report: the document that it wrote.
        failed: names of the checks that failed.
        said: what these found, a sentence each.
        wall_s: wall seconds that it took.
    """

    closed: bool
    report: dict[str, object]
    failed: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    wall_s: float = 0.0


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One payment of the past, as the gate reads it.

    Attributes:
        id: of the payment.
        unit: the card.
        attributes: market and till.
        features: as in ``names.FEATURES``.
        label: what it was found to be.
    """

    id: str
    unit: str
    attributes: dict[str, str]
    features: dict[str, float]
    label: str


class _Check(msgspec.Struct):
    name: str
    state: str
    text: str


class _Report(msgspec.Struct):
    closed: bool
    checks: tuple[_Check, ...]


class Gate:
    """Puts versions to the gate.

    Args:
        plan: of the drill.
        folder: the drill's; versions lie in it.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder

    async def __call__(self, version: str, champion: str) -> Gated:
        """Hold a version against the one that serves; raises ``StageError`` where there is no report."""
        cases = self._folder / _FILE
        if not cases.exists():
            cases.write_bytes(b"\n".join(map(msgspec.json.encode, cases_of(self._plan))))
        told, out = self._folder / f"gate-{version}.json", self._folder / f"gate-{version}-report.json"
        told.write_bytes(msgspec.json.encode(_asked(version, champion)))  # JSON is YAML, too
        began = time.perf_counter()
        code = await self._run(version, (str(told), "--out", str(out)))
        if code not in {0, CLOSED} or not out.exists():
            log = (self._folder / _log(version)).read_text(errors="replace")
            raise StageError(f"the gate of version {version} ended with {code}:\n{log[-2_000:]}")
        return _read(out.read_bytes(), time.perf_counter() - began)

    async def _run(self, version: str, arguments: tuple[str, ...]) -> int:
        with (self._folder / _log(version)).open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "aright", "gate", *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(SECONDS):
                    return await process.wait()
            except TimeoutError:
                raise StageError(f"the gate of version {version} took more than {SECONDS:.0f} s") from None
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)  # what it started goes with it
                    await process.wait()


def cases_of(plan: Plan) -> Iterator[Case]:
    """Return what is known of payments of the past: nothing yet of the market whose labels come late.

    >>> from aright.drill.fraud.plan import Fault, make_plan
    >>> plan = make_plan(1, Fault.GOOD)
    >>> markets = {case.attributes[names.MARKET] for case in cases_of(plan)}
    >>> len(markets), plan.market in markets
    (5, False)
    """
    past = make_payments(plan, CASES, np.random.default_rng([plan.seed, 56]))
    for k in range(CASES):
        market = names.MARKETS[past.market[k]]
        if market != plan.market:
            yield Case(
                id=f"c{k}",
                unit=f"card-{past.card[k]:05d}",
                attributes={names.MARKET: market, names.TILL: names.TILLS[past.till[k]]},
                features=features_of(past, k),
                label=found_of(fraud=bool(past.fraud[k])),
            )


def _asked(version: str, champion: str) -> dict[str, object]:
    sides = {"candidate": version, "baseline": champion}
    return {
        "service": names.SERVICE,
        "version": version,
        "champion": champion,
        "replay": {"function": "aright.drill.fraud.replaying:answer"},
        "quality": {"file": _FILE, "segments": [names.MARKET]},
        "latency": {"file": _FILE, "p50_ratio": 1.5, "p99_ratio": 4.0, "seconds": 1.0},
        "memory": {
            "workload": "aright.drill.fraud.replaying:Workload",
            **{side: {"paths": [folder_of(each)]} for side, each in sides.items()},
            "seconds": 30.0,
        },
    }


def _read(content: bytes, wall_s: float) -> Gated:
    report = msgspec.json.decode(content, type=_Report)
    failed = [check for check in report.checks if check.state == "failed"]
    return Gated(
        closed=report.closed,
        report=msgspec.json.decode(content, type=dict[str, object]),
        failed=tuple(check.name for check in failed),
        said=tuple(f"{check.name}: {check.text}" for check in failed),
        wall_s=wall_s,
    )


def _log(version: str) -> str:
    return f"gate-{version}.log"
