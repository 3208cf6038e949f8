"""Running the steps of a diagnosis side by side: each has a budget, and what it finds is told as it comes."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.diagnose.found import FAILED, OVER_BUDGET, Found
from aright.core.diagnose.steps import scope
from aright.core.model.evidence import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene

    Look: TypeAlias = Callable[["Opening"], Found]
    """Does a step's work; asks the opening for the scene once it needs it."""

_log = logging.getLogger(__name__)

_LONGEST: Final = 300


@dataclass(eq=False)
class Opening:
    """The scene that one step opens and the others wait for.

    Attributes:
        waited_s: how long the thread that asks has waited for it (s).
    """

    _opened: threading.Event = field(default_factory=threading.Event)
    _scene: list[Scene | None] = field(default_factory=list)
    _waits: threading.local = field(default_factory=threading.local)

    def settle(self, scene: Scene | None) -> None:
        """Set the scene; only the first time counts."""
        self._scene.append(scene)
        self._opened.set()

    def scene(self) -> Scene | None:
        """Return the scene, waiting for it."""
        began = perf_counter()
        self._opened.wait()
        self._waits.seconds = self.waited_s + perf_counter() - began
        return self._scene[0]

    @property
    def now(self) -> Scene | None:
        """Return the scene if it is open already."""
        return self._scene[0] if self._opened.is_set() else None

    @property
    def waited_s(self) -> float:
        """How long this thread has waited for the scene (s)."""
        waited: float = getattr(self._waits, "seconds", 0.0)
        return waited


Ended = tuple[Step, Found]


def run_steps(
    case: Case, looks: Mapping[Step, Look], *, known: Mapping[Step, Found], budget_s: float
) -> Iterator[tuple[Step, Found, Scene | None]]:
    """Yield each step's findings as it ends, with the scene once there is one.

    A step that fails says so and stops no other. One that is over its budget is left behind: its thread may
    go on, but nobody waits for it any more.

    Args:
        case: whose scope opens the scene.
        looks: the other steps.
        known: what was found before a crash: these do not run again, but for the scope: its scene is needed.
        budget_s: how long each may take (s).
    """
    opening = Opening()
    ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
    wanted = {step: look for step, look in looks.items() if step not in known}
    until = perf_counter() + budget_s
    _start(Step.SCOPE, lambda _: _open(case, opening), opening, ended)
    for step, look in wanted.items():
        _start(step, look, opening, ended)
    for step in looks.keys() & known.keys():
        yield step, known[step], opening.now
    waiting = {Step.SCOPE, *wanted}
    while waiting:
        try:
            step, found = ended.get(timeout=max(until - perf_counter(), 0.0))
        except queue.Empty:
            break
        waiting.discard(step)
        yield step, found, opening.now
    opening.settle(None)
    late = Found(state=OVER_BUDGET, text=f"it took longer than {budget_s:g} s", took_ms=budget_s * 1_000)
    for step in sorted(waiting, key=lambda each: each.value):
        yield step, late, opening.now


def _open(case: Case, opening: Opening) -> Found:
    try:
        scene, found = scope(case)
    except BaseException:
        opening.settle(None)
        raise
    opening.settle(scene)
    return found


def _start(step: Step, look: Look, opening: Opening, ended: queue.SimpleQueue[Ended]) -> None:
    """Run a step on a thread of its own, which does not keep aright from ending."""

    def run() -> None:
        began = perf_counter()
        try:
            found = look(opening)
        except Exception as broken:  # noqa: BLE001  one broken step must not stop the others
            _log.exception("the step %s of a diagnosis broke", step.value)
            found = Found(state=FAILED, text=f"{type(broken).__name__}: {broken}"[:_LONGEST])
        took = max(perf_counter() - began - opening.waited_s, 0.0)
        ended.put((step, replace(found, took_ms=took * 1_000)))

    threading.Thread(target=run, name=f"aright-{step.value}", daemon=True).start()
