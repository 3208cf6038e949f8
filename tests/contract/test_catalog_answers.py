"""What a service says of its answers in the catalog, and what is told of mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.adapters.catalog import YamlCatalog

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.catalog import Catalog


def read(folder: Path, text: str) -> Catalog:
    (folder / "aright.yaml").write_text("services:\n  - name: cards\n" + text)
    return YamlCatalog().read([folder / "aright.yaml"], {})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        """
    type: fraud
    threshold: 0.8
    near_threshold: 0.05
    approves: above
    approving: [go, pass]
    refusals: [Computer says no]
    source_language: von
    target_language: nach
""",
    )
    assert not catalog.findings
    (service,) = catalog.services
    assert (service.threshold, service.near_threshold, service.approves) == (0.8, 0.05, "above")
    assert service.approving == ("go", "pass")
    assert service.refusals == ("Computer says no",)
    assert (service.source_language, service.target_language) == ("von", "nach")


def test_left_out_it_is_nothing(tmp_path: Path) -> None:
    (service,) = read(tmp_path, "").services
    assert (service.threshold, service.near_threshold, service.approves) == (None, 0.02, "below")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("    threshold: high\n", "threshold is high"),
        ("    threshold: .nan\n", "threshold is .nan"),
        ("    near_threshold: 0.1\n", "near_threshold is given without a threshold"),
        ("    approves: above\n", "approves is given without a threshold"),
        ("    threshold: 1\n    near_threshold: -1\n", "near_threshold is -1"),
        ("    threshold: 1\n    approves: sideways\n", "sideways is unknown in approves"),
        ("    type: llm\n    threshold: 1\n", "a llm service has a threshold"),
        (f"    refusals: [{', '.join(f'p{at}' for at in range(101))}]\n", "there are 101 refusals"),
        (f"    refusals: [{'x' * 201}]\n", "a refusal has 201 characters"),
        (
            "    runbooks: [{title: t, url: https://x, signal: 'suite:rows'}]\n",
            "suite:rows is shown and not judged",
        ),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, told: str) -> None:
    found = [str(finding) for finding in read(tmp_path, text).findings]
    assert any(
        told in finding and finding.startswith(("aright.yaml:", str(tmp_path))) for finding in found
    ), found
