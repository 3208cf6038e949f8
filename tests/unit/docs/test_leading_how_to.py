"""What the how-tos on leading an incident show is what aright takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.adapters.runbook_files import shipped_runbooks
from aright.cli.main import app
from aright.core.communicate.guards import CALLS, NAMES
from aright.core.communicate.runbook import read_runbook
from docs import generate

HOW_TO = Path(generate.__file__).parent / "how-to"
PAGES = ("lead-an-incident.md", "runbooks.md", "status-updates.md")


def blocks(page: str, language: str) -> list[str]:
    found = re.findall(rf"```{language}\n(.*?)\n```\n", (HOW_TO / page).read_text(), flags=re.DOTALL)
    assert found
    return found


def test_the_runbook_is_one():
    whole = (HOW_TO / "runbooks.md").read_text().partition("```markdown\n")[2]
    text = whole.partition("\n  ```\n```\n")[0] + "\n  ```\n"
    book, wrong = read_runbook(text, "shop.md")
    assert wrong == ()
    assert book is not None
    assert [step.id for step in book.steps] == ["job", "restore", "cache"]
    assert book.steps[2].command.startswith("redis-cli")


def test_every_fact_that_guards_may_ask_for_is_named():
    text = (HOW_TO / "runbooks.md").read_text()
    assert all(f"`{name}`" in text for name in NAMES)
    assert all(f"`{name}(" in text for name in CALLS)
    assert all(f"`{book.id}`" in text for book in shipped_runbooks())
    assert text.count("Eight ship") == (len(shipped_runbooks()) == 8)


def test_the_updates_are_ones_that_the_catalog_takes(tmp_path: Path):
    (updates,) = blocks("status-updates.md", "yaml")
    rooms = "".join(
        f'  - {{name: {name}, type: slack, url: "${{ROOM}}"}}\n'
        for name in ("ops-room", "bosses", "status-hook")
    )
    file = tmp_path / "aright.yaml"
    file.write_text(f"services:\n  - {{name: shop}}\nchannels:\n{rooms}{updates}\n")
    catalog = YamlCatalog().read([file], {"ROOM": "https://slack.example/room"})
    assert [str(finding) for finding in catalog.findings if finding.error] == []
    assert catalog.updating is not None
    assert catalog.updating.names == {"shop": "Recommended for you"}


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_are_those_that_there_are(page):
    lines = [
        line for block in blocks(page, "console") for line in block.splitlines() if line.startswith("$ ")
    ]
    assert lines
    for line in lines:
        words = shlex.split(line.removeprefix("$ ").replace("INC-1", "1"), comments=True)
        assert words[0] == ".venv/bin/aright"
        command, bound, *_ = app.parse_args(words[1:], exit_on_error=False, print_error=False)
        assert callable(command), line
        assert bound is not None
