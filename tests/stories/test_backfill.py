"""A team's files of last month, into a server that runs: seen as though they came just now."""

from __future__ import annotations

import json
import signal

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from aright.cli.main import main
from tests.stories.test_serve import TOKEN, Server

START = 1_767_225_600_000_000
MINUTES = 30
WIDTH = 30_000_000


@pytest.fixture
def server(tmp_path, monkeypatch):
    made = Server(tmp_path / "store", "", "--clock", "driven", "--clock-start", str(START))
    monkeypatch.setenv("ARIGHT_URL", made.url)
    monkeypatch.setenv("ARIGHT_TOKEN", TOKEN)
    yield made
    assert made.end(signal.SIGINT) == 0


def month(first, last):
    """A table as a team exports it: its own names, newest rows first."""
    numbers = range(last - 1, first - 1, -1)
    return pa.table(
        {
            "request_id": [f"r-{number}" for number in numbers],
            "created_at": pa.array(
                [START + number * 1_000_000 for number in numbers], pa.timestamp("us", "UTC")
            ),
            "y_pred": ["yes" if number % 3 else "no" for number in numbers],
            "y_true": ["yes" if number % 3 else "no" for number in numbers],
            "country": ["de" if number % 2 else "fr" for number in numbers],
            "amount": [float(number % 97) + 0.5 for number in numbers],
        }
    )


def ingest(*arguments):
    with pytest.raises(SystemExit) as left:
        main(["ingest", *(str(each) for each in arguments)])
    return left.value.code


def test_a_month_in_files_is_watched_as_if_it_were_now(server, tmp_path, capsys):
    half = MINUTES * 30
    pq.write_table(month(0, half), tmp_path / "first.parquet")
    pv.write_csv(month(half, 2 * half), tmp_path / "second.csv")
    files = (tmp_path / "first.parquet", tmp_path / "second.csv")

    assert ingest(*files, "--service", "scoring", "--drive", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["accepted"], said["set_aside"], said["position"]) == (2 * half, 0, 2 * half)

    status = server.ask("/v1/status")
    assert status["services"] == ["scoring"]
    assert (status["accepted"], status["late"], status["windows_behind"]) == (2 * half, 0, 0)
    points = server.ask(f"/v1/signals?service=scoring&start={START}&end={2**60}")
    starts = sorted({point["start"] for point in points})
    last = START + (2 * MINUTES - 1) * WIDTH
    assert starts == list(range(starts[0], last + 1, WIDTH)), "every window since the first rows were learned"
    assert len(starts) > 20
    assert any("country" in json.dumps(point) for point in points), "segments were made of a column"

    assert ingest(*files, "--service", "scoring", "--kind", "outcomes", "--start", str(half)) == 0
    assert capsys.readouterr().out == f"{half:,} rows taken, 0 set aside\n"
