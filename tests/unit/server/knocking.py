"""Doors in this process, and a client that knocks at them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
from starlette.responses import PlainTextResponse

from aright.server.doors import Doors

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.frame import Frame
    from aright.engine.intake import Acceptance


NOW = 1_767_225_600_000_000
TOKEN = "ar_secret"
NDJSON = "application/x-ndjson"


def row(name: str = "a", **fields: object) -> dict[str, Any]:
    return {"id": name, "time": NOW, "service": "shop", **fields}


def lines(*rows: object) -> bytes:
    return b"\n".join(json.dumps(each).encode() for each in rows)


def doors(accept: Callable[[Frame], Acceptance], *, max_body: int = 1 << 20, **options: float) -> Doors:
    elsewhere = PlainTextResponse("elsewhere")
    return Doors(accept, lambda token: token == TOKEN, lambda: NOW, max_body, elsewhere, **options)


class Client:
    """Sends to doors in this process."""

    def __init__(self, app: Doors) -> None:
        self.app = app

    def post(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        return self.request("POST", path, body, **headers)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        given = {"authorization": f"Bearer {TOKEN}", "content-type": NDJSON}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://aright") as client:
                return await client.request(method, path, content=body, headers=given)

        return asyncio.run(ask())
