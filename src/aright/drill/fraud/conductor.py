"""Who releases: puts version after version to the gate, begins its release, and waits for its end."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.failure import StageError
from aright.drill.fraud import names
from aright.drill.fraud.ledger import is_chained
from aright.drill.fraud.messages import VERSION, Serving
from aright.drill.fraud.process import ALIASES
from aright.drill.times import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aright.drill.doors import Doors
    from aright.drill.fraud.gate import Gated
    from aright.drill.fraud.plan import Coming, Plan
    from aright.drill.fraud.registry import Models
    from aright.drill.services import Services
    from aright.drill.views import ReleaseView

WARM_UP: Final = 3 * MINUTE
"""How long payments are made before the first release."""

REST: Final = 30 * SECOND
"""How long between a release's end and the next one."""

LONGEST: Final = 40 * MINUTE
"""How long a release may take before nobody waits for it any more."""

COOL_DOWN: Final = 90 * SECOND
"""How long payments are made after the last one."""

FOLLOW_SECONDS: Final = 10.0
"""Wall seconds within which a process must serve what its alias stands for."""

ENDED: Final = frozenset({"promoted", "rolled_back", "stopped"})
COPIED: Final = "shadow"


@dataclass(slots=True)
class Told:
    """What came of one release.

    Attributes:
        coming: as it was planned.
        gate: what the gate said.
        at: when it was put to the gate (µs, UTC).
        release: as last read; ``None`` where the gate kept it.
        chained: whether its ledger's lines are.
        kinds: of its ledger's lines, in order.
    """

    coming: Coming
    gate: Gated
    at: int
    release: ReleaseView | None = None
    chained: bool = True
    kinds: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether it has come to an end."""
        return self.release is None or self.release.state in ENDED


@dataclass(slots=True)
class Followed:
    """How processes follow their aliases.

    Attributes:
        slowest: wall seconds that one was waited for at most.
        moves: how often one was.
    """

    slowest: float = 0.0
    moves: int = 0
    served: dict[str, str] = field(default_factory=dict)


class Conductor:
    """Releases what the plan says.

    Args:
        plan: of the drill.
        doors: aright's.
        models: the registry.
        services: the scoring services.
        gate: is given a version and the one that serves, and says what the gate says.
        policy: makes the service's entry in the catalog, with copies first or without.

    Attributes:
        told: what came of those that were put to the gate, in order.
        followed: how processes follow their aliases.
    """

    def __init__(
        self,
        plan: Plan,
        doors: Doors,
        models: Models,
        services: Services,
        gate: Callable[[str, str], Coroutine[object, object, Gated]],
        policy: Callable[[bool], dict[str, object]],
    ) -> None:
        self._plan = plan
        self._doors = doors
        self._models = models
        self._services = services
        self._gate = gate
        self._policy = policy
        self._next_at = plan.start + WARM_UP
        self._gating: asyncio.Task[Gated] | None = None
        self.told: list[Told] = []
        self.followed = Followed()

    @property
    def copies(self) -> bool:
        """Whether the release under way is given copies."""
        return bool(self.told and self.told[-1].release and self.told[-1].release.state == COPIED)

    def done(self, now: int) -> bool:
        """Return whether all have come to an end, and payments went on for a while."""
        if len(self.told) < len(self._plan.releases) or not self.told[-1].over:
            return False
        return now >= self._next_at - REST + COOL_DOWN

    async def turn(self, now: int) -> None:
        """Look at the release under way, or begin the next; wait until processes serve what they should."""
        current = self.told[-1] if self.told else None
        if current is not None and not current.over:
            await self._look(current, now)
        elif now >= self._next_at and len(self.told) < len(self._plan.releases):
            await self._begin(self._plan.releases[len(self.told)], now)
        await self._gate_next()
        await self.follow()

    async def close(self) -> None:
        """Break a gate off that is under way."""
        if self._gating is not None:
            self._gating.cancel()
            await asyncio.gather(self._gating, return_exceptions=True)

    async def _gate_next(self) -> None:
        """Put the next version to the gate while the one before is on its way: it was built meanwhile."""
        if self._gating is None and len(self.told) < len(self._plan.releases):
            version = self._plan.releases[len(self.told)].version
            stable = (await self._models.aliases())[names.CHAMPION]
            self._gating = asyncio.ensure_future(self._gate(version, stable))

    async def follow(self) -> None:
        """Return when each process serves what its alias stands for; else raises ``StageError``."""
        aliases = await self._models.aliases()
        for role, alias in ALIASES.items():
            wanted = aliases.get(alias, "")
            if wanted and self.followed.served.get(role) != wanted:
                await self._served(role, wanted)

    async def _served(self, role: str, wanted: str) -> None:
        began = time.perf_counter()
        while True:
            reply = await self._services[role].send("GET", VERSION)
            if msgspec.json.decode(reply.body, type=Serving).version == wanted:
                break
            if time.perf_counter() - began > FOLLOW_SECONDS:
                raise StageError(f"{role} does not serve version {wanted}: look into its log")
            await asyncio.sleep(0.01)
        self.followed.slowest = max(self.followed.slowest, time.perf_counter() - began)
        self.followed.moves += 1
        self.followed.served[role] = wanted

    async def _begin(self, coming: Coming, now: int) -> None:
        await self._gate_next()
        assert self._gating is not None  # noqa: S101  there is one more
        gated, self._gating = await self._gating, None
        self.told.append(Told(coming=coming, gate=gated, at=now))
        if gated.closed and not coming.forced:
            self._next_at = now + REST
            return
        await self._doors.register(names.SERVICE, self._policy(coming.shadow))
        body: dict[str, object] = {"version": coming.version, "by": names.TEAM, "gate": gated.report}
        if coming.forced:
            body |= {"force": True, "confirm": names.SERVICE}
        self.told[-1].release = await self._doors.begin_release(names.SERVICE, body)

    async def _look(self, current: Told, now: int) -> None:
        assert current.release is not None  # noqa: S101  else it would be over
        current.release = await self._doors.release(current.release.key)
        if current.over:
            ledger = await self._doors.ledger(current.release.key)
            current.chained = is_chained(ledger) and bool(ledger)
            current.kinds = tuple(line.kind for line in ledger)
            self._next_at = now + REST
        elif now - current.at > LONGEST:
            release = current.release
            last = release.looks[-1].reason if release.looks else "it was never looked at"
            raise StageError(
                f"{release.key} has not ended after {LONGEST // MINUTE} minutes: {release.state}, {last}"
            )
