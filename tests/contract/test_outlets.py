"""Channels as the catalog sets them up: each type makes its adapter, and a broken one says which and why."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.adapters.catalog.outlets import SETTINGS
from aright.adapters.pagerduty.config import PagerDutyConfig
from aright.adapters.servicenow.config import ServiceNowConfig
from aright.adapters.smtp.config import EmailConfig
from aright.adapters.webhook.channel import SignedWebhookConfig
from aright.adapters.webhook.slack import SlackConfig
from aright.bootstrap import Options, build
from aright.core.model.command import Updating
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.on_call import Person, Policy, Schedule
from aright.core.model.outlet import OUTLET_TYPES, Outlet
from aright.core.model.service import Service
from aright.outlets import OutletError, channels_of

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0123456789abcdef0123456789abcdef"
SETTINGS_OF = {
    "pagerduty": {"routing_key": KEY, "timeout": "5"},
    "servicenow": {
        "url": "https://dev1.service-now.com",
        "user": "aright",
        "password": "s3cret",
        "field.a": "b",
    },
    "slack": {"url": "https://hooks.example/T0/B0/x", "mention": "here"},
    "email": {"host": "mail.example", "sender": "aright@example.com", "port": "25", "to": "a@example.com"},
    "webhook": {"url": "https://ops.example", "secret": "0123456789abcdef", "timeout": "2.5"},
}


@pytest.mark.parametrize("kind", OUTLET_TYPES)
def test_a_channel_of_each_type(kind: str) -> None:
    made = channels_of([Outlet(key="mine", type=kind, settings=SETTINGS_OF[kind])])
    assert made["mine"].name == "mine"
    assert made["mine"].kind in {"pager", "tickets", "way"}


CONFIGURATIONS = {
    "pagerduty": PagerDutyConfig,
    "servicenow": ServiceNowConfig,
    "slack": SlackConfig,
    "email": EmailConfig,
    "webhook": SignedWebhookConfig,
}


@pytest.mark.parametrize("kind", OUTLET_TYPES)
def test_the_catalog_knows_what_the_adapter_takes(kind: str) -> None:
    known = {each.name: each for each in fields(CONFIGURATIONS[kind])}
    known.pop("extra", None)
    assert {name for name in SETTINGS[kind] if not name.endswith("*")} == set(known)
    hidden = {name for name, each in known.items() if not each.repr}
    assert {name for name, setting in SETTINGS[kind].items() if setting.secret} == hidden


def test_everything_that_is_broken_is_told_and_no_secret() -> None:
    outlets = [
        Outlet(key="pd", type="pagerduty", settings={"routing_key": "short-secret"}),
        Outlet(key="none", type="pagerduty"),
        Outlet(key="odd", type="email", settings={"host": "h", "sender": "a@b.example", "port": "x"}),
        Outlet(key="new", type="slack", settings={"url": "https://x.example", "colour": "red"}),
        Outlet(key="fax", type="fax"),
        Outlet(key="mail", type="email", settings=SETTINGS_OF["email"]),
        Outlet(key="mail", type="email", settings=SETTINGS_OF["email"]),
    ]
    with pytest.raises(OutletError) as caught:
        channels_of(outlets)
    first, *others = str(caught.value).split("; ")
    assert first.startswith(
        "the channel pd of type pagerduty cannot be used: the PagerDuty routing key must be"
    )
    assert "short-secret" not in first
    assert others == [
        "the channel none of type pagerduty cannot be used: routing_key is needed",
        "the channel odd of type email cannot be used: port must be a whole number",
        "the channel new of type slack cannot be used: it has no colour",
        "the channel fax of type fax cannot be used: there is no such type",
        "the channel mail is set up twice: rename one",
    ]


def test_a_channel_that_tells_aright_itself_would_go_round_for_ever() -> None:
    outlet = Outlet(key="loop", type="pagerduty", settings={"routing_key": KEY, "url": "http://a.example/v2"})
    assert channels_of([outlet], own="http://b.example") != {}
    with pytest.raises(OutletError, match="the channel loop tells this aright itself") as caught:
        channels_of([outlet], own="http://A.example:80")
    assert "a.example" not in str(caught.value)
    odd = Outlet(key="odd", type="slack", settings={"url": "http://[", "mention": "here"})
    assert channels_of([odd], own="http://b.example") != {}


def test_only_what_is_used_is_loaded() -> None:
    code = "import sys, aright.outlets; print([each for each in sys.modules if 'aright.adapters.' in each])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


CATALOG = """
channels: [{name: ops, type: slack, url: "${SLACK}"}]
people: [{name: ada, contact: [ops]}]
policies: [{name: default, owner: pagerduty, steps: [{notify: [ada]}]}]
services: [{name: shop}]
heartbeats: [{name: etl, service: shop, every: 1d}]
"""


def test_a_server_has_the_channels_of_catalog_and_flags(tmp_path: Path) -> None:
    (file := tmp_path / "aright.yaml").write_text(CATALOG)
    catalog = YamlCatalog().read([file], {"SLACK": "https://hooks.example/x"})
    made = build(Options(store=tmp_path / "store", pagerduty_key=KEY, catalog=catalog))
    world = made._runtime.world
    assert sorted(world.channels) == ["ops", "pagerduty"]
    with world.state.transaction() as tx:
        kept = [
            [each.key for each in tx.list(kind)] for kind in (Person, Policy, Heartbeat, Schedule, Updating)
        ]
    assert kept == [["ada"], ["default"], ["etl"], [], []]
    made.stop()
    (file := tmp_path / "aright.yaml").write_text("services: [{name: shop}]\nupdates: {grace: 1m}")
    made = build(Options(store=tmp_path / "store", catalog=YamlCatalog().read([file])))
    with made._runtime.world.state.transaction() as tx:
        kept = [
            [each.key for each in tx.list(kind)] for kind in (Person, Policy, Heartbeat, Schedule, Updating)
        ]
        assert [service.key for service in tx.list(Service)] == ["shop"]
    assert kept == [[], [], [], [], ["updating"]]
    made.stop()


def test_a_server_with_a_broken_channel_starts_nothing(tmp_path: Path) -> None:
    (file := tmp_path / "aright.yaml").write_text(CATALOG)
    catalog = YamlCatalog().read([file], {"SLACK": "not-a-url"})
    with pytest.raises(ValueError, match="the channel ops of type slack cannot be used"):
        build(Options(store=tmp_path / "store", catalog=catalog))
    assert not (tmp_path / "store").exists()
