"""Runbooks as files: those that ship, and a team's own folder."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aright.adapters.runbook_files import SHIPPED, read_folder, shipped_runbooks, with_own
from aright.cli.main import app
from aright.core.model.service import TYPES

FILE = "---\nid: {id}\ntitle: Mine\n---\n- [ ] Look\n"


def test_one_ships_for_sev1_and_for_each_type_of_service_without_a_fault():
    books, wrong = read_folder(SHIPPED, shipped=True)
    assert wrong == ()
    assert {book.id for book in books} == {"sev1", *TYPES}
    assert [book.types for book in books if book.id != "sev1"] == [
        (book.id,) for book in books if book.id != "sev1"
    ]
    assert all(book.source == "" for book in books)


@pytest.mark.parametrize("book", shipped_runbooks(), ids=lambda book: book.id)
def test_what_ships_is_short_and_has_the_stages_of_a_night(book):
    assert 8 <= len(book.steps) <= 20
    sections = list(dict.fromkeys(step.section for step in book.steps))
    assert len(sections) >= 4
    assert any("ell" in section for section in sections), "it says whom to tell"
    assert all(not step.command for step in book.steps), "nothing that ships runs on anybody's machine"


def test_commands_that_runbooks_name_exist():
    known: set[tuple[str, ...]] = {(name,) for name in app} | {
        (name, verb) for name in ("incident", "contract", "release") for verb in app[name]
    }
    known |= {("incident", "track", verb) for verb in app["incident"]["track"]}
    known |= {("incident", "role", verb) for verb in app["incident"]["role"]}
    for file in SHIPPED.glob("*.md"):
        for line in re.findall(r"`aright ([^`]+)`", file.read_text(encoding="utf-8")):
            words = [word for word in line.split() if word.islower() and word[0].isalpha()]
            assert any(tuple(words[:size]) in known for size in (1, 2, 3)), line
            if words[0] in {"incident", "contract", "release"}:
                assert tuple(words[:2]) in known, line


def test_a_teams_own_take_the_place_of_those_that_ship(tmp_path: Path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "sev1.md").write_text(FILE.format(id="sev1"))
    (tmp_path / "own.md").write_text(FILE.format(id="own"))
    (tmp_path / "README.md").write_text("about these")
    (tmp_path / ".hidden.md").write_text("not for anybody")
    books, wrong = read_folder(tmp_path)
    assert wrong == ()
    assert [(book.id, book.source) for book in books] == [("own", "own.md"), ("sev1", "deep/sev1.md")]
    together = with_own(books)
    assert [book.title for book in together if book.id == "sev1"] == ["Mine"]
    assert len(together) == len(shipped_runbooks()) + 1


def test_what_is_wrong_with_files_is_told_and_the_others_serve(tmp_path: Path):
    (tmp_path / "a.md").write_text(FILE.format(id="same"))
    (tmp_path / "b.md").write_text(FILE.format(id="same"))
    (tmp_path / "c.md").write_text("no head")
    (tmp_path / "d.md").write_bytes(b"\xff\xfe")
    (tmp_path / "e.md").write_text("x" * 300_000)
    books, wrong = read_folder(tmp_path)
    assert [book.id for book in books] == ["same"]
    told = "\n".join(str(finding) for finding in wrong)
    assert "b.md: the id 'same': a.md has it already" in told
    assert "c.md:1: it has no head" in told
    assert "d.md: it cannot be read" in told
    assert "e.md: the file has 200,001 characters" in told
    with pytest.raises(NotADirectoryError, match="is no folder"):
        read_folder(tmp_path / "nowhere")


def test_a_folder_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aright.adapters.runbook_files.MOST_FILES", 1)
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(FILE.format(id=name))
    books, wrong = read_folder(tmp_path)
    assert [book.id for book in books] == ["a"]
    assert "2 files" in str(wrong[0])


def test_they_are_in_the_wheel(tmp_path: Path):
    root = Path(__file__).resolve().parents[2]
    script = (
        "from hatchling.builders.wheel import WheelBuilder\n"
        f"made = WheelBuilder({str(root)!r}).build(directory={str(tmp_path)!r}, versions=['standard'])\n"
        "print(list(made)[0])"
    )
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    names = zipfile.ZipFile(made.stdout.strip()).namelist()
    shipped = [name for name in names if name.startswith("aright/adapters/runbook_files/shipped/")]
    assert len(shipped) == len(TYPES) + 1
