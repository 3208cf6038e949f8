"""`aright runs …`: runs of trainings side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import cyclopts
import msgspec

from aright.cli.failure import FailedError

if TYPE_CHECKING:
    from aright.core.contract.training_runs import Difference
    from aright.core.model.run import Run
    from aright.core.model.training import Training

app = cyclopts.App(name="runs", help="Runs of trainings, side by side.", result_action="return_value")

FOUND: Final = 3
USAGE: Final = 2
SCHEMA: Final = 1
CLOUD: Final = "https://api.wandb.ai"


@app.command
def compare(
    baseline: str,
    run: str,
    *,
    wandb_url: str = CLOUD,
    api_key_file: str = "",
    bearer_token_file: str = "",
    basic_auth_file: str = "",
    seconds: float = 30.0,
    as_json: Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Say how a run differs from another: what it was given, where its curves part, what it came to.

    A run is a file or a folder that Weights & Biases' client wrote offline, wandb:ENTITY/PROJECT/RUN, or
    mlflow:ADDRESS/RUN. Leaves with 3 where the runs differ.

    Args:
        baseline: the run before.
        run: the run that is held against it.
        wandb_url: the address of Weights & Biases' API.
        api_key_file: a file with the API key to send there.
        bearer_token_file: a file with the token to send to MLflow.
        basic_auth_file: a file with NAME:PASSWORD to send to MLflow.
        seconds: how long reading each of them may take.
        as_json: print JSON.
    """
    from aright.core.contract.training_runs import compare_runs  # noqa: PLC0415  pulls in numpy
    from aright.core.model.training import Training  # noqa: PLC0415  the same

    access = Training(
        wandb=wandb_url,
        api_key_file=api_key_file,
        bearer_token_file=bearer_token_file,
        basic_auth_file=basic_auth_file,
    )
    before, now = (read_run(each, access, seconds) for each in (baseline, run))
    found = compare_runs(now, before)
    if as_json:
        told = {"schema": SCHEMA, "baseline": _about(before), "run": _about(now), "differences": found}
        print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        _tell(before, now, found)
    return FOUND if found else 0


def _tell(before: Run, now: Run, found: tuple[Difference, ...]) -> None:
    for each in found:
        print(f"{each.kind + ':':<11}{each.text}")
    said = f"{now.run_id} ({now.state}) against {before.run_id} ({before.state})"
    many = f"{len(found)} difference{'' if len(found) == 1 else 's'}" if found else "no difference"
    print(f"{said}: {many}", file=sys.stderr)


def _about(run: Run) -> dict[str, object]:
    return {"id": run.run_id, "state": run.state, "started": run.started, "ended": run.ended}


def read_run(source: str, access: Training, seconds: float, folder: Path = Path()) -> Run:
    """Return a run from wherever it is; raises ``FailedError``.

    Args:
        source: as `aright runs compare` takes it.
        access: addresses, and files with keys.
        seconds: how long reading may take.
        folder: that files are looked for in.
    """
    from aright.bootstrap import offline_run, registries  # noqa: PLC0415  pulls in pyarrow and the rest
    from aright.ports.trainings import TrainingError  # noqa: PLC0415  the same

    kind, _, rest = source.partition(":")
    place, _, run_id = rest.rpartition("/")
    try:
        if kind not in {"wandb", "mlflow"}:
            return offline_run(folder / source, seconds=seconds)
        if not place or not run_id or (kind == "wandb" and place.count("/") != 1):
            how = "wandb:ENTITY/PROJECT/RUN" if kind == "wandb" else "mlflow:ADDRESS/RUN"
            raise FailedError(f"{source} names no run: it is {how}", code=USAGE)
        where = (
            msgspec.structs.replace(access, project=place)
            if kind == "wandb"
            else msgspec.structs.replace(access, mlflow=place, wandb="")
        )
        found = registries().made(where, model="run", version=run_id, seconds=seconds)
    except TrainingError as error:
        raise FailedError(str(error)) from error
    if found is None:
        raise FailedError(f"there is no run {run_id} in {place}")
    return found
