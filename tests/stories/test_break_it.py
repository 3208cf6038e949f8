"""The tutorial's service that breaks: aright names the region and the source."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.drill
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "break_it.py"


def test_the_broken_part_and_source_are_named(tmp_path):
    environment = {**os.environ, "ARIGHT_TOKEN": "token-of-the-tutorial", "ARIGHT_SPOOL_DIR": str(tmp_path)}
    serve = [
        *("-m", "aright", "serve", "--clock", "driven"),
        *("--port", "0", "--store", str(tmp_path / "s")),
    ]
    server = subprocess.Popen([sys.executable, *serve], stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stderr is not None
        ready = next(found for line in server.stderr if (found := re.search(r"ready at (\S+)", line)))
        environment["ARIGHT_URL"] = ready[1]
        said = [
            subprocess.run(
                [sys.executable, *arguments],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            ).stdout
            for arguments in ([str(EXAMPLE)], ["-m", "aright", "incident", "list", "--json"])
        ]
    finally:
        server.terminate()
        server.communicate(timeout=20)
    assert "dropped={}" in said[0]
    (incident,) = json.loads(said[1])
    found = incident["diagnosis"]
    assert found["scope"]["segment"] == {"attribute": "region", "value": "north"}
    assert (found["causes"][0]["subject"], found["causes"][0]["mode"]) == ("profiles", "empty")
    assert found["verdict"] == "confirmed"
