"""Settings of a client: read once from arguments and environment, judged, then never changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec

SPOOL_OFF: Final = ""
"""``spool_dir=""``: nothing is ever written to disk."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that a client keeps to.

    Attributes:
        secure: ``https`` rather than ``http``.
        address: the server's host name or address.
        port: its port.
        base: path before ``/v1/…``; empty for most.
        token: the bearer token; ``repr`` hides it.
        service: the service that reports.
        model: the model that answers, unless a call says otherwise.
        version: the version of it, likewise.
        host: the machine or container that reports.
        clock: the present instant (µs since the epoch, UTC).
        queue_rows: rows held in memory at most.
        queue_bytes: bytes of rows held in memory at most.
        spool_dir: folder of the spool; empty when nothing may be written to disk, ``None`` for the usual one.
        spool_bytes: bytes kept on disk by one process at most.
        flush_seconds: how long a row waits at most before it is sent.
        request_seconds: how long one request may take.
        exit_seconds: how long the end of the process may be held up.
        process_metrics: whether CPU, memory and latency are sampled.
        unit_key: key with which units are hashed; empty when they are sent as given.
        problem: why the client is off; empty when it works.
    """

    secure: bool = False
    address: str = ""
    port: int = 0
    base: str = ""
    token: str = ""
    service: str = ""
    model: str = ""
    version: str = ""
    host: str = ""
    clock: Callable[[], int]
    queue_rows: int = 10_000
    queue_bytes: int = 32 << 20
    spool_dir: str | None = SPOOL_OFF
    spool_bytes: int = 64 << 20
    flush_seconds: float = 1.0
    request_seconds: float = 10.0
    exit_seconds: float = 3.0
    process_metrics: bool = True
    unit_key: bytes = b""
    problem: str = ""

    def __repr__(self) -> str:
        scheme = "https" if self.secure else "http"
        return f"Settings({self.service!r} at {scheme}://{self.address}:{self.port}{self.base})"


def settle(url: str, token: str, spool_dir: str | os.PathLike[str] | None, given: Settings) -> Settings:
    """Complete what was given from the environment, keep numbers within reason, and say what is amiss."""
    try:
        place = read_url(url or os.environ.get("ARIGHT_URL", ""))
        token = (token or os.environ.get("ARIGHT_TOKEN", "")).strip()
        service = given.service or os.environ.get("ARIGHT_SERVICE", "")
        unnamed = "" if service else "the service has no name: pass service=… or set ARIGHT_SERVICE"
        return msgspec.structs.replace(
            given,
            secure=place.secure,
            address=place.address,
            port=place.port,
            base=place.base,
            token=token,
            service=str(service),
            host=given.host or os.uname().nodename,
            spool_dir=None if spool_dir is None else os.fspath(spool_dir),
            flush_seconds=min(max(given.flush_seconds, 0.01), 3600.0),
            request_seconds=min(max(given.request_seconds, 0.1), 600.0),
            exit_seconds=min(max(given.exit_seconds, 0.0), 600.0),
            problem=place.problem or judge_token(token) or unnamed,
        )
    except Exception as error:  # noqa: BLE001 - a wrong argument must not stop the host from starting
        return Settings(
            clock=given.clock, problem=f"an argument is of the wrong type ({type(error).__name__})"
        )


class Place(msgspec.Struct, frozen=True):
    """A server's URL taken apart, or what is wrong with it."""

    secure: bool = False
    address: str = ""
    port: int = 0
    base: str = ""
    problem: str = ""


def read_url(url: str) -> Place:
    """Take a server's URL apart; the problem never repeats it, since a password may stand in it.

    >>> read_url("https://aright.example/base/")
    Place(secure=True, address='aright.example', port=443, base='/base', problem='')
    >>> read_url("aright.example").problem
    'the url does not start with http:// or https://: give one such as http://localhost:8321'
    """
    if not url:
        return Place(problem="there is no url: pass url=… or set ARIGHT_URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return Place(problem="the url cannot be read: give one such as http://localhost:8321")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        hint = "give one such as http://localhost:8321"
        return Place(problem=f"the url does not start with http:// or https://: {hint}")
    if parts.username or parts.password or parts.query or parts.fragment:
        return Place(
            problem="the url carries more than scheme, host, port and path: pass the token as token=…"
        )
    if not _printable(parts.path):
        return Place(problem="the url's path has characters that no path has: write them percent-encoded")
    secure = parts.scheme == "https"
    return Place(secure, parts.hostname, port or (443 if secure else 80), parts.path.rstrip("/"))


def judge_token(token: str) -> str:
    """Return what is wrong with a token, or nothing; never a part of it.

    >>> judge_token("ar_abc123"), judge_token("two words")
    ('', 'the token has characters that no token has, such as a line end: copy it again')
    """
    if not token:
        return "there is no token: pass token=… or set ARIGHT_TOKEN"
    if not _printable(token):
        return "the token has characters that no token has, such as a line end: copy it again"
    return ""


def spool_place(wanted: str | None) -> str:
    """Return the spool's folder: as wanted, as ARIGHT_SPOOL_DIR says, or this user's own temporary one.

    >>> spool_place("/var/spool/shop"), spool_place(SPOOL_OFF)
    ('/var/spool/shop', '')
    """
    if wanted is not None:
        return wanted
    named = os.environ.get("ARIGHT_SPOOL_DIR")
    if named is not None:
        return named
    import tempfile  # noqa: PLC0415 - slow to load, and seldom needed

    owner = os.getuid() if hasattr(os, "getuid") else 0
    return os.path.join(tempfile.gettempdir(), f"aright-spool-{owner}")  # noqa: PTH118 - pathlib costs an import


def _printable(text: str) -> bool:
    return text.isascii() and all("!" <= character <= "~" for character in text)
