"""Where a service's metrics, other names and pipelines are written down, and what is told of mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.core.model.service import Scrape
from aright.core.model.times import MINUTE, SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.catalog import Catalog


def read(folder: Path, text: str) -> Catalog:
    (folder / "aright.yaml").write_text(text)
    return YamlCatalog().read([folder / "aright.yaml"], {})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        """
services:
  - name: shop
    jobs: [shop-api, shop-worker]
    pipelines: [warehouse/features.*, airflow/daily]
    scrape:
      - url: http://10.0.0.1:9100/metrics
      - {url: "https://shop/metrics", every: 1m, job: api, bearer_token_file: /run/t, metrics: [http_*, up]}
""",
    )
    assert catalog.usable
    assert not catalog.findings
    (service,) = catalog.services
    assert service.jobs == ("shop-api", "shop-worker")
    assert service.pipelines == ("warehouse/features.*", "airflow/daily")
    assert service.scrape == (
        Scrape(url="http://10.0.0.1:9100/metrics", every=15 * SECOND),
        Scrape(
            url="https://shop/metrics",
            every=MINUTE,
            job="api",
            bearer_token_file="/run/t",
            metrics=("http_*", "up"),
        ),
    )


@pytest.mark.parametrize(
    ("said", "line", "words"),
    [
        ("scrape: [{every: 5s}]", 3, "a scrape has no url"),
        ("scrape: [{url: 'ftp://x'}]", 3, "url is no web address"),
        ("scrape: [{url: 'http://me:secret@x/metrics'}]", 3, "url has a name or password in it"),
        ("scrape:\n    - url: http://x\n    - url: http://x", 5, "http://x is given twice"),
        ("scrape:\n    - url: http://x\n      every: 10ms", 5, "every is '10ms'"),
        ("scrape: [{url: 'http://x', evry: 5s}]", 3, "evry is unknown in a scrape"),
        ("scrape: [{url: 'http://x', metrics: ['a b']}]", 3, "a b is no metric's name"),
        ("pipelines: [daily]", 3, "daily is no pipeline"),
        ("jobs: [other]\n  - name: other", 2, "shop takes the rows of other"),
        ("jobs: [api]\n  - name: other\n    jobs: [api]", 4, "other takes the rows of api"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, said: str, line: int, words: str) -> None:
    catalog = read(tmp_path, f"services:\n  - name: shop\n    {said}\n")
    assert not catalog.usable
    (finding,) = catalog.findings
    assert (finding.line, words in finding.what) == (line, True), str(finding)
    assert finding.fix
