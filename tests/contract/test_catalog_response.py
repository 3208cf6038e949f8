"""The catalog of the response: what it says is read, and what would fail at night is told with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.catalog import YamlCatalog
from aright.adapters.catalog.outlets import SETTINGS
from aright.core.model.command import CADENCES, Cadence, Updating
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.on_call import Holiday, Layer, Person, Policy, Schedule, Step, Target
from aright.core.model.outlet import OUTLET_TYPES
from aright.core.model.silence import Weekly
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aright.core.model.catalog import Catalog

SOUND = """version: 1
channels:
  - {name: pd, type: pagerduty, routing_key: "${PD_KEY}", timeout: 5}
  - {name: ops, type: slack, url_file: slack.secret, mention: here}
  - {name: mail, type: email, host: mail.example, sender: aright@example.com, port: 25, password: "${MAIL}"}
people:
  - name: ada
    shown: Ada Lovelace
    zone: Europe/London
    contact: [ops, mail]
    addresses: {ops: U024BE7LH, mail: ada@example.com}
    aliases: [ada@example.com]
  - {name: ben, contact: [mail], addresses: {mail: ben@example.com}}
schedules:
  - name: primary
    zone: Europe/Zurich
    layers:
      - {people: [ada, ben], starts: "2026-11-23 09:00"}
      - name: nights
        people: [ben]
        starts: 2026-11-23
        every: 12 hours
        hours: [{days: [sat, sun], start: "22:00", end: "06:00"}]
        ends: 2027-01-01T00:00
    holidays:
      - {date: 2027-01-01, name: New Year}
      - {date: 2026-12-25, name: Christmas, person: ben}
policies:
  - name: default
    owner: pd
    take_over: 90s
    repeat: 3
    steps:
      - {notify: ["schedule:primary"], wait: 10m}
      - {notify: ["person:ada", ops, ben], acknowledgements: 2}
heartbeats:
  - {name: nightly, service: shop, every: 1d, grace: 30m, page: false}
  - {name: watchdog, service: till, every: 1m, alert: Watchdog}
updates:
  automatic: []
  grace: 10m
  cadences: {public: {sev1: {early: 15m, later: 1h, early_for: 3h}, sev3: 0s}}
  channels: {internal: [ops], public: [mail]}
  names: {shop: the shop}
services:
  - {name: shop}
  - {name: till, escalation: [{after: 0s, notify: [ada]}, {after: 15m, notify: ["schedule:primary"]}]}
"""

SECRETS = {"PD_KEY": "0123456789abcdef0123456789abcdef", "MAIL": "hunter2"}


def read(tmp_path: Path, text: str, environment: Mapping[str, str] | None = None) -> Catalog:
    (file := tmp_path / "aright.yaml").write_text(text)
    return YamlCatalog().read([file], environment)


def told(catalog: Catalog) -> list[str]:
    return [f"{each.line}: {'' if each.error else 'warning: '}{each.what}" for each in catalog.findings]


def test_a_whole_response(tmp_path: Path) -> None:
    (tmp_path / "slack.secret").write_text("https://hooks.example/T0/B0/x\n")
    catalog = read(tmp_path, SOUND, SECRETS)
    assert told(catalog) == []
    mail, ops, pd = catalog.outlets
    assert pd.settings == {"routing_key": SECRETS["PD_KEY"], "timeout": "5"}
    assert ops.settings == {"url": "https://hooks.example/T0/B0/x", "mention": "here"}
    assert (mail.type, mail.settings["port"], mail.settings["password"]) == ("email", "25", "hunter2")
    assert "hunter2" not in repr(catalog)
    assert catalog.people[0] == Person(
        key="ada",
        name="Ada Lovelace",
        zone="Europe/London",
        ways=("ops", "mail"),
        addresses={"ops": "U024BE7LH", "mail": "ada@example.com"},
        aliases=("ada@example.com",),
    )
    nights = Weekly(days=("sat", "sun"), start="22:00", end="06:00", zone="Europe/Zurich")
    assert catalog.schedules == (
        Schedule(
            key="primary",
            zone="Europe/Zurich",
            layers=(
                Layer(key="1", people=("ada", "ben"), starts="2026-11-23T09:00"),
                Layer(
                    key="nights",
                    people=("ben",),
                    starts="2026-11-23T00:00",
                    every=12,
                    unit="hour",
                    hours=(nights,),
                    ends="2027-01-01T00:00",
                ),
            ),
            holidays=(
                Holiday(date="2026-12-25", name="Christmas", person="ben"),
                Holiday(date="2027-01-01", name="New Year"),
            ),
        ),
    )


def test_policies_heartbeats_and_updates(tmp_path: Path) -> None:
    catalog = read(tmp_path, SOUND)
    ada, primary = Target("person", "ada"), Target("schedule", "primary")
    two = Step(notify=(ada, Target("channel", "ops"), Target("person", "ben")), acknowledgements=2)
    assert catalog.policies == (
        Policy(
            key="default",
            owner="pd",
            take_over=90 * SECOND,
            repeat=3,
            steps=(Step(notify=(primary,), wait=10 * MINUTE), two),
        ),
        Policy(key="service:till", steps=(Step(notify=(ada,), wait=15 * MINUTE), Step(notify=(primary,)))),
    )
    assert catalog.heartbeats == (
        Heartbeat(key="nightly", service="shop", every=DAY, grace=30 * MINUTE, page=False),
        Heartbeat(key="watchdog", service="till", every=MINUTE, alert="Watchdog"),
    )
    assert catalog.updating == Updating(
        automatic=(),
        grace=10 * MINUTE,
        cadences=CADENCES
        | {
            "public": {
                1: Cadence(early=15 * MINUTE, later=HOUR, early_for=3 * HOUR),
                3: Cadence(early=0, later=0),
            }
        },
        channels={"internal": ("ops",), "public": ("mail",)},
        names={"shop": "the shop"},
    )


MISTAKEN = """channels:
  - {name: pd, type: pagerduty, routing_key: 0123456789abcdef0123456789abcdef}
  - {name: ops, type: slak}
  - {name: no type}
  - {name: mail, type: email, sender: a@example.com, passwort: x, port: many}
  - {name: mail, type: email, host: h, sender: a@example.com, password: "${A}", password_file: b}
  - {name: aright, type: webhook, url: "http://u:p@example", secret: "${A}"}
