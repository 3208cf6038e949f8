from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.cli.failure import FailedError
from aright.cli.state import state_address

if TYPE_CHECKING:
    from pathlib import Path


def test_a_password_on_the_command_line_is_refused_and_not_repeated():
    with pytest.raises(FailedError, match="ARIGHT_STATE") as refused:
        state_address("postgresql://a:hunter2@b/c", None)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(FailedError):
        state_address("postgresql://[hunter2", None)


def test_the_address_comes_from_where_it_is_said_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("ARIGHT_STATE", raising=False)
    assert state_address("", None) == ""
    monkeypatch.setenv("ARIGHT_STATE", "postgresql://a:b@c/d")
    assert state_address("", None) == "postgresql://a:b@c/d"
    assert state_address("postgresql://a@c/d", None) == "postgresql://a@c/d"
    (tmp_path / "address").write_text("postgresql://x:y@z/w\n")
    assert state_address("", tmp_path / "address") == "postgresql://x:y@z/w"
    with pytest.raises(FailedError, match="cannot be read"):
        state_address("", tmp_path / "nothing")
