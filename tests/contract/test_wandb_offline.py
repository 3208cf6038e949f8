"""Runs that Weights & Biases' own client recorded offline: read whole, torn, damaged, and hostile."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from aright.adapters.memory_trainings import MemoryTrainings
from aright.adapters.wandb_offline import WandbOffline
from aright.adapters.wandb_offline.framing import BLOCK, HEADER, Damage, records
from aright.core.contract.training_runs import compare_runs
from aright.core.diagnose import diagnose
from aright.core.model.evidence import CauseKind
from aright.core.model.training import Training
from aright.engine.training import Registries, trained
from aright.ports.trainings import TrainingError
from tests.unit.core.diagnose.simulation import World, make_case

WRITER = Path(__file__).with_name("writing_wandb.py")
STEPS = 400


def write(folder: Path, how: str, *versions: str) -> int:
    quiet = {"WANDB_ERROR_REPORTING": "false", "WANDB_SILENT": "true", "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, str(WRITER), str(folder), how, *versions],
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
    )
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    write(place, "finish", "v1", "v2")
    assert write(place, "kill", "v3") == -9
    return place


def where(folder: Path) -> Training:
    return Training(wandb_dir=str(folder), version_key="model.version")


def file_of(folder: Path, version: str) -> Path:
    return next(folder.glob(f"wandb/*/run-run-{version}.wandb"))


def test_what_the_client_recorded_is_read(folder: Path) -> None:
    run = WandbOffline().made(where(folder), model="eye", version="1", seconds=20)

    assert run is not None
    assert (run.key, run.job, run.state, run.error) == ("wandb/eye/run-v1", "wandb/eye", "complete", "")
    assert [(use.name, use.version) for use in run.outputs] == [("wandb/eye", "1")]
    assert run.parameters == {
        "learning_rate": "0.1",
        "opt.name": "adam",
        "opt.betas": "[0.9, 0.99]",
        "api_key": "•••",
        "seed": "7",
        "late": "yes",
    }
    assert run.metrics == {"loss": 0.1, "val.acc": 399 / 400, "auc": 0.9, "sizes.train": 900.0}
    assert run.started is not None
    assert run.ended is not None
    assert 0 <= run.ended - run.started < 60_000_000
    assert sorted(run.curves) == ["loss", "val.acc"]
    loss = run.curves["loss"]
    assert (loss.steps[0], loss.steps[-1], loss.last, loss.broken) == (0, STEPS - 1, STEPS - 1, None)
    assert all(value == 2.0 / (1 + step) ** 0.5 for step, value in zip(loss.steps, loss.values, strict=True))
    assert len(loss.steps) == 200


def test_the_degraded_run_differs_by_its_rate_and_its_curve(folder: Path) -> None:
    one, two = (
        WandbOffline().made(where(folder), model="eye", version=each, seconds=20) for each in ("v1", "v2")
    )
    assert one is not None
    assert two is not None
    told = [each.text for each in compare_runs(two, one)]

    assert told[0] == "learning_rate 0.1 → 1.0"
    assert told[1].startswith("the curve of loss leaves the one before at step 1")
    assert told[1].endswith(" and ends at 5, 0.1 before")
    assert len(told) == 2


def test_a_diagnosis_of_a_bad_version_tells_how_its_training_went_another_way(folder: Path) -> None:
    case = make_case(World(seed=1, fault="model", lead_rows=600, reference_rows=4_000, current_rows=2_600))
    case = replace(case, service=structs.replace(case.service, training=where(folder)))
    registries = Registries(mlflow=MemoryTrainings({}), wandb=MemoryTrainings({}), wandb_dir=WandbOffline())
    found = diagnose(replace(case, trainings=trained(registries, case, budget_s=20)))

    assert (found.causes[0].kind, found.causes[0].subject) == (CauseKind.MODEL_VERSION, "v2")
    evidence = next(each for each in found.evidence if "Version v2 was made by" in each.text)
    assert evidence.supports == (found.causes[0].id,)
    assert "Unlike that of version v1: learning_rate 0.1 → 1.0; the curve of loss leaves" in evidence.text
    (pair,) = evidence.curves
    assert pair.parted is not None
    assert abs(pair.parted - 120) <= 6


def test_a_run_is_found_by_its_id_and_unknown_versions_are_none(folder: Path) -> None:
    found = WandbOffline().made(where(folder), model="", version="run-v2", seconds=20)

    assert found is not None
    assert (found.run_id, found.job) == ("run-v2", "wandb/team/eye")
    for version in ("", "v9", "run-v9"):
        assert WandbOffline().made(where(folder), model="", version=version, seconds=20) is None


def test_a_killed_run_is_running_until_it_has_been_quiet_for_long(folder: Path) -> None:
    file = file_of(folder, "v3")
    written = file.stat().st_mtime
    fresh = WandbOffline(now=lambda: written + 5).read(file, seconds=20)
    old = WandbOffline(now=lambda: written + 3_600).read(file, seconds=20)

    assert (fresh.state, fresh.ended) == ("running", None)
    assert (old.state, old.error) == ("aborted", "its file ends without the run's end")
    assert 0 < old.curves["loss"].last < STEPS  # what the client still held when it was killed is lost


@pytest.mark.parametrize("cut", [8, 40, 300, BLOCK - 3, BLOCK, BLOCK + 2, BLOCK + 9, 3 * BLOCK + 500])
def test_a_torn_tail_leaves_what_came_before(folder: Path, tmp_path: Path, cut: int) -> None:
    whole = file_of(folder, "v1").read_bytes()
    torn = tmp_path / "run-torn.wandb"
    torn.write_bytes(whole[:cut])
    run = WandbOffline(now=lambda: 4e9).read(torn, seconds=20)

    assert run.state == "aborted"
    assert "damaged" not in run.error
    if cut > 1_000:
        assert run.parameters["learning_rate"] == "0.1"
        assert 0 < run.curves["loss"].last < STEPS


def test_damage_is_told_and_what_stands_behind_it_is_read(folder: Path, tmp_path: Path) -> None:
    body = bytearray(file_of(folder, "v1").read_bytes())
    body[BLOCK + 5_000] ^= 0xFF
    bad = tmp_path / "run-bad.wandb"
    bad.write_bytes(body)
    run = WandbOffline().read(bad, seconds=20)

    assert run.state == "complete"
    assert run.error.startswith("a block of its file is damaged, at byte 3")
    assert run.metrics["auc"] == 0.9
    steps = run.curves["loss"].steps
    assert max(later - step for step, later in pairwise(steps)) > 30


def test_one_bad_file_does_not_hide_the_others(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run-aaa.wandb").write_bytes(b"hello")
    (tmp_path / "run-good.wandb").write_bytes(file_of(folder, "v2").read_bytes())
    found = WandbOffline().made(where(tmp_path), model="", version="v2", seconds=20)

    assert found is not None
    assert WandbOffline().read(tmp_path / "run-good.wandb", seconds=20).run_id == "run-v2"


def test_what_cannot_be_read_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run-aaa.wandb").write_bytes(b"hello")
    offline = WandbOffline()
    with pytest.raises(TrainingError, match="is no run of Weights & Biases"):
        offline.read(tmp_path / "run-aaa.wandb", seconds=20)
    with pytest.raises(TrainingError, match="cannot be read: FileNotFoundError"):
        offline.read(tmp_path / "run-gone.wandb", seconds=20)
    with pytest.raises(TrainingError, match="is no folder"):
        offline.made(where(tmp_path / "gone"), model="", version="v1", seconds=20)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="has no run in it"):
        offline.read(tmp_path / "empty", seconds=20)
    with pytest.raises(TrainingError, match="there is no time left"):
        offline.made(where(folder), model="", version="v1", seconds=0)
    with pytest.raises(TrainingError, match="could not be read in time"):
        offline.read(file_of(folder, "v1"), seconds=-1)
    with pytest.raises(TrainingError, match="could not be read in time"):
        offline.made(where(folder), model="", version="v1", seconds=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_make_it_fail(tmp_path_factory: pytest.TempPathFactory, body: bytes, framed: bool) -> None:
    if framed:
        body = struct.pack("<IHB", crc32(b"\x01" + body), len(body), 1) + body
    file = tmp_path_factory.mktemp("x") / "run-x.wandb"
    file.write_bytes(HEADER + body)

    assert WandbOffline(now=lambda: 0.0).read(file, seconds=5).state in {"running", "complete", "failed"}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 90_000), max_size=8), st.integers(0, 30))
def test_records_of_any_size_come_back_as_they_were_framed(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], cut: int
) -> None:
    wanted = [bytes([65 + at]) * size for at, size in enumerate(sizes)]
    framed = frame(wanted)
    file = tmp_path_factory.mktemp("x") / "run-x.wandb"
    file.write_bytes(framed[: max(len(framed) - cut, len(HEADER))])
    damage = Damage()
    with file.open("rb") as opened:
        found = list(records(opened, damage))

    assert found == wanted[: len(found)]
    assert damage.blocks == 0
    if cut == 0:
        assert len(found) == len(wanted)


def frame(bodies: list[bytes]) -> bytes:
    """Frame records as LevelDB's log does."""
    out = bytearray(HEADER)
    for body in bodies:
        rest, first = body, True
        while rest or first:
            room = BLOCK - len(out) % BLOCK
            if room < 7:
                out += b"\0" * room
                continue
            part, rest = rest[: room - 7], rest[room - 7 :]
            kind = (1 if first else 4) if not rest else (2 if first else 3)
            out += struct.pack("<IHB", crc32(bytes([kind]) + part), len(part), kind) + part
            first = False
    return bytes(out)
