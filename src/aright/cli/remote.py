"""Talking to a running aright from the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import msgspec

from aright.cli.failure import FailedError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

DEFAULT_URL = "http://127.0.0.1:8321"


class Remote:
    """A server's API, with errors turned into sentences.

    Attributes:
        url: where it is; ``ARIGHT_URL`` or the default where empty.
    """

    def __init__(self, url: str = "", token: str = "") -> None:
        self.url = (url or os.environ.get("ARIGHT_URL", "") or DEFAULT_URL).rstrip("/")
        self._token = token or os.environ.get("ARIGHT_TOKEN", "")

    def get(self, path: str, answer: type[T]) -> T:
        """Return the JSON at ``path`` as ``answer``; raises ``FailedError``."""
        return self._decode(self._send("GET", path, None), answer)

    def find(self, path: str, answer: type[T]) -> T | None:
        """Return likewise, or ``None`` where there is nothing at ``path``."""
        response = self._ask("GET", path, content=b"", headers={})
        if response.status_code == 404:
            return None
        if response.is_success:
            return self._decode(response, answer)
        raise FailedError(problem_of(response))

    def text(self, path: str) -> str:
        """Return what is at ``path`` as text; raises ``FailedError``."""
        return self._send("GET", path, None).text

    def post(self, path: str, body: dict[str, object], answer: type[T]) -> T:
        """Post JSON and return what comes back as ``answer``; raises ``FailedError``."""
        return self._decode(self._send("POST", path, body), answer)

    def put(self, path: str, body: dict[str, object], answer: type[T]) -> T:
        """Put JSON and return what comes back as ``answer``; raises ``FailedError``."""
        return self._decode(self._send("PUT", path, body), answer)

    def put_file(self, path: str, content: bytes, content_type: str, answer: type[T]) -> T:
        """Put a body as it is and return what comes back as ``answer``; raises ``FailedError``."""
        response = self._ask("PUT", path, content=content, headers={"Content-Type": content_type})
        if not response.is_success:
            raise FailedError(problem_of(response))
        return self._decode(response, answer)

    def delete(self, path: str, answer: type[T]) -> T:
        """Delete what is at ``path`` and return what comes back as ``answer``; raises ``FailedError``."""
        return self._decode(self._send("DELETE", path, None), answer)

    def deliver(self, path: str, content: bytes, content_type: str) -> httpx.Response:
        """Post a body as it is; return the answer whatever its status, or raise ``FailedError``."""
        return self._ask("POST", path, content=content, headers={"Content-Type": content_type})

    def _decode(self, response: httpx.Response, answer: type[T]) -> T:
        try:
            return msgspec.json.decode(response.content, type=answer)
        except msgspec.DecodeError as bad:
            raise FailedError(
                f"{self.url} does not answer like aright {bad}. Is ARIGHT_URL right, and of this version?"
            ) from bad

    def _send(self, method: str, path: str, body: dict[str, object] | None) -> httpx.Response:
        sent = b"" if body is None else msgspec.json.encode(body)
        response = self._ask(method, path, content=sent, headers={"Content-Type": "application/json"})
        if response.is_success:
            return response
        raise FailedError(problem_of(response))

    def _ask(self, method: str, path: str, *, content: bytes, headers: dict[str, str]) -> httpx.Response:
        import httpx  # noqa: PLC0415  a tenth of a second that --help need not pay

        if not self._token:
            raise FailedError("no token: set ARIGHT_TOKEN to one made by `aright token new NAME`", code=2)
        try:
            return httpx.request(
                method,
                self.url + path,
                content=content,
                headers={**headers, "Authorization": f"Bearer {self._token}"},
                timeout=60,
            )
        except httpx.HTTPError as gone:
            raise FailedError(
                f"{self.url} cannot be reached ({gone}). Start it with `aright serve`, or set ARIGHT_URL."
            ) from gone


class _Error(msgspec.Struct):
    problem: str
    fix: str = ""


class _Answer(msgspec.Struct):
    error: _Error


def problem_of(response: httpx.Response) -> str:
    """Return what an answer that is no success says, as a sentence for people."""
    try:
        error = msgspec.json.decode(response.content, type=_Answer).error
    except msgspec.DecodeError:
        return f"the server answered {response.status_code}: {response.text[:300]}"
    if error.fix.startswith("GET "):  # speaks to programs; people are told by the problem what to ask
        return error.problem
    return f"{_sentence(error.problem)} {error.fix}".strip()


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
