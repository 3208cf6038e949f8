"""What HAProxy tells of a backend and its servers."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.adapters.traffic_haproxy.socket import ask
from aright.core.mitigate.shares import Weights
from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.rollout import HaproxyTraffic

_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_SERVING: Final = ("UP", "no check")


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server.

    Attributes:
        name: its name.
        status: what HAProxy says of it: ``UP``, ``DOWN``, ``MAINT``, ``no check`` …
        weight: as set, from 0 to 256.
        spare: whether it only serves where no other can.
    """

    name: str
    status: str
    weight: int
    spare: bool = False

    @property
    def serves(self) -> bool:
        """Whether it is given requests if its weight lets it."""
        return self.status.startswith(_SERVING)


@dataclass(frozen=True, kw_only=True)
class Backend:
    """The two servers of a rollout, and what is beside them.

    Attributes:
        stable: the stable version's.
        canary: the candidate's.
        others: names of servers that are given requests, too.
        way: how requests are spread, such as ``roundrobin``; empty where not told.
    """

    stable: Server
    canary: Server
    others: tuple[str, ...]
    way: str

    @property
    def weights(self) -> Weights:
        """The weights as set."""
        return Weights(self.stable.weight, self.canary.weight)

    @property
    def share(self) -> float:
        """What the candidate gets: of two servers, one that is down leaves all to the other."""
        live = [each.weight if each.serves else 0 for each in (self.stable, self.canary)]
        return Weights(live[0], live[1]).share


def named(at: HaproxyTraffic, which: str) -> str:
    """Return ``BACKEND/SERVER``; raises ``TrafficError`` for names that HAProxy does not take."""
    for name in (at.backend, which):
        if not _NAME.fullmatch(name):
            raise TrafficError(
                f"{harmless(name, 80)!r} is no name of a backend or server: they are of letters, "
                "digits, '-', '_', "
                "'.' and ':'. Mend it in the catalog.",
                permanent=True,
            )
    return f"{at.backend}/{which}"


def read(at: HaproxyTraffic) -> Backend:
    """Return the backend as it is now; raises ``TrafficError``."""
    named(at, at.stable), named(at, at.canary)
    told = ask(at.socket, f"show stat {at.backend} 6 -1")
    lines = list(csv.DictReader(told.removeprefix("# ").strip().splitlines()))
    if not lines or "svname" not in lines[0]:
        raise TrafficError(
            f"HAProxy tells nothing of a backend {at.backend}: {harmless(told) or 'it answered nothing'}. "
            "Is `backend` in the catalog the name in HAProxy's configuration?",
            permanent=True,
        )
    servers = {each["svname"]: _server(each) for each in lines if each.get("type") == "2"}
    for name in (at.stable, at.canary):
        if name not in servers:
            there = ", ".join(harmless(each, 40) for each in list(servers)[:8]) or "none"
            raise TrafficError(
                f"HAProxy's backend {at.backend} has no server {name}; there are {there}. Mend the catalog.",
                permanent=True,
            )
    others = (each for name, each in servers.items() if name not in {at.stable, at.canary})
    return Backend(
        stable=servers[at.stable],
        canary=servers[at.canary],
        others=tuple(each.name for each in others if each.serves and each.weight and not each.spare),
        way=next((harmless(each.get("algo") or "", 40) for each in lines if each.get("type") == "1"), ""),
    )


def _server(line: Mapping[str, str]) -> Server:
    weight = line.get("uweight") or line.get("weight") or ""
    if not weight.isdecimal():
        raise TrafficError(
            "HAProxy tells no weights of its servers. Is what listens at the socket HAProxy, 1.8 or newer?"
        )
    return Server(
        name=harmless(line["svname"], 80),
        status=harmless(line.get("status") or "", 40),
        weight=int(weight),
        spare=line.get("bck") == "1",
    )
