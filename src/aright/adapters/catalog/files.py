"""Catalog files: read together, checked together."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.catalog.engine import read_engine
from aright.adapters.catalog.findings import Findings, shown
from aright.adapters.catalog.maintenance import MAINTENANCE_KEYS, OF_CATALOG, read_maintenance
from aright.adapters.catalog.openslo import Things, is_openslo
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.responding import RESPONSE_KEYS, Response
from aright.adapters.catalog.rollouts import with_usual_metrics
from aright.adapters.catalog.services import read_service
from aright.adapters.catalog.tree import MOST_BYTES, documents
from aright.core.model.catalog import Catalog
from aright.core.model.settable import SETTABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from aright.adapters.catalog.tree import Node
    from aright.core.model.service import Service
    from aright.core.model.silence import Silence
    from aright.core.model.slo import Slo
    from aright.core.model.suite import Suite
    from aright.core.model.times import Micros

TOP_KEYS: Final[dict[str, str]] = {
    "version": "the format; 1.",
    "services": "a list of services.",
    "maintenance": "a list of times in which harm is expected and pages nobody.",
    **RESPONSE_KEYS,
    "engine": "a mapping from a setting to its value, such as `width: 30s`; see settings.",
}
"""What a catalog file may say at its top, by key."""

_VERSION: Final = "1"
_SLOWER: Final = "slower:"
_QUALITY: Final = "quality:"


class YamlCatalog:
    """Reads YAML files: documents of aright's own format and OpenSLO v1 objects, also beside one another."""

    def read(
        self,
        files: Sequence[Path],
        environment: Mapping[str, str] | None = None,
        *,
        now: Micros | None = None,
        strict: bool = True,
    ) -> Catalog:
        """Return what the files say together; raises ``OSError`` where one cannot be read."""
        gathered = _Gathered(environment)
        for file in files:
            gathered.take(str(file), _read(file))
        gathered.settle()
        if now is not None:
            gathered.lint(now, strict=strict)
        return gathered.catalog()


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(4 * MOST_BYTES + 1)  # a character has four bytes at most


