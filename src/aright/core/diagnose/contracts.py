"""Contracts of dependencies: did one break, and when, and does the loss go with it?

A contract is judged where its payloads come in; what it says is in the incident's alerts. Until payloads are
tied to the answers that were made from them, a broken contract explains the part hit as a whole: that it
broke just before the loss began is what speaks for it, and a break that came after is acquitted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.changes import timing
from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.sql import all_of, equals
from aright.core.diagnose.wording import listed, shown, shown_text
from aright.core.model.contracts import SIGNAL
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.probability import percent
from aright.core.model.times import MINUTE, SECOND, clock_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.scene import Scene
    from aright.core.model.alert import Alert
    from aright.core.model.incident import Hit
    from aright.core.model.times import Micros

REMEDY: Final = "pin_dependency"
MOST: Final = 8
"""Broken contracts looked at, the earliest first."""

SLACK: Final = MINUTE
"""How far the times of a break and of a loss may disagree: both are known to windows."""

_ENDPOINT: Final = re.compile(r"(?P<dependency>.+?) (?P<name>[A-Z]+ \S+)(?P<request> request)?")
_PATH: Final = re.compile(r"`([^`]+)`")
"""What a sentence on a break begins with."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A contract that broke.

    Attributes:
        service: who calls the dependency.
        subject: the dependency and what is asked of it.
        text: what moved, in words.
        since: when it broke, to the window (µs, UTC).
        alert: that told of it.
    """

    service: str
    subject: str
    text: str
    since: Micros
    alert: Alert

    @property
    def dependency(self) -> str:
        """Who is called."""
        return party_of(self.subject)

    @property
    def endpoint(self) -> str:
        """What is asked for; empty where that is not told."""
        found = _ENDPOINT.fullmatch(self.subject)
        return found["name"] if found else ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Where it broke, as far as the words say."""
        found = (_PATH.match(part) for part in self.text.split("; "))
        return tuple(dict.fromkeys(each[1] for each in found if each))[:MOST]

    @property
    def is_sent(self) -> bool:
        """Whether it is what the service itself sends that changed."""
        found = _ENDPOINT.fullmatch(self.subject)
        return found is not None and found["request"] is not None

    @property
    def title(self) -> str:
        """One sentence for people."""
        what = listed([f"`{path}`" for path in self.paths]) or "its contents"
        if self.is_sent:
            return f"{shown(self.service)} changed {what} in what it sends to {shown(self.dependency)}"
        return f"{shown(self.dependency)} changed {what} in its answers"

    @property
    def token(self) -> str:
        """Name by which findings cite it before it has a number."""
        return f"{CauseKind.CONTRACT.value}:{self.subject}"


def party_of(subject: str) -> str:
    """Return who is called, of a contract's subject.

    >>> party_of("rates.example GET /v1/rates")
    'rates.example'
    """
    found = _ENDPOINT.fullmatch(subject)
    return found["dependency"] if found else subject


def broken_contracts(alerts: Sequence[Alert]) -> list[Broken]:
    """Return the contracts that alerts say broke, the earliest first; harmless news is none.

    >>> from aright.core.model.alert import Alert
    >>> alert = Alert(key="k", service="shop", signal="contract:rates.example GET /v1/rates", harm=True, at=9,
    ...     since=5, before=0, now=1, low=1, high=1, units=90, log_e=20, threshold=9, rule="",
    ...     text="rates.example GET /v1/rates: `price` went from 2 decimals to 0 since 14:02")
    >>> [(one.dependency, one.endpoint, one.text) for one in broken_contracts([alert])]
    [('rates.example', 'GET /v1/rates', '`price` went from 2 decimals to 0 since 14:02')]
    """
    found = [
        Broken(
            service=alert.service,
            subject=alert.signal.removeprefix(SIGNAL),
            text=alert.text.removeprefix(alert.signal.removeprefix(SIGNAL) + ": "),
            since=alert.since,
            alert=alert,
        )
        for alert in alerts
        if alert.signal.startswith(SIGNAL) and alert.threshold > 0
    ]
    return sorted(found, key=lambda each: (each.since, each.subject))[:MOST]


