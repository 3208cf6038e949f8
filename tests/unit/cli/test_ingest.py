"""`aright ingest`: what it sends, what it says, where it would go on, and how it leaves."""

from __future__ import annotations

import json

import httpx
import pyarrow as pa
import pytest

from aright.cli import ingest
from aright.cli.main import main

AT = 1_767_225_600_000_000
FINE = {"accepted": 0, "quarantined": 0, "problems": [], "position": 9}


class Server:
    """Takes bodies, and answers what it is told to."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, pa.Table]] = []
        self.moves: list[int] = []
        self.answers: list[httpx.Response | Exception] = []
        self.clock = "driven"
        self.now = 0

    def request(self, _method, url, *, content, **_more):
        path = url.removeprefix("http://127.0.0.1:8321")
        if path == "/v1/status":
            return httpx.Response(200, json={"now": self.now, "clock": self.clock})
        if path == "/v1/clock":
            self.now = json.loads(content)["to"]
            self.moves.append(self.now)
            return httpx.Response(200, json={"now": self.now, "clock": self.clock})
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None and answer.status_code not in {200, 422}:
            return answer
        with pa.ipc.open_stream(content) as stream:
            self.bodies.append((path, stream.read_all()))
        rows = self.bodies[-1][1].num_rows
        return answer or httpx.Response(200, json={**FINE, "accepted": rows})

    @property
    def ids(self):
        return [identity for _, body in self.bodies for identity in body["id"].to_pylist()]


@pytest.fixture(autouse=True)
def server(monkeypatch):
    made = Server()
    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.delenv("ARIGHT_URL", raising=False)
    monkeypatch.setattr(httpx, "request", made.request)
    monkeypatch.setattr(ingest, "sleep", lambda _seconds: None)
    return made


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "may.csv"
    rows = "".join(f"p{row},{AT + (9 - row) * 60_000_000},shop,{row}\n" for row in range(10))
    made.write_text("id,time,service,feat.age\n" + rows)
    return made


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["ingest", *(str(each) for each in arguments)])
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


def test_rows_go_in_the_order_of_their_time(capsys, server, file):
    code, out, err = run(capsys, file)
    assert (code, out, err) == (0, "10 rows taken, 0 set aside\n", "")
    assert server.ids == [f"p{row}" for row in reversed(range(10))]
    assert server.bodies[0][0] == "/v1/predictions"


def test_it_goes_on_where_it_was_cut_short(capsys, server, file, monkeypatch):
    monkeypatch.setattr(ingest, "_ROWS", 4)
    server.answers = [httpx.Response(200, json={**FINE, "accepted": 4}), httpx.ConnectError("gone")]
    code, _, err = run(capsys, file, file)
    assert code == 1
    assert "cannot be reached (gone)" in err
    assert "4 rows are done with: go on with --start 4." in err
    before = list(server.ids)
    assert run(capsys, file, file, "--start", "4")[0] == 0
    assert server.ids == [f"p{row}" for row in reversed(range(10))] * 2
    assert len(before) == 4


def test_bad_rows_are_named_by_file_and_row(capsys, server, tmp_path):
    file = tmp_path / "may.ndjson"
    rows = [("2026-01-02", "a"), ("soon", "b"), ("2026-01-01", "c")]
    file.write_text("".join(json.dumps({"time": at, "colour": colour}) + "\n" for at, colour in rows))
    bad = {"row": 0, "field": "colour", "problem": "is odd", "fix": "mend it"}
    note = {"row": 0, "field": "hue", "problem": "unknown", "fix": "leave it out"}
    answer = {**FINE, "accepted": 1, "quarantined": 1, "problems": [bad, note]}
    server.answers = [httpx.Response(200, json=answer)]
    code, out, err = run(capsys, file, "--service", "shop")
    assert (code, out) == (3, "1 row taken, 2 set aside\n")
    assert f'{file} row 2: time: "soon" is no time; write RFC 3339' in err
    assert f"{file} row 3: colour: is odd; mend it" in err
    assert f"{file}: hue: unknown; leave it out" in err


def test_json_carries_its_schema(capsys, server, file):
    server.answers = [httpx.Response(422, json={**FINE, "quarantined": 30})]
    code, out, _ = run(capsys, file, "--json")
    assert code == 3
    assert json.loads(out) == {"schema": 1, "accepted": 0, "set_aside": 30, "position": 10, "problems": []}


def test_a_busy_server_is_waited_for(capsys, server, file):
    busy = httpx.Response(
        503, headers={"retry-after": "1"}, json={"error": {"problem": "full", "fix": "wait"}}
    )
    server.answers = [busy] * 3
    assert run(capsys, file)[0] == 0
    assert len(server.bodies) == 1
    server.answers = [busy] * 100
    code, _, err = run(capsys, file)
    assert code == 1
    assert "busy for too long: full. wait Nothing was sent." in err


def test_a_refusal_says_from_which_row_on(capsys, server, file):
    server.answers = [httpx.Response(400, json={"error": {"problem": "no such thing", "fix": "do so"}})]
    code, _, err = run(capsys, file)
    assert code == 1
    assert f"{file} was not taken from row 10 on: no such thing. do so" in err


def test_a_driven_clock_moves_along(capsys, server, file):
    assert run(capsys, file, "--drive")[0] == 0
    assert [body.num_rows for _, body in server.bodies] == [5, 5]
    assert server.moves == [AT, AT + 5 * 60_000_000, AT + 10 * 60_000_000]
    server.clock = "wall"
    code, _, err = run(capsys, file, "--drive")
    assert code == 2
    assert "lives by the wall clock" in err


def test_outcomes_go_through_their_own_door(capsys, server, tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("id,time,label\na,2026-01-01T00:00:00Z,yes\n")
    assert run(capsys, file, "--kind", "outcomes", "--service", "shop")[0] == 0
    ((path, body),) = server.bodies
    assert path == "/v1/outcomes"
    (row,) = body.to_pylist()
    assert (row["prediction_id"], row["kind"], row["label"], row["service"]) == ("a", "label", "yes", "shop")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one file at least"),
        (("nowhere.csv",), "cannot be opened"),
        (("FILE", "--start", "-1"), "not negative"),
        (("FILE", "--time", "hour"), "there is no column 'hour'"),
    ],
)
def test_usage_is_2(capsys, file, arguments, said):
    code, _, err = run(capsys, *(str(file) if each == "FILE" else each for each in arguments))
    assert code == 2
    assert said in err


def test_progress_only_with_a_terminal(capsys, file, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert "\rmay.csv: 10 of 10 rows" in run(capsys, file)[2]
