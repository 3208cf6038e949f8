"""Where MLflow's program is looked for, and what is said where there is none or it does not serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.drill import mlflow_server
from aright.drill.failure import StageError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_program_that_is_named_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mlflow"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("ARIGHT_MLFLOW", str(program))
    assert mlflow_server.program() == str(program)


def test_where_there_is_none_it_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_server, "program", lambda: None)
    with pytest.raises(StageError, match="make mlflow"):
        mlflow_server.start(tmp_path)


def test_one_that_ends_before_it_serves_shows_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mlflow"
    program.write_text("#!/bin/sh\necho the database is locked >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(mlflow_server, "program", lambda: str(program))
    with mlflow_server.start(tmp_path / "kept") as server, pytest.raises(StageError, match="is locked"):
        server.wait(20.0)
    assert not server.serves
