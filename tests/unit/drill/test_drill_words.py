from __future__ import annotations

import re
from pathlib import Path

import aright
from aright.drill.babel import names as babel
from aright.drill.catalogue import DRILLS
from aright.drill.fraud import names as fraud
from aright.drill.shop import names
from aright.drill.vision import names as vision

ROOT = Path(aright.__file__).parent
TEXT = {".py", ".html", ".css", ".js", ".svg", ".sql", ".toml", ".json", ".md", ".txt"}


def found(words: list[str], files: list[Path]) -> list[str]:
    """Places where one of the words stands as a word of its own."""
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, words))})(?![\w-])", re.IGNORECASE)
    return [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in files
        for match in pattern.finditer(file.read_text(encoding="utf-8"))
    ]


def test_no_word_of_a_drill_occurs_outside_the_drills():
    drills = [drill.name for drill in DRILLS]
    words = [
        *names.distinctive(),
        *babel.distinctive(),
        *vision.distinctive(),
        *fraud.distinctive(),
        *drills,
        *(name.replace("-", "_") for name in drills),
    ]
    files = [file for file in ROOT.rglob("*") if file.suffix in TEXT]
    outside = [file for file in files if not file.is_relative_to(ROOT / "drill")]
    assert len(outside) > 20
    assert found(words, outside) == []


def test_the_search_finds_the_words_where_they_are():
    shop = ROOT / "drill" / "shop" / "names.py"
    assert {line.split(": ")[1] for line in found([names.VECTORS, names.SHARD], [shop])} == {
        names.VECTORS,
        names.SHARD,
    }


def test_all_that_a_service_sends_by_name_counts_as_distinctive():
    told = {names.SERVICE, names.MODEL, *names.ATTRIBUTES, *names.SOURCES, *names.FEATURES, *names.SHARDS}
    assert told <= set(names.distinctive())


def test_eight_attributes_at_least_are_sent():
    assert len(names.ATTRIBUTES) >= 8
    assert len(set(names.ATTRIBUTES)) == len(names.ATTRIBUTES)


def test_no_name_that_is_sent_tells_the_fault():
    telling = re.compile(r"fault|bad|broken|stale|empty|fallback|wrong|slip|misalign|drill", re.IGNORECASE)
    assert [
        word
        for word in (
            *names.distinctive(),
            *babel.distinctive(),
            *vision.distinctive(),
            *fraud.distinctive(),
        )
        if telling.search(word)
    ] == []
