"""Registries that know how versions were made: the same runs, whether handed over or read from MLflow."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from aright.adapters.memory_trainings import MemoryTrainings
from aright.adapters.mlflow_runs import MlflowTrainings
from aright.adapters.wandb_graphql import WandbTrainings
from aright.core.model.curves import Curve
from aright.core.model.run import DatasetUse, Run
from aright.core.model.training import Training
from aright.ports.trainings import TrainingError
from tests.contract import fake_wandb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aright.ports.trainings import Trainings

RUN_ID, OTHER_ID = "a" * 32, "b" * 32
LOGGED_ID = "m-" + "c" * 32
STARTED, ENDED = 1_794_990_000_000, 1_794_993_600_000
NOW = 1_795_000_000.0

SCHEMA = {"mlflow_colspec": [{"type": "long", "name": "age", "required": True}, {"type": "double"}]}
RUN: dict[str, Any] = {
    "info": {
        "run_id": RUN_ID,
        "run_uuid": RUN_ID,
        "experiment_id": "1",
        "status": "FINISHED",
        "start_time": STARTED,
        "end_time": ENDED,
        "artifact_uri": "mlflow-artifacts:/1",
        "lifecycle_stage": "active",
    },
    "data": {
        "metrics": [
            {"key": "auc", "value": 0.91, "timestamp": ENDED, "step": "0"},
            {"key": "loss", "value": "NaN", "timestamp": ENDED, "step": "3"},
        ],
        "params": [{"key": "depth", "value": "6"}, {"key": "api_key", "value": "hunter2"}],
        "tags": [
            {"key": "mlflow.source.name", "value": "train.py"},
            {"key": "mlflow.source.git.commit", "value": "9f1c"},
        ],
    },
    "inputs": {
        "dataset_inputs": [
            {
                "tags": [{"key": "mlflow.data.context", "value": "training"}],
                "dataset": {
                    "name": "people",
                    "digest": "d41d8c",
                    "source_type": "local",
                    "source": "{}",
                    "schema": json.dumps(SCHEMA),
                    "profile": json.dumps({"num_rows": 1200, "num_elements": 2400}),
                },
            }
        ]
    },
}
MADE = Run(
    key=f"mlflow/ranker/{RUN_ID}",
    job="mlflow/ranker",
    run_id=RUN_ID,
    kind="TRAINING",
    state="complete",
    started=STARTED * 1_000,
    ended=ENDED * 1_000,
    seen=ENDED * 1_000,
    inputs=(DatasetUse(name="people (training)", rows=1_200, fields={"age": "long"}, version="d41d8c"),),
    outputs=(DatasetUse(name="mlflow/ranker", version="7"),),
    code="train.py@9f1c",
    parameters={"depth": "6", "api_key": "•••"},
    metrics={"auc": 0.91},
)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.answer(self)  # type: ignore[attr-defined]  # given by the test

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.answer = answer  # type: ignore[attr-defined]  # read by Handler
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def registry(handler: BaseHTTPRequestHandler) -> None:
    """Answer as MLflow 3.17's server does: what it does not know is a 404 with a code, or a 400."""
    parts = urlsplit(handler.path)
    asked = (parts.path.removeprefix("/api/2.0/mlflow/"), *sorted(parse_qsl(parts.query)))
    version = {"name": "ranker", "version": "7", "run_id": RUN_ID, "source": "s", "current_stage": "None"}
    known: dict[object, dict[str, Any]] = {
        ("model-versions/get", ("name", "ranker"), ("version", "7")): {"model_version": version},
        ("registered-models/alias", ("alias", "champion"), ("name", "ranker")): {"model_version": version},
        ("model-versions/get", ("name", "ranker"), ("version", "8")): {
            "model_version": {
                "name": "ranker",
                "version": "8",
                "run_id": "",
                "source": f"models:/{LOGGED_ID}",
            }
        },
        ("model-versions/get", ("name", "ranker"), ("version", "9")): {
            "model_version": {"name": "ranker", "version": "9", "run_id": "", "source": "s3://bucket/model"}
        },
        (f"logged-models/{LOGGED_ID}",): {
            "model": {"info": {"model_id": LOGGED_ID, "source_run_id": RUN_ID}}
        },
        ("runs/get", ("run_id", RUN_ID)): {"run": RUN},
    }
    found = known.get(asked)
    status = 200 if found else 400 if asked[0] == "registered-models/alias" else 404
    send(handler, json.dumps(found or {"error_code": "RESOURCE_DOES_NOT_EXIST"}).encode(), status)


