"""Versions that are run again: the same answers, whether by a function, a process, a model or an endpoint."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from aright.adapters.memory_replay import MemoryReplayer
from aright.adapters.replay_http import HttpReplayer
from aright.adapters.replay_process import ProcessReplayer
from aright.adapters.replay_process.process import environment_of
from aright.core.model.replay import Output, Replay, Stored
from aright.ports.replayer import ReplayError
from tests.contract.listening import Listener, Reply, Request, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aright.ports.replayer import Replayer, Running

SECRET = "hidden – ü"
FACTORS = {"1": 1.0, "2": 2.0}
CODE = """
print("whatever a team prints")

def replay(version, inputs):
    factor = {"1": 1.0, "2": 2.0}[version]
    found = []
    for each in inputs:
        document = each["payload"] or {}
        weight = each["features"].get("weight", document.get("weight"))
        found.append({"output": {"label": "heavy" if weight * factor > 1 else "light"}, "confidence": 0.75})
    return found

class Odd:
    @staticmethod
    def kinds(version, inputs):
        return [1, 0.5, True, "a", ["x", 2], {"score": 0.25}, {"error": "no"}, {"output": 3}][: len(inputs)]

def slow(version, inputs):
    import time
    time.sleep(60)

def crash(version, inputs):
    import os, sys
    print("out of \\x1b[31mfuel", file=sys.stderr, flush=True)
    os._exit(3)

def broken(version, inputs):
    raise RuntimeError("no \\x1b[31mdatabase here")

def short(version, inputs):
    return []

def infinite(version, inputs):
    return [float("nan") for each in inputs]

def endless(version, inputs):
    return ["x" * (40 << 20)]

def hungry(version, inputs):
    return [bytearray(1 << 40)]

def secrets(version, inputs):
    import os
    return [",".join(sorted(os.environ))]
"""
LOADER = """
from pathlib import Path
import json

class Model:
    def __init__(self, factor):
        self.factor = factor

    def predict(self, frame, params=None):
        if "weight" in frame:
            weight = frame["weight"]
        else:
            weight = [json.loads(each)["weight"] for each in frame["payload"]]
        frame = frame.assign(label=["heavy" if each * self.factor > 1 else "light" for each in weight])
        return frame.assign(confidence=0.75)[["label", "confidence"]]

def _load_pyfunc(path):
    return Model(float(Path(path).read_text()))
"""
MLMODEL = """
flavors:
  python_function:
    loader_module: sorting_loader
    code: code
    data: factor.txt
    python_version: 3.11.0
