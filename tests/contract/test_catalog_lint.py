"""What would fail at night is told by day, where it stands in the file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.cli.main import main
from aright.core.model.times import from_datetime

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.catalog import Catalog

NOW = from_datetime(datetime(2026, 11, 24, 5, tzinfo=UTC))

WEAK = """channels:
  - {name: mail, type: email, host: h, sender: a@example.com}
  - {name: tickets, type: servicenow, url: "https://x.service-now.com"}
people:
  - {name: ada, contact: [mail], addresses: {mail: ada@example.com}}
  - {name: ben}
schedules:
  - name: office
    layers:
      - people: [ada]
        starts: 2026-01-01
        hours: [{days: [mon, tue, wed, thu, fri, sat, sun], start: "09:00", end: "17:00"}]
  - name: over
    layers: [{people: [ada], starts: 2026-01-01, ends: 2026-02-01}]
  - name: two
    layers: [{people: [ada, ben], starts: 2026-11-23, every: 1 day}]
policies:
  - name: default
    steps:
      - notify: ["schedule:office"]
      - notify: ["schedule:over"]
      - notify: ["person:ben"]
  - name: nobody
    steps:
      - {notify: [ben]}
services:
  - {name: shop}
  - {name: till, policy: nobody}
  - {name: desk, escalation: [{after: 0s, notify: [ben]}]}
"""


def read(tmp_path: Path, text: str, *, strict: bool = True) -> Catalog:
    (file := tmp_path / "aright.yaml").write_text(text)
    return YamlCatalog().read([file], now=NOW, strict=strict)


def told(catalog: Catalog) -> list[str]:
    return [f"{each.line}: {'' if each.error else 'warning: '}{each.what}" for each in catalog.findings]


def test_what_reaches_nobody_is_told_where_it_stands(tmp_path: Path) -> None:
    found = told(read(tmp_path, WEAK))
    gaps = [line for line in found if " UTC" in line]
    assert gaps[0].startswith("8: warning: schedule office: nobody has it from 2026-11-24 05:00 until")
    assert gaps[6].startswith("18: policy default: no step reaches anybody from 2026-11-24 05:00 until")
    assert [line for line in found if line not in gaps] == [
        "13: warning: schedule over: nobody has it at any time until 2026-12-22",
        "13: warning: schedule over: layer 1 ended at 2026-02-01T00:00",
        "15: warning: schedule two: shifts of ben reach nobody: ben has no ways to be told by",
        "18: policy default: no step reaches anybody in 24 more spans",
        "21: warning: policy default step 2: it reaches nobody: schedule over has nobody who can be told",
        "22: warning: policy default step 3: it reaches nobody: ben has no ways to be told by",
        "23: policy nobody: no step reaches anybody",
        "25: warning: policy nobody step 1: it reaches nobody: ben has no ways to be told by",
        "29: policy service:desk: no step reaches anybody",
        "29: warning: policy service:desk step 1: it reaches nobody: ben has no ways to be told by",
    ]


def test_a_server_starts_with_a_gap_in_its_shifts(tmp_path: Path) -> None:
    lenient, strict = read(tmp_path, WEAK, strict=False), read(tmp_path, WEAK)
    errors = {each.line for each in lenient.findings if each.error}
    assert errors == {23, 29}, "these reach nobody at any time"
    assert {each.line for each in strict.findings if each.error} == errors | {18}
    assert len(lenient.findings) == len(strict.findings)


def test_mistakes_come_first(tmp_path: Path) -> None:
    assert told(read(tmp_path, WEAK.replace("[ada]", "[adda]", 1))) == ["10: there is no person adda"]


def test_who_cannot_be_reached_as_the_channel_wants_it(tmp_path: Path) -> None:
    text = WEAK.replace(", addresses: {mail: ada@example.com}", "").replace(
        "{name: ben}", "{name: ben, contact: [tickets]}"
    )
    assert told(read(tmp_path, text)) == [
        "5: ada has no address on mail",
        "6: ben cannot be reached by tickets",
    ]


def test_a_large_file(tmp_path: Path) -> None:
    (finding,) = read(tmp_path, "people:\n" + "  - {name: a}\n" * 300_000).findings
    assert (finding.line, finding.error) == (0, True)
    assert "at most 1,048,576 are read" in finding.why
    (finding, *_) = read(tmp_path, "people:\n" + "  - {name: a}\n" * 60_000).findings
    assert (finding.line, finding.what) == (
        16_667,
        "the file has more than 50,000 values, aliases written out",
    )


def test_broken_text(tmp_path: Path) -> None:
    text = WEAK.replace("policies:", "policies: [")
    assert told(read(tmp_path, text))[0].startswith("18: this is no YAML")


def test_check_looks_ahead_and_leaves_with_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aright.yaml").write_text(WEAK)
    with pytest.raises(SystemExit) as left:
        main(["check"])
    assert left.value.code == 3
    out = capsys.readouterr().out
    assert "aright.yaml:23: policy nobody: no step reaches anybody: a page could reach nobody. Let a" in out
    assert "aright.yaml:18: policy default: no step reaches anybody from 20" in out
