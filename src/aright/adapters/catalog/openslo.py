"""OpenSLO v1 objects to SLOs: Service, SLO, SLI, DataSource, AlertPolicy, AlertCondition, target.

An SLI is computed here when its metric source is of type ``aright``: its spec names a ``signal`` and may give
a ``segment``. One of another type is left out with a warning, since another system computes it.

An OpenSLO alert condition has one window. The one that says that it goes on is its ``alertAfter``, or else is
generated: a twelfth of the first, as the SRE workbook advises. An SLO without alert policies gets the
workbook's four rules.

Source: https://github.com/OpenSLO/OpenSLO, specification of ``openslo/v1``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.openslo_metric import read_metric
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.slos import check, default_short, objective, slo_name
from aright.adapters.catalog.tree import Fields
from aright.core.model.service import Service
from aright.core.model.slo import RULES, BurnRule, Slo
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from aright.adapters.catalog.findings import Findings
    from aright.adapters.catalog.tree import Node

VERSION: Final = "openslo/v1"

SPECS: Final[dict[str, tuple[str, ...]]] = {
    "Service": ("description",),
    "DataSource": ("description", "type", "connectionDetails"),
    "SLI": ("description", "thresholdMetric", "ratioMetric"),
    "SLO": (
        "description",
        "service",
        "indicator",
        "indicatorRef",
        "timeWindow",
        "budgetingMethod",
        "objectives",
        "alertPolicies",
    ),
    "AlertPolicy": (
        "description",
        "alertWhenNoData",
        "alertWhenBreaching",
        "alertWhenResolved",
        "conditions",
        "notificationTargets",
    ),
    "AlertCondition": ("description", "severity", "condition"),
    "AlertNotificationTarget": ("description", "target"),
}
"""What the spec of each kind may say."""

_KEYS: Final = ("apiVersion", "kind", "metadata", "spec")
_METADATA: Final = ("name", "displayName", "labels", "annotations")
_OBJECTIVE: Final = (
    "displayName",
    "op",
    "value",
    "target",
    "targetPercent",
    "timeSliceTarget",
    "timeSliceWindow",
    "indicator",
    "indicatorRef",
    "compositeWeight",
)
_GRAIN: Final = 30_000_000
_PAGES: Final = frozenset({"page", "critical", "fatal", "sev1", "sev2", "high"})


@dataclass(frozen=True)
class Thing:
    """One object.

    Attributes:
        kind: such as ``SLO``.
        name: its metadata's name.
        title: its metadata's display name.
        spec: its spec.
        line: where its name stands.
    """

    kind: str
    name: str
    title: str
    spec: Reader
    line: int


@dataclass
class Things:
    """All objects of all files, to be referred to by kind and name."""

    known: dict[tuple[str, str], Thing] = field(default_factory=dict)

    def take(self, node: Node, said: Findings) -> None:
        """Read one document."""
        thing = _thing(node, said)
        if thing is None or not thing.name:
            return
        first = self.known.get((thing.kind, thing.name))
        if first is not None:
            said.tell(
                thing.line,
                f"{thing.kind} {shown(thing.name)} is given twice",
                f"the first is at {first.spec.said.file}:{first.line}",
                "Rename one",
            )
        self.known.setdefault((thing.kind, thing.name), thing)

    def services(self) -> list[tuple[Service, Thing]]:
        """Return the services."""
        return [(Service(key=name), thing) for (kind, name), thing in self.known.items() if kind == "Service"]

    def slos(self) -> list[tuple[Slo, Thing]]:
        """Return the SLOs that can be computed here."""
        found = []
        for (kind, _), thing in self.known.items():
            if kind == "SLO":
                found += [(slo, thing) for slo in self._slos(thing)]
        return found

    def refer(self, kind: str, reader: Reader, name: str) -> Thing | None:
        """Return what a field refers to; tell where there is no such thing."""
        wanted = reader.text(name)
        found = self.known.get((kind, wanted))
        if found is None and wanted:
            names = [known for of, known in self.known if of == kind]
            if names:
                reader.said.unknown(reader.at(name), wanted, f"the {kind}s", names)
            else:
                reader.tell(
                    name,
                    f"there is no {kind} {shown(wanted)}",
                    f"no file given has a {kind}",
                    "Give the file that it is in as well",
                )
        return found

    def _slos(self, thing: Thing) -> list[Slo]:
        spec = thing.spec
        service = spec.text("service", needed=True)
        window = _window(spec)
        method = spec.one_of(
            "budgetingMethod", ("Occurrences", "Timeslices", "RatioTimeslices"), "Occurrences"
        )
        rules, notify = self._policies(spec)
        entries = spec.items("objectives")
        if not entries and spec.ok:
            spec.missing("objectives")
        found = []
        for number, node in enumerate(entries, start=1):
            each = Reader(node, spec.said, "an objective", _OBJECTIVE)
            share = _target(each)
            if each.has("compositeWeight"):
                spec.said.warn(
                    each.at("compositeWeight"),
                    "the objective has a weight in a composite",
                    "a composite hides which promise was broken",
                    "Take it out; each objective is an SLO of its own here",
                )
            sli = self._sli(each if _has_sli(each) else spec)
            metric = read_metric(sli, each, self, method) if sli else None
            name = thing.name if len(entries) == 1 else f"{thing.name}-{number}"
            if not (share and metric and service and slo_name(spec, name, "name")):
                continue
            slo = Slo(
                key=name,
                service=service,
                title=each.text("displayName") or thing.title,
                indicator=metric,
                objective=share,
                window=window,
                rules=rules,
                notify=notify,
                source=f"{spec.said.file}:{each.line}",
            )
            check(slo, spec.said, each.line)
            found.append(slo)
        return found

    def _sli(self, reader: Reader) -> Reader | None:
        if reader.has("indicator"):
            return _inline(reader.node("indicator"), reader, "SLI").spec
        if reader.has("indicatorRef"):
            found = self.refer("SLI", reader, "indicatorRef")
            return found.spec if found else None
        reader.missing("indicator")
        return None

    def _policies(self, spec: Reader) -> tuple[tuple[BurnRule, ...], tuple[str, ...]]:
        if not spec.has("alertPolicies"):
            return RULES, ()
        rules: list[BurnRule] = []
        notify: list[str] = []
        for node in spec.items("alertPolicies"):
            policy = self._named(node, spec, "AlertPolicy", "alertPolicyRef")
            if policy is None or not policy.spec.flag("alertWhenBreaching", default=True):
                continue
            for each in policy.spec.items("conditions"):
                condition = self._named(each, policy.spec, "AlertCondition", "conditionRef")
                rule = _rule(condition.spec) if condition else None
                rules += [rule] if rule and rule not in rules else []
            for each in policy.spec.items("notificationTargets"):
                target = self._named(each, policy.spec, "AlertNotificationTarget", "targetRef")
                name = (target.spec.text("target") or target.name) if target else ""
                notify += [name] if name and name not in notify else []
        return tuple(rules), tuple(notify)

    def _named(self, node: Node, parent: Reader, kind: str, by: str) -> Thing | None:
        """Return an object that is written in place or referred to."""
        each = Reader(node, parent.said, f"an {kind}", (*_KEYS, by))
        return self.refer(kind, each, by) if each.has(by) else _inline(node, parent, kind, by)


def is_openslo(node: Node) -> bool:
    """Return whether a document says that it is an OpenSLO object."""
    return "apiVersion" in getattr(node, "values", {})


def _thing(node: Node, said: Findings) -> Thing | None:
    reader = Reader(node, said, "an OpenSLO object", _KEYS)
    version = reader.text("apiVersion")
    if version != VERSION:
        reader.tell(
            "apiVersion",
            f"apiVersion is {shown(version)}",
            "one version is read",
            f"Write apiVersion: {VERSION}",
        )
        return None
    kind = reader.one_of("kind", tuple(SPECS), "")
    return _made(reader, kind) if kind else None


def _made(reader: Reader, kind: str) -> Thing:
    metadata = reader.node("metadata")
    name, title, line = "", "", reader.line
    if metadata is None:
        reader.missing("metadata")
    else:
        each = Reader(metadata, reader.said, "metadata", _METADATA)
        name, title, line = each.text("name", needed=True), each.text("displayName"), each.at("name")
    return Thing(kind, name, title, _spec(reader, kind), line)


def _inline(node: Node | None, parent: Reader, kind: str, *more: str) -> Thing:
    """Return an object in place; its name may be left out."""
    reader = Reader(node or Fields(parent.line, (), {}), parent.said, f"an {kind} in place", (*_KEYS, *more))
    title = name = ""
    metadata = reader.node("metadata")
    if metadata is not None:
        each = Reader(metadata, parent.said, "metadata", _METADATA)
        name, title = each.text("name"), each.text("displayName")
    return Thing(kind, name, title, _spec(reader, kind), reader.line)


def _spec(reader: Reader, kind: str) -> Reader:
    node = reader.node("spec")
    if node is None and reader.ok:
        reader.missing("spec")
    return Reader(node or Fields(reader.line, (), {}), reader.said, f"the spec of {kind}", SPECS[kind])


def _has_sli(reader: Reader) -> bool:
    return reader.has("indicator") or reader.has("indicatorRef")


def _window(spec: Reader) -> int:
    for node in spec.items("timeWindow"):
        each = Reader(node, spec.said, "a time window", ("duration", "isRolling", "calendar"))
        if each.has("calendar") or not each.flag("isRolling", default=True):
            spec.said.warn(
                each.line,
                "the time window follows the calendar",
                "a budget that is full on the first of the month hides what happened on the last",
                "It is taken as rolling; `aright slo report` tells attainment by calendar period",
            )
        return each.span("duration", 30 * DAY, low=HOUR, high=365 * DAY, calendar=True)
    return 30 * DAY


def _target(reader: Reader) -> float | None:
    if reader.has("targetPercent"):
        return objective(reader, "targetPercent", percent=True)
    return objective(reader, "target")


def _rule(spec: Reader) -> BurnRule | None:
    node = spec.node("condition")
    if node is None:
        spec.missing("condition")
        return None
    each = Reader(node, spec.said, "a condition", ("kind", "op", "threshold", "lookbackWindow", "alertAfter"))
    each.one_of("kind", ("burnrate",), "burnrate")
    if each.one_of("op", ("gte", "gt", "lte", "lt"), "gte").startswith("l"):
        spec.said.warn(
            each.at("op"),
            "the alert is for a budget that burns slowly",
            "that is no reason to alert, though examples of the format have it so",
            "Write op: gte; it is taken for that",
        )
    long = each.span("lookbackWindow", HOUR, low=MINUTE, high=90 * DAY)
    short = each.span("alertAfter", 0, low=0, high=90 * DAY) // _GRAIN * _GRAIN
    rate = each.number("threshold", low=0.01, high=1_000_000)
    if rate is None:
        if not each.has("threshold"):
            each.missing("threshold")
        return None
    page = spec.text("severity", "page").lower() in _PAGES
    return BurnRule(long=long, short=short if 0 < short < long else default_short(long), rate=rate, page=page)
