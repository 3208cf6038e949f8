"""The catalog's files: what they say is read, what is wrong is told with its line, and nothing breaks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aright.adapters.catalog import YamlCatalog
from aright.adapters.catalog.tree import DEEPEST, MOST_NODES
from aright.core.model.service import Escalation, Runbook
from aright.core.model.signal import Segment
from aright.core.model.silence import Weekly
from aright.core.model.slo import RULES, BurnRule
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.catalog import Catalog
    from aright.ports.catalog import CatalogFiles

SOUND = """
version: 1
services:
  - name: shop
    type: recommender
    tier: 1
    owners: [search@example.com]
    users_per_day: 100000
    dependencies: [profiles, pay-api]
    segments: [region]
    quality: [click]
    signals:
      popularity: {page: true}
      coverage: {page: false}
    actions:
      - id: restore
        title: Serve the last good snapshot
        remedy: restore_source
        url: http://shop.example/restore
        secret: ${SHOP_SECRET}
    runbooks:
      - {title: Fallbacks, url: "https://wiki.example/fallback", signal: fallback_share}
    escalation:
      - {after: 0s, notify: [primary]}
      - {after: 15m, notify: [secondary, lead]}
    slos:
      - {name: answers, title: No errors, objective: 99.5%, sli: error_share, runbook: "https://wiki.example/e"}
      - {name: fast, objective: 0.99, window: 7d, sli: {latency_ms: 300, segment: {region: no}}}
      - name: clicks
        objective: 95 %
        min_events: 50
        sli: {signal: quality:click, at_least: 0.1, slice: 5m}
        notify: [product]
        alerts: [{long: 6h, rate: 6}, {long: 1d, short: 2h, rate: 3, do: ticket}]
      - {name: right, objective: 90%, sli: {signal: "estimate:accuracy"}, alerts: []}
      - {name: kept, objective: 99%, sli: {signal: "contract:rates", counts: bad}}
  - name: profiles
channels:
  - {name: mail, type: email, host: mail.example, sender: aright@example.com}
people:
  - {name: primary, contact: [mail], addresses: {mail: primary@example.com}}
  - {name: secondary, contact: [mail], addresses: {mail: secondary@example.com}}
  - {name: lead, contact: [mail], addresses: {mail: lead@example.com}}
