"""What the how-tos and the example of on-call show is what aright takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aright.adapters.catalog import YamlCatalog
from aright.outlets import channels_of
from docs import generate

DOCS = Path(generate.__file__).parent
SECRETS = {
    "PAGERDUTY_KEY": "0123456789abcdef0123456789abcdef",
    "SLACK_URL": "https://hooks.example.com/services/T0/B0/x",
    "MAIL_PASSWORD": "hidden",
    "SERVICENOW_PASSWORD": "hidden",
}


def test_the_example_is_sound_and_its_channels_can_be_made():
    catalog = YamlCatalog().read([DOCS / "examples" / "on-call.yaml"], SECRETS)

    assert [str(finding) for finding in catalog.findings] == []
    assert sorted(channels_of(catalog.outlets)) == ["mail", "ops", "pagerduty", "tickets"]
    assert {policy.key for policy in catalog.policies} == {"default", "careful"}


@pytest.mark.parametrize("page", ["on-call.md", "heartbeats.md"])
def test_the_catalogs_that_pages_show_are_sound(page, tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to" / page).read_text(), flags=re.DOTALL)
    for number, block in enumerate(blocks):
        (file := tmp_path / f"{number}.yaml").write_text(block)
        assert [str(finding) for finding in YamlCatalog().read([file], SECRETS).findings] == []
    assert blocks
