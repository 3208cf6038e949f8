"""HAProxy's admin socket: one line goes in, bounded text comes out."""

from __future__ import annotations

import socket
import time
from typing import Final

from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

LONGEST: Final = 5.0
"""Seconds for one exchange."""

_MOST: Final = 1 << 20


def ask(address: str, line: str, seconds: float = LONGEST) -> str:
    """Return what is answered to a line of commands; raises ``TrafficError``.

    Args:
        address: a path, or ``HOST:PORT``.
        line: commands, parted by ``;``.
        seconds: how long it may take.
    """
    until = time.monotonic() + seconds
    try:
        with _connected(address, seconds) as line_out:
            line_out.sendall(line.encode() + b"\n")
            return _read(line_out, until).decode("utf-8", "replace")
    except FileNotFoundError as error:
        raise TrafficError(
            f"HAProxy's socket {harmless(address)} is not there. Is HAProxy running, and is `stats "
            "socket` in its "
            "global section the same path?",
            permanent=True,
        ) from error
    except PermissionError as error:
        raise TrafficError(
            f"HAProxy's socket {harmless(address)} may not be opened by aright. Give its `stats "
            "socket` line a "
            "`user`, `group` or `mode` that lets it.",
            permanent=True,
        ) from error
    except OSError as error:
        raise TrafficError(
            f"HAProxy's socket {harmless(address)} cannot be asked ({type(error).__name__}). Is "
            "HAProxy running, and "
            "does `stats socket` in its global section name this address?"
        ) from error


def _connected(address: str, seconds: float) -> socket.socket:
    host, _, port = address.rpartition(":")
    if "/" not in address and port.isdecimal() and int(port) < 1 << 16:
        return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(seconds)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _read(connection: socket.socket, until: float) -> bytes:
    """Return all until the other side ends; time and size are looked at with each piece, however small."""
    found = bytearray()
    while True:
        left = until - time.monotonic()
        if left <= 0 or len(found) > _MOST:
            raise TimeoutError
        connection.settimeout(left)
        piece = connection.recv(1 << 16)
        if not piece:
            return bytes(found)
        found += piece
