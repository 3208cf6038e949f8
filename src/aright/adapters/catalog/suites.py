"""A service's own suites, in `aright.yaml`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.reading import Reader
from aright.core.model.suite import SUITE_KINDS, SUITE_ROWS, Suite
from aright.core.model.times import DAY, MINUTE

if TYPE_CHECKING:
    from aright.adapters.catalog.findings import Findings

SUITE_KEYS: Final[dict[str, str]] = {
    "kind": f"whose suite it is: {' or '.join(SUITE_KINDS)}; needed.",
    "path": "where it is, from this file's folder: FILE.py:NAME, MODULE:NAME, or a JSON file of Great "
    "Expectations; needed.",
    "name": "short name, unique within the service; the path's last part where left out.",
    "on": f"the rows it is run on: {' or '.join(SUITE_ROWS)}; predictions where left out.",
    "every": "how often, over the rows of as long, 1m to 1d; 5m where left out.",
    "page": "whether a check that fails pages; no where left out.",
}
"""What a suite may say, by key."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
_OBJECT: Final = re.compile(r"(?P<where>[^:]+):[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_USUAL: Final = 5 * MINUTE


def read_suites(service: Reader, name: str) -> tuple[Suite, ...]:
    """Return the suites of a service; the team's code is not run for it."""
    found: dict[str, Suite] = {}
    for node in service.items("suites"):
        each = Reader(node, service.said, "a suite", tuple(SUITE_KEYS))
        kind = each.one_of("kind", SUITE_KINDS, SUITE_KINDS[0])
        if not each.has("kind"):
            each.missing("kind")
        path = _path(each, kind, service.said)
        suite = Suite(
            name=_name(each, path),
            service=name,
            kind=kind,
            path=path,
            folder=str(_folder(service.said).resolve()),
            on=each.one_of("on", SUITE_ROWS, SUITE_ROWS[0]),
            every=each.span("every", _USUAL, low=MINUTE, high=DAY),
            page=each.flag("page"),
        )
        if suite.name in found:
            each.tell(
                "name" if each.has("name") else "path",
                f"the suite {shown(suite.name)} is given twice",
                "names tell their signals apart",
                "Give one another name",
            )
        if path and suite.name:
            found[suite.name] = suite
    return tuple(found.values())


def _folder(said: Findings) -> Path:
    return Path(said.file).parent


def _name(reader: Reader, path: str) -> str:
    """Return the name given, or one made of the path."""
    given = reader.text("name")
    if not given:
        last = path.rpartition(":")[2] if ":" in path else Path(path).stem
        return re.sub(r"[^A-Za-z0-9_.-]", "-", last)[:60].lstrip("_.-") or "suite"
    if not _NAME.fullmatch(given):
        reader.tell(
            "name",
            f"{shown(given)} is no name of a suite",
            "it is part of signals' names",
            "Write up to 60 letters, digits, dashes and dots",
        )
    return given


def _path(reader: Reader, kind: str, said: Findings) -> str:
    path = reader.text("path", needed=True)
    if not path:
        return ""
    object_ = _OBJECT.fullmatch(path)
    where = object_["where"] if object_ else path
    if not object_ and not (kind == "great_expectations" and path.endswith(".json")):
        reader.tell(
            "path",
            f"{shown(path)} names no suite",
            "a file holds many things",
            "Write FILE.py:NAME or MODULE:NAME"
            + (", or a file of Great Expectations' JSON" if kind == "great_expectations" else ""),
        )
        return ""
    if where.endswith((".py", ".json")):
        if not (_folder(said) / where).is_file():
            reader.tell(
                "path",
                f"there is no file {shown(where)}",
                f"paths begin at the folder of {shown(Path(said.file).name)}",
                "Mend the path, or add the file",
            )
    elif not _MODULE.fullmatch(where):
        reader.tell(
            "path",
            f"{shown(where)} is no module",
            "it cannot be imported",
            "Write FILE.py:NAME or MODULE:NAME",
        )
    return path
