from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.running_mlflow import running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real MLflow server, one for all tests of the session."""
    with running(tmp_path_factory) as url:
        yield url
