"""MLflow's registry as a follower sees it: one kept-alive connection, and what an alias stands for."""

from __future__ import annotations

import os
from base64 import b64encode
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import msgspec

from aright import __version__

if TYPE_CHECKING:
    import http.client

    from aright.sdk.settings import Place

REQUEST_SECONDS: Final = 3.0
"""How long connecting, and each wait for a part of an answer, may take."""

ANSWER_BYTES: Final = 1 << 20
"""Bytes of an answer that are read at most: descriptions and tags of a version stand in it."""

PIECE_BYTES: Final = 1 << 16
LONGEST_VERSION: Final = 100

PATH: Final = "/api/2.0/mlflow/registered-models/alias"

_ABSENT: Final = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})
"""MLflow's words where there is no such model, and where it has no such alias."""

_REFUSED: Final = frozenset({401, 403})


class Told(msgspec.Struct, frozen=True):
    """What the registry said.

    Attributes:
        version: what the alias stands for; empty where there is no such alias, and where nothing is known.
        failure: why nothing is known; empty where the registry answered.
    """

    version: str = ""
    failure: str = ""


class Secrets(msgspec.Struct, frozen=True):
    """Files with what opens the registry, read for each request since tokens are renewed; empty for none.

    Attributes:
        token: of a bearer token.
        basic: of ``NAME:PASSWORD``.
    """

    token: str = ""
    basic: str = ""

    def header(self) -> str:
        """Return the header's value, empty for none; raises ``OSError`` and ``ValueError``."""
        path = self.token or self.basic
        if not path:
            return ""
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs an import
            secret = file.read(PIECE_BYTES).strip()
        if not secret or not secret.isascii() or any(byte < 0x20 for byte in secret):
            raise ValueError
        return f"Bearer {secret.decode()}" if self.token else f"Basic {b64encode(secret).decode()}"


class _Version(msgspec.Struct):
    version: str | int


class _Found(msgspec.Struct):
    model_version: _Version


class _Refusal(msgspec.Struct):
    error_code: str = ""


class Registry:
    """Asks for aliases of one model, one after the other; never raises.

    Args:
        place: where the registry is.
        model: the model's name.
        secrets: what opens it.
    """

    def __init__(self, place: Place, model: str, secrets: Secrets) -> None:
        self._place = place
        self._model = model
        self._secrets = secrets
        self._connection: http.client.HTTPConnection | None = None
        self.name = f"MLflow at {place.address}:{place.port}"

    def ask(self, alias: str) -> Told:
        """Return what an alias stands for; a kept-alive connection found closed is opened once more."""
        reused = self._connection is not None and self._connection.sock is not None
        try:
            authorization = self._secrets.header()
        except (OSError, ValueError) as error:
            return Told(failure=f"the file that opens {self.name} cannot be used ({type(error).__name__})")
        path = f"{self._place.base}{PATH}?{urlencode({'name': self._model, 'alias': alias})}"
        headers = {"User-Agent": f"aright-sdk/{__version__}", "Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        return self._attempt(path, headers, again=reused)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def disown(self) -> None:
        """In a forked child: close its copy of the socket, and nothing else (see ``door``)."""
        connection, self._connection = self._connection, None
        sock = None if connection is None else connection.sock
        if sock is not None and sock.fileno() >= 0:
            os.close(sock.detach())

    def _attempt(self, path: str, headers: dict[str, str], *, again: bool) -> Told:
        import http.client  # noqa: PLC0415 - 40 ms that the host's start-up is spared

        try:
            if self._connection is None:
                self._connection = self._open()
            self._connection.request("GET", path, headers=headers)
            response = self._connection.getresponse()
            body = _body(response)
            if not response.isclosed():  # more than any answer has: drop the rest with the connection
                self.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            if again and not isinstance(error, TimeoutError):
                return self._attempt(path, headers, again=False)
            return Told(failure=f"{self.name} cannot be reached ({type(error).__name__})")
        return self._read(response.status, body)

    def _open(self) -> http.client.HTTPConnection:
        import http.client  # noqa: PLC0415 - as above

        kind = http.client.HTTPSConnection if self._place.secure else http.client.HTTPConnection
        return kind(self._place.address, self._place.port, timeout=REQUEST_SECONDS)

    def _read(self, status: int, body: bytes) -> Told:
        if status == 200:
            try:
                version = str(msgspec.json.decode(body, type=_Found).model_version.version)
            except (msgspec.DecodeError, ValueError):
                version = ""
            if _is_plain(version):
                return Told(version)
            return Told(failure=f"{self.name} answers without a version: is it MLflow's address?")
        if status in _REFUSED:
            fix = "give a token_file or a basic_auth_file that may read the model"
            return Told(failure=f"{self.name} answers {status}: {fix}")
        if status in {400, 404} and _refusal(body) in _ABSENT:
            return Told()
        hint = ": is it MLflow's address?" if 300 <= status < 500 else ""
        return Told(failure=f"{self.name} answers {status}{hint}")


def _is_plain(version: str) -> bool:
    """Return whether a version is fit to be part of a path, which is what hosts make of it.

    >>> _is_plain("7"), _is_plain("v7.1"), _is_plain("../7"), _is_plain("")
    (True, True, False, False)
    """
    fit = version.isascii() and all(each.isalnum() or each in "._-" for each in version)
    return fit and 0 < len(version) <= LONGEST_VERSION and not version.startswith(".")


def _body(response: http.client.HTTPResponse) -> bytes:
    """Return what an answer holds, ``ANSWER_BYTES`` of it at most; raises ``TimeoutError`` when it drips."""
    until = monotonic() + REQUEST_SECONDS
    parts, left = [], ANSWER_BYTES
    while left > 0 and (part := response.read1(min(left, PIECE_BYTES))):
        parts.append(part)
        left -= len(part)
        if monotonic() > until:
            raise TimeoutError
    if response.length == 0:  # read1 leaves an answer open that has just been read to its end
        response.close()
    return b"".join(parts)


def _refusal(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Refusal).error_code
    except (msgspec.DecodeError, ValueError):
        return ""