@pytest.fixture(params=["handed over", "mlflow", "wandb"])
def known(request: pytest.FixtureRequest) -> Iterator[tuple[Trainings, Training]]:
    if request.param == "handed over":
        yield MemoryTrainings({("ranker", "7"): MADE}), Training(mlflow="https://mlflow")
        return
    if request.param == "wandb":
        with fake_wandb.serving() as address:
            yield WandbTrainings(now=lambda: NOW), Training(wandb=f"{address}/", project="team/eye")
        return
    with answering(registry) as address:
        yield MlflowTrainings(now=lambda: NOW), Training(mlflow=f"{address}/")


def test_the_run_that_made_a_version_is_found(known: tuple[Trainings, Training]) -> None:
    trainings, where = known
    made = trainings.made(where, model="ranker", version="7", seconds=5)

    assert made is not None
    if where.wandb:
        assert (made.run_id, made.kind, made.state) == ("bbb", "TRAINING", "complete")
        assert (made.job, made.outputs) == ("wandb/ranker", (DatasetUse(name="wandb/ranker", version="7"),))
    else:
        assert made == MADE


def test_the_catalogs_name_of_the_model_goes_before_that_of_predictions(
    known: tuple[Trainings, Training],
) -> None:
    trainings, where = known

    other = trainings.made(replace(where, model="ranker"), model="x", version="7", seconds=5)
    assert other is not None
    assert other == trainings.made(where, model="ranker", version="7", seconds=5)


@pytest.mark.parametrize(("model", "version"), [("ranker", "6"), ("other", "7"), ("ranker", ""), ("", "7")])
def test_what_is_not_known_is_none(known: tuple[Trainings, Training], model: str, version: str) -> None:
    trainings, where = known

    assert trainings.made(where, model=model, version=version, seconds=5) is None


def test_without_time_nothing_is_asked(known: tuple[Trainings, Training]) -> None:
    trainings, where = known

    with pytest.raises(TrainingError):
        trainings.made(where, model="ranker", version="7", seconds=0)


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("v7", True),
        ("champion", True),
        ("8", True),
        (RUN_ID, True),
        ("9", False),
        (OTHER_ID, False),
        ("challenger", False),
        ("release of May", False),
        ("../runs", False),
    ],
)
def test_versions_are_numbers_aliases_and_runs(version: str, found: bool) -> None:
    with answering(registry) as address:
        made = MlflowTrainings().made(Training(mlflow=address), model="ranker", version=version, seconds=5)

    outputs = (DatasetUse(name="mlflow/ranker", version=version),)
    assert made == (replace(MADE, outputs=outputs) if found else None)


