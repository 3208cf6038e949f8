"""Envoy's admin door: bounded answers, no redirects, and words for what went wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST: Final = 5.0
"""Seconds for one request."""

_MOST: Final = 8 << 20


class Entry(msgspec.Struct, frozen=True):
    """A runtime key; its value comes as text."""

    final_value: str | float | bool | None = None


class Runtime(msgspec.Struct, frozen=True):
    """What ``GET /runtime`` answers, as far as it is read."""

    entries: dict[str, Entry] = {}
    layers: list[str] = []


class AdminDoor:
    """Asks admin doors; thread-safe."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        # No connection is kept: a stale one would fail at the moment of a rollback.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(limits=limits, timeout=longest, trust_env=False, follow_redirects=False)

    def runtime(self, address: str) -> Runtime:
        """Return all of the runtime; raises ``TrafficError``."""
        told = self._ask("GET", address, "/runtime")
        try:
            return msgspec.json.decode(told, type=Runtime)
        except msgspec.DecodeError as error:
            raise TrafficError(
                f"what {_host(address)} tells of its runtime is none of Envoy's: {harmless(str(error))}. "
                "Is `admin` in the catalog Envoy's admin address?",
                permanent=True,
            ) from error

    def modify(self, address: str, values: Mapping[str, str]) -> None:
        """Set runtime keys; raises ``TrafficError``."""
        self._ask("POST", address, "/runtime_modify", values)

    def _ask(self, method: str, address: str, path: str, values: Mapping[str, str] | None = None) -> bytes:
        until = time.monotonic() + self._longest
        try:
            url = httpx.URL(address.rstrip("/") + path, params=values or None)
            with self._client.stream(method, url, headers={"Accept-Encoding": "identity"}) as answer:
                told = _read(answer, until, _host(address))
                if answer.status_code != 200:
                    raise _refused(_host(address), answer.status_code, told)
                return told
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TrafficError(
                f"Envoy's admin door at {_host(address)} cannot be asked ({type(error).__name__}). "
                "Is Envoy running, and is `admin` in the catalog the address in its `admin:` section?"
            ) from error


def _read(answer: httpx.Response, until: float, host: str) -> bytes:
    found = bytearray()
    for piece in answer.iter_raw():
        found += piece
        if len(found) > _MOST:
            raise TrafficError(f"{host} answers with more than {_MOST:,} bytes", permanent=True)
        if time.monotonic() > until:
            raise TrafficError(f"{host} did not answer in time; try again in a moment")
    return bytes(found)


def _refused(host: str, status: int, told: bytes) -> TrafficError:
    said = harmless(told) or "nothing more"
    advice = "Is `admin` in the catalog Envoy's admin address, and does that door let aright in?"
    if status == 503 and b"admin layer" in told.lower():
        advice = "Add `admin_layer: {}` as the last layer of its `layered_runtime`."
    return TrafficError(
        f"Envoy's admin door at {host} answered {status}: {said}. {advice}",
        permanent=status < 500 or b"admin layer" in told.lower(),
    )


def _host(address: str) -> str:
    """Return the host and port: the rest of an address may hold what is not to be shown."""
    try:
        return httpx.URL(address).netloc.decode("ascii", "replace") or "an address without a host"
    except httpx.InvalidURL:
        return "an address that is none"
