"""The Kubernetes API, as far as one object is read and patched."""

from __future__ import annotations

import re
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.rollout import ArgoTraffic, KserveTraffic

LONGEST: Final = 10.0
"""Seconds for one request."""
MERGE: Final = "application/merge-patch+json"

_MOST: Final = 8 << 20
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class Status(msgspec.Struct, frozen=True):
    """What the API says where it refuses."""

    message: str = ""


class Missing(TrafficError):  # noqa: N818 - it is one, of a kind
    """The path is not there."""


class Api:
    """Objects of one kind, such as ``serving.kserve.io/v1beta1`` and ``inferenceservices``."""

    def __init__(self, group: str, kind: str, longest: float = LONGEST) -> None:
        self._group, self._kind, self._longest = group, kind, longest

    def get(self, at: KserveTraffic | ArgoTraffic) -> bytes:
        """Return the object as JSON; raises ``TrafficError``."""
        return self._ask("GET", at, "", None)

    def patch(self, at: KserveTraffic | ArgoTraffic, change: Mapping[str, object], part: str = "") -> bytes:
        """Merge a change into the object, or into a part such as ``/status``; return it. ``TrafficError``."""
        return self._ask("PATCH", at, part, msgspec.json.encode(change))

    def _ask(self, method: str, at: KserveTraffic | ArgoTraffic, part: str, body: bytes | None) -> bytes:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = MERGE
        if at.bearer_token_file:
            headers["Authorization"] = f"Bearer {_token(at)}"
        until = time.monotonic() + self._longest
        try:
            with (
                httpx.Client(verify=_trust(at), trust_env=False, timeout=self._longest) as client,
                client.stream(method, self._url(at, part), content=body, headers=headers) as answer,
            ):
                told = _read(answer, until, at)
                if answer.status_code != 200:
                    raise _refused(at, answer.status_code, told)
                return told
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TrafficError(
                f"the Kubernetes API at {host(at)} cannot be asked ({type(error).__name__}). Is `api` "
                "its address, "
                "and does `ca_file` hold its certificate authority?"
            ) from error

    def _url(self, at: KserveTraffic | ArgoTraffic, part: str) -> str:
        for name in (at.namespace, at.name):
            if not _NAME.fullmatch(name):
                raise TrafficError(
                    f"{harmless(name, 80)!r} is no name in Kubernetes: those are of a-z, 0-9, '-' and '.'. "
                    "Mend it in the catalog.",
                    permanent=True,
                )
        place = f"apis/{self._group}/namespaces/{at.namespace}/{self._kind}/{at.name}"
        return f"{at.api.rstrip('/')}/{place}{part}"


def host(at: KserveTraffic | ArgoTraffic) -> str:
    """Return the API's host and port: the rest of an address may hold what is not to be shown."""
    try:
        return httpx.URL(at.api).netloc.decode("ascii", "replace") or "an address without a host"
    except httpx.InvalidURL:
        return "an address that is none"


def _read(answer: httpx.Response, until: float, at: KserveTraffic | ArgoTraffic) -> bytes:
    found = bytearray()
    for piece in answer.iter_raw():
        found += piece
        if len(found) > _MOST:
            raise TrafficError(f"{host(at)} answers with more than {_MOST:,} bytes", permanent=True)
        if time.monotonic() > until:
            raise TrafficError(f"{host(at)} did not answer in time; try again in a moment")
    return bytes(found)


def _trust(at: KserveTraffic | ArgoTraffic) -> ssl.SSLContext | bool:
    if not at.ca_file or not at.api.startswith("https:"):
        return at.api.startswith("https:")
    try:
        return ssl.create_default_context(cafile=at.ca_file)
    except OSError as error:  # an ssl.SSLError is one
        raise TrafficError(
            f"the certificate authority in {harmless(at.ca_file)} cannot be read ({type(error).__name__}). "
            "Mend `ca_file` in the catalog.",
            permanent=True,
        ) from error


def _token(at: KserveTraffic | ArgoTraffic) -> str:
    """Return the token; the file is read each time, for tokens are renewed."""
    try:
        token = Path(at.bearer_token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TrafficError(
            f"the token of {host(at)} cannot be read ({type(error).__name__}). Look at `bearer_token_file`.",
            permanent=True,
        ) from error
    if not token.isascii() or not token.isprintable():
        raise TrafficError(f"the token of {host(at)} is no token. Look at its file.", permanent=True)
    return token


def _refused(at: KserveTraffic | ArgoTraffic, status: int, told: bytes) -> TrafficError:
    try:
        said = msgspec.json.decode(told, type=Status).message
    except msgspec.DecodeError:
        said = told.decode("utf-8", "replace")
    known = {
        401: "Give a `bearer_token_file` whose token is valid.",
        403: "Let its account get and patch the object and its status (a Role with those verbs).",
        404: "Are `namespace` and `name` right, and is its kind installed?",
        409: "Something else changed it meanwhile; try again.",
        422: "The API holds that for invalid: read its answer.",
    }
    again = status in {409, 429} or status >= 500
    kind = Missing if status == 404 else TrafficError
    return kind(
        f"the Kubernetes API at {host(at)} answered {status}: {harmless(said) or 'nothing more'}. "
        f"{known.get(status, 'Try again in a moment.' if again else 'Read its answer.')}",
        permanent=not again,
    )
