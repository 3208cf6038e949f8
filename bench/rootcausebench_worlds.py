"""Made incidents: a few services, a fault by a change or from outside, and innocent changes around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pyarrow as pa

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.change import Change
from aright.core.model.columns import LOG_FIELDS, PROCESS_FIELDS
from aright.core.model.times import DAY, MINUTE, Micros
from bench.rootcausebench_decoys import DECOYS, Decoy, Outside
from bench.rootcausebench_story import Story

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG: Final = 160
"""Minutes that are known before the alarm."""

Item = TypeVar("Item")

SYLLABLES: Final = (
    "ba",
    "cor",
    "dex",
    "fim",
    "gal",
    "hun",
    "jor",
    "kel",
    "lum",
    "mar",
    "nov",
    "pel",
    "quo",
    "rix",
    "sul",
    "tam",
    "vey",
    "wol",
    "zan",
)


@dataclass(frozen=True, kw_only=True)
class World:
    """One made incident.

    Attributes:
        name: what it is about.
        telemetry: what is known.
        guilty: key of the change that did it; empty where none did.
        began: the service it began in.
    """

    name: str
    telemetry: Telemetry
    guilty: str
    began: str


class _Maker:
    """Draws one incident's names, moments and noise."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.words: dict[str, str] = {}
        self.start: Micros = 20_000 * DAY + int(self.rng.integers(0, 300)) * DAY
        self.services = [
            self.word() + suffix
            for suffix in self.pick([("", "", "", "", ""), ("-svc",) * 5, ("service",) * 5])
        ]
        front, gate, core, store, side = self.services
        self.calls = ((front, gate), (gate, core), (core, store), (gate, side))
        self.began = core if self.rng.random() < 0.6 else store
        self.words = self._words()

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self.rng.integers(0, len(items)))]

    def word(self) -> str:
        return "".join(str(self.rng.choice(SYLLABLES)) for _ in range(int(self.rng.integers(2, 4))))

    def _words(self) -> dict[str, str]:
        thing, first, second = self.word(), self.word(), self.word()
        return {
            "thing": thing,
            "Thing": thing.capitalize(),
            "ENV": thing.upper(),
            "field": f"{first}_{second}",
            "fieldCamel": first + second.capitalize(),
            "other": f"{self.word()}_{second}",
            "table": self.word() + "s",
            "lib": self.word(),
            "lib2": self.word(),
            "vendor": self.word(),
            "id": f"{self.word()}-{int(self.rng.integers(10_000, 99_999))}",
            "digit": str(int(self.rng.integers(2, 9))),
        }

    def fill(self, text: str, **more: str) -> str:
        words = self.words | more
        return re.sub(r"~(\w+)~", lambda found: words[found[1]], text)

    def minute(self, at: float) -> Micros:
        return self.start + int(at * MINUTE)


def make(story: Story | Outside, seed: int, decoys: Sequence[Decoy] = DECOYS) -> World:
    """Make one incident of a story, with names, moments, noise and decoys of its own."""
    maker = _Maker(seed)
    onset = float(maker.rng.integers(110, 140)) + float(maker.rng.random())
    came = onset - float(maker.rng.uniform(*story.delay)) if isinstance(story, Story) else 0.0
    guilty = [_guilty(maker, story, came)] if isinstance(story, Story) else []
    changes = [*guilty, *_decoys(maker, decoys, onset, came)]
    alarm = onset + float(maker.rng.uniform(3.0, 9.0))
    end = alarm + 3.0
    leak = isinstance(story, Story) and story.shows == "leak"
    begin = max(onset - 20.0, 60.0)
    states = _states(maker, story, onset) if isinstance(story, Outside) else []
    telemetry = Telemetry(
        target=maker.pick([maker.began, maker.services[1]]),
        at=maker.minute(alarm),
        reference=(maker.start, maker.minute(begin)),
        current=(maker.minute(begin), maker.minute(end)),
        metrics=_metrics(maker, story, onset, came + 0.5 if leak else 0.0, end),
        logs=_logs(maker, story, onset, end),
        calls=maker.calls,
        changes=(*changes, *states),
    )
    key = guilty[0].key if guilty else ""
    return World(name=story.name, telemetry=telemetry, guilty=key, began=maker.began)


def _guilty(maker: _Maker, story: Story, came: float) -> Change:
    flag = f"{maker.words['field']}_engine" if story.kind == "flag" else ""
    return Change(
        key="guilty",
        at=maker.minute(came),
        service=maker.began,
        kind=story.kind,
        what=flag,
        before="off" if flag else "",
        after="on" if flag else "",
        title=maker.fill(story.title),
        detail=maker.fill(story.detail),
    )


def _decoys(maker: _Maker, decoys: Sequence[Decoy], onset: float, came: float) -> list[Change]:
    """Return innocent changes: the latest of all on the service itself, others before, some not deployed."""
    chosen = list(maker.rng.permutation(len(decoys)))[:9]
    latest = [onset - float(maker.rng.uniform(0.3, max(min(onset - came, 6.0), 0.6))) for _ in range(2)]
    others = [float(maker.rng.uniform(5.0, onset)) for _ in range(len(chosen) - 2)]
    found = []
    for number, (which, at) in enumerate(zip(chosen, [*latest, *others], strict=True)):
        decoy, close = decoys[which], number < 4
        service = maker.began if close else maker.pick(maker.services)
        found.append(_decoy(maker, decoy, number, at, service, merged=number >= 7))
    return found


