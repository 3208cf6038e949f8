"""Days of a service, watched as the server does: which alerts there are, and how soon a fault is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.detect import Detector
from aright.core.detect import Settings as DetectorSettings
from aright.core.model.signal import Segment, SignalKind
from aright.core.observe.catalogue import kind_of
from aright.core.observe.windows import Observer
from bench.signals_worlds import HIT, World

if TYPE_CHECKING:
    from aright.core.model.alert import Alert

LEARNED: Final = 30
"""Windows until a fault sets in."""

WITHIN: Final = 6
"""Windows within which it must be told."""


@dataclass(frozen=True)
class Told:
    """What became of a fault.

    Attributes:
        after: windows from its onset to the alert; ``None`` where there was none in time.
        first: the first alerts of all, in words.
    """

    after: int | None
    first: tuple[str, ...]


def judged(name: str) -> SignalKind:
    """Return the kind of a signal that is judged; raises ``LookupError`` for any other."""
    kind = kind_of(name)
    if not kind.judged:
        raise LookupError(name)
    return kind


class Watched:
    """A service under watch.

    Args:
        world: the service.
        seed: of its traffic.
        width: of a window (µs).
    """

    def __init__(self, world: World, *, seed: int, width: int) -> None:
        self.world = world
        self.windows = 0
        self._seed = seed
        self._width = width
        self._observer = Observer(world.service, width)
        self._detector = Detector(DetectorSettings(kind_of=judged))

    def next(self, fault: str = "") -> list[Alert]:
        """Return the alerts of the next window."""
        start = self.windows * self._width
        self.windows += 1
        self._observer.add(self.world.window(self._seed, start, self._width, fault))
        points = self._observer.close(start).points
        return self._detector.update(points, now=start + self._width, quiet=False)

    def false_alarms(self, windows: int) -> tuple[int, int]:
        """Return how many pages and notices a healthy stretch brings."""
        alerts = [alert for _ in range(windows) for alert in self.next()]
        pages = sum(alert.harm for alert in alerts)
        return pages, len(alerts) - pages

    def told(self, fault: str) -> Told:
        """Return how soon the signal that must tell of a fault does, in the segment that is hit."""
        name, within_segment = self.world.faults[fault]
        hit = Segment(self.world.segment, HIT)
        first: list[str] = []
        for number in range(1, WITHIN + 1):
            alerts = self.next(fault)
            first += [f"{number}: {alert.signal} {alert.segment}" for alert in alerts]
            here = [alert for alert in alerts if alert.segment == hit or not within_segment]
            if any(alert.signal.startswith(name) for alert in here):
                return Told(number, tuple(first))
        return Told(None, tuple(first))
