"""A service, as the catalog knows it."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.redaction import Redaction
from aright.core.model.replay import Replay
from aright.core.model.rollout import Rollout
from aright.core.model.times import Micros
from aright.core.model.training import Training

TYPES: Final = ("recommender", "classifier", "fraud", "translation", "llm", "vision", "other")
"""What a service may be."""

REMEDIES: Final = (
    "restore_source",
    "restore_inputs",
    "roll_back_model",
    "roll_back_change",
    "pin_dependency",
)
"""What an action may do."""

ADVICE: Final = {
    "escalate": "call those whose service it is, and fall back to what does not need them",
    "set_aside_data": "set aside what fails again and again, and serve the rest",
}
"""What helps where no action of ours does, by remediation class: people do it, aright carries nothing out."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A way to put a service right that its team has offered: a signed webhook.

    Attributes:
        id: short name, unique within the service.
        title: what it does, for people.
        remedy: the remediation class it serves, one of ``REMEDIES``.
        url: where the signed POST goes.
        secret: the HMAC-SHA256 key; never shown or logged, not even by ``repr``.
        undo_url: where the undoing POST goes; empty when it cannot be undone.

    >>> Action(id="a", title="t", remedy="restore_source", url="https://x", secret="hidden")
    Action(id='a', remedy='restore_source', url='https://x')
    """

    id: str
    title: str
    remedy: str
    url: str
    secret: str
    undo_url: str = ""

    def __repr__(self) -> str:
        return f"Action(id={self.id!r}, remedy={self.remedy!r}, url={self.url!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Leave the secret out of what rich prints, too."""
        return [("id", self.id), ("remedy", self.remedy), ("url", self.url)]


class Runbook(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is written what to do.

    Attributes:
        title: what it is about, for people.
        url: where it is.
        signal: the signal it is for; empty for all.
    """

    title: str
    url: str
    signal: str = ""


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """A step of who is told when nobody answers.

    Attributes:
        after: how long after the page (µs).
        notify: who is told then.
    """

    after: Micros
    notify: tuple[str, ...]


class Scrape(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service shows its metrics, in Prometheus' text format or OpenMetrics.

    Attributes:
        url: where they are.
        every: how often they are read (µs).
        job: a name for what shows them, where a service has several; empty for none.
        bearer_token_file: a file with the token to send; empty for none.
        metrics: names to keep, also with ``*``; empty keeps all.
    """

    url: str
    every: Micros
    job: str = ""
    bearer_token_file: str = ""
    metrics: tuple[str, ...] = ()


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What aright knows of one AI-powered service.

    Attributes:
        key: its name.
        type: recommender | classifier | fraud | translation | llm | vision | other.
        tier: 1 (the business stops without it) to 4.
        owners: who answers for it.
        segments: attributes to watch as segments; empty means "find them".
        quality: graded outcome kinds whose mean is the service's quality, such as ``click``.
        actions: offered mitigations.
        users_per_day: people served a day, for severity; 0 means "use what was seen".
        dependencies: what it calls: other services by name, or third parties.
        page_signals: signals whose shift alone pages, by name or by what is before the name's colon.
        latency_limits: answers slower than each of these (ms) are counted, as signals ``slower:MS``.
        runbooks: where it is written what to do.
        escalation: who is told when nobody answers, the first step first.
        scrape: where its metrics are read.
        jobs: names that Prometheus and others give it; rows of those are its own.
        pipelines: namespace/job of the OpenLineage jobs that make its data, also with ``*``.
        threshold: the score that parts answers that approve from others; ``None`` where there is none.
        near_threshold: how far from it a score is near.
        approves: which scores approve: ``below`` the threshold or from it on, ``above``.
        approving: labels that approve; where there are some, they decide and not the score.
        refusals: further phrases with which a text refuses to answer.
        source_language: the attribute that names the language of the source; found by name where left out.
        target_language: the attribute that names the language to translate into, likewise.
        false_pages: false pages a month that its team accepts; 0 for as many as the engine's settings say.
        false_notices: false notices a day that its team accepts; 0 as above.
        replay: how its versions are run on stored inputs; ``None`` where they cannot be.
        training: where it is read how its versions were made; ``None`` where it cannot be.
        redact: what is not kept of its inputs where samples of them are.
        rollout: how its new versions reach its users; ``None`` where aright has no part in it.
        policy: the name of its escalation policy; empty for the one of its own steps, else the default one.
    """

    key: str
    type: str = "other"
    tier: int = 2
    owners: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
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
    replay: Replay | None = None
    training: Training | None = None
    redact: Redaction = Redaction()
    rollout: Rollout | None = None
    policy: str = ""
