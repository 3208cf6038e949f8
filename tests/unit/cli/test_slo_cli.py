"""`aright check` and `aright slo …`: what they print and how they leave."""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.core.model.slo import (
    Attainment,
    Burn,
    Forecast,
    Indicator,
    Proposal,
    Slo,
    Standing,
)
from aright.core.model.times import DAY, HOUR, MINUTE

SLO = Slo(
    key="answers", service="shop", indicator=Indicator(signal="error_share"), objective=0.99, source="a:3"
)
STANDING = Standing(
    slo=SLO,
    at=0,
    n=1000,
    bad=16,
    good=0.984,
    budget_left=-0.6,
    burns=(Burn(span=5 * MINUTE, n=9, rate=3.25), Burn(span=HOUR, n=0, rate=0)),
    page=True,
    ticket=False,
    forecast=Forecast(after=190 * MINUTE, low=3 * HOUR, high=4 * HOUR),
)
FINE = msgspec.structs.replace(
    STANDING,
    slo=msgspec.structs.replace(SLO, key="new"),
    good=None,
    budget_left=None,
    page=False,
    ticket=True,
)


def period(start, good, met):
    spent = None if good is None else (1 - good) / 0.01
    return Attainment(
        start=start, end=start + DAY, n=9, bad=1, good=good, low=0.5, high=1, met=met, spent=spent
    )


ANSWERS = {
    "/v1/slos": [STANDING, FINE],
    "/v1/slos?service=shop": [FINE],
    "/v1/slos?service=none": [],
    "/v1/slos/answers": STANDING,
    "/v1/slos/answers/report?period=month&count=6": [period(0, 0.9, False), period(DAY, 0.999, True)],
    "/v1/slos/new/report?period=month&count=6": [period(0, None, None)],
    "/v1/slos/answers/report?period=day&count=2": [period(0, 0.995, True)],
    "/v1/slo-proposals?service=shop": [
        Proposal(
            service="shop",
            signal="error_share",
            window=DAY,
            days=9,
            n=1,
            good=1,
            proposed=0.99,
            text="99 % was met.",
            ladder=(),
        )
    ],
    "/v1/slo-proposals?service=none": [],
}


@pytest.fixture(autouse=True)
def _server(monkeypatch):
    def request(_method, url, **_more):
        body = ANSWERS[url.removeprefix("http://127.0.0.1:8321")]
        return httpx.Response(200, content=msgspec.json.encode(body))

    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.delenv("ARIGHT_URL", raising=False)
    monkeypatch.setattr(httpx, "request", request)


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([str(each) for each in arguments])
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


def test_a_list_leaves_with_3_where_a_budget_is_overspent(capsys):
    code, out, _ = run(capsys, "slo", "list")
    assert code == 3
    first, second = out.splitlines()
    assert " ".join(first.split()) == "answers shop 98.400 % of 99 % over 30 d left -60 % burns ≤ 3.2× page"
    assert " ".join(second.split()) == "new shop – of 99 % over 30 d left – burns ≤ 3.2× ticket"
    assert run(capsys, "slo", "list", "--service", "shop")[0] == 0
    assert "no SLOs" in run(capsys, "slo", "list", "--service", "none")[1]


def test_one_slo_says_when_its_budget_is_empty(capsys):
    code, out, _ = run(capsys, "slo", "show", "answers")
    assert code == 0
    assert "16 of 1,000 are bad; the budget: empty in 3 h 10 min (95 %: 3 h to 4 h)" in out
    assert "over 1 h        nothing counted" in out
    assert "pages at 14.4 times over 1 h and 5 min" in out
    assert "counts error_share of all traffic (a:3)" in out


def test_a_report_leaves_with_3_where_the_last_whole_period_was_missed(capsys):
    code, out, _ = run(capsys, "slo", "report")
    assert code == 3
    assert "1970-01-01  90.000 % (95 %: 50.000 % to 100.000 %)  missed  budget spent 1000 %" in out
    assert "nothing counted" in out
    assert run(capsys, "slo", "report", "answers", "--period", "day", "--count", "2")[0] == 0


def test_proposals(capsys):
    assert run(capsys, "slo", "propose", "shop")[1] == "error_share: 99 % was met.\n"
    assert "send predictions" in run(capsys, "slo", "propose", "none")[1]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("list",), "slos"),
        (("show", "answers"), "slo"),
        (("report",), "report"),
        (("propose", "shop"), "proposals"),
    ],
)
def test_json_carries_its_schema(capsys, arguments, name):
    _, out, _ = run(capsys, "slo", *arguments, "--json")
    told = json.loads(out)
    assert told["schema"] == 1
    assert told[name]


CATALOG = """services:
- name: shop
  dependencies: [shopp, stock]
  actions: [{id: a, title: b, remedy: restore_source, url: http://x, secret: "${NOT_SET}"}]
  slos: [{name: answers, objective: 99%, sli: error_share}]
- name: shopp2
"""


def test_a_check_of_a_sound_catalog(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aright.yaml").write_text(CATALOG)
    monkeypatch.setenv("NOT_SET", "s3cret")
    code, out, err = run(capsys, "check")
    assert (code, err) == (0, "2 services, 1 SLO: 0 errors, 1 warning\n")
    assert out.startswith("aright.yaml:2: warning: shop depends on shopp: it is taken for a third party")
    assert "s3cret" not in out


def test_a_check_says_which_secrets_a_start_would_miss_here(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOT_SET", raising=False)
    (tmp_path / "aright.yaml").write_text(CATALOG)
    code, out, err = run(capsys, "check")
    assert (code, err) == (0, "2 services, 1 SLO: 0 errors, 2 warnings\n")
    assert "warning: the environment variable NOT_SET is not set" in out
    assert "Set NOT_SET where aright is started" in out


def test_a_check_that_finds_something(capsys, tmp_path):
    bad, more = tmp_path / "bad.yaml", tmp_path / "more.yaml"
    bad.write_text(CATALOG.replace("99%", "101%"))
    more.write_text("servces: []")
    code, out, _ = run(capsys, "check", bad, more)
    assert code == 3
    assert f"{bad}:5: objective is 101%" in out
    assert f"{more}:1: servces is unknown in a catalog: it would have no effect. Write services." in out
    code, out, _ = run(capsys, "check", bad, "--json")
    told = json.loads(out)
    assert (code, told["schema"], told["usable"]) == (3, 1, False)
    assert told["findings"][-1]["line"] == 5


def test_a_file_that_is_not_there(capsys, tmp_path):
    code, _, err = run(capsys, "check", tmp_path / "none.yaml")
    assert code == 2
    assert "cannot be read" in err


def test_exports_come_from_files_without_a_server(capsys, tmp_path):
    (tmp_path / "a.yaml").write_text(CATALOG)
    code, out, _ = run(capsys, "slo", "rules", tmp_path / "a.yaml")
    assert code == 0
    assert '- name: "aright-slo-answers"' in out
    assert json.loads(run(capsys, "slo", "dashboard")[1])["uid"] == "aright-slos"
    (tmp_path / "a.yaml").write_text("x: y")
    code, _, err = run(capsys, "slo", "rules", tmp_path / "a.yaml")
    assert code == 2
    assert "the catalog has errors" in err
