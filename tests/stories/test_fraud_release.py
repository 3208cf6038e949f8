"""Releases through the public doors, with a real MLflow server, real scoring processes and a real HAProxy."""

from __future__ import annotations

import os

import pytest

from aright.drill import mlflow_server
from aright.drill.run import Options, run

pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif(
        mlflow_server.program() is None and not os.environ.get("CI"),
        reason="MLflow's server is not installed: make mlflow",
    ),
]


@pytest.mark.parametrize(("fault", "seed"), [("units", 1), ("forced", 2)])
def test_fraud_release(fault, seed):
    result = run("fraud-release", Options(fault=fault, seed=seed, port=0, stay=False))
    assert result.right, "\n".join(
        f"{check.name}: wanted {check.wanted}, found {check.found}" for check in result.wrong
    )
