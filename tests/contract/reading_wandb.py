"""Print what Weights & Biases' own client reads from a server: ``python reading_wandb.py ADDRESS``."""

import json
import sys

import wandb

if __name__ == "__main__":
    key = "a" * 40
    api = wandb.Api(overrides={"base_url": sys.argv[1]}, api_key=key, timeout=10)
    told = {}
    for run in api.runs("team/eye"):
        rows = run.history(keys=["loss"], samples=500, pandas=False)
        told[run.id] = {
            "state": run.state,
            "config": dict(run.config),
            "summary": {name: run.summary[name] for name in ("loss", "acc", "auc")},
            "loss": [(row["_step"], row["loss"]) for row in rows],
        }
    named = api.runs("team/eye", filters={"config.version": {"$in": ["v2"]}})
    sys.stdout.write(json.dumps({"runs": told, "named": [run.id for run in named]}) + "\n")
