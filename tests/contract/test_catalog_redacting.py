"""What is kept private of inputs, in catalog files: read, and mistakes told by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.adapters.catalog import YamlCatalog
from aright.core.model.redaction import MOST_FIELDS, Redaction

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, redact: str) -> tuple[list[Redaction], list[str]]:
    file = folder / "aright.yaml"
    file.write_text(f"services:\n  - name: shop\n{redact}")
    catalog = YamlCatalog().read([file], {})
    return [each.redact for each in catalog.services], [str(each) for each in catalog.findings]


def test_fields_text_and_images_are_read(tmp_path: Path) -> None:
    told = "    redact: {fields: [diagnosis, '*_note'], text: 0, images: false}\n"
    assert read(tmp_path, told) == ([Redaction(fields=("diagnosis", "*_note"), text=0, images=False)], [])
    assert read(tmp_path, "") == ([Redaction()], [])


def test_mistakes_are_told_by_line(tmp_path: Path) -> None:
    many = ", ".join(f"f{number}" for number in range(MOST_FIELDS + 1))
    (kept,), said = read(
        tmp_path, f"    redact:\n      fields: [{many}]\n      text: 9000\n      image: false\n"
    )
    assert len(kept.fields) == MOST_FIELDS
    assert [line.split(":")[1] for line in sorted(said)] == ["4", "5", "6"]
    assert "200 are looked for, and the rest would be shown" in " ".join(said)
