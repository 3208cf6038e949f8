"""Finding the run that made a version among the files of a folder, and reading it.

Files are opened for reading alone, newest first. A run that still writes is read as far as it has come; one
that was killed, and one whose file is damaged, too, and that is told with it.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.adapters.wandb_offline.folding import HISTORY, Folded
from aright.adapters.wandb_offline.framing import Damage, NoRunError, records
from aright.adapters.wandb_offline.wire import WireError
from aright.core.contract.run_values import LONGEST, metrics_of, parameters_of, same_version, text_at
from aright.core.model.run import ABORTED, COMPLETE, FAILED, RUNNING, DatasetUse, Run
from aright.core.model.times import SECOND
from aright.ports.trainings import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aright.core.model.times import Micros
    from aright.core.model.training import Training

MOST_FILES: Final = 500
"""Files of a folder that are looked at, the newest first."""

_PLACES: Final = ("run-*.wandb", "*/run-*.wandb", "wandb/*/run-*.wandb")
_HEAD: Final = 1_000
"""Records at a file's start among which its config stands."""

_EVERY: Final = 256
"""Records between two looks at the clock."""

_QUIET: Final = 600.0
"""Seconds without a write after which a run without an end is taken for broken off."""


class WandbOffline:
    """Reads runs that were recorded offline.

    Args:
        now: Unix seconds.
    """

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._now = now

    def made(self, training: Training, *, model: str, version: str, seconds: float) -> Run | None:
        """Return the run whose config or summary names a version, or whose id it is; finished ones first."""
        until = time.monotonic() + seconds
        folder = Path(training.wandb_dir)
        if seconds <= 0:
            raise TrainingError(f"{folder} was not read: there is no time left")
        name = training.model or model
        best: Run | None = None
        for file in _files(folder) if version else ():
            if not self._may_be(file, training.version_key, version, until):
                continue
            folded, run = self._run(file, name, version, until, key=training.version_key)
            if not _is(folded, training.version_key, version):
                continue
            best = best or run
            if run.state == COMPLETE:
                return run
        return best

    def read(self, file: Path, *, seconds: float) -> Run:
        """Return the run of one file, or of the newest one in a folder.

        Raises ``TrainingError`` where there is none, or where it is not read in time.
        """
        found = next(iter(_files(file)), None) if file.is_dir() else file
        if found is None:
            raise TrainingError(f"{file} has no run in it: there is no run-*.wandb")
        return self._run(found, "", "", time.monotonic() + seconds)[1]

    def _may_be(self, file: Path, key: str, version: str, until: float) -> bool:
        """Tell by its beginning whether a file can be of the run: it may name another version at once."""
        try:
            folded, _ = _fold(file, until, head=True)
        except TrainingError:
            if time.monotonic() > until:
                raise
            return False  # one bad file among many does not hide the others
        known = text_at(folded.config, key)
        return not known or same_version(known, version) or folded.run_id == version

    def _run(
        self, file: Path, model: str, version: str, until: float, *, key: str = ""
    ) -> tuple[Folded, Run]:
        folded, damage = _fold(file, until)
        job = f"wandb/{model or folded.project or 'offline'}"[:LONGEST]
        state, error = self._state(folded, damage, file)
        ended = None if state == RUNNING else _ended(folded)
        run = Run(
            key=f"{job}/{folded.run_id[:LONGEST]}",
            job=job,
            run_id=folded.run_id[:LONGEST],
            kind="TRAINING",
            state=state,
            started=folded.started,
            ended=ended,
            seen=next((at for at in (ended, folded.started) if at is not None), int(self._now() * SECOND)),
            inputs=tuple(_use(each) for each in folded.data),
            outputs=(DatasetUse(name=job, version=version),) if version else (),
            error=error,
            code=(folded.code or folded.program)[:LONGEST],
            parameters={name: told for name, told in parameters_of(folded.config).items() if name != key},
            metrics=metrics_of(folded.summary),
            curves={name[:LONGEST]: trace.curve() for name, trace in folded.traces.items()},
        )
        return folded, run

    def _state(self, folded: Folded, damage: Damage, file: Path) -> tuple[str, str]:
        """Return how a run ended, and what is to be told of that."""
        told = ""
        if damage.blocks:
            many = (
                f"{damage.blocks} blocks of its file are" if damage.blocks > 1 else "a block of its file is"
            )
            told = f"{many} damaged, at byte {damage.first:,}: what stood there is missing"
        if folded.exit_code is not None:
            failed = folded.exit_code != 0
            why = [f"it left with exit code {folded.exit_code}"] if failed else []
            return FAILED if failed else COMPLETE, "; ".join([*why, *([told] if told else [])])
        try:
            quiet = self._now() - file.stat().st_mtime
        except OSError:
            quiet = math.inf
        if quiet < _QUIET:
            return RUNNING, told
        return ABORTED, told or "its file ends without the run's end"


def _is(folded: Folded, key: str, version: str) -> bool:
    said = (text_at(folded.config, key), text_at(folded.summary, key))
    return folded.run_id == version or any(same_version(each, version) for each in said)


def _ended(folded: Folded) -> Micros | None:
    """Return when a run last logged; one that did not has only its start."""
    return int(folded.stamp * SECOND) if 0 < folded.stamp < 1e11 else folded.started


def _use(name: str) -> DatasetUse:
    plain, _, version = name[:LONGEST].partition(":")
    return DatasetUse(name=plain or name[:LONGEST], version=version)


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder, the newest first, each once."""
    try:
        found = {
            file.resolve(): file.stat().st_mtime
            for file in (file for place in _PLACES for file in folder.glob(place))
            if file.is_file()
        }
    except OSError as error:
        raise TrainingError(f"{folder} cannot be read: {type(error).__name__}") from error
    if not folder.is_dir():
        raise TrainingError(f"{folder} is no folder: give the one that runs are recorded in")
    return sorted(found, key=lambda file: (-found[file], file))[:MOST_FILES]


def _fold(file: Path, until: float, *, head: bool = False) -> tuple[Folded, Damage]:
    """Read a file, or with ``head`` what stands before its first values."""
    folded, damage = Folded(), Damage()
    try:
        with file.open("rb") as opened:
            for at, record in enumerate(_timely(records(opened, damage), until, file)):
                try:
                    kind = folded.take(record)
                except WireError:
                    damage.tell(opened.tell())
                    continue
                if head and (kind == HISTORY or at >= _HEAD):
                    break
    except NoRunError as error:
        raise TrainingError(f"{file} is no run of Weights & Biases: {error}") from error
    except OSError as error:
        raise TrainingError(f"{file} cannot be read: {type(error).__name__}") from error
    return folded, damage


def _timely(found: Iterable[bytes], until: float, file: Path) -> Iterator[bytes]:
    for at, record in enumerate(found):
        if at % _EVERY == 0 and time.monotonic() > until:
            raise TrainingError(f"{file} could not be read in time")
        yield record
