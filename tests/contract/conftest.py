from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract import running_postgres
from tests.contract.running_mlflow import running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real MLflow server, one for all tests of the session."""
    with running(tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def _postgres_ends() -> Iterator[None]:
    """Stop the PostgreSQL of the session, where a test has started it."""
    yield
    running_postgres.end_shared()
