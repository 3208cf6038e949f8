"""The gate's how-to is tried as it is written, and the workflow's commands are those that there are."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from aright.cli.main import app
from docs import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(generate.__file__).parent
TEXT = (HOME / "how-to" / "gate.md").read_text()
WORKFLOW = HOME / "examples" / "github-actions-gate.yml"
PIECES = "kept = []\n\n\ndef encode(text):\n    {}\n    return text.split()\n"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("team")
    (plan,) = blocks("yaml")
    (place / "aright-gate.yaml").write_text(plan)
    for code in blocks("python"):
        (place / code.splitlines()[0].removeprefix("# ")).write_text(code)
    (line,) = blocks("json")
    first = json.loads(line)
    cases = [
        {**first, "id": f"c{at}", "attributes": {"country": ("BR", "DE", "FR", "US")[at % 4]}}
        | {"features": {"amount": at * 0.1}, "label": float(at > 1_000), "expected": None}
        for at in range(2_000)
    ]
    (place / "cases.ndjson").write_text("\n".join(json.dumps(case) for case in cases))
    (place / "golden.ndjson").write_text(line * 3)
    (place / "answer.schema.json").write_text('{"type": "object", "required": ["score"]}')
    (place / "model-7.bin").write_bytes(b"x" * 100)
    (place / "model-8.bin").write_bytes(b"x" * 110)
    for name, does in (("old", "pass"), ("new", "kept.append(bytearray(4000))")):
        (place / "libs" / name).mkdir(parents=True)
        (place / "libs" / name / "pieces.py").write_text(PIECES.format(does))
    return place


def test_the_gate_comes_to_what_is_shown(folder: Path):
    plan = folder / "aright-gate.yaml"
    plan.write_text(plan.read_text().replace("seconds: 5", "seconds: 1"))
    (command,) = [
        line for line in "\n".join(blocks("console")).splitlines() if line.startswith("aright gate")
    ]
    arguments = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "aright", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stdout + done.stderr
    shown, told = (
        re.findall(r"^([✓✗–]) ([a-z0-9 ]+):", text, flags=re.MULTILINE)
        for text in (blocks("text")[0], done.stdout)
    )
    assert [each for each in told if each[0] != "–"] == [each for each in shown if each[0] != "–"], (
        done.stdout
    )
    assert set(shown) <= set(told)
    assert "Allocated by Python at" in done.stdout
    assert json.loads((folder / "gate.json").read_text())["closed"] is True


def test_the_tests_do_what_is_said(folder: Path):
    options = ["-p", "no:cacheprovider", "-q", "-rA"]
    options += ["-p", "aright.pytest_plugin"]

    def run(*more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *more],
            cwd=folder,
            env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder / "libs" / "old")},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    assert "2 passed, 1 skipped" in run("--aright-update")
    told = run("--aright")
    assert "1 failed, 2 passed" in told
    assert "FAILED test_memory.py::test_encoding_keeps_nothing - Failed: memory grows" in told


def commands() -> Iterator[list[str]]:
    workflow = yaml.safe_load(WORKFLOW.read_text())
    for step in workflow["jobs"]["gate"]["steps"]:
        if "run" in step:
            yield shlex.split(step["run"])


def test_the_workflows_commands_are_there():
    told = list(commands())
    (ours,) = [command for command in told if command[0] == "aright"]
    _, bound, _ = app.parse_args(ours[1:], exit_on_error=False, print_error=False)
    assert bound.kwargs["version"] == "$VERSION"
    assert str(bound.kwargs["out"]) == "gate.json"
    assert ["pytest", "--aright"] in told
    assert yaml.safe_load(WORKFLOW.read_text())[True]["pull_request"]["paths"]
