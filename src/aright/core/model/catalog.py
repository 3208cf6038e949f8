"""The catalog as files say it: services, their SLOs, and what is wrong with the files."""

from __future__ import annotations

import msgspec

from aright.core.model.command import Updating
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.on_call import Person, Policy, Schedule
from aright.core.model.outlet import Outlet
from aright.core.model.service import Service
from aright.core.model.silence import Silence
from aright.core.model.slo import Slo
from aright.core.model.suite import Suite


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something to mend in a file.

    Attributes:
        file: its name as given.
        line: from 1; 0 for the file as a whole.
        what: what is wrong.
        why: why that matters.
        fix: what to write instead.
        error: whether the file cannot be used so; otherwise it is a warning.
    """

    file: str
    line: int
    what: str
    why: str
    fix: str
    error: bool = True

    def __str__(self) -> str:
        """Return one line: ``file:line: what, why, fix``."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        kind = "" if self.error else "warning: "
        return f"{where}: {kind}{self.what}: {self.why}. {self.fix}"


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """What the files say.

    Attributes:
        services: by name.
        slos: by service and name.
        findings: what is wrong, by file and line; with an error among them, the rest is not to be used.
        suites: of the services' teams, to be run as monitors.
        maintenance: times in which harm is expected, by name.
        engine: what is set of the engine, by the setting's name.
        people: who can be told, by name.
        schedules: who has the shift, by name.
        policies: who is told, step by step, by name; the one called ``default`` is for services without one.
        outlets: channels, by name.
        heartbeats: what must be heard from, by name.
        updating: how status updates are made; ``None`` where the files do not say.
    """

    services: tuple[Service, ...]
    slos: tuple[Slo, ...]
    findings: tuple[Finding, ...]
    suites: tuple[Suite, ...] = ()
    maintenance: tuple[Silence, ...] = ()
    engine: dict[str, int | float] = {}
    people: tuple[Person, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    policies: tuple[Policy, ...] = ()
    outlets: tuple[Outlet, ...] = ()
    heartbeats: tuple[Heartbeat, ...] = ()
    updating: Updating | None = None

    @property
    def usable(self) -> bool:
        """Return whether there is no error."""
        return not any(finding.error for finding in self.findings)
