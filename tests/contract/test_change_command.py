"""`aright change` tells a real aright what was changed."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

import pytest

from aright.cli.main import main
from tests.contract.running_aright import TOKEN, Running, running, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("aright")) as started:
        yield started


@pytest.fixture
def aright(server: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    monkeypatch.setenv("ARIGHT_URL", server.url)
    monkeypatch.setenv("ARIGHT_TOKEN", TOKEN)
    return server


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["change", *words])
    return int(left.value.code or 0)


def told(aright: Running, service: str, count: int) -> list[dict[str, Any]]:
    found = wait_for(
        lambda: len(got := aright.get("/v1/changes", service=service)) >= count and got, "the changes"
    )
    return sorted(found, key=lambda change: change["what"])


def locks(folder: Path) -> tuple[str, str]:
    old, new = folder / "requirements-old.txt", folder / "requirements.txt"
    old.write_text("numpy==2.1.0\nsix==1.16\nidna==3.4\n")
    new.write_text("numpy==2.2.0\nidna==3.4\npandas==3.0.0\n")
    return str(old), str(new)


def test_libraries_that_differ_are_changes(
    aright: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("lock", *locks(tmp_path), "--service", "shop", "--at", "2020-01-31T12:00:00Z") == 1
    assert "far from our clock" in capsys.readouterr().err
    assert run("lock", *locks(tmp_path), "--service", "shop") == 0
    assert capsys.readouterr().out.splitlines() == ["numpy 2.1.0 → 2.2.0", "pandas - → 3.0.0", "six 1.16 → -"]
    changes = told(aright, "shop", 3)
    assert [(each["what"], each["kind"], each["before"], each["after"]) for each in changes] == [
        ("numpy", "library", "2.1.0", "2.2.0"),
        ("pandas", "library", "", "3.0.0"),
        ("six", "library", "1.16", ""),
    ]
    assert changes[0]["title"] == "numpy 2.1.0 → 2.2.0 (requirements.txt)"


def test_revisions_are_compared(aright: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*words: str) -> None:
        told = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example", *words]
        subprocess.run(told, check=True, capture_output=True)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "nothing yet")
    lock = tmp_path / "uv.lock"
    for version in ("2.1.0", "2.2.0"):
        lock.write_text(f'version = 1\n[[package]]\nname = "numpy"\nversion = "{version}"\n')
        git("add", "uv.lock")
        git("commit", "-q", "-m", version)
    lock.write_text("not looked at")
    assert run("lock", "--git", "HEAD~1..HEAD", str(lock), "--service", "s", "--dry-run", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "schema": 1,
        "service": "s",
        "told": False,
        "libraries": [{"name": "numpy", "before": "2.1.0", "after": "2.2.0"}],
    }
    assert run("lock", "--git", "HEAD~2..HEAD", str(lock), "--service", "s", "--dry-run") == 0
    assert capsys.readouterr().out == "numpy - → 2.2.0\n"
    assert run("lock", "--git", "nowhere..HEAD", str(lock), "--service", "s", "--dry-run") == 2
    assert "git knows no revision 'nowhere'" in capsys.readouterr().err
    missing = str(tmp_path / "poetry.lock")
    assert run("lock", "--git", "HEAD~1..HEAD", missing, "--service", "s", "--dry-run") == 2
    assert f"git has no {missing} in HEAD~1, nor in HEAD" in capsys.readouterr().err


def test_a_change_is_told_by_hand(aright: Running, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--service", "desk", "--what", "tax", "--before", "net", "--after", "gross", "--id", "7")
    for _ in range(2):
        assert run("tell", "--kind", "config", *words, "--title", "Prices are gross") == 0
    assert capsys.readouterr().err == "told: config of desk\n" * 2
    (change,) = told(aright, "desk", 1)
    assert (change["kind"], change["what"], change["after"]) == ("config", "tax", "gross")
    assert change["title"] == "Prices are gross"
    assert run("tell", "--kind", "weather", *words) == 2
    assert run("tell", "--kind", "config", *words, "--at", "yesterday") == 2
    assert run("tell", "--kind", "config", "--service", "x" * 90, "--what", "a") == 1
    assert "no service is named" in capsys.readouterr().err


def test_a_diff_goes_with_a_change_as_far_as_it_is_kept(
    aright: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    diff = tmp_path / "release.diff"
    diff.write_bytes(b"@@ cart.py @@\n-  return 0\n+  return sum(cart)\n" + b"\xff" * 70_000)
    words = ("--service", "till", "--kind", "deploy", "--what", "cart")
    assert run("tell", *words, "--diff", str(diff)) == 0
    (change,) = told(aright, "till", 1)
    assert str(change["detail"]).startswith("@@ cart.py @@\n-  return 0")
    assert len(str(change["detail"])) == 65_536
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"notes")))
    assert run("tell", *words, "--diff", "-") == 0
    assert "notes" in {change["detail"] for change in told(aright, "till", 2)}
    assert run("tell", *words, "--diff", str(tmp_path / "none.diff")) == 2
    assert "none.diff cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("one.txt",), "name the old lock file and the new one"),
        (("none.txt", "neither.txt"), "none.txt cannot be read"),
        (("--git", "HEAD", "uv.lock"), "name two revisions as OLD..NEW"),
        (("--git=--upload-pack=x..y", "uv.lock"), "name two revisions as OLD..NEW"),
    ],
)
def test_what_cannot_be_compared_says_why(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("lock", *words, "--service", "s") == 2
    assert said in capsys.readouterr().err
