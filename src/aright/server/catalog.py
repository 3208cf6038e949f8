"""The catalog over HTTP: services with their actions, whose secrets go in and never come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.redaction import MOST_FIELDS, MOST_TEXT, Redaction
from aright.core.model.service import REMEDIES, TYPES, Action, Escalation, Runbook, Scrape, Service
from aright.core.model.training import Training
from aright.server.problems import ProblemError
from aright.server.replays import ReplayBody, ReplayView, replay_of
from aright.server.rollouts import RolloutBody, RolloutView, rollout_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_OF_FILES: Final = ("scrape", "training")
_KEPT: Final = (
    "dependencies",
    "page_signals",
    "latency_limits",
    "runbooks",
    "escalation",
    "policy",
    "jobs",
    "pipelines",
    "threshold",
    "near_threshold",
    "approves",
    "approving",
    "refusals",
    "source_language",
    "target_language",
    "false_pages",
    "false_notices",
    "redact",
)
"""Fields that stay as they are where a body does not give them."""

_SIDES: Final = ("below", "above")


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """An offered mitigation, as shown.

    Attributes:
        id: short name, unique within the service.
        title: what it does, for people.
        remedy: ``restore_source`` or ``roll_back_model``.
        url: where the signed POST goes.
        undo_url: where the undoing POST goes; empty when it cannot be undone.
    """

    id: str
    title: str
    remedy: str
    url: str
    undo_url: str = ""


class ServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """A service, as shown.

    Attributes:
        key: its name.
        type: recommender | classifier | fraud | translation | llm | vision | other.
        tier: 1 (the business stops without it) to 4.
        owners: who answers for it.
        segments: attributes to watch as segments; empty means "find them".
        quality: graded outcome kinds whose mean is the service's quality.
        actions: offered mitigations, without their secrets.
        users_per_day: people served a day; 0 means "use what was seen".
        dependencies: what it calls: other services by name, or third parties.
        page_signals: signals whose shift alone pages.
        latency_limits: answers slower than each of these (ms) are counted.
        runbooks: where it is written what to do.
        escalation: who is told when nobody answers.
        scrape: where its metrics are read; the server's own catalog file alone can say so.
        jobs: names that Prometheus and others give it.
        pipelines: namespace/job of the OpenLineage jobs that make its data, also with ``*``.
        threshold: the score that parts answers that approve from others; null where there is none.
        near_threshold: how far from it a score is near.
        approves: which scores approve: ``below`` the threshold or ``above``, from it on.
        approving: labels that approve; where there are some, they decide and not the score.
        refusals: further phrases with which a text refuses to answer.
        source_language: the attribute that names the language of the source.
        target_language: the attribute that names the language to translate into.
        false_pages: false pages a month that its team accepts; 0 for what the engine's settings say.
        false_notices: false notices a day that its team accepts; 0 likewise.
        replay: how its versions are run on stored inputs.
        training: where it is read how its versions were made; the server's own catalog file alone can say so.
        redact: what is not kept of its inputs where samples of them are.
        rollout: how its new versions reach its users.
        policy: its escalation policy, by name; empty for the one of its own steps, else the default one.
    """

    key: str
    type: str = "other"
    tier: int = 2
    owners: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    actions: tuple[ActionView, ...] = ()
    users_per_day: int = 0
    dependencies: tuple[str, ...] = ()
    page_signals: tuple[str, ...] = ()
    latency_limits: tuple[float, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    scrape: tuple[Scrape, ...] = ()
    jobs: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    threshold: float | None = None
    near_threshold: float = 0.02
    approves: str = "below"
    approving: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    source_language: str = ""
    target_language: str = ""
    false_pages: float = 0.0
    false_notices: float = 0.0
    replay: ReplayView | None = None
    training: Training | None = None
    redact: Redaction = Redaction()
    rollout: RolloutView | None = None
    policy: str = ""


class ActionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offered mitigation, as sent.

    Attributes:
        id: short name, unique within the service.
        title: what it does, for people.
        remedy: ``restore_source`` or ``roll_back_model``.
        url: where the signed POST goes.
        secret: the HMAC-SHA256 key; left out, an action of this id keeps the one it has.
        undo_url: where the undoing POST goes; empty when it cannot be undone.
    """

    id: str
    title: str
    remedy: str
    url: str
    secret: str = ""
    undo_url: str = ""


class ServiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service, as sent.

    Attributes:
        key: its name; may be left out, the path says it.
        type: recommender | classifier | fraud | translation | llm | vision | other.
        tier: 1 (the business stops without it) to 4.
        owners: who answers for it.
        segments: attributes to watch as segments; empty means "find them".
        quality: graded outcome kinds whose mean is the service's quality.
        actions: offered mitigations.
        users_per_day: people served a day; 0 means "use what was seen".
        dependencies: what it calls; these and the following stay as they are where left out.
        page_signals: signals whose shift alone pages.
        latency_limits: answers slower than each of these (ms) are counted.
        runbooks: where it is written what to do.
        escalation: who is told when nobody answers.
        scrape: where its metrics are read; the server's own catalog file alone can say so.
        jobs: names that Prometheus and others give it.
        pipelines: namespace/job of the OpenLineage jobs that make its data, also with ``*``.
        threshold: the score that parts answers that approve from others; null where there is none.
        near_threshold: how far from it a score is near.
        approves: which scores approve: ``below`` the threshold or ``above``, from it on.
        approving: labels that approve; where there are some, they decide and not the score.
        refusals: further phrases with which a text refuses to answer.
        source_language: the attribute that names the language of the source.
        target_language: the attribute that names the language to translate into.
        false_pages: false pages a month that its team accepts; 0 for what the engine's settings say.
        false_notices: false notices a day that its team accepts; 0 likewise.
        replay: how its versions are run on stored inputs.
        training: where it is read how its versions were made; the server's own catalog file alone can say so.
        redact: what is not kept of its inputs where samples of them are.
        rollout: how its new versions reach its users.
        policy: its escalation policy, by name; empty for the one of its own steps, else the default one.
    """

    key: str = ""
    type: str = "other"
    tier: int = 2
    owners: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    actions: tuple[ActionBody, ...] = ()
    users_per_day: int = 0
    dependencies: tuple[str, ...] | None = None
    page_signals: tuple[str, ...] | None = None
    latency_limits: tuple[float, ...] | None = None
    runbooks: tuple[Runbook, ...] | None = None
    escalation: tuple[Escalation, ...] | None = None
    scrape: tuple[Scrape, ...] | None = None
    jobs: tuple[str, ...] | None = None
    pipelines: tuple[str, ...] | None = None
    threshold: float | None = None
    near_threshold: float | None = None
    approves: str | None = None
    approving: tuple[str, ...] | None = None
    refusals: tuple[str, ...] | None = None
    source_language: str | None = None
    target_language: str | None = None
    false_pages: float | None = None
    false_notices: float | None = None
    replay: ReplayBody | None = None
    training: Training | None = None
    redact: Redaction | None = None
    rollout: RolloutBody | None = None
    policy: str | None = None


def views(services: Iterable[Service]) -> list[ServiceView]:
    """Return services as they may be shown.

    >>> action = Action(id="a", title="A", remedy="restore_source", url="http://x", secret="s3cret")
    >>> "s3cret" in repr(views([Service(key="shop", actions=(action,))]))
    False
    """
    return [msgspec.convert(service, ServiceView, from_attributes=True) for service in services]


def keep_secrets(body: ServiceBody, name: str, known: Service | None) -> Service:
    """Return the service to register; an action without a secret keeps the one it had.

    Raises ``ProblemError`` (400) where it never had one, ids repeat, or type, tier or remedy is none; and
    where ``scrape`` or ``training`` would change: they make the server read and send files, so a token is not
    enough for that.
    """
    _checked(body)
    for field in _OF_FILES:
        asked = getattr(body, field)
        if asked is not None and asked != getattr(known or Service(key=name), field):
            raise ProblemError(
                400,
                f"{field} cannot be changed over the network.",
                "Write it into the catalog file that the server is started with.",
            )
    had = {action.id: action.secret for action in known.actions} if known else {}
    actions = []
    for action in body.actions:
        secret = action.secret or had.get(action.id, "")
        if not secret:
            raise ProblemError(
                400,
                f"The action {action.id!r} has no secret.",
                "Give one: the receiver checks every request's signature with it.",
            )
        actions.append(
            Action(
                id=action.id,
                title=action.title,
                remedy=action.remedy,
                url=action.url,
                secret=secret,
                undo_url=action.undo_url,
            )
        )
    given = {field: value for field in _KEPT if (value := getattr(body, field)) is not None}
    return msgspec.structs.replace(
        known or Service(key=name),
        **given,
        type=body.type,
        tier=body.tier,
        owners=body.owners,
        segments=body.segments,
        quality=body.quality,
        actions=tuple(actions),
        users_per_day=body.users_per_day,
        replay=replay_of(body.replay, known.replay if known else None),
        rollout=rollout_of(body.rollout, known.rollout if known else None),
    )


def _checked(body: ServiceBody) -> None:
    if body.type not in TYPES:
        raise ProblemError(400, f"type is {body.type[:80]!r}.", f"Give one of {', '.join(TYPES)}.")
    if not 1 <= body.tier <= 4:
        raise ProblemError(400, f"tier is {body.tier}.", "Give 1 (the business stops without it) to 4.")
    if body.approves not in {None, *_SIDES}:
        raise ProblemError(400, f"approves is {body.approves!r:.80}.", f"Give one of {', '.join(_SIDES)}.")
    for name in ("near_threshold", "false_pages", "false_notices"):
        if (getattr(body, name) or 0.0) < 0:
            raise ProblemError(400, f"{name} is below 0.", "Give 0 or more.")
    if body.redact is not None and not (
        0 <= body.redact.text <= MOST_TEXT and len(body.redact.fields) <= MOST_FIELDS
    ):
        raise ProblemError(
            400,
            "redact is out of bounds.",
            f"Keep 0 to {MOST_TEXT} characters of a text, and name at most {MOST_FIELDS} fields.",
        )
    if len({action.id for action in body.actions}) < len(body.actions):
        raise ProblemError(400, "Two actions have the same id.", "Give each its own.")
    _check_actions(body.actions)


def _check_actions(actions: Iterable[ActionBody]) -> None:
    for action in actions:
        if action.remedy not in REMEDIES:
            raise ProblemError(
                400, f"remedy is {action.remedy[:80]!r}.", f"Give one of {', '.join(REMEDIES)}."
            )
        for url in (action.url, action.undo_url):
            if url and not url.startswith(("http://", "https://")):
                raise ProblemError(
                    400, f"{url[:80]!r} is no web address.", "Begin it with https:// or http://."
                )
