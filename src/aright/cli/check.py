"""`aright check`: what is wrong with catalog files."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import cyclopts
import msgspec

from aright.cli.failure import FailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.catalog import Catalog
    from aright.core.model.times import Micros

DEFAULT: Final = Path("aright.yaml")
FOUND: Final = 3
SCHEMA: Final = 1


def check(
    *files: Path,
    as_json: Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Look through catalog files (aright.yaml, OpenSLO v1) and say all that is wrong, each with its line.

    Leaves with 3 where an error was found; warnings alone are fine. A secret whose variable is not set here
    is a warning, since it is needed only where aright is started: `aright serve` refuses to start without it.
    Shifts are looked at four weeks ahead: a time at which a page would reach nobody is an error.

    Args:
        files: read as one catalog; aright.yaml where none is given.
        as_json: print JSON.
    """
    catalog = _with_unset(files or (DEFAULT,))
    if as_json:
        told = {
            "schema": SCHEMA,
            "usable": catalog.usable,
            "services": [service.key for service in catalog.services],
            "slos": [slo.key for slo in catalog.slos],
            "people": [person.key for person in catalog.people],
            "schedules": [schedule.key for schedule in catalog.schedules],
            "policies": [policy.key for policy in catalog.policies],
            "channels": [outlet.key for outlet in catalog.outlets],
            "heartbeats": [beat.key for beat in catalog.heartbeats],
            "findings": catalog.findings,
        }
        print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
        return 0 if catalog.usable else FOUND
    for finding in catalog.findings:
        print(finding)
    errors = sum(finding.error for finding in catalog.findings)
    said = f"{_count(len(catalog.services), 'service')}, {_count(len(catalog.slos), 'SLO')}"
    warned = len(catalog.findings) - errors
    print(f"{said}: {_count(errors, 'error')}, {_count(warned, 'warning')}", file=sys.stderr)
    return 0 if catalog.usable else FOUND


def _with_unset(files: Sequence[Path]) -> Catalog:
    """Return what files say, with a warning for each variable of theirs that is not set here."""
    now = _now()
    catalog = read_catalog(files, now=now)
    unset = [
        msgspec.structs.replace(finding, error=False)
        for finding in read_catalog(files, os.environ).findings
        if finding not in catalog.findings
    ]
    told = sorted((*catalog.findings, *unset), key=lambda finding: (finding.file, finding.line))
    return msgspec.structs.replace(catalog, findings=tuple(told))


def _count(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"


def _now() -> Micros:
    return time.time_ns() // 1_000


def read_catalog(
    files: Sequence[Path],
    environment: Mapping[str, str] | None = None,
    *,
    now: Micros | None = None,
    strict: bool = True,
) -> Catalog:
    """Return what the files say; raises ``FailedError`` where one cannot be read."""
    from aright.bootstrap import catalog_files  # noqa: PLC0415  pulls in pyarrow and the rest

    try:
        return catalog_files().read(files, environment, now=now, strict=strict)
    except OSError as missing:
        raise FailedError(
            f"the catalog {missing.filename or ''} cannot be read: {missing.strerror or missing}. "
            "Name its file, or write an aright.yaml here",
            code=2,
        ) from missing


def usable_catalog(files: Sequence[Path], environment: Mapping[str, str] | None = None) -> Catalog:
    """Return a catalog without errors; its findings go to standard error. Raises ``FailedError`` else.

    A gap in shifts to come is a warning here: a server that starts anew at night must not stay away for it.
    """
    catalog = read_catalog(files, environment, now=_now(), strict=False)
    for finding in catalog.findings:
        print(finding, file=sys.stderr)
    if not catalog.usable:
        raise FailedError(
            "the catalog has errors: mend what is said above, and look with `aright check`", code=2
        )
    return catalog
