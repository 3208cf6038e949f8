"""`aright oncall …`, asked of the API itself over a night on call kept in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import icalendar
import pytest

from aright.cli.main import main
from aright.core.model.on_call import Schedule
from aright.core.model.times import DAY, HOUR, to_datetime
from tests.unit.core.page.calendars import calendar
from tests.unit.server.client import TOKEN, Client, app_of
from tests.unit.web.fake import FakeOperations, busy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeOperations:
    made = busy()
    client = Client(app_of(made))

    def answer(method: str, url: str, *, content: bytes, headers: dict[str, str], timeout: float):
        return client.ask(method, url.removeprefix("http://aright.test"), content=content, headers=headers)

    monkeypatch.setenv("ARIGHT_URL", "http://aright.test")
    monkeypatch.setenv("ARIGHT_TOKEN", TOKEN)
    monkeypatch.setattr(httpx, "request", answer)
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def told(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(["oncall", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    return told


def at(engine: FakeOperations, later: int) -> str:
    return to_datetime((engine.at + later) // 60_000_000 * 60_000_000).isoformat()


def test_who_has_the_shift(engine, run):
    code, said = run("who")

    assert code == 0
    assert "night  " in said
    assert "Europe/Zurich\n    then " in said
    assert json.loads(run("who", "--json")[1])["duties"][0]["schedule"] == "night"


def test_nobody_having_a_shift_leaves_with_3(engine, run):
    with engine.on_call._world.state.transaction() as tx:
        tx.put(Schedule(key="night", zone="Mars/Base"))

    code, said = run("who")

    assert code == 3
    assert "night  nobody until" in said
    assert "UTC Mars/Base" in said


def test_people_and_what_reaches_them(engine, run):
    assert run("people") == (
        0,
        "ada  Ada Lovelace  UTC  by slack\nbob  Bob  UTC  by slack\n",
    )
    assert json.loads(run("people", "--json")[1])["schema"] == 1


def test_a_schedule_is_shown_by_its_own_clock(engine, run):
    code, said = run("show", "night", "--weeks", "1", "--from", "2026-03-27T09:00")

    assert code == 0
    assert said.splitlines()[:3] == [
        "night, times of Europe/Zurich",
        "  Fri 2026-03-27 09:00 – Sat 2026-03-28 09:00  ada  (base)",
        "  Sat 2026-03-28 09:00 – Sun 2026-03-29 09:00  bob  (base)",
    ]
    code, said = run("show", "night", "--json", "--from", "2020-03-27T09:00Z")
    assert code == 3
    assert json.loads(said)["shifts"][0]["person"] == ""


def test_what_is_no_time_schedule_or_length_is_refused(engine, run):
    for arguments, said in (
        (("show", "night", "--from", "soon"), "'soon' is no time"),
        (("show", "night", "--from", "2250-01-01T00:00"), "from 1970 to 2100"),
        (("show", "night", "--weeks", "99"), "--weeks is 99"),
        (("show", "day"), "there is no schedule 'day'; those there are: night"),
        (("ical", "import", "night", "/no/such.ics"), "cannot be read"),
    ):
        code, told = run(*arguments)
        assert code == 2
        assert said in told


def test_a_span_is_given_shown_and_taken_back(engine, run):
    code, said = run(
        "override", "night", "robert", "--until", at(engine, HOUR), "--why", "lunch", "--by", "eve"
    )

    assert code == 0
    assert said.startswith("OVR-1  ")
    assert said.endswith("bob  by eve: lunch\n")
    assert "OVR-1" in run("show", "night", "--from", at(engine, 0))[1]
    assert run("end", "OVR-1", "--by", "ada") == (0, "OVR-1 was taken back by ada\n")
    assert json.loads(run("end", "OVR-1", "--json")[1])["overrides"][0]["ended_by"] == "ada"
    assert run("end", "OVR-9")[0] == 1


def test_shifts_are_swapped_and_taken(engine, run):
    code, said = run("swap", "night", at(engine, HOUR), at(engine, HOUR + DAY))
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()] == ["OVR-1", "OVR-2"]

    code, said = run(
        "take", "night", "ada", "--at", at(engine, HOUR), "--until", at(engine, 2 * HOUR), "--json"
    )
    other = run("take", "night", "bob", "--at", at(engine, HOUR), "--until", at(engine, 2 * HOUR))
    assert {code, other[0]} == {0, 1}  # one of them has it
    assert "has that shift already" in said + other[1]


def test_calendars_go_out_and_come_in(engine, run, tmp_path: Path):
    out = tmp_path / "night.ics"

    assert run("ical", "export", "night", "--out", str(out)) == (0, "")
    assert icalendar.Calendar.from_ical(out.read_bytes()).walk("VEVENT")
    assert run("ical", "export", "night")[1].startswith("BEGIN:VCALENDAR")
    out.write_bytes(calendar(f"DTSTART:{to_datetime(engine.at):%Y%m%dT%H%M%SZ}\nDURATION:PT1H\nSUMMARY:bob"))
    code, said = run("ical", "import", "night", str(out), "--by", "eve")
    assert code == 0
    assert said.startswith("ical:night:00001  ")
    assert "ical:night:00001" in run("show", "night", "--from", at(engine, 0))[1]
    out.write_bytes(calendar("SUMMARY:bob"))
    code, said = run("ical", "import", "night", str(out))
    assert code == 1
    assert "line 3: an event has no DTSTART" in said
    out.write_bytes(calendar())
    assert run("ical", "import", "night", str(out)) == (0, "no overrides\n")


def test_what_would_fail_at_night_leaves_with_3(engine, run):
    code, said = run("check")

    assert code == 3
    assert said.startswith("✗ policy:shop: no step reaches anybody. ")
    assert json.loads(run("check", "--json")[1])["weaknesses"][0]["serious"]


def test_nothing_is_said_to_be_nothing(engine, run):
    gone = [*engine.on_call.people(), *engine.on_call.policies(), *engine.on_call.schedules()]
    with engine.on_call._world.state.transaction() as tx:
        for each in gone:
            tx.delete(type(each), each.key)

    assert run("who")[1] == "no schedules: the catalog names them (schedules: …)\n"
    assert run("people")[1] == "nobody: the catalog names people (people: …)\n"
    assert run("check") == (0, "no weakness found\n")
