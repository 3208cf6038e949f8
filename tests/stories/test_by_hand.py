"""A drill by hand: it waits for a person, who puts things right with the command line alone."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
import time

import pytest

from aright.drill.catalogue import DRILLS
from aright.drill.narrator import PlainNarrator
from aright.drill.run import Options, run

pytestmark = pytest.mark.drill


class Newcomer(threading.Thread):
    """Reads what the drill prints, and does what it says."""

    def __init__(self, out: io.StringIO) -> None:
        super().__init__(daemon=True)
        self.out = out
        self.wrong: list[str] = []

    def run(self) -> None:
        """Follow the instructions, line by line."""
        text = self.wait_for(r"It is yours[\s\S]*learn INC-1")
        where = re.search(r"export ARIGHT_URL=(\S+) ARIGHT_TOKEN=(\S+)", text)
        assert where is not None
        environment = {**os.environ, "ARIGHT_URL": where[1], "ARIGHT_TOKEN": where[2]}
        for told in re.findall(r"^ +\S*aright ((?!learn).*)$", text, re.MULTILINE):
            if "resolve" in told:
                self.wait_for("worked: ")
            said = subprocess.run(
                [sys.executable, "-m", "aright", *told.split()],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if said.returncode:
                self.wrong.append(f"{told}: {said.stderr}")

    def wait_for(self, pattern: str) -> str:
        for _ in range(600):
            if re.search(pattern, self.out.getvalue()):
                return self.out.getvalue()
            time.sleep(0.1)
        raise TimeoutError(pattern)


def test_somebody_can_be_the_person_on_call(monkeypatch):
    monkeypatch.setattr("aright.drill.play.BY_HAND_PACE_S", 0.3)
    out = io.StringIO()
    newcomer = Newcomer(out)
    newcomer.start()
    result = run(
        DRILLS[0].name, Options(seed=2, port=0, stay=False, by_hand=True), narrator=PlainNarrator(out)
    )
    newcomer.join(30)
    assert newcomer.wrong == []
    assert result.right, [(check.name, check.wanted, check.found) for check in result.wrong]
