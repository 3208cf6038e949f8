"""Services in `aright.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.engine import read_rate
from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.redacting import read_redaction
from aright.adapters.catalog.replays import read_replay
from aright.adapters.catalog.rollouts import read_rollout
from aright.adapters.catalog.scrapes import read_scrapes
from aright.adapters.catalog.signals import check_signal
from aright.adapters.catalog.signing import read_secret
from aright.adapters.catalog.slos import SLO_KEYS, read_slo
from aright.adapters.catalog.suites import read_suites
from aright.adapters.catalog.trainings import read_training
from aright.adapters.catalog.tree import Fields
from aright.adapters.catalog.watched import WATCHED_KEYS, with_answers
from aright.core.model.service import REMEDIES, TYPES, Action, Escalation, Runbook, Service
from aright.core.model.settable import FALSE_NOTICES, FALSE_PAGES
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.adapters.catalog.findings import Findings
    from aright.adapters.catalog.tree import Node
    from aright.core.model.slo import Slo
    from aright.core.model.suite import Suite

SERVICE_KEYS: Final[dict[str, str]] = {
    "name": "its name, as its predictions say it; needed, unique.",
    "type": f"one of {', '.join(TYPES)}.",
    "tier": "1 (the business stops without it) to 4; 2 where left out.",
    "owners": "a list of who answers for it.",
    "users_per_day": "people served a day, for severity; what was seen where left out.",
    "dependencies": "a list of what it calls: services of this catalog by name, or third parties.",
    "segments": "a list of attributes to watch as segments; found where left out.",
    "quality": "a list of graded outcome kinds whose mean is its quality, such as click.",
    "signals": "a mapping from a signal to `page: true`, where its shift alone shall page.",
    "false_pages": "how many false pages its team accepts, such as `1 per month` (day, week, quarter, year).",
    "false_notices": "how many false notices its team accepts, such as `1 per day`.",
    **WATCHED_KEYS,
    "actions": "a list of offered mitigations.",
    "runbooks": "a list of where it says what to do.",
    "policy": "the name of its escalation policy; the one called default where left out.",
    "escalation": "a list of steps of who is told when nobody answers, for a service without a policy.",
    "scrape": "a list of where its metrics are read, as Prometheus does.",
    "jobs": "a list of other names that its rows come under, such as jobs of Prometheus.",
    "pipelines": "a list of the OpenLineage jobs that make its data: namespace/job; * stands for anything.",
    "redact": "what is not kept of its inputs where samples of them are.",
    "replay": "how a version of its model is run on stored inputs, to tell data from model.",
    "training": "where it is read how its versions were made.",
    "rollout": "how new versions of its model reach its users.",
    "slos": "a list of objectives.",
    "suites": "a list of your own Pandera or Great Expectations suites to run as monitors.",
}
"""What a service in a catalog may say, by key."""

ACTION_KEYS: Final[dict[str, str]] = {
    "id": "short name, unique within the service; needed.",
    "title": "what it does, for people; needed.",
    "remedy": f"one of {', '.join(REMEDIES)}; needed.",
    "url": "where the signed POST goes; needed.",
    "secret": "the HMAC-SHA256 key, as `${NAME}` of an environment variable; needed.",
    "undo_url": "where the undoing POST goes.",
}
"""What an action may say, by key."""

RUNBOOK_KEYS: Final[dict[str, str]] = {
    "title": "what it is about; needed.",
    "url": "where it is; needed.",
    "signal": "the signal it is for; all where left out.",
}
"""What a runbook may say, by key."""

ESCALATION_KEYS: Final[dict[str, str]] = {
    "after": "how long after the page, such as 15m; 0s for at once.",
    "notify": "a list of who is told then; needed.",
}
"""What a step of escalation may say, by key."""

_SIGNAL_KEYS: Final = ("page",)


def read_service(
    node: Node, said: Findings, environment: Mapping[str, str] | None
) -> tuple[Service | None, int, list[tuple[Slo, int]], tuple[Suite, ...]]:
    """Return a service with its line, its SLOs with theirs and its suites; none where it has no name."""
    reader = Reader(node, said, "a service", tuple(SERVICE_KEYS))
    name = reader.text("name", needed=True)
    slos = [
        found
        for each in reader.items("slos")
        if (found := read_slo(Reader(each, said, "an SLO", tuple(SLO_KEYS)), name)) is not None
    ]
    service = Service(
        key=name,
        type=reader.one_of("type", TYPES, "other"),
        tier=reader.integer("tier", 2, low=1, high=4),
        owners=reader.texts("owners"),
        segments=reader.texts("segments"),
        quality=reader.texts("quality"),
        actions=_actions(reader, environment),
        users_per_day=reader.integer("users_per_day", 0, low=0, high=10**10),
        dependencies=_dependencies(reader, name),
        page_signals=_page_signals(reader),
        false_pages=read_rate(reader, "false_pages", FALSE_PAGES),
        false_notices=read_rate(reader, "false_notices", FALSE_NOTICES),
        runbooks=_runbooks(reader),
        escalation=_escalation(reader),
        policy=reader.text("policy"),
        scrape=read_scrapes(reader),
        jobs=reader.texts("jobs"),
        pipelines=_pipelines(reader),
        replay=read_replay(reader, environment),
        training=read_training(reader),
        redact=read_redaction(reader),
    )
    service = with_answers(reader, service)
    service = structs.replace(service, rollout=read_rollout(reader, service, environment))
    return (service if name else None), reader.at("name"), slos, read_suites(reader, name) if name else ()


def _actions(reader: Reader, environment: Mapping[str, str] | None) -> tuple[Action, ...]:
    found: dict[str, Action] = {}
    for node in reader.items("actions"):
        each = Reader(node, reader.said, "an action", tuple(ACTION_KEYS))
        action = Action(
            id=each.text("id", needed=True),
            title=each.text("title", needed=True),
            remedy=each.one_of("remedy", REMEDIES, REMEDIES[0]),
            url=web_address(each, "url", needed=True),
            secret=read_secret(each, environment),
            undo_url=web_address(each, "undo_url"),
        )
        if not each.has("remedy"):
            each.missing("remedy")
        if action.id in found:
            each.tell("id", f"the action {action.id} is given twice", "ids tell them apart", "Rename one")
        found[action.id] = action
    return tuple(found.values())


def _dependencies(reader: Reader, name: str) -> tuple[str, ...]:
    found = reader.texts("dependencies")
    if name and name in found:
        reader.tell("dependencies", f"{name} depends on itself", "that explains nothing", "Take it out")
    return tuple(each for each in found if each != name)


def _pipelines(reader: Reader) -> tuple[str, ...]:
    found = reader.texts("pipelines")
    for name in found:
        if "/" not in name.strip("/"):
            reader.tell(
                "pipelines",
                f"{shown(name)} is no pipeline",
                "jobs of OpenLineage have a namespace and a name",
                "Write namespace/job, or namespace/* for all of a namespace",
            )
    return found


def _page_signals(reader: Reader) -> tuple[str, ...]:
    found = []
    signals = reader.fields("signals") or Fields(reader.line, (), {})
    for key in signals.keys:
        each = Reader(signals.values[key.text], reader.said, f"signal {key.text}", _SIGNAL_KEYS)
        if check_signal(key.text, key.line, reader.said, counted=False) and each.flag("page"):
            found.append(key.text)
    return tuple(found)


def _runbooks(reader: Reader) -> tuple[Runbook, ...]:
    found = []
    for node in reader.items("runbooks"):
        each = Reader(node, reader.said, "a runbook", tuple(RUNBOOK_KEYS))
        signal = each.text("signal")
        if signal:
            check_signal(signal, each.at("signal"), reader.said, counted=False)
        title, url = each.text("title", needed=True), web_address(each, "url", needed=True)
        found.append(Runbook(title=title, url=url, signal=signal))
    return tuple(found)


def _escalation(reader: Reader) -> tuple[Escalation, ...]:
    found: list[Escalation] = []
    for node in reader.items("escalation"):
        each = Reader(node, reader.said, "a step of escalation", tuple(ESCALATION_KEYS))
        step = Escalation(after=each.span("after", 0, low=0, high=30 * DAY), notify=each.texts("notify"))
        if not step.notify:
            each.tell("notify", "the step tells nobody", "the page would end there", "Give notify: [NAME]")
        if found and step.after <= found[-1].after:
            each.tell(
                "after",
                "the step is not after the one before it",
                "it would never be reached in its turn",
                "Order steps by time, each later than the last",
            )
        found.append(step)
    return tuple(found)
