"""One version of a model in a process of its own; needs nothing of aright, whatever environment it runs in.

Started as ``python child.py WAY TARGET VERSION SECONDS MEMORY``. It reads a line of JSON per batch from
standard input, ``{"inputs": [...]}``, and writes a line per batch, ``{"outputs": [...]}`` or
``{"problem": "..."}``; the first line, ``{"ready": true}``, says that the version is loaded. What the model
prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Batch = Callable[[list[dict[str, Any]]], list[Any]]

FIELDS = ("label", "score", "number", "items", "text")
LONGEST = 500


def main() -> None:
    """Load the version, then answer batches until standard input ends."""
    way, target, version, seconds, memory = sys.argv[1:6]
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever is printed must not stand between answers
    bound(int(memory), int(seconds))
    sys.path[0] = str(Path.cwd())  # not the folder of this file, whose names would hide others
    try:
        answer = model_of(target, version) if way == "model" else function_of(target, version)
    except Exception as broken:  # noqa: BLE001 - the team's own code may raise anything
        tell(told, {"problem": said("it cannot be loaded", broken)})
        return
    tell(told, {"ready": True})
    for line in sys.stdin:
        try:
            inputs = json.loads(line)["inputs"]
            answers = answer(inputs)
            if len(answers) != len(inputs):
                problem = f"it gave {len(answers)} answers to {len(inputs)} inputs"
                tell(told, {"problem": problem})
                continue
            given = zip(inputs, answers, strict=True)
            tell(told, {"outputs": [{"id": one["id"], **output_of(made)} for one, made in given]})
        except Exception as broken:  # noqa: BLE001 - as above
            tell(told, {"problem": said("it failed", broken)})


def bound(memory: int, seconds: int) -> None:
    """Set limits that hold even where whoever started this is gone; ``memory`` in MiB, 0 for none."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)
    if memory:
        with contextlib.suppress(ImportError, ValueError, OSError):  # not every system has them
            resource = importlib.import_module("resource")
            resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))


def model_of(target: str, version: str) -> Batch:
    """Return what an MLflow model makes of inputs."""
    pyfunc = importlib.import_module("mlflow.pyfunc")
    pandas = importlib.import_module("pandas")
    model = pyfunc.load_model(target.replace("{version}", version))

    def answer(inputs: list[dict[str, Any]]) -> list[Any]:
        rows = []
        for each in inputs:
            row = dict(each.get("features", {}))
            if "payload" in each:
                row["payload"] = json.dumps(each["payload"])
            rows.append(row)
        return rows_of(model.predict(pandas.DataFrame(rows)))

    return answer


def rows_of(made: Any) -> list[Any]:
    """Return a model's answer by row: of a data frame, a series, an array or a list."""
    if hasattr(made, "to_dict") and hasattr(made, "columns"):
        rows: list[Any] = made.to_dict("records")
        single = len(made.columns) == 1 and str(made.columns[0]) not in FIELDS
        return [next(iter(row.values())) for row in rows] if single else rows
    return list(made.tolist() if hasattr(made, "tolist") else made)


def function_of(target: str, version: str) -> Batch:
    """Return what a function makes of inputs."""
    module, _, name = target.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)

    def answer(inputs: list[dict[str, Any]]) -> list[Any]:
        whole = [{"attributes": {}, "features": {}, "payload": None, **each} for each in inputs]
        return list(found(version, whole))

    return answer


def output_of(made: Any) -> dict[str, Any]:
    """Return an answer as it is told: a value by itself is one of the five that an output may be."""
    if not isinstance(made, dict):
        return {"output": value_of(made)}
    if "output" in made or "error" in made:
        told: dict[str, Any] = {}
        if made.get("output") is not None:
            told["output"] = (
                named(made["output"]) if isinstance(made["output"], dict) else value_of(made["output"])
            )
        if made.get("error"):
            told["error"] = str(made["error"])[:LONGEST]
        return {**told, **confidence_of(made)}
    return {"output": named(made), **confidence_of(made)}


def named(made: dict[str, Any]) -> dict[str, Any]:
    """Return the one value of a mapping that says which of the five it is."""
    return {key: plain(made[key], key) for key in FIELDS if made.get(key) is not None}


def confidence_of(made: dict[str, Any]) -> dict[str, Any]:
    """Return how sure an answer is, where it says so."""
    sure = made.get("confidence")
    return {} if sure is None or not math.isfinite(float(sure)) else {"confidence": float(sure)}


def value_of(made: Any) -> dict[str, Any]:
    """Return a value by its type: text and truths are labels, numbers are numbers, lists are items."""
    if hasattr(made, "item") and not isinstance(made, (str, list, tuple)):
        made = made.item()
    if isinstance(made, bool):
        return {"label": "true" if made else "false"}
    if isinstance(made, (int, float)):
        return {"number": plain(made, "number")}
    if isinstance(made, (list, tuple)):
        return {"items": plain(made, "items")}
    return {"label": str(made)}


def plain(value: Any, key: str) -> Any:
    """Return a value as JSON has it; raises ``ValueError`` for a number that is none."""
    if key in {"score", "number"}:
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{key} is {number}")
        return number
    return [str(each) for each in value] if key == "items" else str(value)


def said(what: str, broken: Exception) -> str:
    """Return why something failed, in a line."""
    return f"{what}: {type(broken).__name__}: {broken}"[:LONGEST]


def tell(out: Any, line: dict[str, Any]) -> None:
    """Write one line at once."""
    out.write(json.dumps(line) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
