"""Runs a drill from start to end, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.drill import mlflow_server
from aright.drill.catalogue import find
from aright.drill.narrator import make_narrator

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.drill.narrator import Narrator
    from aright.drill.result import Result
    from aright.drill.scenario import Scenario

DEFAULT_PORT: Final = 8321


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a drill is to be run.

    Attributes:
        fault: what goes wrong; the drill's usual fault where empty.
        seed: what all else follows from.
        port: wanted for aright; where it is taken, a free one is chosen.
        stay: keep serving at the end until interrupted.
        by_hand: leave the incident to whoever runs the drill.
        folder: where data and logs go and stay; a temporary folder that goes with the drill where ``None``.
    """

    fault: str = ""
    seed: int = 0
    port: int = DEFAULT_PORT
    stay: bool = False
    by_hand: bool = False
    folder: Path | None = None


def run(
    name: str,
    options: Options,
    *,
    narrator: Narrator | None = None,
    finished: Callable[[Result], None] = lambda _: None,
) -> Result:
    """Run a drill and return what came of it.

    Args:
        name: of the drill; the first where empty.
        options: how.
        narrator: is told; by default standard error is.
        finished: is called with the result before the drill keeps serving.

    Raises:
        ValueError: there is no such drill, fault or seed.
        BrokenError: a process failed, or aright answered otherwise than documented.
        KeyboardInterrupt: it was interrupted before its end.
    """
    drill = find(name)
    fault = options.fault or next(iter(drill.faults))
    if fault not in drill.faults:
        raise ValueError(
            f"there is no fault {fault!r} in {drill.name}: choose one of {', '.join(drill.faults)}"
        )
    if options.by_hand and drill.name in _BY_ITSELF:
        raise ValueError(f"{drill.name} has nothing to do by hand: aright puts releases back by itself")
    teller = narrator or make_narrator()
    try:
        with contextlib.ExitStack() as kept:
            folder = options.folder or Path(
                kept.enter_context(tempfile.TemporaryDirectory(prefix="aright-drill-"))
            )
            folder.mkdir(parents=True, exist_ok=True)
            scenario = _MAKERS[drill.name](fault, options.seed)
            return asyncio.run(_play(scenario, folder, options, teller, finished))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        teller.close()


def _recommender_silent(fault: str, seed: int) -> Scenario:
    from aright.drill.shop.scenario import make_scenario  # noqa: PLC0415  numpy: only when played

    return make_scenario(fault, seed)


def _translation_cascade(fault: str, seed: int) -> Scenario:
    _need("opentelemetry.exporter.otlp.proto.http.trace_exporter", "OpenTelemetry's SDK")
    from aright.drill.babel.scenario import make_scenario  # noqa: PLC0415  numpy: only when played

    return make_scenario(fault, seed)


def _vision_accuracy(fault: str, seed: int) -> Scenario:
    _need("opentelemetry.exporter.otlp.proto.http.trace_exporter", "OpenTelemetry's SDK")
    _need("PIL.Image", "Pillow")
    from aright.drill.vision.scenario import make_scenario  # noqa: PLC0415  numpy: only when played

    return make_scenario(fault, seed)


def _fraud_release(fault: str, seed: int) -> Scenario:
    if mlflow_server.program() is None:
        raise ValueError(
            "this drill has a real MLflow server, which is not installed: say `make mlflow`, or name its "
            "program in ARIGHT_MLFLOW"
        )
    from aright.drill.fraud.scenario import make_scenario  # noqa: PLC0415  numpy: only when played

    return make_scenario(fault, seed)


def _need(module: str, what: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as missing:
        raise ValueError(
            f"this drill's services use {what}, which is not installed: pip install 'aright[drill]'"
        ) from missing


_MAKERS: Final[dict[str, Callable[[str, int], Scenario]]] = {
    "recommender-silent": _recommender_silent,
    "translation-cascade": _translation_cascade,
    "vision-accuracy": _vision_accuracy,
    "fraud-release": _fraud_release,
}
"""By drill: makes the scenario of a fault and a seed."""


_BY_ITSELF: Final = frozenset({"fraud-release"})
"""Drills in which nobody on call has anything to do."""


async def _play(
    scenario: Scenario,
    folder: Path,
    options: Options,
    narrator: Narrator,
    finished: Callable[[Result], None],
) -> Result:
    from aright.drill.play import Play  # noqa: PLC0415  only when played

    result: Result | None = None
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  asyncio.run makes one
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    play = Play(scenario, folder, options.port, narrator, by_hand=options.by_hand)
    try:
        result = await play.run()
        narrator.close()
        finished(result)
        if options.stay:
            await play.stay()
    except asyncio.CancelledError:
        if result is None:
            raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: None)  # the children are being stopped already
        await play.close()
    return result
