"""Real clients of PagerDuty page through aright, and through aright through PagerDuty."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import httpx
import pagerduty as peer
import pytest

from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_state.state import MemoryState
from aright.core.model.catalog import Catalog
from aright.core.model.on_call import Person
from aright.core.model.outlet import Outlet
from aright.engine.tokens import Tokens
from tests.contract.authority import authority
from tests.contract.fake_pagerduty import KEY
from tests.contract.fake_pagerduty_hooks import SECRET, FakeWebhooks
from tests.contract.fake_pagerduty_rest import TOKEN as API_TOKEN
from tests.contract.running_pagerduty import BOT, running
from tests.contract.serving import TOKEN, Flag, Served, free_port, serve
from tests.contract.test_alert_peers import (
    ALERTMANAGER,
    ago,
    ended,
    fires,
    needs_alertmanager,
    needs_prometheus,
    prometheus,
)
from tests.contract.test_alert_peers import running as process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECEIVERS = """
route: {{receiver: pager, group_by: [alertname], group_wait: 100ms, group_interval: 100ms}}
receivers:
  - name: pager
    pagerduty_configs:
      - url: {url}/v2/enqueue
        routing_key: {token}
        severity: '{{{{ .CommonLabels.severity }}}}'
        component: '{{{{ .CommonLabels.service }}}}'
        class: '{{{{ .CommonLabels.alertname }}}}'
        send_resolved: true
"""


@contextlib.contextmanager
def alertmanager(folder: Path, url: str) -> Iterator[str]:
    """Run Alertmanager with aright as the PagerDuty of its receiver; yields where it listens."""
    folder.mkdir()
    (folder / "alertmanager.yaml").write_text(RECEIVERS.format(url=url, token=TOKEN))
    port = free_port()
    assert ALERTMANAGER is not None, "CI installs prometheus-alertmanager"
    with process(
        folder,
        ALERTMANAGER,
        "--config.file=alertmanager.yaml",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ):
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            assert client.get(f"{address}/-/ready").status_code == 200
        yield address


def test_a_token_may_be_a_routing_key():
    tokens = Tokens(MemoryState(), WallClock())
    key = tokens.make("alertmanager", short=True)
    assert (len(key), key.isalnum(), tokens.authorised(key)) == (32, True, True)
    assert peer.EventsApiV2Client(key).trunc_key == f"*{key[-4:]}"


@needs_alertmanager
def test_alertmanagers_pagerduty_receiver_pages_through_aright(tmp_path: Path):
    labels = {"alertname": "Broken", "service": "shop", "severity": "critical"}
    with serve(tmp_path / "store") as served, alertmanager(tmp_path / "am", served.url) as address:
        alert = {"labels": labels, "annotations": {"summary": "down"}, "startsAt": ago(60)}
        assert httpx.post(f"{address}/api/v2/alerts", json=[alert]).status_code == 200
        incident = served.until(lambda: fires(served))
        assert (incident["service"], incident["alerts"][0]["signal"]) == ("shop", "alert:Broken")
        assert incident["alerts"][0]["rule"] == "rule Broken (severity critical) of PagerDuty"
        over = alert | {"endsAt": ago(0)}
        assert httpx.post(f"{address}/api/v2/alerts", json=[over]).status_code == 200
        assert served.until(lambda: ended(served, incident["key"])) != []
        (kept,) = served.get(f"/v1/alerts?incident={incident['key']}")
        assert kept["source"] == "pagerduty"


@needs_prometheus
@needs_alertmanager
def test_a_rule_of_prometheus_goes_through_alertmanager_to_our_pagerduty_door(tmp_path: Path):
    flag = Flag()
    with (
        serve(tmp_path / "store") as served,
        alertmanager(tmp_path / "am", served.url) as address,
        prometheus(tmp_path / "prom", address, flag.address, token=""),
    ):
        incident = served.until(lambda: fires(served))
        assert incident["service"] == "shop"
        assert "alert:Broken" in {each["signal"] for each in incident["alerts"]}
        flag.value = 0
        assert served.until(lambda: ended(served, incident["key"])) != []
        assert len(served.get("/v1/incidents")) == 1
    flag.close()


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Any, FakeWebhooks]]:
    """Serve an aright by TLS that pages a PagerDuty, which sends its webhooks to it."""
    with running() as pager:
        settings = {
            "routing_key": KEY,
            "url": f"{pager.listener.url}/v2/enqueue",
            "api_url": pager.listener.url,
            "api_token": API_TOKEN,
            "from_email": BOT,
            "webhook_secret": SECRET,
            "ca_file": str(authority().ca_file),
        }
        outlet = Outlet(key="pagerduty", type="pagerduty", settings=settings)
        ann = Person(key="ann", name="Ann A.")
        catalog = Catalog(services=(), slos=(), findings=(), people=(ann,), outlets=(outlet,))
        with (
            serve(tmp_path_factory.mktemp("store"), catalog=catalog, tls=True) as served,
            httpx.Client(verify=authority().client(), base_url=served.url) as client,
        ):
            path = "/v1/webhooks/pagerduty/pagerduty"

            def post(headers: dict[str, str], body: bytes) -> int:
                return client.post(path, headers=headers, content=body).status_code

            yield served, pager, FakeWebhooks(pager.fake, post)


def test_pagerdutys_own_client_pages_through_aright_and_on(chain: tuple[Served, Any, FakeWebhooks]):
    served, pager, hooks = chain
    client = peer.EventsApiV2Client(TOKEN, base_url=served.url, verify=authority().client())
    details = {"service": "shop", "alertname": "Broken"}
    key = client.trigger("shop is broken", "web-1", custom_details=details)
    assert key
    assert client.trigger("shop is broken", "web-1", dedup_key=key, custom_details=details) == key
    incident = served.until(lambda: fires(served))
    assert incident["service"] == "shop"
    (there,) = _until(served, lambda: pager.fake.incidents)
    pager.api("ann@shop.example").rput(
        "incidents", json=[{"id": there.id, "type": "incident_reference", "status": "acknowledged"}]
    )
    hooks.send()
    hooks.send()
    assert served.get(f"/v1/incidents/{incident['key']}")["acknowledged_by"] == "ann"
    assert client.resolve(key) == key
    assert _until(served, lambda: ended(served, incident["key"])) != []
    with pytest.raises(peer.HttpError) as caught:
        client.trigger("x", "y", severity="fatal")
    refused = caught.value.response
    assert refused is not None
    assert "payload.severity" in refused.json()["errors"][0]
    client.close()


def test_their_client_with_a_wrong_key_is_told_so(chain: tuple[Served, Any, FakeWebhooks]):
    served, _, _ = chain
    client = peer.EventsApiV2Client("0" * 32, base_url=served.url, verify=authority().client())
    with pytest.raises(peer.HttpError) as caught:
        client.trigger("x", "y")
    refused = caught.value.response
    assert refused is not None
    assert refused.json()["status"] == "invalid event"
    client.close()


def _until(served: Served, holds: Any) -> Any:
    return holds() or served.until(holds)
