"""Runs asked of Weights & Biases: as its own client reads them, and whatever else may be answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aright.adapters.wandb_graphql import WandbTrainings
from aright.core.contract.training_runs import compare_runs
from aright.core.model.run import DatasetUse
from aright.core.model.training import Training
from aright.ports.trainings import TrainingError
from tests.contract.fake_wandb import RUNS, answer, losses, run, send, serving, tell

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

READER = Path(__file__).with_name("reading_wandb.py")


def where(address: str, **more: str) -> Training:
    return Training(wandb=address, project="team/eye", **more)


def made(address: str, version: str, model: str = "", **more: str) -> Any:
    return WandbTrainings().made(where(address, **more), model=model, version=version, seconds=10)


def test_its_own_client_reads_the_same_runs_from_this_server(tmp_path: Path) -> None:
    with serving() as address:
        done = subprocess.run(
            [sys.executable, str(READER), address],
            env={**os.environ, "WANDB_ERROR_REPORTING": "false", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        ours = {version: made(address, version) for version in ("v1", "v2")}
    told = json.loads(done.stdout.splitlines()[-1])

    assert told["named"] == [ours["v2"].run_id]
    assert sorted(told["runs"]) == [ours["v1"].run_id, ours["v2"].run_id]
    for one in ours.values():
        theirs = told["runs"][one.run_id]
        assert theirs["state"] == "finished"
        assert one.state == "complete"
        assert one.parameters["learning_rate"] == str(theirs["config"]["learning_rate"])
        assert one.parameters["opt.name"] == theirs["config"]["opt"]["name"]
        assert one.metrics == theirs["summary"]
        known = dict(map(tuple, theirs["loss"]))
        loss = one.curves["loss"]
        assert all(known[step] == value for step, value in zip(loss.steps, loss.values, strict=True))
        assert (loss.steps[0], loss.last) == (0, 299)


def test_a_run_is_read_with_its_times_its_data_and_without_its_secrets() -> None:
    with serving() as address:
        found = made(address, "v2")

    assert (found.key, found.code) == ("wandb/team/eye/bbb", "9f1c")
    assert found.ended - found.started == 300_000_000
    assert found.inputs == (DatasetUse(name="labels", version="v2"),)
    assert found.parameters == {"learning_rate": "1.0", "opt.name": "adam", "api_key": "•••"}


def test_the_degraded_run_differs_from_the_one_before() -> None:
    with serving() as address:
        told = [each.text for each in compare_runs(made(address, "v2"), made(address, "v1"))]

    assert told[0] == "learning_rate 0.1 → 1.0"
    assert told[1].startswith("the curve of loss leaves the one before at step 1")
    assert told[2:] == ["labels was of version v1 and is of v2"]


@pytest.mark.parametrize(
    ("version", "model", "run_id"),
    [
        ("2", "", "bbb"),
        ("v2", "ranker", "bbb"),
        ("champion", "ranker", "aaa"),
        ("7", "ranker", "bbb"),
        ("aaa", "", "aaa"),
        ("v9", "ranker", None),
        ("../aaa", "x/y", None),
        ("", "ranker", None),
    ],
)
def test_versions_are_keys_artifacts_and_runs(version: str, model: str, run_id: str | None) -> None:
    with serving() as address:
        found = made(address, version, model)

    assert (found and found.run_id) == run_id


def test_a_finished_run_goes_before_one_that_crashed_on_whatever_page_it_is() -> None:
    many = {f"c{at}": run(f"c{at}", 2, 0.1, losses(9)[:9], state="crashed") for at in range(50)}
    runs = {"done": run("done", 2, 0.1, losses(9)[:9]), **many}

    def respond(asked: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
        send(asked, json.dumps({"data": answer(question, runs)}).encode())

    with serving(respond) as address:
        assert made(address, "v2").run_id == "done"
        del runs["done"]
        found = made(address, "v2")
    assert (found.run_id, found.state) == ("c49", "aborted")


def test_numbers_that_are_none_become_breaks_of_curves() -> None:
    rows = [*losses(300)[:200], *({"_step": at, "loss": "NaN", "acc": 1.0} for at in range(200, 220))]
    runs = {"nan": run("nan", 2, 0.1, rows)}

    def respond(asked: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
        send(asked, json.dumps({"data": answer(question, runs)}).encode())

    with serving(respond) as address:
        found = made(address, "v2")
    assert (found.curves["loss"].broken, found.curves["loss"].last) == (200, 219)
    assert "loss" not in found.metrics


@pytest.mark.parametrize(
    "odd",
    [
        {"config": "no JSON", "summaryMetrics": "[" * 100_000, "historyKeys": 4},
        {"config": None, "summaryMetrics": 7, "inputArtifacts": {"edges": [None, {"node": 3}]}},
        {"createdAt": "soon", "heartbeatAt": 12, "state": ["finished"], "commit": {}},
        {"createdAt": "9999-12-31T23:59:59+23:59", "heartbeatAt": "x" * 90},
        {"historyKeys": {"keys": {"loss": {"typeCounts": [{"type": "string"}]}, "_x": 1, "a" * 900: 1}}},
        {"rows": [{"_step": 1e300, "loss": 1}, {"_step": None, "loss": 1}, {"_step": 2, "loss": []}]},
        {"summaryMetrics": '{"loss": 1e999, "big": ' + "9" * 900 + "}"},
    ],
)
def test_what_is_of_another_type_is_as_if_it_were_not_there(odd: dict[str, Any]) -> None:
    def respond(asked: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
        send(asked, json.dumps({"data": answer(question, {"aaa": {**RUNS["aaa"], **odd}})}).encode())

    with serving(respond) as address:
        assert made(address, "aaa").run_id == "aaa"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"<html>", 200, "does not answer as Weights & Biases does: it is no JSON"),
        (b"[" * 100_000, 200, "does not answer as Weights & Biases does: it is no JSON"),
        (b"[]", 200, "it is no object"),
        (b"{}", 200, "it has no data"),
        (b'{"data": {"project": null}}', 200, "shows no project team/eye"),
        (b'{"errors": [{"message": "no\\nway"}]}', 200, r"refuses: no\\nway"),
        (b'{"errors": [3]}', 200, "refuses: it does not say why"),
        (b"", 401, "answers 401: give an api_key_file"),
        (b"", 429, "answers 429: it is asked too often"),
        (b"", 302, "answers 302"),
        (b"x" * 300_000, 200, "more than 200,000 bytes"),
    ],
)
def test_another_answer_is_an_error_that_names_the_server(body: bytes, status: int, said: str) -> None:
    trainings = WandbTrainings(largest=200_000)
    with (
        serving(lambda asked, _: send(asked, body, status, Location="http://127.0.0.1:9/")) as address,
        pytest.raises(TrainingError, match=said) as told,
    ):
        trainings.made(where(address), model="m", version="v1", seconds=5)
    assert address in str(told.value)


def test_a_run_whose_curves_cannot_be_had_is_told_without_them() -> None:
    def respond(asked: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
        if "sampledHistory" in question["query"]:
            send(asked, b"", 500)
        else:
            tell(asked, question)

    with serving(respond) as address:
        found = made(address, "v1")
    assert (found.run_id, found.curves) == ("aaa", {})


def test_nobody_there_and_a_server_that_trickles_are_left_in_time() -> None:
    with pytest.raises(TrainingError, match="cannot be asked: ConnectError"):
        made("http://127.0.0.1:9", "v1")
    held = threading.Event()

    def trickle(asked: BaseHTTPRequestHandler, _question: dict[str, Any]) -> None:
        asked.send_response(200)
        asked.end_headers()
        while not held.wait(0.01):
            asked.wfile.write(b" ")
            asked.wfile.flush()

    try:
        with serving(trickle) as address, pytest.raises(TrainingError, match="did not answer in time"):
            WandbTrainings().made(where(address), model="m", version="v1", seconds=0.2)
    finally:
        held.set()


def test_keys_are_sent_and_never_told(tmp_path: Path) -> None:
    seen: set[str] = set()

    def note(asked: BaseHTTPRequestHandler, question: dict[str, Any]) -> None:
        seen.add(asked.headers["Authorization"])
        tell(asked, question)

    key, odd = tmp_path / "key", tmp_path / "odd"
    key.write_text("s3cret\n")
    odd.write_text("s3\ncret")
    with serving(note) as address:
        assert made(address, "v1", api_key_file=str(key)).run_id == "aaa"
        for file in (odd, tmp_path / "gone"):
            with pytest.raises(TrainingError, match="the key of") as told:
                made(address, "v1", api_key_file=str(file))
            assert "cret" not in str(told.value)

    assert seen == {"Basic YXBpOnMzY3JldA=="}
