"""Causes outside, of the fifth and the sixth family."""

# ruff: noqa: E501 - lines are as long as they are

from __future__ import annotations

from typing import Final

from bench.rootcausebench_decoys import Outside

FRESH: Final = (
    Outside(
        name="crowd",
        lines=(
            "Connection is not available, request timed out after 30000ms (total=20, active=20, idle=0, waiting=141)",
            "queue is full, request dropped",
        ),
        shows="slow",
    ),
    Outside(
        name="partner's file",
        lines=(
            "row 18 of file partner-~id~ could not be parsed: unexpected end of record",
            "import of file partner-~id~ failed",
        ),
    ),
    Outside(
        name="disk",
        lines=(
            "I/O error, dev nvme1n1, sector 91823",
            "EXT4-fs error: remounting filesystem read-only",
            "write failed: Read-only file system",
        ),
    ),
    Outside(
        name="zone",
        lines=("i/o timeout", "context deadline exceeded while dialing", "no route to host"),
        everywhere=True,
        shows="slow",
    ),
    Outside(
        name="provider's answers",
        lines=("~vendor~ answered 200 with an HTML page instead of JSON: unexpected token '<'",),
    ),
    Outside(
        name="clock",
        lines=("token used before issued: clock skew of 412 s", "x509: certificate is not yet valid"),
        everywhere=True,
    ),
    Outside(
        name="their limit",
        lines=("429 Too Many Requests from api.~vendor~.com: monthly plan exceeded",),
    ),
    Outside(
        name="neighbour",
        lines=(
            "worker killed: node under memory pressure, evicted by the kubelet",
            "liveness probe timed out",
        ),
    ),
    Outside(
        name="model provider",
        lines=("~vendor~ overloaded_error: please retry later", "completion failed after 3 attempts: 529"),
        report=("~vendor~ completions", "elevated errors of completions, overloaded"),
    ),
    Outside(
        name="failover",
        lines=(
            "cannot execute UPDATE in a read-only transaction",
            "FATAL: the database system is starting up",
        ),
    ),
)

SIXTH: Final = (
    Outside(name="dns of a vendor", lines=("getaddrinfo ENOTFOUND hooks.~vendor~.io",)),
    Outside(
        name="cheap hardware",
        lines=("mce: [Hardware Error]: Machine check events logged", "process exited with signal 7"),
    ),
    Outside(
        name="webhook storm",
        lines=("accept queue is full, connection dropped", "too many open files"),
        shows="slow",
    ),
    Outside(
        name="vendor's new field", lines=("answer of ~vendor~ has unknown field ~field~: cannot unmarshal",)
    ),
    Outside(
        name="their maintenance",
        lines=("~vendor~ answered 503: scheduled maintenance",),
        report=("~vendor~ api", "maintenance, requests answered with 503"),
    ),
    Outside(
        name="spam order", lines=("order_id=~id~ has quantity -1: must be positive; will be tried again",)
    ),
    Outside(
        name="backbone",
        lines=("upstream timed out (110: Connection timed out) while reading response header",),
        everywhere=True,
        shows="slow",
    ),
    Outside(name="licence server", lines=("licence server lic.~vendor~.com unreachable, features disabled",)),
)
