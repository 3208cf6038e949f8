"""What differs from drill to drill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.drill.narrator import Narrator
    from aright.drill.oncall import Notes, Person
    from aright.drill.pager import Pager
    from aright.drill.result import Result
    from aright.drill.stage import Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Aright:
    """A running aright, as the services of a drill are told of it.

    Attributes:
        url: where it is.
        token: for its doors.
        secret: that mitigations are signed with.
    """

    url: str
    token: str
    secret: str


@dataclass(frozen=True, slots=True)
class Catalogued:
    """A catalog file that aright is started with: where it says what may not be said over the network.

    Attributes:
        file: the file.
        secrets: environment variables that it names.
    """

    file: Path
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a play knows when it has ended.

    Attributes:
        end: the last instant played (µs, UTC).
        lost: rows that a service or aright could not take.
        late: rows that came after their window was closed.
        explained_wall_s: wall seconds until a cause was named; ``None`` where none was.
        wall_s: wall seconds of it all.
        by_hand: whether a person put things right.
    """

    end: int
    lost: int
    late: int
    explained_wall_s: float | None
    wall_s: float
    by_hand: bool = False


class Scenario(Protocol):
    """One drill's services and the traffic on them; all times are µs of drill time, UTC."""

    @property
    def start(self) -> int:
        """Return the first instant."""
        ...

    @property
    def calm(self) -> bool:
        """Return whether nothing goes wrong."""
        ...

    @property
    def person(self) -> type[Person]:
        """Return who is on call, unless whoever runs the drill is."""
        ...

    @property
    def catalog(self) -> Catalogued | None:
        """Return the catalog file to start aright with, once prepared; ``None`` where it needs none."""
        ...

    @property
    def done(self) -> bool:
        """Return whether there is nothing more to be seen, whatever the person on call still does."""
        ...

    @property
    def later(self) -> int:
        """Return how many minutes more than others it takes, all being well, until something goes wrong."""
        ...

    @property
    def service(self) -> str:
        """Return the service that is put right: whoever does so types its name."""
        ...

    @property
    def what(self) -> str:
        """Return what is started besides aright, in words."""
        ...

    @property
    def asked(self) -> int:
        """Return how many requests were made so far."""
        ...

    def prepare(self, folder: Path, minutes: int) -> None:
        """Get ready for as many minutes of traffic; ``folder`` is for what processes need to know."""
        ...

    async def launch(self, folder: Path) -> Sequence[Child]:
        """Start the processes, before it is known where aright is."""
        ...

    async def connect(self, aright: Aright) -> Mapping[str, Mapping[str, object]]:
        """Tell the processes where aright is; return the catalog's entries, by service."""
        ...

    async def step(self, start: int, end: int) -> int:
        """Play the traffic of a span and see it reported; return rows lost so far.

        Raises ``BrokenError`` where that cannot be done.
        """
        ...

    def watch(self, notes: Notes, now: int, narrator: Narrator) -> None:
        """Tell what only this drill can tell."""
        ...

    def judge(self, played: Played, notes: Notes, pager: Pager) -> Result:
        """Return what came of it."""
        ...

    async def close(self) -> None:
        """Hang up, and stop listening; the processes are stopped by who plays."""
        ...
