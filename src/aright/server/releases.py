"""Releases over HTTP: begun, read, ordered about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.alias import AliasKept
from aright.core.model.incident import TimelineEvent
from aright.core.model.release import Release
from aright.engine.release_operations import GateReport, Order, Start, Started
from aright.server.endpoint import Call, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class ReleaseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which releases.

    Attributes:
        service: of one service alone.
        open: those alone that are under way.
        limit: how many at most.
    """

    service: str | None = None
    open: bool = False
    limit: int = 100


class StartBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release, as asked for.

    Attributes:
        version: the candidate.
        by: who asks; the caller where left out.
        stable: the version that serves now; read where left out.
        model: the model's name, where the service has several.
        gate: what `aright gate --out` wrote.
        force: let it past a closed gate, and on to all users without waiting for looks.
        confirm: the service's name; needed with force.
        dry_run: only say what would be done.
    """

    version: str
    by: str = ""
    stable: str = ""
    model: str = ""
    gate: GateReport | None = None
    force: bool = False
    confirm: str = ""
    dry_run: bool = False


class OrderBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who orders it, and why.

    Attributes:
        by: who; the caller where left out.
        text: why.
        confirm: the service's name; needed for what moves traffic or the alias.
        dry_run: only say what would be done.
    """

    by: str = ""
    text: str = ""
    confirm: str = ""
    dry_run: bool = False


class AliasQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which aliases.

    Attributes:
        service: of one service alone.
    """

    service: str | None = None


def _start(call: Call) -> Started:
    body = call.sent(StartBody)
    wanted = Start(
        service=call.path["name"],
        version=body.version.strip()[:200],
        by=body.by.strip() or call.caller,
        stable=body.stable.strip()[:200],
        model=body.model.strip()[:200],
        gate=body.gate,
        force=body.force,
        confirm=body.confirm,
        dry_run=body.dry_run,
    )
    return call.operations.releases.start(wanted)


def _releases(call: Call) -> Sequence[Release]:
    asked = call.asked(ReleaseQuery)
    return call.operations.releases.releases(
        service=asked.service, under_way=asked.open, limit=max(1, min(asked.limit, 1_000))
    )


def _ordering(what: str) -> Callable[[Call], Started]:
    def order(call: Call) -> Started:
        body = call.sent(OrderBody)
        by = body.by.strip() or call.caller
        wanted = Order(what=what, by=by, text=body.text, confirm=body.confirm, dry_run=body.dry_run)
        return call.operations.releases.order(call.path["key"], wanted)

    return order


_SAID: Final = {
    "approve": "Let it into the state that waits for a person.",
    "pause": "Hold it where it is; harm still rolls it back.",
    "resume": "Let it go on.",
    "promote": "Let it serve all users without waiting.",
    "roll_back": "Put back the version before, at once.",
    "stop": "End it before it serves anybody.",
}

RELEASES: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/v1/services/{name}/releases",
        summary="Begin the release of a version: shadow, canary and promotion follow by themselves.",
        handler=_start,
        answer=Started,
        body=StartBody,
        errors=(404, 409),
    ),
    Endpoint(
        method="GET",
        path="/v1/releases",
        summary="Releases, the newest first.",
        handler=_releases,
        answer=list[Release],
        query=ReleaseQuery,
    ),
    Endpoint(
        method="GET",
        path="/v1/releases/{key}",
        summary="One release, with what the looks at it found.",
        handler=lambda call: call.operations.releases.release(call.path["key"]),
        answer=Release,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/v1/releases/{key}/ledger",
        summary="What was done with a release and why, oldest first, each line hashed over the one before.",
        handler=lambda call: call.operations.releases.ledger(call.path["key"]),
        answer=list[TimelineEvent],
        errors=(404,),
    ),
    *(
        Endpoint(
            method="POST",
            path=f"/v1/releases/{{key}}/{what}",
            summary=summary,
            handler=_ordering(what),
            answer=Started,
            body=OrderBody,
            errors=(404, 409),
        )
        for what, summary in _SAID.items()
    ),
    Endpoint(
        method="GET",
        path="/v1/aliases",
        summary="Aliases of models as their registry was last seen, and who moved them.",
        handler=lambda call: call.operations.releases.aliases(service=call.asked(AliasQuery).service),
        answer=list[AliasKept],
        query=AliasQuery,
    ),
)
"""Every endpoint about releases."""