def test_metrics_that_were_logged_by_steps_have_curves() -> None:
    values = [{"key": "loss", "value": 1 / (1 + at), "timestamp": ENDED, "step": str(at)} for at in range(9)]
    odd = [{"key": "loss", "value": "NaN", "step": 9}, {"key": "loss", "value": 1.0, "step": "soon"}]
    asked_for = []

    def respond(asked: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(asked.path)
        if parts.path.endswith("metrics/get-history"):
            asked_for.append(dict(parse_qsl(parts.query)))
            send(asked, json.dumps({"metrics": values + odd}).encode())
        else:
            registry(asked)

    with answering(respond) as address:
        made = MlflowTrainings().made(Training(mlflow=address), model="ranker", version="7", seconds=5)

    assert made is not None
    assert [(each["run_id"], each["metric_key"]) for each in asked_for] == [(RUN_ID, "loss")]
    assert made.curves == {
        "loss": Curve(steps=tuple(range(9)), values=tuple(1 / (1 + at) for at in range(9)), last=9, broken=9)
    }


def test_a_run_whose_curves_cannot_be_had_is_told_without_them() -> None:
    def respond(asked: BaseHTTPRequestHandler) -> None:
        if "get-history" in asked.path:
            send(asked, b"", 500)
        else:
            registry(asked)

    with answering(respond) as address:
        made = MlflowTrainings().made(Training(mlflow=address), model="ranker", version="7", seconds=5)
    assert made == MADE


@pytest.mark.parametrize(
    ("status", "state"),
    [("FAILED", "failed"), ("KILLED", "aborted"), ("RUNNING", "running"), ("SCHEDULED", "running")],
)
def test_a_run_that_did_not_finish_says_so(status: str, state: str) -> None:
    run = {"info": {"run_id": RUN_ID, "status": status, "end_time": "soon"}}

    with answering(lambda asked: send(asked, json.dumps({"run": run}).encode())) as address:
        made = MlflowTrainings(now=lambda: NOW).made(
            Training(mlflow=address), model="ranker", version=RUN_ID, seconds=5
        )

    assert made is not None
    assert (made.state, made.seen, made.ended, made.inputs) == (state, int(NOW * 1e6), None, ())


def test_what_teams_write_into_a_data_set_is_not_trusted() -> None:
    told = {"dataset": {"name": "", "digest": "d", "schema": '{"mlflow_colspec": 4}', "profile": "no JSON"}}
    run = {**RUN, "inputs": {"dataset_inputs": [told]}}

    with answering(lambda asked: send(asked, json.dumps({"run": run}).encode())) as address:
        made = MlflowTrainings().made(Training(mlflow=address), model="ranker", version=RUN_ID, seconds=5)

    assert made is not None
    assert made.inputs == (DatasetUse(name="a data set without a name", version="d"),)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda asked: send(asked, b"<html>hello</html>"), "does not answer as MLflow does"),
        (lambda asked: send(asked, b"", 401), "answers 401: give a bearer_token_file"),
        (lambda asked: send(asked, b"", 302, Location="http://127.0.0.1:9/else"), "answers 302"),
        (lambda asked: send(asked, b"x" * 5_000), "more than 4,000 bytes"),
        (lambda asked: asked.wfile.close(), "cannot be asked"),
    ],
)
def test_another_answer_is_an_error_that_names_the_server(
    answer: Callable[[BaseHTTPRequestHandler], None], said: str
) -> None:
    with answering(answer) as address, pytest.raises(TrainingError, match=said) as told:
        MlflowTrainings(largest=4_000).made(Training(mlflow=address), model="ranker", version="7", seconds=5)
    assert address in str(told.value)


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(TrainingError, match="cannot be asked: ConnectError"):
        MlflowTrainings().made(Training(mlflow="http://127.0.0.1:9"), model="m", version="7", seconds=5)


def test_a_server_that_trickles_is_left_in_time() -> None:
    held = threading.Event()

    def trickle(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.end_headers()
        while not held.wait(0.01):
            asked.wfile.write(b" ")
            asked.wfile.flush()

    try:
        with answering(trickle) as address, pytest.raises(TrainingError, match="did not answer in time"):
            MlflowTrainings().made(Training(mlflow=address), model="ranker", version="7", seconds=0.2)
    finally:
        held.set()


def test_tokens_are_sent_and_never_told(tmp_path: Path) -> None:
    seen: list[str] = []

    def note(asked: BaseHTTPRequestHandler) -> None:
        seen.append(asked.headers["Authorization"])
        registry(asked)

    token, pair, odd = (tmp_path / name for name in ("token", "pair", "odd"))
    token.write_text("s3cret\n")
    pair.write_text("ada:s3cret\n")
    odd.write_text("a\nb")
    with answering(note) as address:
        for where in (
            Training(mlflow=address, bearer_token_file=str(token)),
            Training(mlflow=address, basic_auth_file=str(pair)),
        ):
            assert MlflowTrainings().made(where, model="ranker", version="7", seconds=5)
        for file in (odd, tmp_path / "gone"):
            with pytest.raises(TrainingError, match="the token of"):
                MlflowTrainings().made(
                    Training(mlflow=address, bearer_token_file=str(file)),
                    model="m",
                    version="7",
                    seconds=5,
                )

    basic = f"Basic {base64.b64encode(b'ada:s3cret').decode()}"
    assert seen == ["Bearer s3cret"] * 3 + [basic] * 3
