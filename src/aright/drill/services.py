"""The services of a drill as the drill sees them: started, told of each other, asked, and hung up on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from aright.drill.failure import StageError
from aright.drill.messages import FLUSH, Flushed, Setting
from aright.drill.serving import SERVING
from aright.drill.stage import Child, start
from aright.drill.wire.client import Connections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.drill.scenario import Aright


class Services:
    """Services, each in a process of its own, by role.

    Args:
        module: that is run as each process, and is given its role and the drill's folder.
        roles: of the services, in the order in which they are started.
        lanes: connections to each of them.
    """

    def __init__(self, module: str, roles: Sequence[str], *, lanes: int) -> None:
        self._module = module
        self._roles = roles
        self._lanes = lanes
        self._children: dict[str, Child] = {}
        self._connections: dict[str, Connections] = {}

    def __getitem__(self, role: str) -> Connections:
        """Return the connections to one of them; there are none before it serves."""
        return self._connections[role]

    async def launch(self, folder: Path) -> Sequence[Child]:
        """Start the processes."""
        for role in self._roles:
            self._children[role] = await start(
                role, ("-m", self._module, role, str(folder)), folder=folder, environment={}, talks=True
            )
        return list(self._children.values())

    async def connect(self, aright: Aright, others: Mapping[str, int] | None = None) -> None:
        """Tell each where the others are, and see that it serves.

        Args:
            aright: to which they report.
            others: ports of whom they call beside each other, by name.

        Raises:
            StageError: one of them does not serve.
        """
        ports = {role: int(await child.line()) for role, child in self._children.items()}
        setting = Setting(
            url=aright.url, token=aright.token, secret=aright.secret, ports={**ports, **(others or {})}
        )
        for child in self._children.values():
            child.write(msgspec.json.encode(setting))
        for role, child in self._children.items():
            if await child.line() != SERVING:
                raise StageError(f"{role} did not begin to serve: look into its log")
        self._connections = {role: Connections(role, ports[role], lanes=self._lanes) for role in self._roles}

    def url(self, role: str) -> str:
        """Return where one of them is."""
        return f"http://127.0.0.1:{self[role].port}"

    async def flush(self) -> int:
        """Have them send what they have to report; return rows lost. Raises ``StageError``."""
        done = await asyncio.gather(*(each.send("POST", FLUSH) for each in self._connections.values()))
        flushed = [msgspec.json.decode(reply.body, type=Flushed) for reply in done]
        if not all(each.sent for each in flushed):
            raise StageError(
                "a service could not send what it reported: look at aright's log and the services'"
            )
        return sum(each.dropped for each in flushed)

    def close(self) -> None:
        """Hang up; the processes are stopped by who plays."""
        for each in self._connections.values():
            each.close()
