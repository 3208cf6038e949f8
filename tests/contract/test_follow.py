"""Following an alias of a real MLflow server."""

from __future__ import annotations

import queue
import time

import httpx

from aright.sdk import follow_alias
from aright.sdk.follow_registry import Registry, Secrets, Told
from aright.sdk.settings import read_url
from tests.contract.running_mlflow import new_model

MODEL = "followed & more"


def test_it_follows_a_real_registry(mlflow: str) -> None:
    new_model(mlflow, MODEL, versions=3)
    loaded: list[str] = []
    moves: queue.Queue[tuple[str, str]] = queue.Queue()

    def load(version: str) -> str:
        loaded.append(version)
        return f"model {version}"

    with follow_alias(mlflow, MODEL, "champion", load, on_change=lambda *told: moves.put(told)) as follower:
        for before, after in (("", "1"), ("1", "2"), ("2", "1"), ("1", "2")):
            _point(mlflow, "champion", after)
            assert moves.get(timeout=20) == (before, after)
            assert follower.current == (after, f"model {after}")
        assert loaded == ["1", "2"]
        _point(mlflow, "candidate", "3")
        _point(mlflow, "champion", "3")
        assert moves.get(timeout=20) == ("2", "3")
        _without(mlflow, "champion")
        until = time.monotonic() + 20
        while "has no alias 'champion'" not in follower.problem:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert follower.current == ("3", "model 3")
        _point(mlflow, "champion", "2")
        assert moves.get(timeout=20) == ("3", "2")
        assert follower.problem == ""


def test_what_a_real_registry_answers_where_there_is_nothing(mlflow: str) -> None:
    new_model(mlflow, "bare", versions=1)
    for model in ("bare", "unknown"):
        asking = Registry(read_url(mlflow), model, Secrets())
        assert asking.ask("champion") == Told()
        asking.close()


def _point(url: str, alias: str, version: str) -> None:
    told = {"name": MODEL, "alias": alias, "version": version}
    path = f"{url}/api/2.0/mlflow/registered-models/alias"
    httpx.post(path, json=told, timeout=30).raise_for_status()


def _without(url: str, alias: str) -> None:
    told = {"name": MODEL, "alias": alias}
    path = f"{url}/api/2.0/mlflow/registered-models/alias"
    httpx.request("DELETE", path, json=told, timeout=30).raise_for_status()
