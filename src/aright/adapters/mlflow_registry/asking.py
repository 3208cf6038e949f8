"""Asking MLflow over REST, with all that may go wrong said in words.

Redirects are not followed, so that no server sends a token or an order elsewhere, and each answer is bounded.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import httpx
import msgspec

from aright.adapters.mlflow_registry.wire import Refusal
from aright.ports.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.rollout import MlflowAlias

_API: Final = "/api/2.0/mlflow/"
_LARGEST: Final = 1 << 20
"""Bytes of one answer."""

T = TypeVar("T", bound=msgspec.Struct)


class RefusedAnswerError(RegistryError):
    """MLflow answered, and said no.

    Attributes:
        code: MLflow's word for why.
    """

    def __init__(self, text: str, *, code: str, permanent: bool) -> None:
        super().__init__(text, permanent=permanent)
        self.code = code


class Asking:
    """A client of many registries.

    Args:
        seconds: how long an answer may take.
    """

    def __init__(self, seconds: float) -> None:
        self._client = httpx.Client(follow_redirects=False, trust_env=False, timeout=seconds)

    def get(self, at: MlflowAlias, path: str, answer: type[T], **query: str) -> T:
        """Return what a GET answers; raises ``RegistryError``, its kin where MLflow said no."""
        return self._ask("GET", at, path, answer, params=query)

    def post(self, at: MlflowAlias, path: str, body: Mapping[str, str], answer: type[T]) -> T:
        """Return what a POST answers; raises as above."""
        return self._ask("POST", at, path, answer, content=msgspec.json.encode(body))

    def plain(self, url: str, answer: type[T]) -> T:
        """Return what another server answers; nothing secret is sent along. Raises ``RegistryError``."""
        status, body = self._send("GET", url, {})
        if status != 200:
            raise RegistryError(f"{url} answered {status}: is it where versions that are loaded are told?")
        return _decoded(url, body, answer)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _ask(
        self,
        method: str,
        at: MlflowAlias,
        path: str,
        answer: type[T],
        *,
        params: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> T:
        url = at.mlflow.rstrip("/") + _API + path
        headers = {**_secret(at), **({"Content-Type": "application/json"} if content else {})}
        status, body = self._send(method, url, headers, params=params, content=content)
        if status == 200:
            return _decoded(at.mlflow, body, answer)
        raise _refused(at, status, body)

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> tuple[int, bytes]:
        try:
            with self._client.stream(
                method, url, params=dict(params or {}), content=content or None, headers=dict(headers)
            ) as response:
                return response.status_code, _bounded(url, response)
        except (httpx.HTTPError, httpx.InvalidURL) as gone:
            kind = type(gone).__name__
            raise RegistryError(f"{url.partition('?')[0]} does not answer ({kind}): is it up?") from gone


def _bounded(url: str, response: httpx.Response) -> bytes:
    read = bytearray()
    for piece in response.iter_bytes():
        read += piece
        if len(read) > _LARGEST:
            raise RegistryError(
                f"{url.partition('?')[0]} answers more than {_LARGEST >> 20} MiB: is it MLflow?"
            )
    return bytes(read)


def _decoded(url: str, body: bytes, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as odd:
        raise RegistryError(f"{url} answers something else than MLflow does: is the address right?") from odd


def _refused(at: MlflowAlias, status: int, body: bytes) -> RegistryError:
    try:
        said = msgspec.json.decode(body, type=Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = Refusal()
    why = " ".join(f"{said.error_code} {said.message}".split())[:300] or "nothing more"
    if status in {401, 403}:
        text = f"{at.mlflow} lets nobody in with that token or password ({status}): mend its file"
        return RegistryError(text, permanent=True)
    permanent = 400 <= status < 500 and status not in {408, 429}
    return RefusedAnswerError(
        f"{at.mlflow} answered {status}: {why}", code=said.error_code, permanent=permanent
    )


def _secret(at: MlflowAlias) -> dict[str, str]:
    """Return the header that lets us in, read anew so that a changed file needs no restart."""
    name = at.bearer_token_file or at.basic_auth_file
    if not name:
        return {}
    try:
        secret = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as gone:
        raise RegistryError(f"{name} cannot be read ({type(gone).__name__}): mend the file") from gone
    if at.bearer_token_file:
        return {"Authorization": f"Bearer {secret}"}
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
