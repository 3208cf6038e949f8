"""A service's own suites in catalog files: read, mistakes told by line, and nothing run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.core.model.suite import Suite
from aright.core.model.times import HOUR, MINUTE

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.catalog import Catalog


def read(folder: Path, *suites: str) -> Catalog:
    (folder / "quality").mkdir()
    (folder / "quality" / "checks.py").write_text("raise SystemExit('nobody may run this')\n")
    (folder / "kept.json").write_text("{}")
    lines = ["services:", "  - name: shop", "    suites:", *(f"      - {{{suite}}}" for suite in suites)]
    (folder / "aright.yaml").write_text("\n".join(lines) + "\n")
    return YamlCatalog().read([folder / "aright.yaml"])


def test_suites_are_read_with_their_folder(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        "kind: pandera, path: 'quality/checks.py:orders'",
        "kind: great_expectations, path: kept.json, on: outcomes, every: 1h, page: true, name: labels",
        "kind: pandera, path: 'team.quality:Schemas.orders', name: module",
    )

    first, second, third = catalog.suites
    assert catalog.findings == ()
    assert first == Suite(
        name="orders",
        service="shop",
        kind="pandera",
        path="quality/checks.py:orders",
        folder=str(tmp_path),
        every=5 * MINUTE,
    )
    assert (second.name, second.on, second.every, second.page) == ("labels", "outcomes", HOUR, True)
    assert third.path == "team.quality:Schemas.orders"


@pytest.mark.parametrize(
    ("suite", "what"),
    [
        ("kind: pander, path: 'quality/checks.py:orders'", "Write pandera"),
        ("path: 'quality/checks.py:orders'", "a suite has no kind"),
        ("kind: pandera", "a suite has no path"),
        ("kind: pandera, path: quality/checks.py", "names no suite"),
        ("kind: pandera, path: kept.json", "names no suite"),
        ("kind: pandera, path: 'quality/nope.py:orders'", "there is no file quality/nope.py"),
        ("kind: great_expectations, path: nope.json", "there is no file nope.json"),
        ("kind: pandera, path: 'no module:orders'", "is no module"),
        ("kind: pandera, path: 'quality/checks.py:orders', on: payloads", "unknown in on"),
        ("kind: pandera, path: 'quality/checks.py:orders', every: 5s", "every is '5s'"),
        ("kind: pandera, path: 'quality/checks.py:orders', name: 'a:b'", "is no name of a suite"),
        ("kind: pandera, path: 'quality/checks.py:orders', page: sure", "it is true or false"),
        ("kind: pandera, path: 'quality/checks.py:orders', evry: 5m", "Write every"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, suite: str, what: str) -> None:
    catalog = read(tmp_path, suite)

    assert not catalog.usable
    (finding,) = [each for each in catalog.findings if what in str(each)]
    assert finding.line == 4


def test_two_suites_of_one_name_are_told_apart(tmp_path: Path) -> None:
    same = "kind: pandera, path: 'quality/checks.py:orders'"

    catalog = read(tmp_path, same, same)

    assert [finding.line for finding in catalog.findings] == [5]
    assert "given twice" in str(catalog.findings[0])
