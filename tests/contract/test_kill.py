"""kill −9 at any moment: nothing acknowledged is lost, and what was torn is cut."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.engine.intake import Intake
from tests.contract.accepting_until_killed import FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVES = 30


class Id(msgspec.Struct):
    id: str


class Victim:
    """The program that is killed, again and again."""

    def __init__(self, folder: Path, module: str = "accepting_until_killed") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.contract.{module}", str(folder)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def live_and_die(self, life: int, acknowledged_before: int) -> dict[str, int]:
        """Let it live until so many bodies are acknowledged, kill it; return all that it had acknowledged."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{life}\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline().split()[1])
        told: dict[str, int] = {}
        killed = False
        while True:
            if not killed and len(told) >= acknowledged_before:
                os.kill(pid, signal.SIGKILL)
                killed = True
            line = self._process.stdout.readline()
            if line == "dead\n":
                assert killed, "it died by itself"
                return told
            name, position = line.split()
            told[name] = int(position)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        assert self._process.wait(10) == 0
        self._process.stdout.close()


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    started = Victim(tmp_path)
    yield started
    started.close()


def tear(folder: Path, acknowledged: int, chance: random.Random) -> bool:
    """Do to the last file what a power cut may: bytes that were never synced are lost or half there."""
    files = sorted(folder.glob("*.log"))
    if not files:
        return False
    content = files[-1].read_bytes()
    safe = max(acknowledged - int(files[-1].stem), 0)
    used = len(content.rstrip(b"\0"))
    at = chance.randint(safe, max(used, safe))
    rubbish = bytes(chance.randrange(256) for _ in range(chance.randrange(3) * 20))
    files[-1].write_bytes(content[:at] + rubbish)
    return at < used or bool(rubbish)  # a fast disk may have left nothing unsynced to lose


def test_nothing_acknowledged_is_lost_over_many_deaths(victim: Victim, tmp_path: Path) -> None:
    chance = random.Random(7)
    acknowledged: dict[str, int] = {}
    torn = 0
    for life in range(LIVES):
        told = victim.live_and_die(life, chance.choice([0, 1, chance.randrange(60)]))
        assert not acknowledged.keys() & told.keys()
        acknowledged |= told
        if chance.random() < 0.5:
            torn += tear(tmp_path, max(acknowledged.values(), default=0), chance)
        survived = survivors(tmp_path)
        lost = {name for name, position in acknowledged.items() if survived.get(name) != position}
        assert not lost
    assert taken(tmp_path) == survivors(tmp_path)
    assert len(acknowledged) > LIVES
    assert torn >= 3
    assert len(list(tmp_path.glob("*.log"))) > 3


def survivors(folder: Path) -> dict[str, int]:
    """Open the log again, as a start does; return the bodies in it, which must be whole and in order."""
    log = WriteAheadLog(WriteAheadSettings(folder=folder, file_bytes=FILE_BYTES))
    found = {msgspec.json.decode(frame.body, type=Id).id: position for position, frame in log.read(0)}
    assert max(found.values(), default=0) == log.end()
    log.close()
    in_order = [tuple(map(int, name.split("-"))) for name in found]
    assert in_order == sorted(set(in_order))
    return found


def taken(folder: Path) -> dict[str, int]:
    """Return what the engine is handed after a start."""
    log = WriteAheadLog(WriteAheadSettings(folder=folder, file_bytes=FILE_BYTES))
    intake = Intake(log)
    intake.start(0)
    portions = intake.take(10**9)
    log.close()
    return {portion.rows["id"][0].as_py(): portion.last for portion in portions if portion.rows is not None}