"""


def read(tmp_path: Path, *texts: str, environment: dict[str, str] | None = None) -> Catalog:
    files = []
    for number, text in enumerate(texts):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(text)
    reader: CatalogFiles = YamlCatalog()
    return reader.read(files, environment)


def told(catalog: Catalog) -> list[str]:
    return [f"{finding.line}: {finding.what}" for finding in catalog.findings]


def test_a_whole_catalog(tmp_path: Path) -> None:
    catalog = read(tmp_path, SOUND, environment={"SHOP_SECRET": "hidden"})
    assert (told(catalog), catalog.usable) == ([], True)
    profiles, shop = catalog.services
    assert profiles.key == "profiles"
    assert (shop.type, shop.tier, shop.owners) == ("recommender", 1, ("search@example.com",))
    assert (shop.users_per_day, shop.segments, shop.quality) == (100_000, ("region",), ("click",))
    assert shop.dependencies == ("profiles", "pay-api")
    assert shop.page_signals == ("popularity",)
    assert shop.latency_limits == (300.0,)
    assert shop.runbooks == (
        Runbook(title="Fallbacks", url="https://wiki.example/fallback", signal="fallback_share"),
    )
    assert shop.escalation == (
        Escalation(after=0, notify=("primary",)),
        Escalation(after=15 * MINUTE, notify=("secondary", "lead")),
    )
    assert (shop.actions[0].id, shop.actions[0].secret) == ("restore", "hidden")
    slos = {slo.key: slo for slo in catalog.slos}
    answers, fast, clicks = slos["answers"], slos["fast"], slos["clicks"]
    assert (answers.objective, answers.window, answers.rules) == (0.995, 30 * DAY, RULES)
    assert (answers.title, answers.runbook) == ("No errors", "https://wiki.example/e")
    assert re.search(r"0\.yaml:27$", answers.source)
    assert (fast.indicator.signal, fast.indicator.counts_good) == ("slower:300", False)
    assert fast.indicator.segment == Segment("region", "no"), "no is a region here, and never false"
    assert (clicks.indicator.at_least, clicks.indicator.slice) == (0.1, 5 * MINUTE)
    assert clicks.rules == (
        BurnRule(long=6 * HOUR, short=30 * MINUTE, rate=6, page=True),
        BurnRule(long=DAY, short=2 * HOUR, rate=3, page=False),
    )
    assert (clicks.min_events, clicks.notify) == (50, ("product",))
    assert (slos["right"].indicator.counts_good, slos["right"].rules) == (True, ())
    assert slos["kept"].indicator.counts_good is False


def test_without_an_environment_a_catalog_can_be_looked_at(tmp_path: Path) -> None:
    assert read(tmp_path, SOUND).usable


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        """services:
  - name: shop
    teir: 1
    type: recomender
    tier: 9
    users_per_day: 1.5
    owners: ops
    quality: [click, click]
    dependencies: [shop]
    signals: {popularty: {page: true}, coverage: {page: yes}}
    runbooks: [{title: a, url: ftp://x}]
    escalation: [{after: 5m, notify: []}, {after: 1m, notify: [a]}]
    slos:
      - {name: a b, objective: 99%, sli: error_share}
      - {name: a, objective: 100%, sli: error_share}
      - {name: b, objective: 99.5, sli: error_share}
      - {name: c, objective: 99%, sli: eror_share}
      - {name: d, objective: 99%, sli: confidence}
      - {name: e, sli: error_share, window: 30}
      - {name: f, objective: 99%}
      - {name: g, objective: 99%, sli: {latency_ms: -1}}
      - {name: h, objective: 99%, sli: {signal: error_share, segment: {a: b, c: d}}}
      - {name: i, objective: 90%, sli: events:a, alerts: [{rate: 2}, {long: 1h, short: 2h, rate: 1, do: x}]}
      - {name: j, objective: 99%, sli: {signal: quality:x, at_least: 2, slice: 45s}, min_events: 0}
  - {name: shop}
  - tier: 2
  - nonsense
""",
    )
    assert told(catalog) == [
        "2: its escalation waits before the first step",
        "2: its escalation tells a",
        "3: teir is unknown in a service",
        "4: recomender is unknown in type",
        "5: tier is 9",
        "6: users_per_day is 1.5",
        "7: owners is a single value",
        "8: click is in quality twice",
        "9: shop depends on itself",
        "10: popularty is no signal",
        "10: page is 'yes'",
        "11: url is no web address",
        "12: the step tells nobody",
        "12: the step is not after the one before it",
        "14: 'a b' is no name",
        "15: objective is 100%",
        "16: objective is 99.5",
        "17: eror_share is no signal",
        "18: confidence is worse both ways",
        "19: an SLO has no objective",
        "19: window is '30'",
        "20: an SLO has no sli",
        "21: latency_ms is -1",
        "21: the SLI has not one series",
        "22: segment is not one attribute",
        "23: an alert has no long",
        "23: x is unknown in do",
        "23: short is not below long",
        "24: at_least is 2",
        "24: slice is cut within a window",
        "24: min_events is 0",
        "24: j counts x",
        "25: the service shop is given twice",
        "26: a service has no name",
        "27: a service is a single value",
    ]
    assert not catalog.usable
    assert all(finding.why and finding.fix.endswith(".") for finding in catalog.findings)


def first(tmp_path: Path, text: str) -> str:
    found = read(tmp_path, text, environment={}).findings
    return str(found[0]).partition("0.yaml:")[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: [{name: a, tier: 1, tier: 2}]", "1: tier is given twice: the first is on line 1"),
        ("services: [{nmae: a}]", "1: nmae is unknown in a service: it would have no effect. Write name."),
        ("a: b\n c: d", "2: this is no YAML: mapping values are not allowed in this context"),
        ("services: !!python/object:os.system [x]", "1: tag:yaml.org,2002:python/object:os.system is a tag"),
        ("x: &a [*a]", "1: *a stands for nothing"),
        ("<<: {services: []}", "1: << merges a mapping"),
        ("[a]: b", "1: a key is a list or a mapping"),
        ("version: 2", "1: version is 2: one is known. Write version: 1."),
        ("kind: SLO\napiVersion: openslo/v1alpha", "2: apiVersion is openslo/v1alpha"),
        ("[" * 40 + "]" * 40, "1: this is nested deeper than 32 levels"),
    ],
)
def test_hostile_and_mistaken_text(tmp_path: Path, text: str, said: str) -> None:
    assert first(tmp_path, text).startswith(said)


def test_bombs_are_bounded(tmp_path: Path) -> None:
    layers = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"b{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(9)]
    assert f"more than {MOST_NODES:,} values" in first(tmp_path, "\n".join(layers))
    nested = ["a: &a0 [x]"] + [f"b{n}: &a{n + 1} [*a{n}]" for n in range(DEEPEST)]
    assert f"deeper than {DEEPEST} levels" in first(tmp_path, "\n".join(nested))
    (file := tmp_path / "large.yaml").write_text("a" * 5_000_000)
    assert "characters" in YamlCatalog().read([file]).findings[0].what
    file.write_bytes(b"services: []\nname: \xff")
    assert YamlCatalog().read([file]).findings[0].line == 2


def test_an_alias_may_repeat_a_value(tmp_path: Path) -> None:
    text = "services:\n- {name: a, owners: &o [x, y]}\n- {name: b, owners: *o}\n"
    assert [service.owners for service in read(tmp_path, text).services] == [("x", "y")] * 2


def test_what_a_service_does_not_list_is_not_counted(tmp_path: Path) -> None:
    text = SOUND.replace("segments: [region]", "segments: [device]").replace("[click]", "[like]")
    catalog = read(tmp_path, text)
    assert catalog.usable
    assert sorted(told(catalog)) == ["28: fast counts region", "29: clicks counts click"]


def test_secrets_come_from_the_environment_alone(tmp_path: Path) -> None:
    inline = SOUND.replace("${SHOP_SECRET}", "hunter2")
    catalog = read(tmp_path, inline, environment={})
    (finding,) = catalog.findings
    assert (finding.line, finding.what) == (20, "secret is written out")
    assert "hunter2" not in str(catalog.findings)
    assert "secret: ${NAME}" in finding.fix
    (missing,) = read(tmp_path, SOUND, environment={}).findings
    assert missing.what == "the environment variable SHOP_SECRET is not set"
    assert "password" in first(tmp_path, SOUND.replace("http://shop", "http://u:p@shop"))


def test_files_are_checked_together(tmp_path: Path) -> None:
    slo = "{name: answers, objective: 9%, sli: error_share}"
    more = f"services:\n- name: profile\n  dependencies: [shopp]\n  slos: [{slo}]\n"
    catalog = read(tmp_path, SOUND, more)
    assert [finding.what for finding in catalog.findings] == [
        "profile depends on shopp",
        "answers can never burn 14.4 times too fast",
        "answers can never burn 6 times too fast",
        "answers can never burn 3 times too fast",
        "the SLO answers is given twice",
    ]
    assert re.search(r"the first is at .*0.yaml:27", catalog.findings[-1].why)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["name", "99%", "30d", "error_share", "openslo/v1", "SLO", "page", "${A}", "http://x", "aright"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "version",
                    "services",
                    "name",
                    "tier",
                    "slos",
                    "sli",
                    "objective",
                    "signal",
                    "segment",
                    "alerts",
                    "long",
                    "rate",
                    "actions",
                    "secret",
                    "url",
                    "escalation",
                    "after",
                    "notify",
                    "runbooks",
                    "signals",
                    "page",
                    "apiVersion",
                    "kind",
                    "metadata",
                    "spec",
                    "indicator",
                    "ratioMetric",
                    "good",
                    "bad",
                    "metricSource",
                    "type",
                    "objectives",
                    "target",
                    "timeWindow",
                    "duration",
                    "alertPolicies",
                    "conditions",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=80)
@given(ANYTHING)
def test_no_document_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    _never_raises(tmp_path_factory, json.dumps(document).encode())


@settings(deadline=None, max_examples=80)
@given(
    st.binary(max_size=60) | st.text(alphabet="a:-?[]{},&*!|>'\"%@`#\n \t0~<=", max_size=60).map(str.encode)
)
@example(b"? - \n: - *a\n%YAML 1.2\n--- !<!> &a")
@example(b"\xef\xbb\xbf--- # \x00")
def test_no_text_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    _never_raises(tmp_path_factory, body)


def _never_raises(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(body)
    for finding in YamlCatalog().read([file], {}).findings:
        assert str(finding).isprintable()
        assert 0 <= finding.line <= body.count(b"\n") + body.count(b"\r") + 2


def test_times_of_maintenance_are_read(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        """services: [{name: shop}]
maintenance:
  - {name: backups, matchers: [service=shop], comment: nightly, days: [sat, sun], start: "22:00",
     end: "04:00", zone: Europe/Zurich}
  - {name: move, matchers: ['pod=~"web-.*"', region!=south], comment: it moves, author: ops,
     from: 2026-12-24T22:00:00Z, until: 2026-12-25T02:00:00Z}
""",
    )
    assert (told(catalog), catalog.usable) == ([], True)
    backups, move = catalog.maintenance
    assert backups.key == "maintenance:backups"
    assert (backups.author, backups.starts_at, backups.ends_at) == ("the catalog", 0, 0)
    assert backups.weekly == Weekly(days=("sat", "sun"), start="22:00", end="04:00", zone="Europe/Zurich")
    assert [str(matcher) for matcher in move.matchers] == ['pod=~"web-.*"', 'region!="south"']
    assert (move.ends_at - move.starts_at, move.weekly, move.author) == (4 * HOUR, None, "ops")


def test_mistakes_in_maintenance_have_their_lines(tmp_path: Path) -> None:
    catalog = read(
        tmp_path,
        """maintenance:
  - {name: a, comment: x, matchers: [service=shop]}
  - {name: b, comment: x, matchers: ["?"], days: [sat], start: "22:00", end: "04:00"}
  - {name: c, comment: x, matchers: [service=~.*], days: [sat], start: "22:00", end: "04:00"}
  - {name: d, comment: x, matchers: [service=s], days: [someday], start: "22:00", end: "4"}
  - {name: e, comment: x, matchers: [service=s], from: tomorrow, until: 2026-12-25T02:00:00Z}
  - {name: f, comment: x}
  - {name: g, comment: x, matchers: [service=s], days: [mon], start: "1:00", end: "02:00", colour: red}
  - {name: h, comment: x, matchers: [service=s], days: [mon], start: "01:00", end: "02:00"}
  - {name: h, comment: x, matchers: [service=s], days: [mon], start: "01:00", end: "02:00"}
  - {name: i, comment: x, matchers: [], days: [mon], start: "01:00", end: "02:00"}
""",
    )
    assert not catalog.usable
    assert {line.partition(":")[0] for line in told(catalog)} == {str(line) for line in range(2, 12)} - {"9"}
    assert any("the maintenance h is given twice" in line for line in told(catalog))