people:
  - name: ada
    zone: Europe/Zurick
    contact: [mail, mial, mial]
    addresses: {mail: [], chat: x}
    aliases: [ben]
  - {name: ben}
  - {name: two words}
  - {name: ada}
schedules:
  - name: primary
    layers:
      - name: a
        people: [ada, adda]
        starts: yesterday
        every: fortnight
      - name: a
        people: []
        starts: 2026-11-23 09:00
        ends: 2026-11-22 09:00
        hours: [{days: [tues], start: 9:00, end: "25:00"}]
    holidays: [{date: 2026-13-25}, {date: 2026-12-25, person: carol}, {date: 2026-12-25}]
  - {name: empty}
policies:
  - name: default
    owner: ops
    take_over: 1d
    steps:
      - notify: ["person:adda", "policy:default", "team:a", "schedule:ada"]
      - {notify: [primry, nobody], wait: 1s}
      - {notify: []}
  - {name: both, owner: mail, steps: [{notify: [ben], acknowledgements: 2}]}
  - {name: none}
  - {name: late, owner: pagerduty, steps: [{notify: [ben]}]}
heartbeats:
  - {name: etl, service: shpo, every: 1d}
  - {name: etl, service: shop, every: 1ms}
  - {name: late, service: shop}
updates:
  automatic: [everybody]
  cadences: {public: {sev5: 1h, sev1: 1s, sev2: {later: 1h}}, press: {}}
  channels: {public: [fax]}
  names: {shop: [a]}
services:
  - {name: shop, policy: defualt, escalation: [{after: 5m, notify: [bne]}]}
---
updates: {}
"""


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    catalog = read(tmp_path, MISTAKEN, {})
    assert told(catalog) == [
        "2: routing_key is written out",
        "3: slak is unknown in type",
        "4: a channel has no type",
        "5: passwort is unknown in a channel of type email",
        "5: a channel of type email has no host",
        "5: port is many",
        "6: password is given twice",
        "6: the environment variable A is not set",
        "6: the channel mail is given twice",
        "7: aright is a channel's name",
        "7: url has a name or password in it",
        "7: the environment variable A is not set",
        "9: ben is an alias of ada",
        "9: ada has no address on mail",
        "10: Europe/Zurick is no time zone",
        "11: mial is in contact twice",
        "11: there is no channel mial",
        "12: the address on mail is no text",
        "12: there is no channel chat",
        "15: 'two words' is no name",
        "16: the person ada is given twice",
        "21: there is no person adda",
        "22: starts is 'yesterday'",
        "23: every is 'fortnight'",
        "24: the layer a is given twice",
        "25: the layer has no people",
        "27: it ends before it starts",
        "28: tues is unknown in days",
        "28: start is '9:00'",
        "28: end is '25:00'",
        "29: date is '2026-13-25'",
        "29: 2026-12-25 is given twice",
        "29: there is no person carol",
        "30: empty has no layers",
        "33: there is no channel ops",
        "34: take_over is '1d'",
        "36: there is no person adda",
        "36: policy:default is a policy",
        "36: team is unknown in notify",
        "36: there is no schedule ada",
        "37: wait is '1s'",
        "37: primry is nobody",
        "37: nobody is nobody",
        "38: the step tells nobody",
        "39: mail is of type email",
        "39: 2 must acknowledge and 1 are told",
        "39: warning: no service has the policy both",
        "40: none has no steps",
        "40: warning: no service has the policy none",
        "41: warning: no channel is called pagerduty here",
        "41: warning: no service has the policy late",
        "43: warning: the heartbeat etl is of shpo",
        "44: every is '1ms'",
        "45: a heartbeat has no every",
        "47: everybody is unknown in automatic",
        "48: press is unknown in cadences",
        "48: sev5 is unknown in the cadence of public",
        "48: sev1 is below a minute",
        "48: sev2's cadence has no early",
        "49: there is no channel fax",
        "50: the name of shop is no text",
        "52: there is no policy defualt",
        "52: warning: shop has a policy and steps of its own",
        "54: updates are set twice",
    ]
    assert all(each.why and each.fix.endswith(".") for each in catalog.findings)
    assert "0123456789" not in str(catalog.findings)


def test_what_pages_nobody_is_told(tmp_path: Path) -> None:
    text = """channels: [{name: mail, type: email, host: h, sender: a@example.com}]
