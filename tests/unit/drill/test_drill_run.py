from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from aright.drill.babel import scenario as babel
from aright.drill.catalogue import DRILLS
from aright.drill.failure import StageError
from aright.drill.narrator import PlainNarrator, TerminalNarrator, make_narrator
from aright.drill.play import Play
from aright.drill.run import Options, run
from aright.drill.shop.scenario import make_scenario
from aright.drill.stage import start

psutil = pytest.importorskip("psutil")  # it brings no types
QUIET = Path(__file__).with_name("quiet_aright.py")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_whole_drill_plays_against_a_server_that_finds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("aright.drill.play.CALM_MINUTES", 2)
    out = io.StringIO()

    async def play():
        drill = Play(make_scenario("none", 1), tmp_path, 0, PlainNarrator(out), server=(str(QUIET),))
        try:
            return await drill.run(), [child.pid for child in drill._children]
        finally:
            await drill.close()

    result, pids = asyncio.run(play())
    assert result.right, result.wrong
    assert 900 < result.facts.requests < 2_000
    assert 0.3 < result.facts.clicks_before < 0.6
    assert "the shop is open" in out.getvalue()
    sent = (tmp_path / "store" / "paths.txt").read_text().split("\n")
    for door in ("predictions", "outcomes", "process", "clock"):
        assert sent.count(f"POST /v1/{door}") >= 11
    assert sent[0].startswith("PUT /v1/services/")
    assert all(gone(pid) for pid in pids)


def test_a_drill_of_several_processes_plays_against_a_server_that_finds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("aright.drill.play.CALM_MINUTES", -8)  # and nine more: a minute
    out = io.StringIO()

    async def play():
        drill = Play(babel.make_scenario("none", 1), tmp_path, 0, PlainNarrator(out), server=(str(QUIET),))
        try:
            return await drill.run(), [child.pid for child in drill._children]
        finally:
            await drill.close()

    result, pids = asyncio.run(play())
    assert result.right, result.wrong
    assert 30 < result.facts.requests < 120
    assert result.facts.answered_before > 0.9
    assert "three services and a third party of theirs are open" in out.getvalue()
    sent = (tmp_path / "store" / "paths.txt").read_text().split("\n")
    assert sent.count("POST /v1/traces") >= 15
    assert sent.count("POST /v1/payloads") >= 5
    assert len(pids) == 4
    assert all(gone(pid) for pid in pids)


def test_a_drill_whose_services_cannot_be_traced_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ValueError, match=r"aright\[drill\]"):
        run("translation-cascade", Options())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_drill_leaves_nothing_behind(tmp_path, number):
    script = (
        "import sys, functools; from aright.drill import run; import aright.drill.play as p; "
        f"p.Play = functools.partial(p.Play, server=({str(QUIET)!r},)); "
        "run.run('', run.Options(fault='none', stay=True, port=0))"
    )
    drill = subprocess.Popen(
        [sys.executable, "-c", script],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert drill.stderr is not None
    seen = ""
    while "shop is open" not in seen:
        line = drill.stderr.readline()
        assert line, seen
        seen += line
    children = [child.pid for child in psutil.Process(drill.pid).children()]
    assert len(children) == 2
    drill.send_signal(number)
    _, rest = drill.communicate(timeout=20)
    assert drill.returncode != 0
    assert "KeyboardInterrupt" in rest  # the command line turns it into an exit code of its own
    assert all(gone(pid) for pid in children)
    assert list(tmp_path.glob("aright-drill-*")) == []


def test_process_that_ends_at_once_is_reported_with_its_last_words(tmp_path):
    async def play():
        child = await start(
            "aright", ("-c", "raise SystemExit('the disk is full')"), folder=tmp_path, environment={}
        )
        try:
            await child.ready_port()
        finally:
            await child.stop()

    with pytest.raises(StageError, match=r"(?s)aright ended before it was ready.*the disk is full"):
        asyncio.run(play())


def test_process_that_says_nothing_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("aright.drill.stage.START_SECONDS", 0.05)

    async def play():
        program = ("-c", "import sys; sys.stdin.read()")
        child = await start("shop", program, folder=tmp_path, environment={}, talks=True)
        try:
            await child.line()
        finally:
            await child.stop()
            assert gone(child.pid)

    with pytest.raises(StageError, match="shop said nothing"):
        asyncio.run(play())


def test_process_that_will_not_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("aright.drill.stage.STOP_SECONDS", 0.05)
    deaf = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    stubborn = f"{deaf}; print(1, flush=True); sys.stdin.read()"

    async def play():
        child = await start("shop", ("-c", stubborn), folder=tmp_path, environment={}, talks=True)
        assert await child.line() == "1"
        await child.stop()
        return child.pid

    assert gone(asyncio.run(play()))


def test_unknown_names_are_refused_with_those_there_are():
    with pytest.raises(ValueError, match=DRILLS[0].name):
        run("no-such-drill", Options())
    with pytest.raises(ValueError, match="bad-model"):
        run(DRILLS[0].name, Options(fault="meteor"))
    with pytest.raises(ValueError, match="0 or more"):
        run(DRILLS[0].name, Options(seed=-1))


def test_plain_narrator_keeps_a_link_whole_on_its_line():
    out = io.StringIO()
    narrator = PlainNarrator(out)
    link = "http://127.0.0.1:8321/enter/" + "x" * 200
    narrator.point("open", link)
    narrator.tell(0, "told")
    narrator.pass_time(0, "nothing")
    narrator.close()
    assert f"  {link}\n" in out.getvalue()
    assert "00:00:00  told" in out.getvalue()
    assert "nothing" not in out.getvalue()


def test_terminal_narrator_keeps_a_link_whole_and_takes_no_markup():
    out = io.StringIO()
    narrator = TerminalNarrator(Console(file=out, force_terminal=True, width=40))
    link = "http://127.0.0.1:8321/enter/" + "x" * 60
    narrator.point("open", link)
    narrator.tell(0, "a [red]name[/red]")
    narrator.pass_time(1, "going on")
    narrator.close()
    narrator.close()
    assert link in out.getvalue()
    assert "[red]name[/red]" in out.getvalue()


def test_without_a_terminal_progress_is_plain():
    assert isinstance(make_narrator(), PlainNarrator)


def test_command_line_lists_the_drills_and_refuses_others():
    def drill(*arguments):
        return subprocess.run(
            [sys.executable, "-c", "from aright.cli.main import main; main()", "drill", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    listed = drill("list", "--json")
    assert listed.returncode == 0
    assert [one["name"] for one in json.loads(listed.stdout)["drills"]] == [one.name for one in DRILLS]
    refused = drill("run", "no-such-drill")
    assert refused.returncode == 2
    assert DRILLS[0].name in refused.stderr
    assert "Traceback" not in refused.stderr