"""


def label(weight: float, factor: float) -> Output:
    return Output(label="heavy" if weight * factor > 1 else "light", confidence=0.75)


def weight_of(each: Stored) -> float:
    weight = each.features.get("weight", json.loads(each.payload)["weight"] if each.payload else None)
    assert isinstance(weight, (int, float))
    return weight


def signed(request: Request) -> bool:
    told = request.headers["x-aright-timestamp"].encode() + b"." + request.body
    expected = "v1=" + hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, request.headers["x-aright-signature"])


def endpoint(request: Request) -> Reply:
    if not signed(request):
        return Reply(401, b"no signature")
    asked = json.loads(request.body)
    if asked["version"] not in FACTORS:
        return Reply(404, b"gone")
    outputs = []
    for each in asked["inputs"]:
        weight = each.get("features", {}).get("weight", each.get("payload", {}).get("weight"))
        said = "heavy" if weight * FACTORS[asked["version"]] > 1 else "light"
        outputs.append({"id": each["id"], "output": {"label": said}, "confidence": 0.75})
    return Reply(body=json.dumps({"version": asked["version"], "outputs": outputs[::-1]}).encode())


Door = tuple["Replayer", Replay]


@contextmanager
def by_memory(_folder: Path) -> Iterator[Door]:
    def version(factor: float) -> Callable[[Stored], Output]:
        return lambda each: label(weight_of(each), factor)

    versions = {name: version(factor) for name, factor in FACTORS.items()}
    yield MemoryReplayer(versions), Replay(way="function", target="a:b")


@contextmanager
def by_endpoint(_folder: Path) -> Iterator[Door]:
    with listen(endpoint) as listener:
        yield HttpReplayer(), Replay(way="url", target=f"{listener.url}/replay", secret=SECRET)


@contextmanager
def by_function(folder: Path) -> Iterator[Door]:
    yield ProcessReplayer(), Replay(way="function", target="team.sorting:replay", folder=str(folder))


@contextmanager
def by_model(folder: Path) -> Iterator[Door]:
    yield ProcessReplayer(), Replay(way="model", target="models/{version}", folder=str(folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("versions")
    (place / "team").mkdir()
    (place / "team" / "sorting.py").write_text(CODE)
    for version, factor in FACTORS.items():
        model = place / "models" / version
        (model / "code").mkdir(parents=True)
        (model / "MLmodel").write_text(MLMODEL)
        (model / "factor.txt").write_text(str(factor))
        (model / "code" / "sorting_loader.py").write_text(LOADER)
    return place


@pytest.fixture(scope="module", params=[by_memory, by_endpoint, by_function, by_model])
def door(request: pytest.FixtureRequest, folder: Path) -> Iterator[Door]:
    with request.param(folder) as made:
        yield made


@pytest.fixture(scope="module")
def versions(door: Door) -> Iterator[tuple[Running, Running]]:
    replayer, replay = door
    with (
        closing(replayer.open(replay, service="sorting", version="1", seconds=60)) as old,
        closing(replayer.open(replay, service="sorting", version="2", seconds=60)) as new,
    ):
        yield old, new
        new.close()


def stored(at: int, weight: float) -> Stored:
    return Stored(id=f"p-{at}", features={"weight": weight, "kind": "box"}, attributes={"camera": "north"})


def test_each_version_answers_in_the_order_of_its_inputs(versions: tuple[Running, Running]) -> None:
    inputs = [stored(at, 0.1 + at / 100) for at in range(150)]

    old, new = (each.run(inputs, seconds=60) for each in versions)

    assert old == tuple(label(weight_of(each), 1.0) for each in inputs)
    assert new == tuple(label(weight_of(each), 2.0) for each in inputs)
    assert {*old} != {*old[:90]}


def test_documents_are_given_as_they_were_stored(versions: tuple[Running, Running]) -> None:
    inputs = [Stored(id=f"d-{at}", payload=json.dumps({"weight": at}).encode()) for at in range(3)]

    assert [each.label for each in versions[0].run(inputs, seconds=60)] == ["light", "light", "heavy"]


def test_nothing_asked_is_nothing_answered(versions: tuple[Running, Running]) -> None:
    assert versions[0].run([], seconds=60) == ()


def test_a_version_that_is_not_there_says_so(door: Door) -> None:
    replayer, replay = door
    with (
        pytest.raises(ReplayError) as told,
        closing(replayer.open(replay, service="sorting", version="9", seconds=60)) as running,
    ):
        running.run([stored(1, 1.0)], seconds=60)
    assert "9" in str(told.value)
    assert str(told.value).isprintable()


def test_time_that_is_up_is_up(versions: tuple[Running, Running]) -> None:
    with pytest.raises(ReplayError, match="time"):
        versions[0].run([stored(1, 1.0)], seconds=0)


def function(folder: Path, name: str, version: str = "1") -> Running:
    replay = Replay(way="function", target=f"team.sorting:{name}", folder=str(folder))
    return ProcessReplayer().open(replay, service="sorting", version=version, seconds=30)


def test_a_function_may_answer_in_few_words(folder: Path) -> None:
    with closing(function(folder, "Odd.kinds")) as running:
        found = running.run([stored(at, 1.0) for at in range(8)], seconds=30)

    assert [each.number for each in found[:2]] == [1.0, 0.5]
    assert [each.label for each in found[2:4]] == ["true", "a"]
    assert found[4].items == ("x", "2")
    assert (found[5].score, found[6].error, found[7].number) == (0.25, "no", 3.0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crash", "ended: out of"),
        ("broken", "it failed: RuntimeError"),
        ("short", "0 answers to 1"),
        ("infinite", "number is nan"),
        ("endless", "more than"),
        ("hungry", "MemoryError"),
        ("slow", "in time"),
    ],
)
def test_a_process_that_fails_says_why_and_ends_alone(folder: Path, name: str, said: str) -> None:
    began = time.monotonic()
    with closing(function(folder, name)) as running, pytest.raises(ReplayError, match=said) as told:
        running.run([stored(1, 1.0)], seconds=1 if name == "slow" else 30)
    assert str(told.value).isprintable()
    assert time.monotonic() - began < 25
    with pytest.raises(ReplayError, match="closed"):
        running.run([stored(1, 1.0)], seconds=1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": "team.sorting:missing"}, "cannot be loaded: AttributeError"),
        ({"target": "nowhere:at_all"}, "cannot be loaded: ModuleNotFoundError"),
        ({"python": "/no/such/python"}, "cannot be started"),
        ({"folder": "/no/such/folder"}, "cannot be started"),
    ],
)
def test_what_cannot_be_loaded_says_why(folder: Path, change: dict[str, str], said: str) -> None:
    known = Replay(way="function", target="team.sorting:replay", folder=str(folder))
    with pytest.raises(ReplayError, match=said):
        ProcessReplayer().open(replace(known, **change), service="sorting", version="1", seconds=30)


def test_secrets_of_the_server_are_not_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY", "secret")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://registry")
    with closing(function(folder, "secrets")) as running:
        given = running.run([stored(1, 1.0)], seconds=30)[0].label or ""

    assert "PATH" in given
    assert "PAGERDUTY_ROUTING_KEY" not in given
    assert "MLFLOW_TRACKING_URI" not in given
    assert "MLFLOW_TRACKING_URI" in environment_of(Replay(way="model", target="m/{version}"))


def asking(answer: Callable[[Request], Reply], **how: Any) -> str:
    """Return what is said of an endpoint that answers so."""
    with listen(answer) as listener, pytest.raises(ReplayError) as told:
        ask(listener, **how)
    assert str(told.value).isprintable()
    return str(told.value)


def ask(listener: Listener, seconds: float = 10, **fields: Any) -> tuple[Output, ...]:
    replay = Replay(**{"way": "url", "target": f"{listener.url}/replay?key=private", **fields})
    with closing(HttpReplayer().open(replay, service="sorting", version="1", seconds=seconds)) as running:
        return running.run([stored(1, 2.0)], seconds=seconds)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(401, b"who are \x1b[31myou"), "answered 401: who are"),
        (Reply(500), "answered 500: nothing more"),
        (Reply(302, headers={"Location": "http://127.0.0.1:1/"}), "answered 302"),
        (Reply(200, b"no json"), "is no replay"),
        (Reply(200, b'{"version": "2", "outputs": []}'), "for version '2' instead of '1'"),
        (Reply(200, b'{"version": "1", "outputs": []}'), "1 of 1 inputs have no answer"),
        (Reply(200, b'{"version": "1"}'), "is no replay"),
        (Reply(drop=True), "cannot be asked"),
    ],
)
def test_answers_that_prove_nothing_are_refused(reply: Reply, said: str) -> None:
    told = asking(lambda _: reply)

    assert said in told
    assert "private" not in told


def test_an_endpoint_that_keeps_silent_does_not_hold_the_server_up() -> None:
    began = time.monotonic()

    assert "cannot be asked" in asking(lambda _: Reply(silent=True), seconds=0.3)
    assert time.monotonic() - began < 10


def test_one_bad_answer_is_no_reason_to_drop_the_others() -> None:
    outputs = [
        {"id": "p-1", "output": {"label": "a", "text": "b"}},
        {"id": "p-2", "output": {}},
        {"id": "p-3", "error": "no image"},
        {"id": "p-4"},
        {"id": "p-5", "output": {"items": ["a"]}},
        {"id": "p-6", "output": {"text": "a"}},
    ]
    with listen(lambda _: Reply(body=json.dumps({"version": "1", "outputs": outputs}).encode())) as listener:
        replay = Replay(way="url", target=listener.url)
        with closing(HttpReplayer().open(replay, service="sorting", version="1", seconds=5)) as running:
            found = running.run([stored(at, 1.0) for at in range(1, 7)], seconds=10)

    assert [bool(each.error) for each in found] == [True, True, True, True, False, False]
    assert found[2].error == "no image"


def test_a_token_is_sent_from_its_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    seen: list[str] = []

    def answer(request: Request) -> Reply:
        seen.append(request.headers["authorization"])
        return Reply(body=b'{"version": "1", "outputs": [{"id": "p-1", "output": {"number": 1}}]}')

    with listen(answer) as listener:
        assert ask(listener, bearer_token_file=str(token)) == (Output(number=1.0),)
    assert seen == ["Bearer s3cret"]
    missing = asking(answer, bearer_token_file=str(tmp_path / "none"))
    assert "token of 127.0.0.1" in missing
    token.write_text("two\nlines")
    assert "is no token" in asking(answer, bearer_token_file=str(token))


def test_an_address_that_is_none_is_told() -> None:
    nowhere = Replay(way="url", target="http://")
    with (
        closing(HttpReplayer().open(nowhere, service="s", version="1", seconds=5)) as running,
        pytest.raises(ReplayError, match="the endpoint"),
    ):
        running.run([stored(1, 1.0)], seconds=5)
