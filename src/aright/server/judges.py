"""Judges for others: Argo Rollouts, Flagger and Kayenta ask, and act on the answer themselves."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.mitigate.judging.hooks import HOOKS, Said, agrees, said
from aright.core.mitigate.judging.kayenta import JudgeRequest, JudgeResult, judge
from aright.engine.judge_operations import Question
from aright.server.endpoint import Call, Endpoint
from aright.server.instants import instant
from aright.server.problems import ProblemError, json_response

if TYPE_CHECKING:
    from starlette.responses import Response

    from aright.core.model.times import Micros


class ArgoQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which versions.

    Attributes:
        service: whose.
        stable: the version that served before; that of the release under way where left out.
        canary: the version on trial; likewise.
        since: when the canary came to serve, RFC 3339 or µs since 1970, UTC.
        metric: what is watched, may be repeated; what the service's policy says where left out.
        share: what share of the units the canary is to get, in (0, 1); not looked at where left out.
        step: which of the policy's steps is to be left, from 0; the last one where left out.
    """

    service: str
    stable: str = ""
    canary: str = ""
    since: str = ""
    metric: tuple[str, ...] = ()
    share: float = 0.0
    step: int = -1


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What Argo's web metric reads.

    Attributes:
        data: the look in few words.
    """

    data: Said


class FlaggerHook(msgspec.Struct, frozen=True, kw_only=True):
    """What Flagger posts.

    Attributes:
        name: of the Canary; the service where the metadata names none.
        namespace: of the Canary.
        phase: such as ``Progressing`` or ``WaitingPromotion``.
        checksum: of what is tried.
        type: of the hook, where Flagger tells it.
        metadata: as written in the hook: ``hook`` (its type), ``service``, ``stable``, ``canary``, ``since``,
            ``metrics`` (comma-separated), ``share``, ``step``.
    """

    name: str
    namespace: str = ""
    phase: str = ""
    checksum: str = ""
    type: str = ""
    metadata: dict[str, str] = {}


def _argo(call: Call) -> Measured:
    query = call.asked(ArgoQuery)
    look = call.operations.judges.judge(
        Question(
            service=query.service,
            stable=query.stable,
            candidate=query.canary,
            since=_since(query.since),
            metrics=query.metric,
            share=_share(query.share),
            step=query.step,
        )
    )
    return Measured(data=said(look))


def _flagger(call: Call) -> Response:
    sent = call.sent(FlaggerHook)
    told = sent.metadata
    hook = told.get("hook") or sent.type or "rollout"
    if hook not in HOOKS:
        raise ProblemError(400, f"{hook[:80]!r} is no hook of Flagger.", f"Write one of {', '.join(HOOKS)}.")
    look = call.operations.judges.judge(
        Question(
            service=told.get("service") or sent.name,
            stable=told.get("stable", ""),
            candidate=told.get("canary", ""),
            since=_since(told.get("since", "")),
            metrics=tuple(name.strip() for name in told.get("metrics", "").split(",") if name.strip()),
            share=_share(_number(told.get("share", "0"), "share")),
            step=int(_number(told.get("step", "-1"), "step")),
        )
    )
    # Flagger shows the body of any other answer in its events.
    return json_response(said(look), status=200 if agrees(hook, look.call) else 412)


def _kayenta(call: Call) -> JudgeResult:
    try:
        return judge(call.sent(JudgeRequest))
    except ValueError as error:
        raise ProblemError(400, f"This is too much: {error}.", "Judge fewer metrics at once.") from error


def _since(text: str) -> Micros:
    return instant(text, 0)


def _share(share: float) -> float:
    if 0 <= share < 1:
        return share
    raise ProblemError(400, f"share {share:g} is not in [0, 1).", "Write 0.05 for 5 %.")


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if isfinite(number):
        return number
    raise ProblemError(400, f"{name} {text[:80]!r} is no number.", "Write a number as text.")


JUDGES: Final = (
    Endpoint(
        method="GET",
        path="/v1/judge/argo",
        summary="Judge a canary for Argo Rollouts' web metric: read data.call.",
        handler=_argo,
        answer=Measured,
        query=ArgoQuery,
        errors=(404, 409),
        hook=True,
    ),
    Endpoint(
        method="POST",
        path="/v1/judge/flagger",
        summary="Judge a canary for a webhook of Flagger: 200 agrees with what the hook asks, 412 does not.",
        handler=_flagger,
        answer=Said,
        body=FlaggerHook,
        errors=(404, 409, 412),
        hook=True,
    ),
    Endpoint(
        method="POST",
        path="/judge",
        summary="Judge pairs of time series, as Kayenta's remote judge does.",
        handler=_kayenta,
        answer=JudgeResult,
        body=JudgeRequest,
        hook=True,
    ),
)
"""The endpoints."""
