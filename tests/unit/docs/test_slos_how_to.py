"""What the how-to shows is what aright takes."""

from __future__ import annotations

import re
from pathlib import Path

from aright.adapters.catalog import YamlCatalog
from docs import generate

HOW_TO = Path(generate.__file__).parent / "how-to" / "slos.md"


def test_the_catalogs_that_it_shows_are_sound(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text(), flags=re.DOTALL)
    own, openslo, prometheus = blocks
    (file := tmp_path / "aright.yaml").write_text(f"{own}\n---\n{openslo}")

    catalog = YamlCatalog().read([file], {"RESTORE_SECRET": "s"})

    assert [str(finding) for finding in catalog.findings] == []
    assert [slo.key for slo in catalog.slos] == [
        "clicks",
        "fast",
        "few-complaints",
        "own-answers",
        "own-answers-28d",
    ]
    assert "scrape_configs" in prometheus
