"""Following an alias: what is wrong about being asked to is told at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from aright.sdk import follow_alias


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"registry_url": ""}, ValueError, "registry_url is not usable"),
        ({"registry_url": "mlflow:5000"}, ValueError, "registry_url is not usable"),
        ({"registry_url": "http://user:hunter2@mlflow"}, ValueError, "registry_url is not usable"),
        ({"model": ""}, ValueError, "model and alias are names"),
        ({"alias": ""}, ValueError, "model and alias are names"),
        ({"load": "load"}, TypeError, "load and on_change are functions"),
        ({"on_change": 3}, TypeError, "load and on_change are functions"),
        ({"poll": 0.0}, ValueError, "poll is from"),
        ({"poll": float("nan")}, ValueError, "poll is from"),
        ({"keep": 0}, ValueError, "keep at least 1"),
        ({"token_file": "a", "basic_auth_file": "b"}, ValueError, "not both"),
    ],
)
def test_wrong_arguments_are_told_at_once(wrong: dict[str, Any], error: type[Exception], said: str) -> None:
    right = {"registry_url": "http://mlflow:5000", "model": "fraud", "alias": "champion", "load": str}
    threads = threading.active_count()
    with pytest.raises(error, match=said) as raised:
        follow_alias(**{**right, **wrong})
    assert "hunter2" not in str(raised.value)
    assert threading.active_count() == threads