class _Gathered:
    def __init__(self, environment: Mapping[str, str] | None) -> None:
        self._environment = environment
        self._said: list[Findings] = []
        self._services: dict[str, tuple[Service, Findings, int]] = {}
        self._slos: dict[str, tuple[Slo, Findings, int]] = {}
        self._suites: list[Suite] = []
        self._maintenance: dict[str, Silence] = {}
        self._things = Things()
        self._engine: dict[str, int | float] = {}
        self._response = Response(environment)

    def take(self, name: str, body: bytes) -> None:
        said = Findings(name)
        self._said.append(said)
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as bad:
            line = body[: bad.start].count(b"\n") + 1
            said.tell(line, "this is no UTF-8", "text cannot be told from noise", "Save the file as UTF-8")
            return
        found = documents(text, said)
        if not found and not said.all:
            said.warn(0, "the file says nothing", "no service is in it", "Write services: …")
        for node in found:
            if is_openslo(node):
                self._things.take(node, said)
            else:
                self._document(node, said)

    def settle(self) -> None:
        """Hold what the files say against one another."""
        for slo, thing in self._things.slos():
            self._add_slo(slo, thing.spec.said, thing.line)
        for service, thing in self._things.services():
            self._services.setdefault(service.key, (service, thing.spec.said, thing.line))
        self._check_services()
        self._check_dependencies()
        self._check_jobs()
        self._response.finish(self._services)

    def lint(self, now: Micros, *, strict: bool) -> None:
        """Tell what would fail at night; where files have errors, these come first."""
        if not any(finding.error for said in self._said for finding in said.all):
            self._response.lint(now, strict=strict)

    def catalog(self) -> Catalog:
        told = self._response
        services = [
            _with_limits(service, (slo for slo, _, _ in self._slos.values() if slo.service == service.key))
            for service, _, _ in self._services.values()
        ]
        found = [each for said in self._said for each in sorted(said.all, key=lambda finding: finding.line)]
        return Catalog(
            services=tuple(sorted(services, key=lambda service: service.key)),
            slos=tuple(
                sorted((slo for slo, _, _ in self._slos.values()), key=lambda slo: (slo.service, slo.key))
            ),
            findings=tuple(dict.fromkeys(found)),
            suites=tuple(self._suites),
            maintenance=tuple(self._maintenance[key] for key in sorted(self._maintenance)),
            engine=self._engine,
            people=tuple(told.people[key] for key in sorted(told.people)),
            schedules=tuple(told.schedules[key] for key in sorted(told.schedules)),
            policies=tuple(told.policies[key] for key in sorted(told.policies)),
            outlets=tuple(told.outlets[key] for key in sorted(told.outlets)),
            heartbeats=tuple(told.heartbeats[key] for key in sorted(told.heartbeats)),
            updating=told.updating,
        )

    def _document(self, node: Node, said: Findings) -> None:
        reader = Reader(node, said, "a catalog", tuple(TOP_KEYS))
        version = reader.text("version", _VERSION)
        if version != _VERSION:
            reader.tell(
                "version", f"version is {shown(version)}", "one is known", f"Write version: {_VERSION}"
            )
        if (node_of_engine := reader.node("engine")) is not None:
            settings = read_engine(Reader(node_of_engine, said, "the engine", tuple(SETTABLE)))
            for name in settings.keys() & self._engine.keys():
                reader.tell(
                    "engine", f"the engine's {name} is set twice", "one would be lost", "Take one away"
                )
            self._engine.update(settings)
        self._response.take(reader)
        for each in reader.items("services"):
            service, line, slos, suites = read_service(each, said, self._environment)
            self._suites += suites
            if service is not None:
                self._add_service(service, said, line)
            for slo, at in slos:
                self._add_slo(slo, said, at)

        for each in reader.items("maintenance"):
            window, line = read_maintenance(Reader(each, said, "a maintenance", tuple(MAINTENANCE_KEYS)))
            if window is not None and window.key in self._maintenance:
                _twice(said, line, f"the maintenance {shown(window.key.removeprefix(OF_CATALOG))}", "above")
            elif window is not None:
                self._maintenance[window.key] = window

    def _add_service(self, service: Service, said: Findings, line: int) -> None:
        first = self._services.get(service.key)
        if first is not None:
            _twice(said, line, f"the service {shown(service.key)}", f"{first[1].file}:{first[2]}")
        self._services.setdefault(service.key, (service, said, line))

    def _add_slo(self, slo: Slo, said: Findings, line: int) -> None:
        first = self._slos.get(slo.key)
        if first is not None:
            _twice(said, line, f"the SLO {shown(slo.key)}", f"{first[1].file}:{first[2]}")
        self._slos.setdefault(slo.key, (slo, said, line))

    def _check_services(self) -> None:
        for slo, said, line in self._slos.values():
            if slo.service and slo.service not in self._services:
                near = get_close_matches(slo.service, list(self._services), n=1)
                said.tell(
                    line,
                    f"there is no service {shown(slo.service)}",
                    f"the SLO {shown(slo.key)} would watch nothing",
                    f"Write {shown(near[0])}" if near else "Add the service, or give the file that it is in",
                )
            elif slo.service in self._services:
                _check_counted(slo, self._services[slo.service][0], said, line)

    def _check_dependencies(self) -> None:
        for service, said, line in self._services.values():
            for name in service.dependencies:
                near = get_close_matches(name, list(self._services), n=1, cutoff=0.8)
                if name not in self._services and near:
                    said.warn(
                        line,
                        f"{shown(service.key)} depends on {shown(name)}",
                        "it is taken for a third party, since no service has that name",
                        f"Write {shown(near[0])} if that is meant",
                    )

    def _check_jobs(self) -> None:
        owners: dict[str, str] = {}
        for service, said, line in self._services.values():
            for job in service.jobs:
                owner = job if job in self._services else owners.setdefault(job, service.key)
                if owner != service.key or job in self._services:
                    said.tell(
                        line,
                        f"{shown(service.key)} takes the rows of {shown(job)}",
                        f"those are of the service {shown(owner)} already",
                        "Take it out of one of them",
                    )


def _check_counted(slo: Slo, service: Service, said: Findings, line: int) -> None:
    """Warn of what the service's own words leave uncounted."""
    kind = slo.indicator.signal.removeprefix(_QUALITY)
    attribute = slo.indicator.segment.attribute
    for name, wanted, given in (
        ("quality", kind if slo.indicator.signal.startswith(_QUALITY) else "", service.quality),
        ("segments", attribute, service.segments),
    ):
        if wanted and given and wanted not in given:
            said.warn(
                line,
                f"{shown(slo.key)} counts {shown(wanted)}",
                f"{shown(service.key)} lists its {name} without it, so nothing would be counted",
                f"Add {shown(wanted)} to {name}",
            )


def _twice(said: Findings, line: int, what: str, first: str) -> None:
    said.tell(line, f"{what} is given twice", f"the first is at {first}", "Rename one, or take it away")


def _with_limits(service: Service, slos: Iterable[Slo]) -> Service:
    """Return the service with the latencies that its SLOs are held against."""
    limits = {
        float(slo.indicator.signal.removeprefix(_SLOWER))
        for slo in slos
        if slo.indicator.signal.startswith(_SLOWER) and _number(slo.indicator.signal.removeprefix(_SLOWER))
    }
    return with_usual_metrics(service, msgspec.structs.replace(service, latency_limits=tuple(sorted(limits))))


def _number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
