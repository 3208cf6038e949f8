"""The catalog of the how-to on releases is one that aright takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.core.model.rollout import HaproxyTraffic

HOW_TOS = Path(__file__).parents[3] / "docs" / "how-to"


@pytest.mark.parametrize("name", ["release.md", "traffic.md", "shadow.md"])
def test_whole_catalogs_in_how_tos_are_taken(name: str, tmp_path: Path):
    blocks = re.findall(r"```yaml\n(.*?)```", (HOW_TOS / name).read_text(encoding="utf-8"), re.DOTALL)
    for number, block in enumerate(block for block in blocks if block.startswith("services:")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block)
        found = YamlCatalog().read([file])
        assert not [str(finding) for finding in found.findings]


def test_the_how_to_on_releases_says_what_it_says(tmp_path: Path):
    block = re.search(
        r"```yaml\n(services:.*?)```", (HOW_TOS / "release.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert block is not None
    (tmp_path / "aright.yaml").write_text(block[1])
    (service,) = YamlCatalog().read([tmp_path / "aright.yaml"]).services
    assert service.rollout is not None
    assert isinstance(service.rollout.traffic, HaproxyTraffic)
    assert service.rollout.policy.steps == (0.01, 0.05, 0.25, 0.5)