def contracts(scene: Scene) -> tuple[list[Hypothesis], list[Draft]]:
    """Return a hypothesis and a finding per broken contract, and how the harm went on from there."""
    broken = broken_contracts(scene.case.alerts)
    latest = (scene.onset.high if scene.onset else scene.case.current_span[1]) + SLACK
    chosen = nearest(broken, latest)
    hypotheses = [_hypothesis(scene, each, late=each.since > latest) for each in chosen]
    drafts = [draft_of(each, late=each.since > latest, cites=each in chosen) for each in broken]
    guilty = tuple(each.token for each in chosen if each.since <= latest)
    return hypotheses, [*drafts, *cascade(scene.case.hits, guilty)]


def nearest(broken: Sequence[Broken], latest: Micros) -> list[Broken]:
    """Return of each endpoint the last break before ``latest`` (µs, UTC), or one after it where none was.

    A field that changed an hour ago explains less than another one that changed just before the loss.
    """
    chosen: dict[str, Broken] = {}
    for each in sorted(broken, key=lambda one: one.since):
        if each.subject not in chosen or each.since <= latest:
            chosen[each.subject] = each
    return list(chosen.values())


def hypothesis_of(broken: Broken, *, gain: float, prior: float, explained: float) -> Hypothesis:
    """Return the hypothesis that a broken contract did it."""
    return Hypothesis(
        kind=CauseKind.CONTRACT,
        subject=broken.subject,
        title=broken.title,
        gain=gain,
        prior=prior,
        seen=True,
        explained=explained,
        low=explained,
        remedy="" if broken.is_sent else REMEDY,
        mode="changed",
        onset=broken.since,
        service=broken.service,
        features=broken.paths,
    )


def _hypothesis(scene: Scene, broken: Broken, *, late: bool) -> Hypothesis:
    began = scene.onset.low if scene.onset else scene.since
    return hypothesis_of(
        broken,
        gain=0.0 if late else scene.finding.gain,
        prior=timing(max(began - broken.since, 0)),
        explained=0.0 if late else 1.0,
    )


def draft_of(broken: Broken, *, late: bool = False, cites: bool = True) -> Draft:
    """Return the finding that a contract broke; one that is not taken for the cause ``cites`` none."""
    alert = broken.alert
    says = "sends other requests to" if broken.is_sent else "gets other answers from"
    text = (
        f"{shown(broken.service)} {says} {shown(broken.dependency)} "
        f"({shown(broken.endpoint) or 'its only endpoint'}): {shown_text(broken.text)}; "
        f"{percent(alert.now)} of {alert.units:,.0f} documents, {percent(alert.before)} before"
    )
    if late:
        text += "; that came after the loss had begun, so it did not cause it"
    return Draft(
        step=Step.DEPENDENCIES,
        text=text + ".",
        supports=(broken.token,) if cites and not late else (),
        opposes=(broken.token,) if cites and late else (),
        weight=0.0 if late or not cites else max(alert.log_e - alert.threshold, 0.0),
        start=broken.since,
        end=alert.at,
        before=alert.before,
        now=alert.now,
        query=_query(broken),
        rows="payloads",
        service=broken.service,
    )


def _query(broken: Broken) -> str:
    """Return the SQL condition that selects the documents a contract was judged on."""
    direction = "request" if broken.is_sent else "response"
    chosen = [equals("dependency", broken.dependency), equals("direction", direction)]
    return all_of([*chosen, equals("endpoint", broken.endpoint)] if broken.endpoint else chosen)


def cascade(hits: Sequence[Hit], guilty: Sequence[str]) -> list[Draft]:
    """Return how the harm went from service to service, where it hit several."""
    if len(hits) < 2:
        return []
    ordered = sorted(hits, key=lambda hit: (hit.onset, hit.at, hit.service))
    told = [f"{shown(hit.service)} from {clock_text(hit.onset)}" + _because(hit) for hit in ordered]
    text = f"{len(hits)} services are hit: {', '.join(told)}."
    if guilty:
        text += " All of them depend on what broke."
    first, last = ordered[0], ordered[-1]
    return [
        Draft(
            step=Step.DEPENDENCIES,
            text=text,
            supports=tuple(guilty),
            start=first.onset,
            end=last.onset + SECOND,
            rows="",
        )
    ]


def _because(hit: Hit) -> str:
    return f" (joined, because {shown_text(hit.because)})" if hit.because else ""
