"""The registry as a team that trains models uses it: makes versions, and names the one that serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import httpx
import msgspec

from aright.drill.failure import AnswerError
from aright.drill.fraud import names
from aright.drill.fraud.model import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

T = TypeVar("T")

SECONDS: Final = 30.0
_API: Final = "/api/2.0/mlflow"
_KEPT: Final = "/api/2.0/mlflow-artifacts/artifacts"


def artifact(url: str, version: str) -> bytes:
    """Return the file that a version is, from where the registry keeps it.

    Args:
        url: the registry's.
        version: of the model.

    Raises:
        httpx.HTTPError: the registry did not answer, or has no such version.
        msgspec.DecodeError: it answered otherwise than documented.
    """
    with httpx.Client(base_url=url, timeout=SECONDS) as client:
        asked = {"name": names.MODEL, "version": version}
        told = client.get(f"{_API}/model-versions/get", params=asked).raise_for_status()
        source = msgspec.json.decode(told.content, type=_Made).model_version.source
        return client.get(_place(source)).raise_for_status().content


def _place(source: str) -> str:
    """Return where the server hands out what it keeps of a source.

    >>> _place("mlflow-artifacts:/0/ab/artifacts")
    '/api/2.0/mlflow-artifacts/artifacts/0/ab/artifacts/parameters.json'
    """
    return f"{_KEPT}/{source.removeprefix('mlflow-artifacts:/')}/{PARAMETERS}"


class _Alias(msgspec.Struct):
    alias: str
    version: str


class _Model(msgspec.Struct):
    aliases: tuple[_Alias, ...] = ()


class _Read(msgspec.Struct):
    registered_model: _Model


class _Version(msgspec.Struct):
    version: str
    source: str = ""


class _Info(msgspec.Struct):
    run_id: str
    artifact_uri: str


class _Run(msgspec.Struct):
    info: _Info


class _Started(msgspec.Struct):
    run: _Run


class _Made(msgspec.Struct):
    model_version: _Version


class Models:
    """One model in a registry.

    Args:
        url: the registry's.
    """

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=SECONDS)

    async def make(self, folders: Mapping[str, Path]) -> None:
        """Register the model with its versions, in order, the first as the one that serves.

        Raises ``AnswerError``, also where the registry names a version otherwise than expected.
        """
        await self._ask("POST", "registered-models/create", {"name": names.MODEL}, object)
        for version, folder in folders.items():
            run = (await self._ask("POST", "runs/create", {"experiment_id": "0"}, _Started)).run.info
            await self._keep(run.artifact_uri, (folder / PARAMETERS).read_bytes())
            told = {"name": names.MODEL, "run_id": run.run_id, "source": run.artifact_uri}
            made = await self._ask("POST", "model-versions/create", told, _Made)
            if made.model_version.version != version:
                raise AnswerError(f"the registry made version {made.model_version.version}, not {version}")
        first = {"name": names.MODEL, "alias": names.CHAMPION, "version": next(iter(folders))}
        await self._ask("POST", "registered-models/alias", first, object)

    async def aliases(self) -> dict[str, str]:
        """Return the version that each alias stands for."""
        told = await self._ask("GET", f"registered-models/get?name={names.MODEL}", None, _Read)
        return {each.alias: each.version for each in told.registered_model.aliases}

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def _keep(self, source: str, content: bytes) -> None:
        reply = await self._client.put(_place(source), content=content)
        if reply.status_code != 200:
            raise AnswerError(f"the registry did not keep {source} ({reply.status_code}): {reply.text[:300]}")

    async def _ask(self, method: str, what: str, body: Mapping[str, str] | None, answer: type[T]) -> T:
        try:
            reply = await self._client.request(method, f"{_API}/{what}", json=body)
        except httpx.HTTPError as broken:
            raise AnswerError(f"the registry did not answer {what}: {type(broken).__name__}") from broken
        if reply.status_code != 200:
            raise AnswerError(f"the registry answered {what} with {reply.status_code}: {reply.text[:300]}")
        try:
            return msgspec.json.decode(reply.content, type=answer)
        except msgspec.DecodeError as bad:
            raise AnswerError(f"the registry answered {what} otherwise than documented: {bad}") from bad
