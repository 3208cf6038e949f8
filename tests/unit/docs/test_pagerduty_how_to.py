"""What the how-to on PagerDuty shows is what aright and Alertmanager take."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import yaml

from aright.adapters.catalog import YamlCatalog
from aright.adapters.pagerduty.hook import PagerDutyHook
from aright.outlets import channels_of
from aright.server.content import DOORS
from aright.server.webhooks import PATH
from docs import generate

PAGE = (Path(generate.__file__).parent / "how-to" / "pagerduty.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
SECRETS = {
    "PAGERDUTY_ROUTING_KEY": "0123456789abcdef0123456789abcdef",
    "PAGERDUTY_API_TOKEN": "u+token",
    "PAGERDUTY_WEBHOOK_SECRET": "the-secret-of-webhooks",
}


def test_the_channel_can_be_made_and_hears(tmp_path: Path):
    (file := tmp_path / "aright.yaml").write_text(BLOCKS[0] + "services: [{name: shop}]\n")
    catalog = YamlCatalog().read([file], SECRETS)
    assert [str(finding) for finding in catalog.findings] == []
    channel = channels_of(catalog.outlets)["pagerduty"]
    assert channel.takes == {"trigger", "acknowledge", "resolve", "note", "update"}
    assert isinstance(getattr(channel, "hook", None), PagerDutyHook)
    channel.close()  # type: ignore[attr-defined]  # it keeps connections


def test_the_doors_are_where_the_page_says():
    assert "https://ARIGHT/v2/enqueue" in PAGE
    assert "/v2/enqueue" in DOORS
    assert "https://ARIGHT" + PATH.format(system="pagerduty", channel="CHANNEL") in PAGE


def test_alertmanager_takes_its_receiver(tmp_path: Path):
    receivers = yaml.safe_load(BLOCKS[1])
    (config,) = receivers["receivers"][0]["pagerduty_configs"]
    assert config["url"].endswith("/v2/enqueue")
    amtool = shutil.which("amtool")
    if amtool is not None:  # CI has it, with Alertmanager itself
        whole = receivers | {"route": {"receiver": "aright"}}
        (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(whole))
        done = subprocess.run(
            [amtool, "check-config", str(tmp_path / "alertmanager.yml")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
