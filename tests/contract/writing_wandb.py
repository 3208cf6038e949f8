"""Record runs offline with Weights & Biases' own client: ``python writing_wandb.py FOLDER HOW VERSION…``."""

import os
import signal
import sys

import wandb

STEPS = 400


def write(folder: str, version: str, rate: float, parts: int, how: str) -> None:
    """Record a training whose loss leaves its course at step ``parts``."""
    config = {
        "learning_rate": rate,
        "opt": {"name": "adam", "betas": [0.9, 0.99]},
        "model": {"version": version},
        "api_key": "s3cret",
        "seed": 7,
    }
    run = wandb.init(
        mode="offline",
        dir=folder,
        entity="team",
        project="eye",
        id=f"run-{version}",
        config=config,
        settings=wandb.Settings(silent=True, x_disable_stats=True, console="off"),
    )
    for step in range(STEPS):
        loss = 2.0 / (1 + step) ** 0.5 if step < parts else 5.0
        run.log(
            {"loss": loss if how != "diverge" or step < 300 else float("nan"), "val": {"acc": step / STEPS}}
        )
    run.config.update({"late": "yes"})
    run.summary["auc"] = 0.9
    run.summary["sizes"] = {"train": 900}
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    run.finish(exit_code=1 if how == "fail" else 0)


if __name__ == "__main__":
    place, manner, *versions = sys.argv[1:]
    for number, each in enumerate(versions):
        write(place, each, 10.0 ** (number - 1), STEPS if number == 0 else 120, manner)
