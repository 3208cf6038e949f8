"""How units are split between two versions, in `aright.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.signing import read_secret
from aright.core.model.rollout import (
    TRAFFIC_WAYS,
    ArgoTraffic,
    EnvoyTraffic,
    FlagdTraffic,
    HaproxyTraffic,
    KserveTraffic,
    NginxTraffic,
    TrafficConfig,
    WebhookTraffic,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_KUBERNETES: Final[dict[str, str]] = {
    "api": "address of the Kubernetes API; needed.",
    "namespace": "the object's; needed.",
    "name": "the object's; needed.",
    "bearer_token_file": "a file with the token to send.",
    "ca_file": "a file with the API's certificate authority; the system's where left out.",
}
SPLIT_KEYS: Final[dict[str, dict[str, str]]] = {
    "haproxy": {
        "socket": "path of the admin socket, or HOST:PORT; needed.",
        "backend": "the backend with both servers; needed.",
        "stable": "the server of the version that serves; needed.",
        "canary": "the server of the candidate; needed.",
    },
    "envoy": {
        "admin": "address of the admin door; needed.",
        "key": "runtime key of the canary's fraction; needed.",
        "denominator": "what it counts in: 100, 10000 or 1000000; 100 where left out.",
        "mirror_key": "runtime key of the mirrored fraction, where shadows are fed by Envoy.",
    },
    "flagd": {
        "file": "the JSON file that flagd reads; needed.",
        "flag": "the flag's name; needed.",
        "stable": "the variant of the version that serves; stable where left out.",
        "canary": "the variant of the candidate; canary where left out.",
        "bucket_by": "the context attribute that decides; targetingKey where left out.",
    },
    "webhook": {
        "url": "where the signed POST goes, and the GET that tells the share; needed.",
        "secret": "the HMAC-SHA256 key, as `${NAME}` of an environment variable; needed.",
    },
    "nginx": {
        "file": "the file with the split_clients block alone; needed.",
        "variable": "the variable that holds the upstream, such as $upstream; needed.",
        "stable": "upstream of the version that serves; needed.",
        "canary": "upstream of the candidate; needed.",
        "pid_file": "whose process is told to read again; needed.",
        "key": "what is hashed; $remote_addr where left out.",
    },
    "kserve": _KUBERNETES,
    "argo": _KUBERNETES,
}
"""What each way to split traffic may say, by key."""

_DENOMINATORS: Final = (100, 10_000, 1_000_000)


def read_split(rollout: Reader, environment: Mapping[str, str] | None) -> TrafficConfig | None:
    """Return how units are split, ``None`` where the rollout does not say so, or not all of it."""
    node = rollout.node("traffic")
    if node is None:
        return None
    ways = Reader(node, rollout.said, "traffic", TRAFFIC_WAYS)
    given = [way for way in TRAFFIC_WAYS if ways.has(way)]
    if len(given) != 1:
        if ways.ok:
            rollout.tell(
                "traffic",
                "traffic is split in more than one way" if given else "traffic is split in no way",
                "one router decides",
                f"Give one of {', '.join(TRAFFIC_WAYS)}",
            )
        return None
    inner = ways.node(given[0])
    if inner is None:
        return None
    reader = Reader(inner, rollout.said, given[0], tuple(SPLIT_KEYS[given[0]]))
    found = _read(given[0], reader, environment)
    return found if reader.ok and _whole(given[0], reader) else None


def _read(way: str, reader: Reader, environment: Mapping[str, str] | None) -> TrafficConfig:
    def needed(name: str) -> str:
        return reader.text(name, needed=True)

    match way:
        case "haproxy":
            _two(reader)
            return HaproxyTraffic(
                socket=needed("socket"),
                backend=needed("backend"),
                stable=needed("stable"),
                canary=needed("canary"),
            )
        case "envoy":
            return EnvoyTraffic(
                admin=web_address(reader, "admin", needed=True),
                key=needed("key"),
                denominator=_denominator(reader),
                mirror_key=reader.text("mirror_key"),
            )
        case "flagd":
            _two(reader)
            return FlagdTraffic(
                file=needed("file"),
                flag=needed("flag"),
                stable=reader.text("stable", "stable"),
                canary=reader.text("canary", "canary"),
                bucket_by=reader.text("bucket_by"),
            )
        case "webhook":
            return WebhookTraffic(
                url=web_address(reader, "url", needed=True), secret=read_secret(reader, environment)
            )
        case "nginx":
            _two(reader)
            return NginxTraffic(
                file=needed("file"),
                variable=needed("variable"),
                stable=needed("stable"),
                canary=needed("canary"),
                pid_file=needed("pid_file"),
                key=reader.text("key", "$remote_addr"),
            )
        case _:
            return _of_kubernetes(way, reader)


def _of_kubernetes(way: str, reader: Reader) -> TrafficConfig:
    kind = KserveTraffic if way == "kserve" else ArgoTraffic
    return kind(
        api=web_address(reader, "api", needed=True),
        namespace=reader.text("namespace", needed=True),
        name=reader.text("name", needed=True),
        bearer_token_file=reader.text("bearer_token_file"),
        ca_file=reader.text("ca_file"),
    )


def _whole(way: str, reader: Reader) -> bool:
    """Return whether all that is needed was given; what is missing has been told."""
    return all(reader.has(key) for key, said in SPLIT_KEYS[way].items() if "; needed." in said)


def _two(reader: Reader) -> None:
    if reader.has("stable") and reader.text("stable") == reader.text("canary"):
        reader.tell("canary", "stable and canary are one", "traffic goes to two", "Name another")


def _denominator(reader: Reader) -> int:
    found = reader.integer("denominator", 100, low=100, high=1_000_000)
    if found not in _DENOMINATORS:
        reader.tell(
            "denominator", f"denominator is {found}", "Envoy counts in others", "Write 100, 10000 or 1000000"
        )
        return _DENOMINATORS[0]
    return found
