"""Prometheus reads what aright writes: its own tool checks the rules, runs them, and checks the metrics."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from aright.core.detect.slo_dashboard import dashboard
from aright.core.detect.slo_metrics import METRICS, Health, exposition
from aright.core.detect.slo_rules import rules
from aright.core.model.slo import RULES, Burn, BurnRule, Forecast, Indicator, Slo, Standing
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from pathlib import Path

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None and not os.environ.get("CI"), reason="promtool is not there: apt-get install prometheus"
)
ANSWERS = Slo(
    key="answers",
    service='the "shop"',
    indicator=Indicator(signal="error_share"),
    objective=0.99,
    title="{{ Answers }}: öfter 'gut'",
    runbook="https://wiki.example/answers",
)
SLICES = Slo(
    key="clicks",
    service="shop",
    indicator=Indicator(signal="quality:click", at_least=0.1, slice=5 * MINUTE),
    objective=0.95,
    window=7 * DAY,
    rules=(BurnRule(long=6 * HOUR, short=90_000_000 * 20, rate=2.5, page=False),),
)
SILENT = Slo(key="silent", service="shop", indicator=Indicator(signal="error_share"), objective=0.9, rules=())


def promtool(*arguments: str, text: str = "") -> str:
    assert PROMTOOL is not None, "CI installs prometheus"
    done = subprocess.run([PROMTOOL, *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_the_rules_are_sound(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(rules([ANSWERS, SLICES, SILENT]))
    said = promtool("check", "rules", str(tmp_path / "rules.yaml"))
    recorded = len({span for rule in RULES for span in (rule.long, rule.short)}) + 2
    assert f"{recorded + 2 + 4 + 1 + 2 + 3} rules found" in said


@needs_promtool
@pytest.mark.parametrize(
    ("events", "bad", "fires"),
    [("1000", "200", True), ("1000", "50", False), ("0+0x20 1 1 2 2 3", "0+0x24 1", False)],
    ids=["burns 20 times", "burns 5 times", "one of three failed"],
)
def test_the_rules_fire_when_aright_would(tmp_path: Path, events: str, bad: str, *, fires: bool) -> None:
    def series(step: str) -> str:
        return f"0+{step}x120" if step.isdigit() else step

    labels = 'service="the \\"shop\\"",slo="answers"'
    alert = {
        "exp_labels": {"service": 'the "shop"', "slo": "answers", "severity": "page"},
        "exp_annotations": {
            "summary": "{{ Answers }}: öfter 'gut': the error budget of the \"shop\" burns too fast",
            "description": "SLO answers: 99 % over 30d",
            "runbook_url": "https://wiki.example/answers",
        },
    }
    (tmp_path / "rules.yaml").write_text(rules([ANSWERS]))
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f"aright_sli_events_total{{{labels}}}", "values": series(events)},
                    {"series": f"aright_sli_bad_total{{{labels}}}", "values": series(bad)},
                ],
                "alert_rule_test": [
                    {
                        "eval_time": "25m",
                        "alertname": "SloBurnsFast",
                        "exp_alerts": [alert] if fires else [],
                    }
                ],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(json.dumps(test))
    promtool("test", "rules", str(tmp_path / "test.yaml"))


@needs_promtool
def test_the_metrics_are_sound() -> None:
    promtool("check", "metrics", text=metrics())


def metrics() -> str:
    health = Health(
        version="1",
        open_incidents={'a "b"\n\\': 1},
        windows_behind=0,
        log_behind=0,
        accepted=10**15,
        quarantined=0,
        late=0,
        memory={"shop": (5, 9, {"values": 2})},
    )
    standing = Standing(
        slo=ANSWERS,
        at=0,
        n=3,
        bad=1,
        good=2 / 3,
        budget_left=-32.3,
        burns=(Burn(span=HOUR, n=1, rate=0.1),),
        page=False,
        ticket=True,
        forecast=Forecast(after=0, low=0, high=None),
    )
    return exposition(health, [standing])


def test_the_structure_of_the_rules_is_yaml_of_prometheus() -> None:
    yaml = pytest.importorskip("yaml")
    written = yaml.safe_load(rules([ANSWERS, SLICES, SILENT]))
    names = [group["name"] for group in written["groups"]]
    assert names == ["aright-slo-answers", "aright-slo-clicks", "aright-slo-silent", "aright"]
    alerts = [rule for group in written["groups"] for rule in group["rules"] if "alert" in rule]
    assert [rule["labels"]["severity"] for rule in alerts] == [
        "page",
        "ticket",
        "ticket",
        "page",
        "page",
        "ticket",
    ]
    assert "0.144" in alerts[0]["expr"]
    assert ">= 2" in alerts[0]["expr"]


def test_the_dashboard_asks_only_for_metrics_that_there_are() -> None:
    drawn = json.loads(json.dumps(dashboard()))
    panels = drawn["panels"]
    asked = set(re.findall(r"aright_\w+", json.dumps(drawn)))
    assert asked <= set(METRICS)
    assert {"aright_slo_budget_left_ratio", "aright_slo_burn_rate", "aright_incidents_open"} <= asked
    places = [panel["gridPos"] for panel in panels]
    covered = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(covered) == len(set(covered)), "no panel lies over another"
    assert max(x for x, _ in covered) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)