people: [{name: ada, contact: [mail], addresses: {mail: ada@example.com}}]
policies:
  - {name: own, steps: [{notify: [ada]}]}
services:
  - {name: shop}
"""
    assert told(read(tmp_path, text)) == [
        "4: warning: no service has the policy own",
        "6: warning: shop has no policy",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"", "it is empty"), (b"a\nb", "several lines"), (b"\xff", "no text"), (b"x" * 99_999, "too large")],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, body: bytes, said: str) -> None:
    (tmp_path / "slack.secret").write_bytes(body)
    (finding,) = read(tmp_path, SOUND, SECRETS).findings
    assert (finding.line, finding.what) == (4, "the file slack.secret cannot be used")
    assert said in finding.why


CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261225
SUMMARY:Christmas
END:VEVENT
END:VCALENDAR
"""


def of_calendar(tmp_path: Path) -> Catalog:
    text = """people: [{name: ada}]
schedules:
  - name: primary
    layers: [{people: [ada], starts: 2026-11-23}]
    holidays: days.ics
"""
    return read(tmp_path, text)


def test_holidays_of_a_calendar(tmp_path: Path) -> None:
    (tmp_path / "days.ics").write_text(CALENDAR)
    catalog = of_calendar(tmp_path)
    assert told(catalog) == []
    assert catalog.schedules[0].holidays == (Holiday(date="2026-12-25", name="Christmas"),)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "No such file"),
        (CALENDAR.replace("20261225", "2026122"), "days.ics:3: "),
        ("x" * 5_000_000, "bytes"),
    ],
)
def test_a_calendar_that_cannot_be_read(tmp_path: Path, body: str | None, said: str) -> None:
    if body is not None:
        (tmp_path / "days.ics").write_text(body)
    (finding,) = of_calendar(tmp_path).findings
    assert (finding.line, finding.what) == (5, "the calendar days.ics cannot be read")
    assert said in finding.why


def test_a_secret_that_is_missing(tmp_path: Path) -> None:
    assert told(read(tmp_path, SOUND, {})) == [
        "3: the environment variable PD_KEY is not set",
        "4: the file slack.secret cannot be used",
        "5: the environment variable MAIL is not set",
    ]
    text = "channels: [{name: pd, type: pagerduty}]"
    (finding,) = read(tmp_path, text).findings
    assert (finding.line, finding.what) == (1, "a channel of type pagerduty has no routing_key")
    assert "routing_key_file: PATH" in finding.fix


def test_every_type_has_settings() -> None:
    assert set(SETTINGS) == set(OUTLET_TYPES)


WORDS = ["ada", "1 week", "1d", "${A}", "person:ada", "schedule:", "2026-11-23", "email", "sev1", "9:00"]
KEYS = [
    *(
        "channels",
        "people",
        "schedules",
        "policies",
        "heartbeats",
        "updates",
        "name",
        "type",
        "layers",
        "url",
    ),
    *("contact", "addresses", "people", "starts", "every", "hours", "holidays", "date", "steps", "notify"),
    *("cadences", "public", "sev1", "early", "owner", "service", "escalation", "days", "policy", "services"),
]
ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYS[:6]), ANYTHING, min_size=1))
def test_no_document_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    folder = tmp_path_factory.mktemp("any")
    catalog = read(folder, json.dumps(document), {})
    assert all(each.line >= 0 and "\n" not in str(each) for each in catalog.findings)
