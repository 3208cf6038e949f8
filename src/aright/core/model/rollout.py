"""Rollout: where a service's versions are kept and how its traffic is split, as the catalog says."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from aright.core.model.release import Policy


class MlflowAlias(msgspec.Struct, frozen=True, kw_only=True):
    """An alias of a registered model in MLflow that the serving processes follow.

    Attributes:
        mlflow: address of the registry.
        model: the model's name there.
        alias: the alias of the version that serves all.
        candidate: the alias of the version that the canary serves; empty where traffic is split otherwise.
        bearer_token_file: a file with the token to send; empty for none.
        basic_auth_file: a file with ``NAME:PASSWORD`` to send; empty for none.
        ready: addresses of serving processes that answer which versions they have loaded; with them an alias
            only ever moves on to a version that all of them have.
    """

    mlflow: str
    model: str
    alias: str = "champion"
    candidate: str = "candidate"
    bearer_token_file: str = ""
    basic_auth_file: str = ""
    ready: tuple[str, ...] = ()


class HaproxyTraffic(msgspec.Struct, frozen=True, kw_only=True, tag="haproxy"):
    """Weights of two servers of one backend, over HAProxy's admin socket.

    Attributes:
        socket: path of the socket, or ``HOST:PORT``.
        backend: the backend.
        stable: the server of the stable version.
        canary: the server of the candidate.
    """

    socket: str
    backend: str
    stable: str
    canary: str


class EnvoyTraffic(msgspec.Struct, frozen=True, kw_only=True, tag="envoy"):
    """A runtime key that a route's fraction is read from, over Envoy's admin door.

    Attributes:
        admin: address of the admin door.
        key: runtime key of the canary's fraction.
        denominator: what the key counts in: 100, 10,000 or 1,000,000.
        mirror_key: runtime key of the mirrored fraction; empty where shadows are not fed by Envoy.
    """

    admin: str
    key: str
    denominator: int = 100
    mirror_key: str = ""


class FlagdTraffic(msgspec.Struct, frozen=True, kw_only=True, tag="flagd"):
    """A fractional flag in a file that flagd reads.

    Attributes:
        file: the JSON file.
        flag: the flag's name.
        stable: the variant of the stable version.
        canary: the variant of the candidate.
        bucket_by: the context attribute that decides; ``targetingKey`` where empty.
    """

    file: str
    flag: str
    stable: str = "stable"
    canary: str = "canary"
    bucket_by: str = ""


class WebhookTraffic(msgspec.Struct, frozen=True, kw_only=True, tag="webhook"):
    """A signed webhook of the team's own.

    Attributes:
        url: where the signed POST goes; a GET of it answers ``{"share": …}``.
        secret: the HMAC-SHA256 key; never shown.
    """

    url: str
    secret: str

    def __repr__(self) -> str:
        return f"WebhookTraffic(url={self.url!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Leave the secret out of what rich prints, too."""
        return [("url", self.url)]


class NginxTraffic(msgspec.Struct, frozen=True, kw_only=True, tag="nginx"):
    """A file with a ``split_clients`` block and a reload, which cuts kept-alive connections.

    Attributes:
        file: the file that is written; the configuration must include it.
        variable: the variable that holds the upstream.
        stable: upstream of the stable version.
        canary: upstream of the candidate.
        key: what is hashed.
        pid_file: whose process is told to read again.
    """

    file: str
    variable: str
    stable: str
    canary: str
    pid_file: str
    key: str = "$remote_addr"


class KserveTraffic(msgspec.Struct, frozen=True, kw_only=True, tag="kserve"):
    """``canaryTrafficPercent`` of an InferenceService.

    Attributes:
        api: address of the Kubernetes API.
        namespace: of the InferenceService.
        name: its name.
        bearer_token_file: a file with the token to send; empty for none.
        ca_file: the API's certificate authority; empty for the system's.
    """

    api: str
    namespace: str
    name: str
    bearer_token_file: str = ""
    ca_file: str = ""


class ArgoTraffic(msgspec.Struct, frozen=True, kw_only=True, tag="argo"):
    """A Rollout of Argo: its weights are its own; it is promoted and aborted by merge patches.

    Attributes:
        api: address of the Kubernetes API.
        namespace: of the Rollout.
        name: its name.
        bearer_token_file: a file with the token to send; empty for none.
        ca_file: the API's certificate authority; empty for the system's.
    """

    api: str
    namespace: str
    name: str
    bearer_token_file: str = ""
    ca_file: str = ""


TrafficConfig: TypeAlias = (
    HaproxyTraffic | EnvoyTraffic | FlagdTraffic | WebhookTraffic | NginxTraffic | KserveTraffic | ArgoTraffic
)
"""Each way to split traffic has a type of its own."""

TRAFFIC_WAYS: Final = ("haproxy", "envoy", "flagd", "webhook", "nginx", "kserve", "argo")
"""Their names, the best first."""


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """How a service's new versions reach its users.

    Attributes:
        policy: how they are let through.
        registry: where the alias of the version that serves is; ``None`` where another way decides.
        traffic: how units are split between two versions; ``None`` where aright only judges.
    """

    policy: Policy = Policy()
    registry: MlflowAlias | None = None
    traffic: TrafficConfig | None = None


def way_of(traffic: TrafficConfig) -> str:
    """Return the name of a way to split traffic.

    >>> way_of(FlagdTraffic(file="f", flag="g"))
    'flagd'
    """
    return str(type(traffic).__struct_config__.tag)