def _decoy(maker: _Maker, decoy: Decoy, number: int, at: float, service: str, *, merged: bool) -> Change:
    flag = decoy.kind == "flag"
    return Change(
        key=f"decoy {number}",
        at=maker.minute(at),
        service="" if merged and not flag else service,
        kind="other" if merged and not flag else decoy.kind,
        what=f"{maker.word()}_{maker.word()}" if flag else "",
        before="off" if flag else "",
        after="on" if flag else "",
        title=maker.fill(decoy.title),
        detail=maker.fill(decoy.detail),
    )


def _states(maker: _Maker, story: Outside, onset: float) -> list[Change]:
    """Return what the provider told of itself."""
    what, text = (maker.fill(each) for each in story.report)
    if not what:
        return []
    at = maker.minute(onset + float(maker.rng.uniform(-3.0, 2.5)))
    told = Change(
        key="state",
        at=at,
        service=maker.words["vendor"],
        kind="other",
        what="status",
        after="degraded",
        title=what,
        detail=text,
    )
    return [told]


def _metrics(maker: _Maker, story: Story | Outside, onset: float, grows: float, end: float) -> pa.Table:
    dialect = maker.pick(
        [
            ("requests", "error_ratio", "latency_ms_p99", "rss_bytes"),
            (
                "http_server_requests_per_second",
                "http_server_errors_ratio",
                "http_server_duration_p99_seconds",
                "container_memory_working_set_bytes",
            ),
        ]
    )
    rows: dict[str, list[object]] = {"time": [], "service": [], "name": [], "value": []}
    for service in maker.services:
        hit = _is_hit(maker, story, service)
        for name, values in zip(
            dialect,
            _series(maker, story, onset, grows, end, hit=hit, root=service == maker.began),
            strict=True,
        ):
            for at, value in enumerate(values):
                for column, cell in zip(
                    rows, (maker.minute(at + 0.5), service, name, float(value)), strict=True
                ):
                    rows[column].append(cell)
    return _table(PROCESS_FIELDS, rows)


def _series(
    maker: _Maker, story: Story | Outside, onset: float, grows: float, end: float, *, hit: bool, root: bool
) -> list[np.ndarray]:
    rng, minutes = maker.rng, np.arange(int(end))
    after = (minutes >= onset) & hit
    load = rng.uniform(20.0, 90.0) * (1.0 + 0.05 * rng.standard_normal(len(minutes)))
    errors = np.clip(0.004 + 0.001 * rng.standard_normal(len(minutes)) + 0.5 * after, 0.0, 1.0)
    slow = 12.0 if story.shows == "slow" else 1.0
    latency = (
        rng.uniform(40.0, 200.0)
        * np.where(after, slow, 1.0)
        * (1.0 + 0.08 * rng.standard_normal(len(minutes)))
    )
    memory = rng.uniform(2.0, 5.0) * 1e8 * (1.0 + 0.01 * rng.standard_normal(len(minutes)))
    if root and grows:
        memory += np.clip(minutes - grows, 0.0, onset - grows) / (onset - grows) * 9e8
        memory[minutes >= onset] *= 0.3
    return [load, errors, latency, memory]


def _is_hit(maker: _Maker, story: Story | Outside, service: str) -> bool:
    if isinstance(story, Outside) and story.everywhere:
        return True
    above = {maker.began}
    for _ in maker.services:
        above |= {caller for caller, callee in maker.calls if callee in above}
    return service in above


def _logs(maker: _Maker, story: Story | Outside, onset: float, end: float) -> pa.Table:
    rng = maker.rng
    rows: dict[str, list[object]] = {"time": [], "service": [], "severity": [], "body": []}

    def say(at: float, service: str, severity: int, body: str) -> None:
        for column, cell in zip(rows, (maker.minute(at), service, severity, body), strict=True):
            rows[column].append(cell)

    thing = maker.words["thing"]
    for service in maker.services:
        for at in np.sort(rng.uniform(0.0, end, int(end))):
            say(
                at,
                service,
                9,
                f"served {thing} {int(rng.integers(1, 9_999))} in {int(rng.integers(5, 90))} ms",
            )
        if rng.random() < 0.5:
            say(float(rng.uniform(0.0, onset)), service, 13, "slow start of the day: cache was cold")
        if not _is_hit(maker, story, service):
            continue
        own = service == maker.began or (isinstance(story, Outside) and story.everywhere)
        first = onset + (0.0 if own else float(rng.uniform(0.05, 0.6)))
        callee = next((callee for caller, callee in maker.calls if caller == service), maker.began)
        lines = story.lines if own else (f"call to {callee} failed: upstream returned 500",)
        for at in np.sort(rng.uniform(first, end, 14)):
            say(at, service, 17, maker.fill(str(rng.choice(lines)), service=callee))
    return _table(LOG_FIELDS, rows)


def _table(fields: dict[str, pa.DataType], rows: dict[str, list[object]]) -> pa.Table:
    count = len(rows["time"])
    return pa.table(
        {
            name: pa.array(rows[name], pa.int64()).cast(kind)
            if name == "time"
            else pa.array(rows.get(name, [None] * count)).cast(kind)
            for name, kind in fields.items()
        }
    )
